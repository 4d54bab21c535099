//! Calls out, and what peers answer to what we ask.

use crate::{address::NameAddr, digest::Challenge, message::Message};

use super::{
    Dial, Ended, Event, Here, LineId, Millis, Place, Stack,
    client::Purpose,
    inbound::cause,
    line::{Line, Phase, session_expires},
    server::{ALLOW, SUPPORTED, sequence},
};

/// Signs of life that we ask for in calls out, in seconds: what networks use.
const SESSION: u32 = 1_800;

impl Stack {
    /// Calls somebody.
    pub fn dial(&mut self, now: Millis, dial: Dial) -> LineId {
        let id = self.line_id();
        let tag = self.token();
        let line = Line {
            place: dial.place,
            call_id: format!("{}@{}", self.token(), self.here.host),
            local: format!("<{}>", dial.from),
            local_tag: tag.clone(),
            remote: format!("<{}>", dial.to),
            remote_tag: None,
            target: dial.to,
            routes: Vec::new(),
            sent: 0,
            heard: None,
            user: dial.user,
            phase: Phase::Calling {
                client: String::new(),
                wanted: true,
            },
            confirms: false,
            provisional: 0,
            updates: false,
            timer: false,
            session: None,
            asked: None,
            unheard: None,
            asking: false,
            described: dial.offer.clone(),
            credentials: dial.credentials,
        };
        self.lines.insert(id, line);
        self.tags.insert(tag, id);
        if let Some(mut request) = self.within(id, "INVITE") {
            request.push("Session-Expires", SESSION.to_string());
            request.push("P-Preferred-Identity", format!("<{}>", dial.from));
            let request = request.carrying("application/sdp", dial.offer);
            self.begin_call(now, id, request);
        }
        id
    }

    /// Asks a peer what it can do: whatever it answers, it is there (section 11).
    pub fn probe(&mut self, now: Millis, probe: u64, place: Place, to: &str) {
        let (call_id, tag) = (self.token(), self.token());
        let Here { host, port, .. } = &self.here;
        let here = format!("sip:plugboard@{host}:{port}");
        let mut request = Message::request("OPTIONS", to)
            .with("Max-Forwards", "70")
            .with("From", format!("<{here}>;tag={tag}"))
            .with("To", format!("<{to}>"))
            .with("Call-ID", call_id)
            .with("CSeq", "1 OPTIONS")
            .with("Contact", self.contact(place, "plugboard"))
            .with("Accept", "application/sdp")
            .with("User-Agent", self.here.agent.clone());
        capabilities(&mut request);
        self.begin(now, place, request, Purpose::Probe(probe));
    }

    fn begin_call(&mut self, now: Millis, id: LineId, request: Message) {
        let Some(place) = self.lines.get(&id).map(|it| it.place) else {
            return;
        };
        let begun = self.begin(now, place, request, Purpose::Call(id));
        if let Some(line) = self.lines.get_mut(&id) {
            line.phase = Phase::Calling {
                client: begun,
                wanted: true,
            };
        }
    }

    /// Takes a call back that nobody answered.
    pub(super) fn cancel(&mut self, now: Millis, id: LineId, client: &str) {
        let heard = self.clients.get(client).is_some_and(|it| it.heard);
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        line.phase = Phase::Calling {
            client: client.to_owned(),
            wanted: false,
        };
        // Before anything was heard there is nothing to take back: it is done when something is (section 9.1).
        if heard {
            self.send_cancel(now, client);
        }
    }

    fn send_cancel(&mut self, now: Millis, client: &str) {
        let Some(begun) = self.clients.get_mut(client) else {
            return;
        };
        begun.until = now + super::PATIENCE;
        let (place, invite) = (begun.place, begun.request.clone());
        let Some((number, _)) = sequence(&invite) else {
            return;
        };
        let crate::message::Start::Request { uri, .. } = &invite.start else {
            return;
        };
        let mut request = Message::request("CANCEL", uri).with("Max-Forwards", "70");
        for name in ["From", "To", "Call-ID"] {
            request.push(name, invite.header(name).unwrap_or_default());
        }
        request.push("CSeq", format!("{number} CANCEL"));
        for route in invite.all("Route") {
            request.push("Route", route);
        }
        // The same branch as what it takes back.
        let branch = client.split('|').next().unwrap_or_default().to_owned();
        self.begin_with(now, place, request, Purpose::Cancel, &branch);
    }

    pub(super) fn heard(&mut self, now: Millis, key: &str, code: u16, response: &Message) {
        let Some(purpose) = self.clients.get(key).map(|it| it.purpose) else {
            return;
        };
        if code < 200 {
            if let Purpose::Call(id) = purpose {
                self.rings(now, key, id, code, response);
            }
            return;
        }
        let invite = self.clients.get(key).is_some_and(|it| it.invite);
        if invite && code >= 300 {
            self.acknowledge_refusal(key, response);
        }
        if matches!(code, 401 | 407) && self.prove(now, key, purpose, code, response) {
            return;
        }
        match purpose {
            Purpose::Call(id) if code < 300 => self.taken(now, key, id, response),
            Purpose::Change(id) if code < 300 => self.agreed(now, key, id, response),
            Purpose::Life(id) if code < 300 => self.renewed(now, id, response),
            Purpose::Probe(probe) => self.tell(Event::Probed { probe, code }),
            Purpose::Register(id) if code < 300 => self.registered(now, id, response),
            _ if code < 300 => {}
            _ => self.failed(now, key, purpose, code, cause(response)),
        }
    }

    fn rings(&mut self, now: Millis, key: &str, id: LineId, code: u16, response: &Message) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        if let Phase::Calling { wanted: false, .. } = line.phase {
            // It was taken back before anything was heard of it.
            let cancelled = format!("{}|CANCEL", key.split('|').next().unwrap_or_default());
            if !self.clients.contains_key(&cancelled) {
                self.send_cancel(now, key);
            }
            return;
        }
        let number = response
            .header("RSeq")
            .and_then(|it| it.parse::<u32>().ok());
        if let Some(number) = number.filter(|_| response.lists("Require", "100rel")) {
            if number <= line.provisional {
                return;
            }
            line.provisional = number;
            self.confirm(now, id, number, response);
        }
        if code > 100 {
            let answer = Some(response.body.clone()).filter(|it| !it.is_empty());
            let line = id;
            self.tell(Event::Ringing { line, code, answer });
        }
    }

    /// Confirms a provisional answer (RFC 3262), within the line that it makes.
    fn confirm(&mut self, now: Millis, id: LineId, number: u32, response: &Message) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        let begun = sequence(response).map_or(1, |(number, _)| number);
        meet(line, response);
        let place = line.place;
        if let Some(mut request) = self.within(id, "PRACK") {
            request.push("RAck", format!("{number} {begun} INVITE"));
            self.begin(now, place, request, Purpose::Confirm(id));
        }
    }

    /// The peer answered.
    fn taken(&mut self, now: Millis, key: &str, id: LineId, response: &Message) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        let wanted = matches!(line.phase, Phase::Calling { wanted: true, .. });
        meet(line, response);
        line.phase = Phase::Up;
        self.acknowledge(key, id, response);
        if !wanted {
            // Both at once: it was answered while it was taken back.
            self.hang_up(now, id, None);
            return;
        }
        if let Some((seconds, by_caller)) = session_expires(response) {
            self.set_session(now, id, seconds, by_caller != Some(false));
        }
        let answer = response.body.clone();
        self.tell(Event::Answered { line: id, answer });
    }

    fn agreed(&mut self, now: Millis, key: &str, id: LineId, response: &Message) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        line.asking = false;
        line.learn(response);
        self.acknowledge(key, id, response);
        self.renewed(now, id, response);
        let answer = response.body.clone();
        self.tell(Event::Agreed { line: id, answer });
    }

    fn renewed(&mut self, now: Millis, id: LineId, response: &Message) {
        if let Some((seconds, by_caller)) = session_expires(response) {
            self.set_session(now, id, seconds, by_caller != Some(false));
        }
    }

    /// Acknowledges an answer: a request of its own within the line.
    fn acknowledge(&mut self, key: &str, id: LineId, response: &Message) {
        let Some(mut request) = self.within(id, "ACK") else {
            return;
        };
        let Some((number, _)) = sequence(response) else {
            return;
        };
        request.set("CSeq", format!("{number} ACK"));
        let Some(place) = self.lines.get(&id).map(|it| it.place) else {
            return;
        };
        let branch = self.branch();
        let bytes = self.on_its_way(place, request, &branch).to_bytes();
        self.send(place, bytes.clone());
        if let Some(client) = self.clients.get_mut(key) {
            client.done = Some(bytes);
        }
    }

    /// Acknowledges a refusal: it belongs to the same transaction (section 17.1.1.3).
    fn acknowledge_refusal(&mut self, key: &str, response: &Message) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let crate::message::Start::Request { uri, .. } = &client.request.start else {
            return;
        };
        let mut request = Message::request("ACK", uri)
            .with("Via", client.request.header("Via").unwrap_or_default())
            .with("Max-Forwards", "70")
            .with("From", client.request.header("From").unwrap_or_default())
            .with("To", response.header("To").unwrap_or_default())
            .with(
                "Call-ID",
                client.request.header("Call-ID").unwrap_or_default(),
            );
        let number = sequence(&client.request).map_or(1, |(number, _)| number);
        request.push("CSeq", format!("{number} ACK"));
        for route in client.request.all("Route") {
            request.push("Route", route);
        }
        let (place, bytes) = (client.place, request.to_bytes());
        client.done = Some(bytes.clone());
        self.send(place, bytes);
    }

    /// Says who we are, once; true when the request was sent again.
    fn prove(
        &mut self,
        now: Millis,
        key: &str,
        purpose: Purpose,
        code: u16,
        response: &Message,
    ) -> bool {
        let (asks, says) = if code == 401 {
            ("WWW-Authenticate", "Authorization")
        } else {
            ("Proxy-Authenticate", "Proxy-Authorization")
        };
        let challenges: Vec<_> = response.all(asks).filter_map(Challenge::parse).collect();
        let strong = challenges.iter().find(|it| it.is_strong());
        let Some(challenge) = strong.or(challenges.first()) else {
            return false;
        };
        let (credentials, line) = match purpose {
            Purpose::Call(id) | Purpose::Change(id) | Purpose::Life(id) | Purpose::Confirm(id) => (
                self.lines.get(&id).and_then(|it| it.credentials.clone()),
                Some(id),
            ),
            Purpose::Register(id) => (
                self.registered
                    .get(&id)
                    .map(|it| it.what.credentials.clone()),
                None,
            ),
            Purpose::End(_) | Purpose::Cancel | Purpose::Probe(_) => (None, None),
        };
        let Some(client) = self.clients.get(key) else {
            return false;
        };
        let said = client.request.header(says).is_some();
        let Some(credentials) = credentials.filter(|_| !said || challenge.stale) else {
            return false;
        };
        let (place, mut request) = (client.place, client.request.clone());
        let (method, uri) = match &request.start {
            crate::message::Start::Request { method, uri } => (method.clone(), uri.clone()),
            crate::message::Start::Response { .. } => return false,
        };
        let chance = (self.chance)();
        let proof = challenge.answer(
            &credentials.user,
            &credentials.password,
            &method,
            &uri,
            chance,
        );
        request.remove("Via");
        request.remove(says);
        request.push(says, proof);
        let number = match (line.and_then(|it| self.lines.get_mut(&it)), purpose) {
            (Some(line), _) => {
                line.sent += 1;
                line.sent
            }
            (None, Purpose::Register(id)) => self.next_register(id),
            (None, _) => return false,
        };
        request.set("CSeq", format!("{number} {method}"));
        match purpose {
            Purpose::Call(id) => {
                let wanted = self
                    .lines
                    .get(&id)
                    .is_some_and(|it| matches!(it.phase, Phase::Calling { wanted: true, .. }));
                if wanted {
                    self.begin_call(now, id, request);
                } else {
                    return false;
                }
            }
            _ => {
                self.begin(now, place, request, purpose);
            }
        }
        true
    }

    /// A request came to nothing.
    pub(super) fn failed(
        &mut self,
        now: Millis,
        key: &str,
        purpose: Purpose,
        code: u16,
        q850: Option<u16>,
    ) {
        match purpose {
            Purpose::Call(id) => {
                let how = Ended {
                    by_peer: true,
                    code: Some(code),
                    q850,
                };
                let told = self
                    .lines
                    .get(&id)
                    .is_some_and(|it| matches!(it.phase, Phase::Calling { wanted: true, .. }));
                if told {
                    self.over(id, how);
                } else {
                    self.drop_line(id);
                }
            }
            Purpose::Change(id) | Purpose::Life(id) => {
                if let Some(line) = self.lines.get_mut(&id) {
                    line.asking &= purpose != Purpose::Change(id);
                    // The peer knows nothing of this call, or is not there (section 12.2.1.2).
                    if matches!(code, 408 | 481) {
                        self.unacknowledged(now, id);
                    } else if purpose == Purpose::Change(id) {
                        self.tell(Event::Disagreed { line: id, code });
                    }
                }
            }
            Purpose::Register(id) => self.not_registered(now, id, code),
            Purpose::Probe(probe) => self.tell(Event::Probed { probe, code }),
            Purpose::End(_) | Purpose::Confirm(_) | Purpose::Cancel => {
                let _ = key;
            }
        }
    }
}

/// Learns from the first answer whom the line is with.
fn meet(line: &mut Line, response: &Message) {
    if let Some(to) = response.header("To") {
        to.clone_into(&mut line.remote);
        line.remote_tag = NameAddr::parse(to).and_then(|it| it.tag().map(str::to_owned));
    }
    let mut routes: Vec<_> = response.list("Record-Route").map(str::to_owned).collect();
    // The machine nearest to us comes first (section 12.1.2).
    routes.reverse();
    line.routes = routes;
    line.learn(response);
}

/// Headers of a request that begins something.
pub(super) fn capabilities(request: &mut Message) {
    request.push("Allow", ALLOW);
    request.push("Supported", SUPPORTED.join(", "));
}
