//! The words of the stories: a small desk, people who act in it, and events as text.

mod desk;
mod story;
mod tell;
mod world;

use plugboard_domain::{
    AgentId, BusinessHoursId, ContactId, InboxId, MessageId, ShopId, SlaPolicyId, TeamId, Timestamp,
};
use uuid::Uuid;

pub(crate) use desk::{agent, desk, desk_with, team};
pub(crate) use story::{Step, boss, contact, li, outcome, outcome_in, robot, timer, wang};
pub(crate) use tell::tell;
pub(crate) use world::World;

pub(crate) const LI: AgentId = AgentId(Uuid::from_u128(1));
pub(crate) const WANG: AgentId = AgentId(Uuid::from_u128(2));
pub(crate) const BOSS: AgentId = AgentId(Uuid::from_u128(3));
pub(crate) const CARE: TeamId = TeamId(Uuid::from_u128(11));
pub(crate) const NIGHT: TeamId = TeamId(Uuid::from_u128(12));
pub(crate) const SHOP: ShopId = ShopId(Uuid::from_u128(21));
pub(crate) const INBOX: InboxId = InboxId(Uuid::from_u128(31));
pub(crate) const POLICY: SlaPolicyId = SlaPolicyId(Uuid::from_u128(41));
pub(crate) const HOURS: BusinessHoursId = BusinessHoursId(Uuid::from_u128(51));
pub(crate) const CONTACT: ContactId = ContactId(Uuid::from_u128(61));

/// The `n`th message of a story; the first is the one that began it.
pub(crate) fn message(n: u128) -> MessageId {
    MessageId(Uuid::from_u128(1_000 + n))
}

/// Monday 2 March 2026, nine o'clock in UTC: when stories begin.
pub(crate) fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

pub(crate) fn at(secs: u64) -> Timestamp {
    start() + std::time::Duration::from_secs(secs)
}

pub(crate) const MINUTE: u64 = 60;
pub(crate) const HOUR: u64 = 3_600;
pub(crate) const DAY: u64 = 86_400;
