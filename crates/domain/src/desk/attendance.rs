//! Agents who come and go: what they choose, and what happens when nothing of theirs is connected any more.
//!
//! Availability is a choice and survives restarts. Somebody whose app was open and is gone for long gets no more work, and
//! gets their choice back when they return. A program that went online by a call alone never had an app to lose, and stays.

use serde::{Deserialize, Serialize};

use super::{Agent, Availability};
use crate::event::Event;

/// A person chose.
pub const ASKED: &str = "asked";

/// Nothing of theirs was connected for long.
pub const NO_CONNECTION: &str = "no_connection";

/// They are connected again.
pub const RECONNECTED: &str = "reconnected";

/// Whether an agent's live connection stands behind their availability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Attendance {
    /// They had no connection since they came: a program, or an app that is about to connect. Its absence means nothing.
    #[default]
    Unseen,
    /// They had a connection since they came: when none is left for long, they are set offline.
    Seen,
    /// They were set offline because none was left.
    Missing {
        /// What they had chosen; they get it back with their next connection.
        returns_to: Availability,
    },
}

impl Attendance {
    /// True when there is nothing to store.
    pub fn is_unseen(&self) -> bool {
        *self == Self::Unseen
    }
}

impl Agent {
    /// They, or somebody who leads, choose. A choice ends what absence did.
    pub fn choose(&self, availability: Availability) -> Vec<Event> {
        let missing = matches!(self.attendance, Attendance::Missing { .. });
        if self.availability == availability && !missing {
            return vec![];
        }
        let stays =
            self.availability != Availability::Offline && availability != Availability::Offline;
        let attendance = if stays {
            self.attendance
        } else {
            Attendance::Unseen
        };
        vec![self.changed(availability, attendance, ASKED)]
    }

    /// A live connection of theirs is open.
    pub fn seen(&self) -> Vec<Event> {
        match self.attendance {
            Attendance::Missing { returns_to } => {
                vec![self.changed(returns_to, Attendance::Seen, RECONNECTED)]
            }
            Attendance::Unseen if self.availability != Availability::Offline => {
                vec![Event::AgentSeen { agent_id: self.id }]
            }
            Attendance::Unseen | Attendance::Seen => vec![],
        }
    }

    /// None of their live connections was open for long.
    pub fn missed(&self) -> Vec<Event> {
        if self.attendance != Attendance::Seen {
            return vec![];
        }
        let attendance = Attendance::Missing {
            returns_to: self.availability,
        };
        vec![self.changed(Availability::Offline, attendance, NO_CONNECTION)]
    }

    fn changed(&self, availability: Availability, attendance: Attendance, cause: &str) -> Event {
        Event::AvailabilityChanged {
            agent_id: self.id,
            availability,
            attendance,
            cause: cause.to_owned(),
        }
    }
}
