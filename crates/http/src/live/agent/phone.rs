//! An agent's browser connects for calls, over the agent's socket.
//!
//! It stays connected when the socket ends: a page that is loaded again connects anew and takes its place, and the call that the
//! agent is in goes on.

use plugboard_channel::phone::LinkState;
use plugboard_domain::access::Permission;
use plugboard_protocol::live::{PhoneLink, ServerFrame};
use tokio::sync::watch;

use super::{
    super::socket::{End, Wire},
    connection::{Connection, say},
};

impl Connection {
    pub(super) async fn connect_phone(&mut self, wire: &mut Wire, sdp: String) -> Result<(), End> {
        let grants = self.app.engine.grants(&self.caller.principal);
        let telephony = self.app.telephony.clone();
        let telephony = telephony.filter(|_| grants.has(Permission::ConversationsReply));
        let Some(telephony) = telephony else {
            let message = "telephony is not available to you".to_owned();
            return say(wire, &ServerFrame::PhoneError { message }).await;
        };
        match telephony.connect(self.caller.agent_id, sdp).await {
            Ok(link) => {
                self.link = Some(link.states);
                say(wire, &ServerFrame::PhoneAnswer { sdp: link.answer }).await
            }
            Err(error) => {
                let message = error.to_string();
                say(wire, &ServerFrame::PhoneError { message }).await
            }
        }
    }

    pub(super) fn leave_phone(&mut self) {
        // Only what was connected over this socket: another page of the agent keeps its own.
        if self.link.take().is_some()
            && let Some(telephony) = &self.app.telephony
        {
            telephony.leave(self.caller.agent_id);
        }
    }
}

/// How the connection of a browser changed; never, while there is none.
pub(super) async fn changed(link: &mut Option<watch::Receiver<LinkState>>) -> LinkState {
    let Some(states) = link else {
        return std::future::pending().await;
    };
    if states.changed().await.is_err() {
        *link = None;
        return LinkState::Closed;
    }
    let state = *states.borrow_and_update();
    if state == LinkState::Closed {
        *link = None;
    }
    state
}

pub(super) async fn tell(wire: &mut Wire, state: LinkState) -> Result<(), End> {
    let state = match state {
        LinkState::Connecting => return Ok(()),
        LinkState::Connected => PhoneLink::Connected,
        LinkState::Closed => PhoneLink::Closed,
    };
    say(wire, &ServerFrame::PhoneState { state }).await
}
