//! What the desk answers to calls that came in, and to changes that peers ask for.

use crate::message::Message;

use super::{
    LineId, Millis, Stack,
    line::{Phase, SESSION_MIN, session_expires},
};

impl Stack {
    /// Tells the caller that it rings.
    pub fn ring(&mut self, now: Millis, id: LineId) {
        self.provisional(now, id, 180, None);
    }

    /// Lets the caller hear something before anybody has answered (early media).
    pub fn progress(&mut self, now: Millis, id: LineId, description: &str) {
        self.provisional(now, id, 183, Some(description));
    }

    fn provisional(&mut self, now: Millis, id: LineId, code: u16, description: Option<&str>) {
        let contact = self
            .lines
            .get(&id)
            .map(|it| self.contact(it.place, &it.user));
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        let Phase::Invited { key, .. } = &line.phase else {
            return;
        };
        let (key, place) = (key.clone(), line.place);
        let number = line.confirms.then(|| {
            let number = line.provisional;
            line.provisional += 1;
            number
        });
        let mut sent = Vec::new();
        self.reply(now, &key, code, |it| {
            it.push("Contact", contact.unwrap_or_default());
            echo_routes(it, None);
            if let Some(number) = number {
                it.push("Require", "100rel");
                it.push("RSeq", number.to_string());
            }
            if let Some(description) = description {
                it.set("Content-Type", "application/sdp");
                it.body = description.as_bytes().to_vec();
            }
            sent = it.to_bytes();
        });
        if let Some(number) = number {
            self.unconfirm(now, id, number, place, sent);
        }
    }

    /// Takes the call.
    pub fn answer(&mut self, now: Millis, id: LineId, description: &str) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        let Phase::Invited {
            key,
            unconfirmed,
            held_back,
        } = &mut line.phase
        else {
            return;
        };
        if unconfirmed.is_some() {
            // The peer has to confirm first (RFC 3262, section 3).
            *held_back = Some(description.to_owned());
            return;
        }
        let key = key.clone();
        line.phase = Phase::Up;
        line.unheard = Some(key.clone());
        description.clone_into(&mut line.described);
        let wanted = self
            .servers
            .get(&key)
            .and_then(|it| session_expires(&it.request));
        if let Some((seconds, by_caller)) = wanted {
            let ours = by_caller == Some(false) || !self.lines.get(&id).is_some_and(|it| it.timer);
            self.set_session(now, id, seconds.max(SESSION_MIN), ours);
        }
        self.complete(now, id, &key, description);
    }

    /// Does not take the call.
    pub fn refuse(&mut self, now: Millis, id: LineId, code: u16) {
        if let Some(line) = self.lines.get(&id)
            && let Phase::Invited { key, .. } = &line.phase
        {
            let key = key.clone();
            self.reply(now, &key, code, |_| {});
            self.drop_line(id);
        }
    }

    /// Agrees to a change that the peer asked for; or offers something, when it asked to be offered.
    pub fn agree(&mut self, now: Millis, id: LineId, description: &str) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        let Some(key) = line.asked.take() else { return };
        description.clone_into(&mut line.described);
        if self.servers.get(&key).is_some_and(|it| it.invite)
            && let Some(line) = self.lines.get_mut(&id)
        {
            line.unheard = Some(key.clone());
        }
        self.complete(now, id, &key, description);
    }

    /// Does not agree. The call goes on as it was.
    pub fn disagree(&mut self, now: Millis, id: LineId, code: u16) {
        if let Some(key) = self.lines.get_mut(&id).and_then(|it| it.asked.take()) {
            self.reply(now, &key, code, |_| {});
        }
    }

    fn complete(&mut self, now: Millis, id: LineId, key: &str, description: &str) {
        let head = self.session_head(id);
        let routes: Vec<_> = self
            .servers
            .get(key)
            .map(|it| it.request.all("Record-Route").map(str::to_owned).collect())
            .unwrap_or_default();
        self.reply(now, key, 200, |it| {
            echo_routes(it, Some(&routes));
            for (name, value) in head {
                it.push(name, value);
            }
            it.set("Content-Type", "application/sdp");
            it.body = description.as_bytes().to_vec();
        });
    }
}

/// The machines between that want to stay there (section 12.1.1).
fn echo_routes(answer: &mut Message, routes: Option<&[String]>) {
    for route in routes.into_iter().flatten() {
        answer.push("Record-Route", route.clone());
    }
}
