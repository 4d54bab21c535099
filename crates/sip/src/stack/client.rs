//! Transactions that we began: a request is repeated until it is answered, or nobody is there.

use crate::{address::Via, message::Message};

use super::{FIRST, LONGEST, LineId, Millis, PATIENCE, Place, Stack, Transport, server::sequence};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Begins a line.
    Call(LineId),
    /// Changes one.
    Change(LineId),
    /// Says that we are there.
    Life(LineId),
    /// Ends one.
    End(LineId),
    /// Confirms what is provisional.
    Confirm(LineId),
    /// Takes a call back.
    Cancel,
    /// Is known at a registrar.
    Register(u64),
    /// Finds out whether a peer answers.
    Probe(u64),
}

/// One request of ours.
pub(super) struct Client {
    pub(super) request: Message,
    pub(super) place: Place,
    pub(super) purpose: Purpose,
    pub(super) invite: bool,
    /// Something was heard of it.
    pub(super) heard: bool,
    /// It is answered: what acknowledges it, if it is a call.
    pub(super) done: Option<Vec<u8>>,
    again: Option<Millis>,
    interval: Millis,
    pub(super) until: Millis,
}

/// How long a call that rings is waited for: networks end it after three minutes themselves.
const RINGS_MAX: Millis = 200_000;

impl Stack {
    /// Sends a request; the name of its transaction.
    pub(super) fn begin(
        &mut self,
        now: Millis,
        place: Place,
        request: Message,
        purpose: Purpose,
    ) -> String {
        let branch = self.branch();
        self.begin_with(now, place, request, purpose, &branch)
    }

    pub(super) fn begin_with(
        &mut self,
        now: Millis,
        place: Place,
        request: Message,
        purpose: Purpose,
        branch: &str,
    ) -> String {
        let method = request.method().unwrap_or_default().to_owned();
        let request = self.on_its_way(place, request, branch);
        self.send(place, request.to_bytes());
        let key = format!("{branch}|{method}");
        let client = Client {
            invite: method == "INVITE",
            request,
            place,
            purpose,
            heard: false,
            done: None,
            again: (place.transport == Transport::Udp).then_some(now + FIRST),
            interval: FIRST,
            until: now + PATIENCE,
        };
        self.clients.insert(key.clone(), client);
        key
    }

    /// The request with its way in front.
    pub(super) fn on_its_way(&self, place: Place, request: Message, branch: &str) -> Message {
        let mut sent = Message::request("", "");
        sent.start = request.start.clone();
        sent.push("Via", self.via(place, branch));
        sent.append(request);
        sent
    }

    pub(super) fn response(&mut self, now: Millis, response: Message) {
        let Some(code) = response.code() else { return };
        let Some(key) = client_key(&response) else {
            return;
        };
        let Some(client) = self.clients.get_mut(&key) else {
            return;
        };
        if let Some(acknowledgement) = client.done.clone() {
            // It came again: so does what acknowledges it.
            let place = client.place;
            if code >= 200 && !acknowledgement.is_empty() {
                self.send(place, acknowledgement);
            }
            return;
        }
        if code < 200 {
            client.heard = true;
            if client.invite {
                client.again = None;
                client.until = now + RINGS_MAX;
            }
        } else {
            client.done = Some(Vec::new());
            client.again = None;
            client.until = now + PATIENCE;
        }
        self.heard(now, &key, code, &response);
    }

    pub(super) fn tick_clients(&mut self, now: Millis) {
        let (mut late, mut due) = (Vec::new(), Vec::new());
        self.clients.retain(|key, it| {
            if it.until <= now {
                if it.done.is_none() {
                    late.push((key.clone(), it.purpose, it.place));
                }
                return false;
            }
            if it.again.is_some_and(|at| at <= now) {
                it.interval *= 2;
                if !it.invite {
                    it.interval = it.interval.min(LONGEST);
                }
                it.again = Some(now + it.interval);
                due.push((it.place, it.request.to_bytes()));
            }
            true
        });
        for (place, bytes) in due {
            self.send(place, bytes);
        }
        for (key, purpose, _) in late {
            self.failed(now, &key, purpose, 408, None);
        }
    }
}

fn client_key(response: &Message) -> Option<String> {
    let via = Via::parse(response.list("Via").next()?)?;
    let (_, method) = sequence(response)?;
    Some(format!("{}|{method}", via.branch()?))
}
