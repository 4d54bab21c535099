//! The event that a plugin is being called about, so that what it asks for is journalled as its consequence.

use plugboard_domain::Seq;

tokio::task_local! {
    static CAUSE: Seq;
}

/// Runs a call of a plugin as a consequence of an event.
pub(crate) async fn of<F: Future>(seq: Seq, call: F) -> F::Output {
    CAUSE.scope(seq, call).await
}

/// The event that is being dealt with, if one is.
pub(crate) fn current() -> Option<Seq> {
    CAUSE.try_with(|seq| *seq).ok()
}
