//! Digits that agents press, as the other side hears them.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use plugboard_phone_peers::{Call, Says, Telephone};
use serde_json::json;

use super::{Context, close, crew, turns};
use crate::{
    phone::{PhoneDesk, until},
    scenarios::count_f64,
    server::Kind,
};

/// Agents who press keys at the same time.
const AGENTS: usize = 10;

/// What each presses, so often: a thousand in all.
const KEYS: &str = "0123456789";
const TIMES: usize = 10;

pub(in crate::scenarios) async fn run(context: &mut Context) -> Result<()> {
    for spec in turns(context) {
        let data = context.fresh(spec.kind)?;
        let desk = PhoneDesk::open(&spec, &data, json!({})).await?;
        let crew = crew(&desk, AGENTS, Instant::now()).await?;
        let desk = Arc::new(desk);
        let clicks = super::Clicks::begin(&desk, &crew).await?;
        let mut telephones = Vec::new();
        for nth in 0..AGENTS {
            let mut call = Call::new(desk.sip, Says::Tone(440.0));
            call.from = format!("138{nth:08}");
            let telephone = Telephone::dial(call).await;
            telephone.is_up().await;
            telephones.push(telephone);
        }
        until("every call is taken", || async {
            Ok((clicks.done() >= AGENTS).then_some(()))
        })
        .await?;
        for _ in 0..TIMES {
            for call in desk.calls("live").await? {
                let agent = crew
                    .iter()
                    .find(|(it, _)| call["agent_id"].as_str() == Some(&it.id));
                let (agent, _) = agent.context("a call has an agent")?;
                let id = call["id"].as_str().context("id")?;
                desk.by(agent, id, "digits", &json!({ "digits": KEYS }))
                    .await?;
            }
        }
        let wanted = KEYS.repeat(TIMES);
        let right = |it: &Telephone| {
            let pressed = it.pressed();
            let same = pressed.chars().zip(wanted.chars());
            same.filter(|(one, other)| one == other).count() as u64
        };
        let sum = || telephones.iter().map(right).sum::<u64>();
        // What never comes is not waited for as a failure: it is what is measured.
        let _ = until("every digit", || async {
            Ok((sum() == (wanted.len() * AGENTS) as u64).then_some(()))
        })
        .await;
        context.note(Kind::Product, "phone.digits.heard", count_f64(sum()));
        for telephone in &telephones {
            telephone.hang_up().await;
        }
        drop((clicks, crew, telephones));
        close(desk).await?;
    }
    Ok(())
}
