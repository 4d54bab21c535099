//! Fair shares.

use std::cmp::Ordering;

use plugboard_plugin_sdk::routing::Candidate;

use crate::Share;

/// Whose turn it is. The identifier decides last, so that the same request always gets the same answer.
pub(crate) fn best<'a>(able: &[&'a Candidate], share: Share) -> Option<&'a Candidate> {
    let order = |a: &&&Candidate, b: &&&Candidate| {
        let (load, turn) = (by_load(a, b), by_turn(a, b));
        let order = match share {
            Share::LeastBusy => load.then(turn),
            Share::InTurn => turn.then(load),
        };
        order.then_with(|| a.id.cmp(&b.id))
    };
    able.iter().min_by(order).copied()
}

/// By the share of the capacity that is in use; compared crosswise, as whole numbers.
fn by_load(a: &Candidate, b: &Candidate) -> Ordering {
    let used =
        |c: &Candidate, other: &Candidate| u64::from(c.load) * u64::from(other.capacity.max(1));
    used(a, b).cmp(&used(b, a))
}

/// Whoever never got one, or got one longest ago, comes first.
fn by_turn(a: &Candidate, b: &Candidate) -> Ordering {
    a.last_routed_at.cmp(&b.last_routed_at)
}
