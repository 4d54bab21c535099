//! Transactions that peers began: an answer is repeated until it has arrived, and a request that is repeated is answered the
//! same way again.

use std::{fmt::Write as _, net::SocketAddr};

use crate::{
    address::{NameAddr, Via, param},
    message::Message,
};

use super::{FIRST, LONGEST, LineId, Millis, PATIENCE, Place, SERVERS_MAX, Stack, Transport};

/// What we can do.
pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE";

/// Extensions that we understand.
pub(super) const SUPPORTED: [&str; 2] = ["100rel", "timer"];

/// One request of a peer.
pub(super) struct Server {
    /// Its head: what answers repeat of it.
    pub(super) request: Message,
    pub(super) place: Place,
    pub(super) line: Option<LineId>,
    pub(super) invite: bool,
    /// The last answer.
    answer: Option<(u16, Vec<u8>)>,
    /// When the answer is repeated; never, once it has arrived or where nothing is lost.
    again: Option<Millis>,
    interval: Millis,
    forget: Millis,
}

impl Server {
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.answer, Some((300.., _)))
    }

    pub(super) fn is_answered(&self) -> bool {
        matches!(self.answer, Some((200.., _)))
    }
}

/// The name of the transaction that a request belongs to (section 17.2.3).
pub(super) fn key(request: &Message, method: &str) -> Option<String> {
    let via = Via::parse(request.list("Via").next()?)?;
    let by = format!("{}:{}", via.host, via.port.unwrap_or(5060));
    match via.branch() {
        Some(branch) if branch.starts_with("z9hG4bK") => Some(format!("{branch}|{by}|{method}")),
        // A sender of before 2002.
        _ => {
            let from = NameAddr::parse(request.header("From")?)?;
            let tag = from.tag().unwrap_or_default();
            let (call, count) = (request.header("Call-ID")?, sequence(request)?.0);
            Some(format!("{call}|{count}|{tag}|{by}|{method}"))
        }
    }
}

/// The number of a request in its line, and its method.
pub(super) fn sequence(message: &Message) -> Option<(u32, &str)> {
    let (number, method) = message.header("CSeq")?.split_once(char::is_whitespace)?;
    let number = number
        .parse()
        .ok()
        .filter(|it| i32::try_from(*it).is_ok())?;
    Some((number, method.trim()))
}

/// Where an answer goes (section 18.2.2; RFC 3581).
fn back(request: &Message, from: Place) -> Place {
    if from.transport == Transport::Tcp {
        return from;
    }
    let via = request.list("Via").next().and_then(Via::parse);
    let symmetric = via.as_ref().is_some_and(|it| {
        it.params
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("rport"))
    });
    if symmetric {
        return from;
    }
    let port = via.and_then(|it| it.port).unwrap_or(5060);
    Place {
        transport: from.transport,
        address: SocketAddr::new(from.address.ip(), port),
    }
}

/// The head of an answer. The first way says where the request really came from.
pub(super) fn answer_to(request: &Message, from: Place, code: u16) -> Message {
    let mut answer = Message::response(code);
    let ip = from.address.ip();
    for (at, text) in request.list("Via").enumerate() {
        let mut text = text.to_owned();
        if at == 0
            && let Some(via) = Via::parse(&text)
            && param(&via.params, "received").is_none()
        {
            let port = from.address.port();
            if text.contains(";rport") && !text.contains(";rport=") {
                text = text.replacen(";rport", &format!(";rport={port}"), 1);
            }
            if via.host != ip.to_string() || text.contains(";rport=") {
                let _ = write!(text, ";received={ip}");
            }
        }
        answer.push("Via", text);
    }
    for name in ["From", "To", "Call-ID", "CSeq"] {
        answer.push(name, request.header(name).unwrap_or_default());
    }
    answer
}

impl Stack {
    /// Answers and remembers nothing: the cheapest way, for what begins nothing.
    pub(super) fn dismiss(
        &mut self,
        from: Place,
        request: &Message,
        code: u16,
        more: &[(&str, &str)],
    ) {
        let mut answer = answer_to(request, from, code);
        self.tag_to(&mut answer, None);
        for (name, value) in more {
            answer.push(name, *value);
        }
        self.send(back(request, from), answer.to_bytes());
    }

    /// Gives the other end of an answer a tag, when it has none: the line's, or any.
    pub(super) fn tag_to(&mut self, answer: &mut Message, tag: Option<&str>) {
        let to = answer.header("To").unwrap_or_default().to_owned();
        if NameAddr::parse(&to).is_none_or(|it| it.tag().is_none()) {
            let tag = tag.map_or_else(|| self.token(), str::to_owned);
            answer.set("To", format!("{to};tag={tag}"));
        }
    }

    /// Remembers a request; false when too many are.
    pub(super) fn remember(
        &mut self,
        now: Millis,
        key: &str,
        from: Place,
        request: &Message,
        line: Option<LineId>,
    ) -> bool {
        if self.servers.len() >= SERVERS_MAX {
            return false;
        }
        let mut head = request.clone();
        head.body = Vec::new();
        let server = Server {
            invite: request.method() == Some("INVITE"),
            request: head,
            place: from,
            line,
            answer: None,
            again: None,
            interval: FIRST,
            // A call may ring for long; what is not a call is answered at once.
            forget: now + 600_000,
        };
        self.servers.insert(key.to_owned(), server);
        true
    }

    /// Answers a request that is remembered. `edit` completes the answer.
    pub(super) fn reply(
        &mut self,
        now: Millis,
        key: &str,
        code: u16,
        edit: impl FnOnce(&mut Message),
    ) {
        let Some(server) = self.servers.get(key) else {
            return;
        };
        let (place, line) = (server.place, server.line);
        let mut answer = answer_to(&server.request, place, code);
        let to = back(&server.request, place);
        if code > 100 {
            let tag = line
                .and_then(|it| self.lines.get(&it))
                .map(|it| it.local_tag.clone());
            self.tag_to(&mut answer, tag.as_deref());
        }
        edit(&mut answer);
        let bytes = answer.to_bytes();
        self.send(to, bytes.clone());
        let Some(server) = self.servers.get_mut(key) else {
            return;
        };
        server.answer = Some((code, bytes));
        if code >= 200 {
            server.forget = now + PATIENCE;
            // Only answers to calls are acknowledged. A 2xx is repeated even where nothing is lost (section 13.3.1.4).
            let repeated = place.transport == Transport::Udp || code < 300;
            if server.invite && repeated {
                server.again = Some(now + FIRST);
            }
        }
    }

    /// Answers a request that came again as before; true when it was one.
    pub(super) fn again(&mut self, key: &str) -> bool {
        let Some(server) = self.servers.get(key) else {
            return false;
        };
        let again = server.answer.clone();
        let to = back(&server.request, server.place);
        if let Some((_, bytes)) = again {
            self.send(to, bytes);
        }
        true
    }

    /// The answer to a call has arrived.
    pub(super) fn arrived(&mut self, now: Millis, key: &str) {
        if let Some(server) = self.servers.get_mut(key) {
            server.again = None;
            // Repetitions may be under way (timer I).
            server.forget = server.forget.min(now + 5_000);
        }
    }

    pub(super) fn tick_servers(&mut self, now: Millis) {
        let mut due = Vec::new();
        let mut unheard = Vec::new();
        self.servers.retain(|key, it| {
            if it.forget <= now {
                if it.invite && it.again.is_some() && matches!(it.answer, Some((200..300, _))) {
                    unheard.extend(it.line);
                }
                return false;
            }
            if it.again.is_some_and(|at| at <= now) {
                it.interval = (it.interval * 2).min(LONGEST);
                it.again = Some(now + it.interval);
                due.push(key.clone());
            }
            true
        });
        for key in due {
            self.again(&key);
        }
        for line in unheard {
            self.unacknowledged(now, line);
        }
    }
}
