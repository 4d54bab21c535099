//! What peers ask.

use crate::{
    address::{NameAddr, Uri},
    message::{Message, Start},
};

use super::{
    Ended, Event, HALF_OPEN_MAX, HALF_OPEN_PER_SOURCE, HALF_OPEN_TRUSTED, Invitation, LineId,
    Millis, Place, Stack,
    line::{Line, Phase, SESSION_MIN, session_expires},
    server::{ALLOW, SUPPORTED, key, sequence},
};

const SDP: &str = "application/sdp";

impl Stack {
    pub(super) fn request(&mut self, now: Millis, from: Place, request: Message) {
        let Some(method) = request.method().map(str::to_owned) else {
            return;
        };
        // What cannot be answered by the rules is not answered at all.
        let Some(name) = key(&request, if method == "ACK" { "INVITE" } else { &method }) else {
            return;
        };
        if method == "ACK" {
            self.acknowledged(now, &name, &request);
            return;
        }
        if self.again(&name) {
            return;
        }
        if let Some((code, more)) = refused(&request, &method) {
            let more: Vec<_> = more
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            self.dismiss(from, &request, code, &more);
            return;
        }
        if method == "CANCEL" {
            self.cancelled(now, from, &request);
            return;
        }
        match self.line_of(&request) {
            Some(Ok(line)) => self.inside(now, from, &name, line, &method, &request),
            Some(Err(())) => self.dismiss(from, &request, 481, &[]),
            None => self.outside(now, from, &name, &method, &request),
        }
    }

    /// The line that a request names. `None`: it names none. An error: there is none such.
    fn line_of(&self, request: &Message) -> Option<Result<LineId, ()>> {
        let to = NameAddr::parse(request.header("To")?)?;
        let tag = to.tag()?;
        let found = self.tags.get(tag).filter(|id| {
            let from = request.header("From").and_then(NameAddr::parse);
            self.lines.get(id).is_some_and(|line| {
                request.header("Call-ID") == Some(&line.call_id)
                    && from.is_some_and(|it| it.tag() == line.remote_tag.as_deref())
            })
        });
        Some(found.copied().ok_or(()))
    }

    fn outside(&mut self, now: Millis, from: Place, name: &str, method: &str, request: &Message) {
        match method {
            "INVITE" => self.invited(now, from, name, request),
            "OPTIONS" => {
                let extensions = SUPPORTED.join(", ");
                let more = [
                    ("Allow", ALLOW),
                    ("Accept", SDP),
                    ("Supported", &extensions),
                ];
                self.dismiss(from, request, 200, &more);
            }
            // Phones do not register here, and nobody is called because somebody else says so.
            "REGISTER" | "REFER" => self.dismiss(from, request, 403, &[]),
            "SUBSCRIBE" | "PUBLISH" => self.dismiss(from, request, 489, &[]),
            "BYE" | "INFO" | "PRACK" | "UPDATE" | "NOTIFY" => self.dismiss(from, request, 481, &[]),
            _ => self.dismiss(from, request, 405, &[("Allow", ALLOW)]),
        }
    }

    fn invited(&mut self, now: Millis, from: Place, name: &str, request: &Message) {
        if self.is_merged(name, request) {
            self.dismiss(from, request, 482, &[]);
            return;
        }
        let waiting = |it: &&Line| matches!(it.phase, Phase::Invited { .. });
        let open = self.lines.values().filter(waiting);
        let (mut all, mut here) = (0, 0);
        for line in open {
            all += 1;
            here += usize::from(line.place.address.ip() == from.address.ip());
        }
        let most = if self.trusted {
            HALF_OPEN_TRUSTED
        } else {
            HALF_OPEN_PER_SOURCE
        };
        let id = self.line_id();
        if all >= HALF_OPEN_MAX
            || here >= most
            || !self.remember(now, name, from, request, Some(id))
        {
            self.dismiss(from, request, 503, &[("Retry-After", "10")]);
            return;
        }
        let Some(line) = self.new_line(from, name, request) else {
            self.reply(now, name, 400, |_| {});
            return;
        };
        let tag = line.local_tag.clone();
        self.lines.insert(id, line);
        self.tags.insert(tag, id);
        self.reply(now, name, 100, |_| {});
        if let Some(invitation) = invitation(id, from, request) {
            self.tell(Event::Invited(Box::new(invitation)));
        }
    }

    /// The same call came on two ways (section 8.2.2.2).
    fn is_merged(&self, name: &str, request: &Message) -> bool {
        let from = |it: &Message| {
            let from = it.header("From").and_then(NameAddr::parse);
            from.and_then(|it| it.tag().map(str::to_owned))
        };
        let tag = from(request);
        self.servers.iter().any(|(other, it)| {
            other != name
                && it.invite
                && !it.is_answered()
                && it.request.header("Call-ID") == request.header("Call-ID")
                && it.request.header("CSeq") == request.header("CSeq")
                && from(&it.request) == tag
        })
    }

    fn new_line(&mut self, place: Place, name: &str, request: &Message) -> Option<Line> {
        let from = NameAddr::parse(request.header("From")?)?;
        let mut line = Line {
            place,
            call_id: request.header("Call-ID")?.to_owned(),
            local: request.header("To")?.to_owned(),
            local_tag: self.token(),
            remote: request.header("From")?.to_owned(),
            remote_tag: from.tag().map(str::to_owned),
            target: from.text.clone(),
            routes: request.list("Record-Route").map(str::to_owned).collect(),
            sent: 0,
            heard: Some(sequence(request)?.0),
            user: "plugboard".to_owned(),
            phase: Phase::Invited {
                key: name.to_owned(),
                unconfirmed: None,
                held_back: None,
            },
            confirms: request.lists("Require", "100rel"),
            provisional: 1,
            updates: false,
            timer: false,
            session: None,
            asked: None,
            unheard: None,
            asking: false,
            described: String::new(),
            credentials: None,
        };
        line.learn(request);
        Some(line)
    }

    fn inside(
        &mut self,
        now: Millis,
        from: Place,
        name: &str,
        id: LineId,
        method: &str,
        request: &Message,
    ) {
        let number = sequence(request).map(|(number, _)| number);
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        if number <= line.heard {
            self.dismiss(from, request, 500, &[]);
            return;
        }
        line.heard = number;
        line.place = from;
        if !self.remember(now, name, from, request, Some(id)) {
            self.dismiss(from, request, 503, &[]);
            return;
        }
        match method {
            "BYE" => self.ended(now, name, id, request),
            "UPDATE" if request.body.is_empty() => {
                self.lived(now, id, request);
                let head = self.session_head(id);
                self.reply(now, name, 200, |it| {
                    for (name, value) in head {
                        it.push(name, value);
                    }
                });
            }
            "INVITE" | "UPDATE" => self.change(now, name, id, request),
            "PRACK" => self.confirmed(now, name, id, request),
            "INFO" => {
                self.reply(now, name, 200, |_| {});
                if let Some(key) = digit(request) {
                    self.tell(Event::Digit { line: id, key });
                }
            }
            "OPTIONS" => self.reply(now, name, 200, |it| it.push("Allow", ALLOW)),
            // A transfer that the peer asks for would make us call somebody.
            "REFER" => self.reply(now, name, 603, |_| {}),
            "NOTIFY" => self.reply(now, name, 489, |_| {}),
            _ => self.reply(now, name, 405, |it| it.push("Allow", ALLOW)),
        }
    }

    fn ended(&mut self, now: Millis, name: &str, id: LineId, request: &Message) {
        self.reply(now, name, 200, |_| {});
        let Some(line) = self.lines.get(&id) else {
            return;
        };
        if let Phase::Invited { key, .. } = &line.phase {
            let key = key.clone();
            self.reply(now, &key, 487, |_| {});
        }
        if let Some(asked) = self.lines.get(&id).and_then(|it| it.asked.clone()) {
            self.reply(now, &asked, 487, |_| {});
        }
        let how = Ended {
            by_peer: true,
            code: None,
            q850: cause(request),
        };
        self.over(id, how);
    }

    /// The peer offers something else, or the same again (section 14.2; RFC 3311).
    fn change(&mut self, now: Millis, name: &str, id: LineId, request: &Message) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        if line.asking {
            self.reply(now, name, 491, |_| {});
            return;
        }
        if line.asked.is_some() || !matches!(line.phase, Phase::Up) {
            self.reply(now, name, 500, |it| it.push("Retry-After", "2"));
            return;
        }
        line.asked = Some(name.to_owned());
        line.learn(request);
        self.lived(now, id, request);
        let offer = Some(request.body.clone()).filter(|it| !it.is_empty());
        self.tell(Event::Asked { line: id, offer });
    }

    /// A sign of life of the peer.
    fn lived(&mut self, now: Millis, id: LineId, request: &Message) {
        let Some((seconds, by_caller)) = session_expires(request) else {
            return;
        };
        // In this transaction the peer is the caller.
        self.set_session(now, id, seconds, by_caller == Some(false));
    }

    /// What a 2xx to a peer says of signs of life.
    pub(super) fn session_head(&self, id: LineId) -> Vec<(&'static str, String)> {
        let Some(line) = self.lines.get(&id) else {
            return Vec::new();
        };
        let mut head = vec![
            ("Contact", self.contact(line.place, &line.user)),
            ("Allow", ALLOW.to_owned()),
            ("Supported", SUPPORTED.join(", ")),
        ];
        if let Some(session) = line.session {
            let by = if session.ours { "uas" } else { "uac" };
            head.push((
                "Session-Expires",
                format!("{};refresher={by}", session.seconds),
            ));
            if !session.ours {
                head.push(("Require", "timer".to_owned()));
            }
        }
        head
    }

    fn confirmed(&mut self, now: Millis, name: &str, id: LineId, request: &Message) {
        let said = request.header("RAck").unwrap_or_default();
        let number = said
            .split_whitespace()
            .next()
            .and_then(|it| it.parse().ok());
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        let Phase::Invited {
            unconfirmed,
            held_back,
            ..
        } = &mut line.phase
        else {
            self.reply(now, name, 481, |_| {});
            return;
        };
        if unconfirmed.as_ref().map(|it| it.number) != number || number.is_none() {
            self.reply(now, name, 481, |_| {});
            return;
        }
        *unconfirmed = None;
        let waiting = held_back.take();
        self.reply(now, name, 200, |_| {});
        if let Some(description) = waiting {
            self.answer(now, id, &description);
        }
    }

    fn cancelled(&mut self, now: Millis, from: Place, request: &Message) {
        let call = key(request, "INVITE");
        let Some((call, server)) = call.and_then(|it| Some((it.clone(), self.servers.get(&it)?)))
        else {
            self.dismiss(from, request, 481, &[]);
            return;
        };
        let (line, answered) = (server.line, server.is_answered());
        self.dismiss(from, request, 200, &[]);
        let waits = line.filter(|it| {
            let line = self.lines.get(it);
            line.is_some_and(|it| matches!(it.phase, Phase::Invited { .. }))
        });
        if let Some(id) = waits.filter(|_| !answered) {
            self.reply(now, &call, 487, |_| {});
            let how = Ended {
                by_peer: true,
                code: Some(487),
                q850: cause(request),
            };
            self.over(id, how);
        }
    }

    fn acknowledged(&mut self, now: Millis, name: &str, request: &Message) {
        // Of a refusal: it names the same transaction. Of an answer: it names the line.
        if self
            .servers
            .get(name)
            .is_some_and(super::server::Server::is_refused)
        {
            self.arrived(now, name);
            return;
        }
        if self
            .servers
            .get(name)
            .is_some_and(|it| it.line.is_none_or(|id| !self.lines.contains_key(&id)))
        {
            self.arrived(now, name);
            return;
        }
        let Some(Ok(id)) = self.line_of(request) else {
            self.arrived(now, name);
            return;
        };
        let Some(key) = self.lines.get_mut(&id).and_then(|it| it.unheard.take()) else {
            return;
        };
        self.arrived(now, &key);
        let answer = Some(request.body.clone()).filter(|it| !it.is_empty());
        self.tell(Event::Acknowledged { line: id, answer });
    }
}

/// Why a request is refused before it is looked at, with headers that say more.
fn refused(request: &Message, method: &str) -> Option<(u16, Vec<(&'static str, String)>)> {
    let plain = |code| Some((code, Vec::new()));
    let readable = ["From", "To"]
        .iter()
        .all(|it| request.header(it).and_then(NameAddr::parse).is_some());
    let counted = sequence(request).is_some_and(|(_, it)| it == method);
    let tagged = request
        .header("From")
        .and_then(NameAddr::parse)
        .is_some_and(|it| it.tag().is_some());
    if !readable || !counted || (method == "INVITE" && !tagged) {
        return plain(400);
    }
    let Start::Request { uri, .. } = &request.start else {
        return plain(400);
    };
    if Uri::parse(uri).is_none() {
        return plain(416);
    }
    if method == "CANCEL" {
        return None;
    }
    let unknown: Vec<_> = request
        .list("Require")
        .filter(|it| !SUPPORTED.iter().any(|known| known.eq_ignore_ascii_case(it)))
        .collect();
    if !unknown.is_empty() {
        return Some((420, vec![("Unsupported", unknown.join(", "))]));
    }
    if matches!(method, "INVITE" | "UPDATE") {
        let kind = request.header("Content-Type").unwrap_or(SDP);
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let coded = request.header("Content-Encoding").is_some();
        if !request.body.is_empty() && (!kind.eq_ignore_ascii_case(SDP) || coded) {
            return Some((415, vec![("Accept", SDP.to_owned())]));
        }
        if session_expires(request).is_some_and(|(seconds, _)| seconds < SESSION_MIN) {
            return Some((422, vec![("Min-SE", SESSION_MIN.to_string())]));
        }
    }
    None
}

fn invitation(line: LineId, place: Place, request: &Message) -> Option<Invitation> {
    let asserted = request
        .list("P-Asserted-Identity")
        .find_map(NameAddr::parse);
    let Start::Request { uri, .. } = &request.start else {
        return None;
    };
    let to = NameAddr::parse(request.header("To")?)?;
    let called = [Uri::parse(uri)?.user, to.uri.user];
    Some(Invitation {
        line,
        place,
        call_id: request.header("Call-ID")?.to_owned(),
        from: match asserted {
            Some(asserted) => asserted,
            None => NameAddr::parse(request.header("From")?)?,
        },
        called: called.into_iter().flatten().collect(),
        offer: Some(request.body.clone()).filter(|it| !it.is_empty()),
    })
}

/// `Reason: Q.850;cause=16`.
pub(super) fn cause(message: &Message) -> Option<u16> {
    message.list("Reason").find_map(|reason| {
        let (protocol, params) = reason.split_once(';')?;
        let known = protocol.trim().eq_ignore_ascii_case("Q.850");
        let params = crate::address::params(params);
        let cause = crate::address::param(&params, "cause").filter(|_| known)?;
        cause.parse().ok().filter(|it| *it < 128)
    })
}

/// A digit that is said in a message: `Signal=5`, or the digit alone.
fn digit(request: &Message) -> Option<char> {
    let kind = request.header("Content-Type")?.to_ascii_lowercase();
    let text = std::str::from_utf8(&request.body).ok()?;
    let key = match kind.split(';').next()?.trim() {
        "application/dtmf-relay" => text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("signal")
                .then(|| value.trim())
        })?,
        "application/dtmf" => text.trim(),
        _ => return None,
    };
    let key = match key {
        "10" => '*',
        "11" => '#',
        key => key.chars().next()?.to_ascii_uppercase(),
    };
    "0123456789*#ABCD".contains(key).then_some(key)
}
