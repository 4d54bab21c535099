//! Calls, as they are stored and asked for.

use plugboard_domain::{
    Timestamp,
    access::Scope,
    call::{Call, CallLine},
    ids::{AgentId, ContactId, InboxId},
};

/// A call as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRow {
    /// Its state.
    pub call: Call,
    /// Its numbers and its note.
    pub line: CallLine,
}

/// Which calls. Unset filters let everything through.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// Where they stand.
    pub stand: Option<CallStand>,
    /// An endpoint.
    pub inbox: Option<InboxId>,
    /// Who talks or talked for the desk.
    pub agent: Option<AgentId>,
    /// What time it is: what was agreed on for later is not to be called yet. Nothing of that is when unset.
    pub now: Option<Timestamp>,
    /// What the viewer may see: of their conversations.
    pub scope: Scope,
}

/// Where a call stands, for filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStand {
    /// It goes on, or is being written up.
    Live,
    /// It is over.
    Ended,
    /// Somebody rang and nobody of the desk talked with them.
    Missed,
    /// Somebody is to be called: they rang in vain, or it was agreed on and it is time; and nobody has talked with them since.
    ToCall,
}

/// A call with what showing it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    /// The call.
    pub row: CallRow,
    /// The contact: the one that its own redirects to.
    pub contact_id: ContactId,
    /// Their name.
    pub contact_name: Option<String>,
}
