//! Lines: what both sides of one call remember of each other (dialogs, RFC 3261, section 12), and how long that holds (session
//! timers, RFC 4028).

use crate::{address::NameAddr, message::Message};

use super::{
    Credentials, Ended, Event, FIRST, LONGEST, LineId, Millis, PATIENCE, Place, Stack,
    client::Purpose,
};

/// Shortest time between signs of life that we take, in seconds (RFC 4028, section 4).
pub(super) const SESSION_MIN: u32 = 90;

/// How far a line is.
pub(super) enum Phase {
    /// It came in; the transaction that began it is not answered.
    Invited {
        key: String,
        /// A provisional answer that the peer has to confirm (RFC 3262).
        unconfirmed: Option<Provisional>,
        /// The answer that waits for that.
        held_back: Option<String>,
    },
    /// It goes out; the transaction that began it.
    Calling { client: String, wanted: bool },
    /// Both sides talk.
    Up,
}

/// A provisional answer on its way.
pub(super) struct Provisional {
    pub(super) number: u32,
    pub(super) place: Place,
    pub(super) bytes: Vec<u8>,
    pub(super) again: Millis,
    pub(super) interval: Millis,
    pub(super) until: Millis,
}

/// Signs of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) seconds: u32,
    /// This side gives them.
    pub(super) ours: bool,
    pub(super) at: Millis,
}

/// One call with one peer.
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a peer can do is told in many words of yes or no"
)]
pub(super) struct Line {
    pub(super) place: Place,
    pub(super) call_id: String,
    /// This side as `From` or `To`, without its tag.
    pub(super) local: String,
    pub(super) local_tag: String,
    /// The other side, with its tag once it has one.
    pub(super) remote: String,
    pub(super) remote_tag: Option<String>,
    /// Whom requests name.
    pub(super) target: String,
    pub(super) routes: Vec<String>,
    pub(super) sent: u32,
    pub(super) heard: Option<u32>,
    pub(super) user: String,
    pub(super) phase: Phase,
    /// The peer insists on confirmed provisional answers.
    pub(super) confirms: bool,
    /// The number of the next provisional answer, or of the last that we confirmed.
    pub(super) provisional: u32,
    /// The peer takes UPDATE (RFC 3311).
    pub(super) updates: bool,
    /// The peer knows session timers.
    pub(super) timer: bool,
    pub(super) session: Option<Session>,
    /// A change that the peer asked for and that we have not answered: its transaction.
    pub(super) asked: Option<String>,
    /// The transaction of the last answer that waits to be acknowledged.
    pub(super) unheard: Option<String>,
    /// A change that we asked for is not answered.
    pub(super) asking: bool,
    /// What we described last.
    pub(super) described: String,
    pub(super) credentials: Option<Credentials>,
}

impl Line {
    /// Learns what the peer says of itself.
    pub(super) fn learn(&mut self, message: &Message) {
        let contact = message.list("Contact").next().and_then(NameAddr::parse);
        if let Some(contact) = contact {
            self.target = contact.text;
        }
        self.updates |= message.lists("Allow", "UPDATE");
        self.timer |= message.lists("Supported", "timer");
    }

    fn begun(&self) -> bool {
        matches!(self.phase, Phase::Up)
    }
}

/// Reads `1800;refresher=uac`.
pub(super) fn session_expires(message: &Message) -> Option<(u32, Option<bool>)> {
    let text = message.header("Session-Expires")?;
    let (seconds, params) = text.split_once(';').unwrap_or((text, ""));
    let seconds = seconds.trim().parse().ok()?;
    let params = crate::address::params(params);
    let by_caller =
        crate::address::param(&params, "refresher").map(|it| it.eq_ignore_ascii_case("uac"));
    Some((seconds, by_caller))
}

impl Stack {
    /// A request within a line.
    pub(super) fn within(&mut self, id: LineId, method: &str) -> Option<Message> {
        let line = self.lines.get_mut(&id)?;
        if method != "ACK" && method != "CANCEL" {
            line.sent += 1;
        }
        let line = self.lines.get(&id)?;
        let mut request = Message::request(method, &line.target)
            .with("Max-Forwards", "70")
            .with("From", format!("{};tag={}", line.local, line.local_tag))
            .with("To", line.remote.clone())
            .with("Call-ID", line.call_id.clone())
            .with("CSeq", format!("{} {method}", line.sent));
        for route in &line.routes {
            request.push("Route", route.clone());
        }
        request.push("User-Agent", self.here.agent.clone());
        if matches!(method, "INVITE" | "UPDATE") {
            request.push("Contact", self.contact(line.place, &line.user));
            request.push("Allow", super::server::ALLOW);
            request.push("Supported", super::server::SUPPORTED.join(", "));
        }
        Some(request)
    }

    /// Asks the peer for a change, or for a sign of life when it is the same as before. Nothing happens while another change is
    /// under way; true when it was sent.
    pub fn offer(&mut self, now: Millis, id: LineId, description: &str) -> bool {
        let Some(line) = self.lines.get_mut(&id) else {
            return false;
        };
        if !line.begun() || line.asking || line.asked.is_some() || line.unheard.is_some() {
            return false;
        }
        line.asking = true;
        description.clone_into(&mut line.described);
        let (place, session) = (line.place, line.session);
        let Some(mut request) = self.within(id, "INVITE") else {
            return false;
        };
        say_session(&mut request, session);
        let request = request.carrying("application/sdp", description);
        self.begin(now, place, request, Purpose::Change(id));
        true
    }

    fn sign_of_life(&mut self, now: Millis, id: LineId) {
        let Some(line) = self.lines.get(&id) else {
            return;
        };
        let (place, session, same) = (line.place, line.session, line.described.clone());
        if !line.updates {
            self.offer(now, id, &same);
            return;
        }
        if let Some(mut request) = self.within(id, "UPDATE") {
            say_session(&mut request, session);
            self.begin(now, place, request, Purpose::Life(id));
        }
    }

    /// Ends a line, whatever it is doing. An end that was begun here is not told.
    pub fn hang_up(&mut self, now: Millis, id: LineId, q850: Option<u16>) {
        let Some(line) = self.lines.get(&id) else {
            return;
        };
        match &line.phase {
            Phase::Invited { .. } => self.refuse(now, id, 480),
            Phase::Calling { client, .. } => {
                let client = client.clone();
                self.cancel(now, id, &client);
            }
            Phase::Up => {
                let place = line.place;
                if let Some(asked) = line.asked.clone() {
                    self.reply(now, &asked, 487, |_| {});
                }
                if let Some(mut request) = self.within(id, "BYE") {
                    if let Some(cause) = q850 {
                        request.push("Reason", format!("Q.850;cause={cause}"));
                    }
                    self.begin(now, place, request, Purpose::End(id));
                }
                self.drop_line(id);
            }
        }
    }

    /// Forgets a line. What is under way for it goes on by itself.
    pub(super) fn drop_line(&mut self, id: LineId) {
        if let Some(line) = self.lines.remove(&id) {
            self.tags.remove(&line.local_tag);
            if let Some(key) = line.unheard
                && let Some(server) = self.servers.get_mut(&key)
            {
                // Nobody waits for the acknowledgement any more.
                server.line = None;
            }
        }
    }

    /// Forgets a line and tells it.
    pub(super) fn over(&mut self, id: LineId, how: Ended) {
        if self.lines.contains_key(&id) {
            self.drop_line(id);
            self.tell(Event::Ended { line: id, how });
        }
    }

    /// Our answer was never acknowledged: the peer does not hear us.
    pub(super) fn unacknowledged(&mut self, now: Millis, id: LineId) {
        if !self.lines.contains_key(&id) {
            return;
        }
        self.hang_up(now, id, None);
        let how = Ended {
            by_peer: false,
            code: Some(408),
            q850: None,
        };
        self.tell(Event::Ended { line: id, how });
    }

    pub(super) fn tick_lines(&mut self, now: Millis) {
        let mut silent = Vec::new();
        let mut alive = Vec::new();
        let mut again = Vec::new();
        let mut unconfirmed = Vec::new();
        for (id, line) in &mut self.lines {
            if let Phase::Invited {
                unconfirmed: Some(it),
                ..
            } = &mut line.phase
            {
                if it.until <= now {
                    unconfirmed.push(*id);
                } else if it.again <= now {
                    it.interval = (it.interval * 2).min(LONGEST);
                    it.again = now + it.interval;
                    again.push((it.place, it.bytes.clone()));
                }
            }
            if let Some(session) = &mut line.session
                && session.at <= now
                && matches!(line.phase, Phase::Up)
            {
                if session.ours {
                    session.at = now + u64::from(session.seconds) * 500;
                    alive.push(*id);
                } else {
                    silent.push(*id);
                }
            }
        }
        for (place, bytes) in again {
            self.send(place, bytes);
        }
        for id in alive {
            self.sign_of_life(now, id);
        }
        for id in silent {
            self.unacknowledged(now, id);
        }
        for id in unconfirmed {
            self.refuse(now, id, 500);
            let how = Ended {
                by_peer: false,
                code: Some(500),
                q850: None,
            };
            self.tell(Event::Ended { line: id, how });
        }
    }

    /// When the next sign of life is due, or is late.
    pub(super) fn set_session(&mut self, now: Millis, id: LineId, seconds: u32, ours: bool) {
        if let Some(line) = self.lines.get_mut(&id) {
            let seconds = seconds.max(SESSION_MIN);
            let wait = if ours {
                u64::from(seconds) * 500
            } else {
                // It is late a while before the end (RFC 4028, section 10).
                u64::from(seconds - 32.min(seconds / 3)) * 1_000
            };
            line.session = Some(Session {
                seconds,
                ours,
                at: now + wait,
            });
        }
    }

    /// Keeps a provisional answer until it is confirmed.
    pub(super) fn unconfirm(
        &mut self,
        now: Millis,
        id: LineId,
        number: u32,
        place: Place,
        bytes: Vec<u8>,
    ) {
        if let Some(line) = self.lines.get_mut(&id)
            && let Phase::Invited { unconfirmed, .. } = &mut line.phase
        {
            *unconfirmed = Some(Provisional {
                number,
                place,
                bytes,
                again: now + FIRST,
                interval: FIRST,
                until: now + PATIENCE,
            });
        }
    }
}

/// Says in a request of ours how often we give a sign of life; we are its caller in this transaction.
fn say_session(request: &mut Message, session: Option<Session>) {
    if let Some(session) = session {
        let by = if session.ours { "uac" } else { "uas" };
        request.push(
            "Session-Expires",
            format!("{};refresher={by}", session.seconds),
        );
        request.push("Min-SE", SESSION_MIN.to_string());
    }
}
