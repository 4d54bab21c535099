//! Calls that come fast: how long until it rings, and until it is answered, while each is stored.

use std::time::Duration;

use anyhow::{Result, ensure};
use plugboard_phone_peers::{Call, Says, Status, Telephone};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Context, histogram, micros, note, turns};
use crate::{phone::PhoneDesk, scenarios::count_f64, server::Kind};

/// Calls a second.
const RATE: u32 = 20;

/// How long they come.
const LASTS: Duration = Duration::from_mins(1);

/// How long each caller waits.
const WAITS: Duration = Duration::from_secs(2);

pub(in crate::scenarios) async fn run(context: &mut Context) -> Result<()> {
    for spec in turns(context) {
        let data = context.fresh(spec.kind)?;
        let desk = PhoneDesk::open(&spec, &data, json!({})).await?;
        let (mut rings, mut answers) = (histogram(), histogram());
        let mut calls = JoinSet::new();
        let mut tick = tokio::time::interval(Duration::from_secs(1) / RATE);
        let cpu = desk.server.cpu()?;
        let wanted = LASTS.as_secs() * u64::from(RATE);
        for nth in 0..wanted {
            tick.tick().await;
            let mut call = Call::new(desk.sip, Says::Tone(440.0));
            call.from = format!("138{nth:08}");
            calls.spawn(async move {
                let telephone = Telephone::dial(call).await;
                let status = telephone
                    .is(|it| matches!(it, Status::Up | Status::Over(_)))
                    .await;
                tokio::time::sleep(WAITS).await;
                telephone.hang_up().await;
                // The goodbye is repeated until it is heard.
                tokio::time::sleep(WAITS).await;
                (status, telephone.times())
            });
        }
        let mut failed = 0;
        while let Some(done) = calls.join_next().await {
            let (status, times) = done?;
            let (Status::Up, Some(invited), Some(rang), Some(answered)) =
                (status, times.invited, times.rang, times.answered)
            else {
                failed += 1;
                continue;
            };
            rings.saturating_record(micros(rang - invited));
            answers.saturating_record(micros(answered - invited));
        }
        let spent = desk.server.cpu()?.saturating_sub(cpu);
        let cores = spent.as_secs_f64() / LASTS.as_secs_f64();
        note(context, "phone.ring", &rings);
        note(context, "phone.answer", &answers);
        context.note(Kind::Product, "phone.rate.cores", cores);
        context.note(Kind::Product, "phone.rate.failed", f64::from(failed));
        let stored = desk.all_ended().await?.len() as u64;
        context.note(Kind::Product, "phone.rate.stored", count_f64(stored));
        ensure!(stored == wanted, "{stored} of {wanted} calls are stored");
        desk.server.stop()?;
    }
    Ok(())
}
