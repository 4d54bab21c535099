//! Folders: opening, listing, fetching, waiting, filing, looking for.

use std::time::Duration;

use plugboard_domain::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{
    Imap, ImapError,
    parse::{Token, fetched},
    session::{outcome, quote},
};

/// A folder that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Selected {
    pub(crate) uid_validity: u32,
    pub(crate) uid_next: Option<u32>,
}

/// A mail in a folder, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) uid: u32,
    pub(crate) size: u64,
    pub(crate) arrived: Option<Timestamp>,
}

/// Why waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdleEnd {
    /// The server said that something changed.
    News,
    /// The time was over, or somebody woke us.
    Time,
}

impl Imap {
    /// Opens a folder, to look only: nothing here sets a mark on anybody's mail.
    pub(crate) async fn select(&mut self, folder: &str) -> Result<Selected, ImapError> {
        let command = format!("EXAMINE {}", quote(&to_utf7(folder))?);
        let mut selected = Selected {
            uid_validity: 0,
            uid_next: None,
        };
        for answer in self.command(&command).await? {
            for token in &answer {
                let Some(code) = code_of(token) else { continue };
                let mut words = code.split_whitespace();
                let name = words.next().unwrap_or_default().to_ascii_uppercase();
                let value = words.next().and_then(|it| it.parse().ok());
                match (name.as_str(), value) {
                    ("UIDVALIDITY", Some(value)) => selected.uid_validity = value,
                    ("UIDNEXT", value) => selected.uid_next = value,
                    _ => {}
                }
            }
        }
        if selected.uid_validity == 0 {
            return Err(ImapError::Lost("the folder has no UIDVALIDITY".into()));
        }
        Ok(selected)
    }

    /// `UID`s after one, in order. The server answers `n:*` with its last mail also when that is older: left out here.
    pub(crate) async fn uids_after(&mut self, last: u32) -> Result<Vec<u32>, ImapError> {
        let from = last.saturating_add(1);
        let mut found = self.search(&format!("UID {from}:*")).await?;
        found.retain(|uid| *uid > last);
        Ok(found)
    }

    /// `UID`s of mails that arrived on a day or later, in order.
    pub(crate) async fn uids_since(&mut self, day: Timestamp) -> Result<Vec<u32>, ImapError> {
        let day = day.strftime("%-d-%b-%Y").to_string();
        self.search(&format!("SINCE {day}")).await
    }

    /// `UID`s of mails with this `Message-ID`.
    pub(crate) async fn uids_of_message(&mut self, rfc_id: &str) -> Result<Vec<u32>, ImapError> {
        let id = quote(rfc_id)?;
        self.search(&format!("HEADER Message-ID {id}")).await
    }

    async fn search(&mut self, criteria: &str) -> Result<Vec<u32>, ImapError> {
        let mut found = Vec::new();
        let command = format!("UID SEARCH {criteria}");
        self.run(&command, |answer| {
            let is = answer.get(1).and_then(Token::text);
            if is.is_some_and(|it| it.eq_ignore_ascii_case("SEARCH")) {
                found.extend(answer.iter().skip(2).filter_map(Token::number::<u32>));
            }
        })
        .await?;
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// What there is to know of mails before they are fetched, in order. One that is not in the answer is gone.
    pub(crate) async fn list(&mut self, uids: &[u32]) -> Result<Vec<Listed>, ImapError> {
        let mut listed = Vec::with_capacity(uids.len());
        let command = format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE)", set(uids));
        self.run(&command, |answer| {
            if let Some(found) = fetched(answer)
                && let Some(uid) = found.uid
                && uids.binary_search(&uid).is_ok()
            {
                listed.push(Listed {
                    uid,
                    size: found.size.unwrap_or(0),
                    arrived: found.internal_date.as_deref().and_then(instant),
                });
            }
        })
        .await?;
        listed.sort_unstable_by_key(|it| it.uid);
        listed.dedup_by_key(|it| it.uid);
        Ok(listed)
    }

    /// Fetches mails whole, without marking them as read. Answers come in the server's order, which may be any.
    pub(crate) async fn fetch(&mut self, uids: &[u32]) -> Result<Vec<(u32, Vec<u8>)>, ImapError> {
        let mut bodies = Vec::with_capacity(uids.len());
        let command = format!("UID FETCH {} (UID BODY.PEEK[])", set(uids));
        self.run(&command, |answer| {
            if let Some(found) = fetched(answer)
                && let (Some(uid), Some(body)) = (found.uid, found.body)
                && uids.binary_search(&uid).is_ok()
            {
                bodies.push((uid, body));
            }
        })
        .await?;
        Ok(bodies)
    }

    /// Fetches only the head of a mail: of one that is too large, or cannot be read whole.
    pub(crate) async fn fetch_head(&mut self, uid: u32) -> Result<Option<Vec<u8>>, ImapError> {
        let mut head = None;
        let command = format!("UID FETCH {uid} (UID BODY.PEEK[HEADER])");
        self.run(&command, |answer| {
            if let Some(found) = fetched(answer)
                && found.uid == Some(uid)
            {
                head = found.body;
            }
        })
        .await?;
        Ok(head)
    }

    /// Makes sure that the server still answers for the folder, after it said no to something about a mail. An error when it
    /// does not: then the connection is of no use any more, though it is open.
    pub(crate) async fn confirm(&mut self, uid: u32) -> Result<(), ImapError> {
        match self.search(&format!("UID {uid}")).await {
            Err(ImapError::No(why)) => {
                Err(ImapError::Lost(format!("it refuses everything: {why}")))
            }
            found => found.map(|_| ()),
        }
    }

    /// True when mails came since `seen` were there, as far as the server says now.
    pub(crate) async fn has_news(&mut self, seen: u32) -> Result<bool, ImapError> {
        self.command("NOOP").await?;
        Ok(self.exists > seen)
    }

    /// How many mails the folder has.
    pub(crate) fn exists(&self) -> u32 {
        self.exists
    }

    /// Waits until the server says that something changed (RFC 2177), the time is over, or somebody wakes us.
    pub(crate) async fn idle(
        &mut self,
        limit: Duration,
        woken: &CancellationToken,
    ) -> Result<IdleEnd, ImapError> {
        let tag = self.next_tag();
        self.send_line(&format!("{tag} IDLE")).await?;
        let before = self.exists;
        let mut end = IdleEnd::Time;
        let deadline = tokio::time::sleep(limit);
        tokio::pin!(deadline);
        let mut done = false;
        loop {
            if !done {
                tokio::select! {
                    biased;
                    () = woken.cancelled() => {}
                    () = &mut deadline => {}
                    ready = self.wire.wait() => {
                        ready?;
                        let answer = self.answer().await?;
                        match answer.first() {
                            Some(Token::Atom(it)) if *it == tag => {
                                outcome(&answer)?;
                                return Ok(end);
                            }
                            _ => self.note(&answer)?,
                        }
                        if self.exists <= before {
                            continue;
                        }
                        end = IdleEnd::News;
                    }
                }
                done = true;
                self.send_line("DONE").await?;
            }
            let answer = self.answer().await?;
            match answer.first() {
                Some(Token::Atom(it)) if *it == tag => {
                    outcome(&answer)?;
                    return Ok(end);
                }
                _ => self.note(&answer)?,
            }
            if self.exists > before {
                end = IdleEnd::News;
            }
        }
    }

    /// The folder for what was sent, when the server names one (RFC 6154).
    pub(crate) async fn sent_folder(&mut self) -> Result<Option<String>, ImapError> {
        let mut found = None;
        for answer in self.command(r#"LIST "" "*""#).await? {
            let Some(Token::List(flags)) = answer.get(2) else {
                continue;
            };
            let sent = flags
                .iter()
                .filter_map(Token::text)
                .any(|it| it.eq_ignore_ascii_case("\\Sent"));
            if sent {
                found = answer.get(4).and_then(Token::text);
            }
        }
        Ok(found.map(|it| from_utf7(&it)))
    }

    /// Files a mail in a folder, as read.
    pub(crate) async fn append(&mut self, folder: &str, mail: &[u8]) -> Result<(), ImapError> {
        let tag = self.next_tag();
        let folder = quote(&to_utf7(folder))?;
        self.send_line(&format!(
            "{tag} APPEND {folder} (\\Seen) {{{}}}",
            mail.len()
        ))
        .await?;
        loop {
            let answer = self.answer().await?;
            match answer.first() {
                Some(Token::Atom(it)) if it == "+" => {
                    self.wire.send(mail).await?;
                    self.wire.send(b"\r\n").await?;
                }
                Some(Token::Atom(it)) if *it == tag => return outcome(&answer),
                _ => self.note(&answer)?,
            }
        }
    }
}

/// The code of an answer: `[UIDVALIDITY 7]`.
fn code_of(token: &Token) -> Option<String> {
    let Token::Atom(text) = token else {
        return None;
    };
    Some(text.strip_prefix('[')?.strip_suffix(']')?.to_owned())
}

/// `UID`s as a set of ranges. They are in order.
fn set(uids: &[u32]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while at < uids.len() {
        let mut end = at;
        while end + 1 < uids.len() && uids[end + 1] == uids[end] + 1 {
            end += 1;
        }
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&uids[at].to_string());
        if end > at {
            text.push(':');
            text.push_str(&uids[end].to_string());
        }
        at = end + 1;
    }
    text
}

/// `17-Jul-1996 02:44:25 -0700`.
fn instant(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?;
    parsed.to_timestamp().ok()
}

/// A folder's name as IMAP spells it (RFC 3501 §5.1.3).
pub(crate) fn to_utf7(name: &str) -> String {
    use base64::{
        Engine as _,
        alphabet::IMAP_MUTF7,
        engine::{GeneralPurpose, general_purpose::NO_PAD},
    };
    let engine = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);
    let mut out = String::new();
    let mut run: Vec<u8> = Vec::new();
    let flush = |run: &mut Vec<u8>, out: &mut String| {
        if !run.is_empty() {
            out.push('&');
            out.push_str(&engine.encode(&*run));
            out.push('-');
            run.clear();
        }
    };
    for letter in name.chars() {
        if (' '..='~').contains(&letter) {
            flush(&mut run, &mut out);
            out.push(letter);
            if letter == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                run.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    flush(&mut run, &mut out);
    out
}

/// A folder's name as people read it. What is no such spelling stays as it is.
pub(crate) fn from_utf7(name: &str) -> String {
    use base64::{
        Engine as _,
        alphabet::IMAP_MUTF7,
        engine::{GeneralPurpose, general_purpose::NO_PAD},
    };
    let engine = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);
    let mut out = String::new();
    let mut rest = name;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let Some(end) = after.find('-') else {
            out.push_str(&rest[at..]);
            return out;
        };
        let units = &after[..end];
        if units.is_empty() {
            out.push('&');
        } else {
            let bytes = engine.decode(units).unwrap_or_default();
            let units = bytes
                .chunks_exact(2)
                .map(|it| u16::from_be_bytes([it[0], it[1]]));
            out.extend(char::decode_utf16(units).map(|it| it.unwrap_or('\u{fffd}')));
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_become_ranges() {
        assert_eq!(set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
        assert_eq!(set(&[5]), "5");
    }

    #[test]
    fn folder_names_go_there_and_back() {
        for name in [
            "INBOX",
            "\u{5df2}\u{53d1}\u{9001}",
            "a & b",
            "Entw\u{fc}rfe/\u{1f600}",
        ] {
            assert_eq!(from_utf7(&to_utf7(name)), name);
        }
        assert_eq!(
            to_utf7("~peter/mail/\u{53f0}\u{5317}"),
            "~peter/mail/&U,BTFw-"
        );
        assert_eq!(from_utf7("broken & no end"), "broken & no end");
    }

    #[test]
    fn dates_of_servers_are_read() {
        let at = instant("17-Jul-1996 02:44:25 -0700").unwrap();
        assert_eq!(at.to_string(), "1996-07-17T09:44:25Z");
        assert_eq!(
            instant(" 7-Jul-1996 02:44:25 +0800").unwrap().to_string(),
            "1996-07-06T18:44:25Z"
        );
        assert_eq!(instant("soon"), None);
    }
}
