//! The journal forgets what is older than it is to be kept, and the desk does not notice.

use std::time::Duration;

use plugboard_domain::desk::InboxPolicy;

use crate::desk::Desk;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

#[tokio::test]
async fn events_older_than_they_are_kept_go_and_younger_ones_stay() {
    let desk = Desk::open().await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "long ago").await;
    let old = *desk.engine.head().borrow();
    let desk = desk.keeping_the_journal_for(DAY).await;
    desk.clock.advance(23 * HOUR);
    desk.says(inbox, "visitor", "yesterday").await;
    desk.settle().await;
    assert_eq!(desk.engine.store().journal_horizon().await.unwrap(), 0);
    // There is a look every hour, and readers of the journal keep their place as often when something happens.
    desk.clock.advance(2 * HOUR);
    desk.says(inbox, "visitor", "a day later").await;
    desk.until_the_horizon_is(old).await;
    let first = desk.engine.store().read_since(0, 1).await.unwrap();
    assert_eq!(first[0].seq, old + 1);
    assert_eq!(desk.conversation(id).await.message_count, 3);
    desk.says(inbox, "visitor", "today").await;
    assert_eq!(desk.conversation(id).await.message_count, 4);
    desk.engine.stop().await;
}

#[tokio::test]
async fn nothing_goes_when_nobody_asked_for_it() {
    let desk = Desk::open().await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    desk.says(inbox, "visitor", "long ago").await;
    desk.clock.advance(1_000 * DAY);
    desk.settle().await;
    assert_eq!(desk.engine.store().journal_horizon().await.unwrap(), 0);
    desk.close().await;
}
