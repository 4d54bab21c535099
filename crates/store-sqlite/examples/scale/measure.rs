//! How long it takes to open a filled desk, to list, to read and to search it, and what memory that takes.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use plugboard_domain::{
    access::Scope,
    conversation::{Priority, Stage},
    ids::{AgentId, ConversationId},
};
use plugboard_store::{
    AssigneeFilter, Commit, ConversationFilter, ConversationView, JournalStore, ReadStore,
    SearchRequest, StatusFilter, Stretch, WriteStore,
};
use plugboard_store_sqlite::{Options, SqliteStore};

use crate::speed::cpu_secs;

/// Rounds of each question.
const ROUNDS: usize = 60;

/// Words from the texts: two characters and many hits, longer ones, Latin ones, prefixes, and absent ones.
const WORDS: &[&str] = &[
    "退款",
    "物流",
    "发票",
    "质量",
    "发货",
    "订单",
    "什么时候",
    "真丝围巾",
    "七天无理由",
    "包装破损",
    "refund",
    "parcel",
    "refund issued",
    "tracking number",
    "order TB",
    "war",
    "r",
    "的",
    "退",
    "欧阳",
    "王伟",
    "Emma Smith",
    "不存在的词",
    "zzzz",
];

pub(crate) async fn run(dir: &Path) {
    println!("RSS before opening {:.1} MiB", rss_mib());
    let begun = Instant::now();
    let store = SqliteStore::open(dir, Options::default()).expect("opening the desk");
    let opened = begun.elapsed();
    store
        .commit(Commit::default())
        .await
        .expect("an empty batch");
    println!(
        "opened in {opened:.1?}, first commit after {:.1?}",
        begun.elapsed()
    );
    tokio::time::sleep(Duration::from_millis(500)).await;
    println!(
        "RSS idle {:.1} MiB; {:?}",
        rss_mib(),
        store.stats().await.expect("stats")
    );
    lists(&store).await;
    searches(&store).await;
    println!(
        "RSS at the end {:.1} MiB (peak {:.1})",
        rss_mib(),
        status_mib("VmHWM")
    );
}

/// Makes the search index anew and says how long that took.
pub(crate) async fn index(dir: &Path) {
    for name in ["search.db", "search.db-wal", "search.db-shm"] {
        // A desk without an index is what this is about.
        let _ = fs::remove_file(dir.join(name));
    }
    let begun = Instant::now();
    let store = SqliteStore::open(dir, Options::default()).expect("opening the desk");
    let head = store.head().await.expect("the head");
    while store.stats().await.expect("stats").search_reached < head {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!(
        "indexed in {:.1?}, processor {:.1} s",
        begun.elapsed(),
        cpu_secs()
    );
    println!(
        "RSS peak {:.1} MiB; {:?}",
        status_mib("VmHWM"),
        store.stats().await.expect("stats")
    );
}

#[expect(clippy::too_many_lines, reason = "one line for each filter")]
async fn lists(store: &SqliteStore) {
    let all = ConversationFilter::default();
    let first = store
        .conversations(all.clone(), None, None, 100)
        .await
        .expect("a list")
        .items;
    let some =
        |pick: fn(&ConversationView) -> bool| first.iter().find(|it| pick(it)).unwrap_or(&first[0]);
    let owned = &some(|it| it.conversation.assignment.agent().is_some()).conversation;
    let agent = owned.assignment.agent().expect("somebody owns something");
    let team = owned.assignment.team();
    let filters: Vec<(&str, ConversationFilter)> = vec![
        ("all", all.clone()),
        (
            "open",
            ConversationFilter {
                status: Some(StatusFilter::Open),
                ..all.clone()
            },
        ),
        (
            "snoozed",
            ConversationFilter {
                status: Some(StatusFilter::Snoozed),
                ..all.clone()
            },
        ),
        (
            "resolved",
            ConversationFilter {
                status: Some(StatusFilter::Resolved),
                ..all.clone()
            },
        ),
        (
            "agent",
            ConversationFilter {
                assignee: Some(AssigneeFilter::Agent(agent)),
                ..all.clone()
            },
        ),
        (
            "nobody",
            ConversationFilter {
                assignee: Some(AssigneeFilter::Nobody),
                ..all.clone()
            },
        ),
        (
            "team",
            ConversationFilter {
                team: Some(team),
                ..all.clone()
            },
        ),
        (
            "inbox",
            ConversationFilter {
                inbox: Some(owned.inbox_id),
                ..all.clone()
            },
        ),
        (
            "shop",
            ConversationFilter {
                shop: owned.shop_id,
                ..all.clone()
            },
        ),
        (
            "contact",
            ConversationFilter {
                contact: Some(owned.contact_id),
                ..all.clone()
            },
        ),
        (
            "tag",
            ConversationFilter {
                tag: Some("七天无理由".into()),
                ..all.clone()
            },
        ),
        (
            "no such tag",
            ConversationFilter {
                tag: Some("nope".into()),
                ..all.clone()
            },
        ),
        (
            "urgent",
            ConversationFilter {
                priority: Some(Priority::Urgent),
                ..all.clone()
            },
        ),
        (
            "normal",
            ConversationFilter {
                priority: Some(Priority::Normal),
                ..all.clone()
            },
        ),
        (
            "stage",
            ConversationFilter {
                stage: Some(Stage::Aftersale),
                ..all.clone()
            },
        ),
        (
            "stage none has",
            ConversationFilter {
                stage: Some(Stage::Review),
                ..all.clone()
            },
        ),
        (
            "needs reply",
            ConversationFilter {
                needs_reply: Some(true),
                ..all.clone()
            },
        ),
        (
            "scope",
            ConversationFilter {
                scope: scope(owned),
                ..all.clone()
            },
        ),
        (
            "words",
            ConversationFilter {
                words: Some("退款".into()),
                ..all.clone()
            },
        ),
    ];
    for (name, filter) in filters {
        let mut after = None;
        let mut times = Vec::new();
        let cpu = cpu_secs();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let page = store
                .conversations(filter.clone(), Some(agent), after, 50)
                .await
                .expect("a list");
            times.push(begun.elapsed());
            after = page.next;
        }
        report(
            &format!("list 50: {name} ({:.1} ms of processor)", each_ms(cpu)),
            times,
        );
    }
    others(store, agent, owned.id, scope(owned)).await;
}

fn scope(of: &plugboard_domain::conversation::Conversation) -> Scope {
    Scope {
        shops: of.shop_id.into_iter().collect(),
        teams: of.assignment.team().into_iter().collect(),
    }
}

async fn others(store: &SqliteStore, agent: AgentId, id: ConversationId, scope: Scope) {
    let mut times = [const { Vec::new() }; 7];
    let now = plugboard_domain::Timestamp::MAX;
    for round in 0..ROUNDS {
        let mut begun = Instant::now();
        let mut lap = |at: usize| {
            times[at].push(begun.elapsed());
            begun = Instant::now();
        };
        store.counts(agent, Scope::default()).await.expect("counts");
        lap(0);
        store.counts(agent, scope.clone()).await.expect("counts");
        lap(1);
        store
            .messages(id, Stretch::Newest, 50)
            .await
            .expect("a thread");
        lap(2);
        store
            .contacts(None, Scope::default(), None, 50)
            .await
            .expect("contacts");
        lap(3);
        store.due_timers(now, 100).await.expect("timers");
        lap(4);
        store
            .read_since(1_000 * round as u64, 512)
            .await
            .expect("the journal");
        lap(5);
        store.loads().await.expect("loads");
        lap(6);
    }
    let names = [
        "counts",
        "counts in scope",
        "thread 50",
        "contacts 50",
        "due timers 100",
        "journal 512",
        "loads",
    ];
    for (name, times) in names.into_iter().zip(times) {
        report(name, times);
    }
}

async fn searches(store: &SqliteStore) {
    let (mut all, cpu) = (Vec::new(), cpu_secs());
    for words in WORDS {
        let mut times = Vec::new();
        let mut hits = 0;
        for _ in 0..ROUNDS / 3 {
            let request = SearchRequest {
                text: (*words).into(),
                kind: None,
                scope: Scope::default(),
                after: None,
                limit: 20,
            };
            let begun = Instant::now();
            hits = store.search(request).await.expect("a search").items.len();
            times.push(begun.elapsed());
        }
        all.extend(times.iter().copied());
        report(&format!("search {words:?}, {hits} on the page"), times);
    }
    let each = (cpu_secs() - cpu) * 3_000.0 / small(ROUNDS * WORDS.len());
    report(
        &format!("search, all of these ({each:.1} ms of processor)"),
        all,
    );
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!(
        "{what:52} p50 {:>9.2?}  p99 {:>9.2?}  max {:>9.2?}",
        at(50),
        at(99),
        at(100)
    );
}

/// Processor time of one round since `cpu`, in milliseconds.
fn each_ms(cpu: f64) -> f64 {
    (cpu_secs() - cpu) * 1_000.0 / small(ROUNDS)
}

fn small(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn rss_mib() -> f64 {
    status_mib("VmRSS")
}

fn status_mib(field: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with(field))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1024.0
}
