//! Many short calls, each of which presses a key of a menu: whether each key was understood, and what is left of them in the end.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Result;
use plugboard_phone_peers::{Call, Says, Status, Telephone};
use serde_json::json;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{Context, close, turns};
use crate::{
    phone::{PhoneDesk, id, until},
    scenarios::count_f64,
    server::Kind,
};

/// Calls before anything is counted: they fill what is kept on purpose, with a limit (the newest stretch of the journal, states, pages).
const WARM: usize = 10_000;

/// Calls at once.
const AT_ONCE: usize = 30;

/// Calls a second at most.
const RATE: u32 = 40;

pub(in crate::scenarios) async fn run(context: &mut Context) -> Result<()> {
    for spec in turns(context) {
        let data = context.fresh(spec.kind)?;
        let mut desk = PhoneDesk::open(&spec, &data, json!({})).await?;
        let teams = menu(&mut desk).await?;
        let desk = Arc::new(desk);
        calls(&desk, 0..WARM).await?;
        let before = settled(&desk).await?;
        calls(&desk, WARM..WARM + context.phone_many).await?;
        let after = settled(&desk).await?;
        let heard = understood(&desk, &teams).await?;
        let of = context.phone_many + WARM;
        let growth = 100.0 * (count_f64(after.0) / count_f64(before.0) - 1.0);
        let grown = (count_f64(after.0) - count_f64(before.0)) / 1_024.0;
        context.note(Kind::Product, "phone.many.calls", count_f64(of as u64));
        context.note(
            Kind::Product,
            "phone.many.keys_missed",
            count_f64((of - heard) as u64),
        );
        context.note(Kind::Product, "phone.many.growth_percent", growth);
        context.note(Kind::Product, "phone.many.growth_mib", grown);
        let files = count_f64(after.1) - count_f64(before.1);
        context.note(Kind::Product, "phone.many.sockets_left", files);
        close(desk).await?;
    }
    Ok(())
}

/// A team behind each key; by key.
async fn menu(desk: &mut PhoneDesk) -> Result<BTreeMap<char, String>> {
    let (mut teams, mut options) = (BTreeMap::new(), Vec::new());
    for key in '0'..='9' {
        let team = json!({ "name": format!("Key {key}"), "assignment": "manual" });
        let team = id(&desk.post("/api/v1/teams", &team).await?)?;
        options.push(json!({ "digit": key.to_string(), "team_id": team }));
        teams.insert(key, team);
    }
    let menu = json!({ "options": options, "timeout_seconds": 60 });
    desk.set(json!({ "menu": menu })).await?;
    Ok(teams)
}

fn key(nth: usize) -> char {
    char::from(b'0' + u8::try_from(nth % 10).unwrap_or_default())
}

async fn calls(desk: &Arc<PhoneDesk>, which: std::ops::Range<usize>) -> Result<()> {
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    let mut calls = JoinSet::new();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / RATE);
    for nth in which {
        tick.tick().await;
        let turn = at_once.clone().acquire_owned().await?;
        let mut call = Call::new(desk.sip, Says::Tone(440.0));
        call.from = format!("138{nth:08}");
        calls.spawn(async move {
            let _turn = turn;
            let telephone = Telephone::dial(call).await;
            let status = telephone
                .is(|it| matches!(it, Status::Up | Status::Over(_)))
                .await;
            if status != Status::Up {
                return;
            }
            // The menu begins with a sound.
            let heard = until("the menu", || async {
                Ok(telephone.ear().is_loud().then_some(()))
            });
            if heard.await.is_ok() {
                telephone.digit(key(nth)).await;
                tokio::time::sleep(Duration::from_millis(400)).await;
            }
            telephone.hang_up().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        });
    }
    while calls.join_next().await.is_some() {}
    Ok(())
}

/// Memory in KiB and open files, once no call is left and what is remembered of them is forgotten.
async fn settled(desk: &PhoneDesk) -> Result<(u64, u64)> {
    until("every call is over", || async {
        Ok(desk.calls("live").await?.is_empty().then_some(()))
    })
    .await?;
    // Transactions are remembered for half a minute.
    tokio::time::sleep(Duration::from_secs(40)).await;
    Ok((desk.server.rss_kib()?, desk.server.open_files()?))
}

/// In how many calls the key was understood.
async fn understood(desk: &PhoneDesk, teams: &BTreeMap<char, String>) -> Result<usize> {
    let mut right = 0;
    for call in desk.all_ended().await? {
        let nth = call["number"].as_str().and_then(number);
        let team = nth.and_then(|nth| teams.get(&key(nth)));
        right += usize::from(team.is_some_and(|it| call["team_id"].as_str() == Some(it)));
    }
    Ok(right)
}

/// Which call it was, by the number that it came from: +86138 and eight digits.
fn number(shown: &str) -> Option<usize> {
    shown.get(shown.len().checked_sub(8)?..)?.parse().ok()
}
