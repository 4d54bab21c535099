//! Figures of both sides.

use std::collections::BTreeMap;

use plugboard_protocol::extensions::{BacktestTotals, Figures};

use crate::{Past, routing::Fate};

/// What routing came to.
pub(crate) fn routing(past: &Past, fates: &[Fate]) -> BacktestTotals {
    let mut totals = BacktestTotals {
        conversations: past.conversations.len() as u64,
        ..BacktestTotals::default()
    };
    let (mut waits, mut would_wait) = (Vec::new(), Vec::new());
    for (it, fate) in past.conversations.iter().zip(fates) {
        totals.changed += u64::from(it.owned.map(|(id, _)| id) != fate.owner);
        totals.failed += u64::from(fate.failed);
        let waited = it.owned.and_then(|(_, at)| {
            u64::try_from(at.as_second() - it.began.created_at.as_second()).ok()
        });
        side(
            &mut totals.was,
            it.owned.map(|(id, _)| id),
            waited,
            &mut waits,
            it.target_secs,
        );
        side(
            &mut totals.would_be,
            fate.owner,
            fate.waited_secs,
            &mut would_wait,
            it.target_secs,
        );
    }
    (totals.was.wait_p50_secs, totals.was.wait_p90_secs) = quantiles(waits);
    (totals.would_be.wait_p50_secs, totals.would_be.wait_p90_secs) = quantiles(would_wait);
    totals
}

/// One conversation on one side. A target is missed when nobody had it in time: both sides are measured alike.
fn side(
    figures: &mut Figures,
    owner: Option<plugboard_domain::ids::AgentId>,
    waited: Option<u64>,
    waits: &mut Vec<u64>,
    target: Option<u64>,
) {
    match owner {
        Some(owner) => *figures.load.entry(owner.to_string()).or_default() += 1,
        None => figures.unassigned += 1,
    }
    waits.extend(waited);
    let missed = target.is_some_and(|target| waited.is_none_or(|it| it > target));
    figures.sla_misses += u64::from(missed);
}

fn quantiles(mut waits: Vec<u64>) -> (u64, u64) {
    waits.sort_unstable();
    let at = |percent: usize| {
        let place = (waits.len() * percent / 100).min(waits.len().saturating_sub(1));
        waits.get(place).copied().unwrap_or_default()
    };
    (at(50), at(90))
}

/// What escalation came to: steps of each kind, in the place of loads.
pub(crate) fn escalation(
    conversations: u64,
    changed: u64,
    failed: u64,
    was: BTreeMap<String, u64>,
    would_be: BTreeMap<String, u64>,
    missed: u64,
) -> BacktestTotals {
    BacktestTotals {
        conversations,
        changed,
        failed,
        was: Figures {
            load: was,
            sla_misses: missed,
            ..Figures::default()
        },
        would_be: Figures {
            load: would_be,
            sla_misses: missed,
            ..Figures::default()
        },
    }
}
