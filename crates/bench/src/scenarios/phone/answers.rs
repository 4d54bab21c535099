//! How long it takes from an agent's click until both sides hear each other.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{Clicks, Context, close, crew, histogram, micros, note, stamped, turns};
use crate::phone::{PhoneDesk, until};

/// Agents, who take one call after the other.
const AGENTS: usize = 10;

/// Calls that each wave has: one for each agent.
const WAVES: usize = 12;

pub(in crate::scenarios) async fn run(context: &mut Context) -> Result<()> {
    for spec in turns(context) {
        let data = context.fresh(spec.kind)?;
        let epoch = Instant::now();
        let desk = PhoneDesk::open(&spec, &data, json!({})).await?;
        let crew = crew(&desk, AGENTS, epoch).await?;
        let desk = Arc::new(desk);
        let clicks = Clicks::begin(&desk, &crew).await?;
        let mut latency = histogram();
        for wave in 0..WAVES {
            let mut telephones = Vec::new();
            for nth in 0..AGENTS {
                let telephone = stamped(&desk, wave * AGENTS + nth, epoch).await;
                telephone.is_up().await;
                telephones.push(telephone);
            }
            until("every call is taken", || async {
                let taken = clicks.done() >= (wave + 1) * AGENTS;
                let heard = telephones.iter().all(|it| it.ear().since().is_some())
                    && crew
                        .iter()
                        .all(|(_, seat)| seat.browser.ear().since().is_some());
                Ok((taken && heard).then_some(()))
            })
            .await?;
            for (agent, seat) in &crew {
                let click = clicks.of(agent).context("a click")?;
                let hears = seat.browser.ear().since().context("the agent hears")?;
                let other = telephones
                    .iter()
                    .find(|it| it.ear().voice() == Some(seat.browser.voice));
                let other = other.and_then(|it| it.ear().since());
                let both = hears.max(other.context("their caller hears")?);
                latency.saturating_record(micros(both.saturating_duration_since(click)));
            }
            for telephone in &telephones {
                telephone.hang_up().await;
            }
            until("every call is over", || async {
                Ok(desk.calls("live").await?.is_empty().then_some(()))
            })
            .await?;
            for (_, seat) in &crew {
                seat.browser.ear().stamps();
            }
        }
        note(context, "phone.click_to_audio", &latency);
        drop((clicks, crew));
        close(desk).await?;
    }
    Ok(())
}
