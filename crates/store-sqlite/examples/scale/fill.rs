//! Fills a directory with a desk of a given size, through `commit`, in big batches.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use plugboard_domain::{
    Actor, Event,
    conversation::{AssignedBy, Assignment, Priority, Stage, Status, Waiting},
    ids::{AgentId, ContactId, ConversationId, InboxId, ShopId, TeamId},
    message::MessageKind,
    sla::SlaTarget,
    timer::{Timer, TimerKind},
};
use plugboard_store::Write;
use plugboard_store_sqlite::{Options, SqliteStore};
use plugboard_test_kit::world::World;

use crate::texts::{self, Chance};

/// Conversations that go on at the same time.
const AT_ONCE: usize = 300;

/// Messages in one commit.
const BATCH: usize = 4_096;

struct Cast {
    inboxes: Vec<InboxId>,
    shops: Vec<ShopId>,
    teams: Vec<TeamId>,
    agents: Vec<AgentId>,
}

struct Going {
    id: ConversationId,
    contact: ContactId,
    agent: AgentId,
    left: usize,
}

pub(crate) async fn run(dir: &Path, conversations: usize, messages: usize) {
    let store = SqliteStore::open(dir, Options::default()).expect("opening the desk");
    let mut world = World::new();
    let mut chance = Chance::new(7);
    let cast = Cast {
        inboxes: (0..8).map(|_| world.id()).collect(),
        shops: (0..4).map(|_| world.id()).collect(),
        teams: (0..6).map(|_| world.id()).collect(),
        agents: (0..50).map(|_| world.id()).collect(),
    };
    let (begun_at, mut begun, mut written, mut going) = (Instant::now(), 0, 0, Vec::<Going>::new());
    let per_conversation = messages / conversations.max(1);
    while written < messages {
        while going.len() < AT_ONCE && begun < conversations {
            going.push(begin(&mut world, &mut chance, &cast, per_conversation));
            begun += 1;
        }
        if going.is_empty() {
            break;
        }
        let at = chance.below(going.len());
        going[at].left -= 1;
        say(&mut world, &mut chance, &going[at]);
        written += 1;
        if going[at].left == 0 {
            let over = going.swap_remove(at);
            end(
                &mut world,
                &mut chance,
                &cast,
                &over,
                begun + 2 * AT_ONCE > conversations,
            );
        }
        if written % BATCH == 0 {
            world.commit(&store).await;
            if written % (BATCH * 32) == 0 {
                eprintln!(
                    "{written} messages, {begun} conversations, {:.0?}",
                    begun_at.elapsed()
                );
            }
        }
    }
    world.commit(&store).await;
    let took = begun_at.elapsed();
    println!("{written} messages in {begun} conversations: {took:.1?}");
    while store.stats().await.expect("stats").search_reached < world.seq {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!(
        "indexed for search {:.1?} later; {:?}",
        begun_at.elapsed().saturating_sub(took),
        store.stats().await.expect("stats")
    );
}

fn begin(world: &mut World, chance: &mut Chance, cast: &Cast, per_conversation: usize) -> Going {
    let contact = world.contact(&texts::name(chance));
    let inbox = chance.pick(&cast.inboxes);
    let shop = chance.pick(&cast.shops);
    let team = chance.pick(&cast.teams);
    let agent = chance.pick(&cast.agents);
    let id = world.conversation(contact, inbox, Some(shop), Some(team));
    Going {
        id,
        contact,
        agent,
        left: 1 + chance.below((2 * per_conversation).saturating_sub(1).max(1)),
    }
}

fn say(world: &mut World, chance: &mut Chance, going: &Going) {
    let (kind, author) = match chance.below(20) {
        0 => (MessageKind::Note, Actor::Agent { id: going.agent }),
        1..=10 => (MessageKind::Inbound, Actor::Contact { id: going.contact }),
        _ => (MessageKind::Outbound, Actor::Agent { id: going.agent }),
    };
    world.message(going.id, kind, author, &texts::message(chance));
    let due_at = world.now() + Duration::from_secs(3_600);
    world.write(Write::Timers(
        going.id,
        vec![Timer {
            kind: TimerKind::SlaBreach(SlaTarget::Resolution),
            due_at,
        }],
    ));
}

/// Old conversations are resolved, new ones mostly open.
fn end(world: &mut World, chance: &mut Chance, cast: &Cast, over: &Going, recent: bool) {
    let someone = Actor::Agent { id: over.agent };
    for _ in 0..chance.below(3) {
        world.tag(over.id, texts::tag(chance));
    }
    if chance.below(10) == 0 {
        let priority = if chance.below(10) == 0 {
            Priority::Urgent
        } else {
            Priority::High
        };
        world.event(
            someone.clone(),
            Some(over.id),
            Event::PriorityChanged { priority },
        );
    }
    if chance.below(4) == 0 {
        world.event(
            someone.clone(),
            Some(over.id),
            Event::StageChanged {
                stage: Some(Stage::Aftersale),
            },
        );
    }
    let open = recent || chance.below(12) == 0;
    if !open || chance.below(3) > 0 {
        let (agent, since) = (over.agent, world.now());
        let team = Some(chance.pick(&cast.teams));
        let assignment = Assignment::Assigned {
            agent,
            team,
            since,
            by: AssignedBy::Router,
        };
        let event = Event::Assigned {
            assignment,
            cause: "routed".into(),
            decision_id: None,
        };
        world.event(someone.clone(), Some(over.id), event);
    }
    if !open {
        let (at, by) = (world.now(), someone.clone());
        let status = match chance.below(30) {
            0 => Status::Snoozed {
                until: at + Duration::from_secs(86_400),
            },
            _ => Status::Resolved {
                at,
                by,
                disposition: Some(texts::disposition(chance).into()),
            },
        };
        let event = Event::StatusChanged {
            status,
            waiting: Waiting::Nobody,
            cause: "asked".into(),
        };
        world.event(someone, Some(over.id), event);
        world.write(Write::Timers(over.id, vec![]));
    }
}
