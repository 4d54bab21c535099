//! The way that a mail came: who handed it over to the own mail server, and in whose name.

use std::net::IpAddr;

use crate::Mail;

/// What a mail server knows of whoever handed a mail over to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// From where.
    pub client: IpAddr,
    /// The name that it gave itself; empty when nobody knows.
    pub helo: String,
    /// Where bounces go; empty for the sender of bounces.
    pub sender: String,
}

impl Path {
    /// What the own mail servers wrote into the mail, from the top down to the one that took it from elsewhere. `trusted` are
    /// their names. Each writes on top of what was there, so below the last of them a mail may say anything:
    ///
    /// - a server of another name ends the search, unless it took the mail from this network or as its last stop (LMTP):
    ///   then it is one of the own that only passes mail on;
    /// - the first that took the mail from an address of the world saw where it came from.
    pub fn stated(mail: &Mail, trusted: &[impl AsRef<str>]) -> Option<Self> {
        let mut sender = None;
        for header in &mail.headers {
            if header.name.eq_ignore_ascii_case("return-path") && sender.is_none() {
                sender = Some(header.value.as_str());
            }
            if !header.name.eq_ignore_ascii_case("received") {
                continue;
            }
            let hop = received(&header.value);
            let own = trusted
                .iter()
                .any(|it| it.as_ref().eq_ignore_ascii_case(hop.by));
            let inside = hop.client.is_some_and(is_inside);
            match hop.client.filter(|it| !is_inside(*it)) {
                Some(client) if own => {
                    return Some(Self {
                        client,
                        helo: hop.helo,
                        sender: bare(sender?),
                    });
                }
                // A server that is not ours took it from the world, or an own one that did not look from where.
                Some(_) => return None,
                None if !(inside || hop.local) => return None,
                None => {}
            }
        }
        None
    }

    /// What the topmost `Received` says: of a mail that the server which wrote that hands over itself, for this sender.
    pub fn handed_over(mail: &Mail, sender: &str) -> Option<Self> {
        let hop = received(mail.header("received")?);
        let client = hop.client.filter(|it| !is_own(*it))?;
        Some(Self {
            client,
            helo: hop.helo,
            sender: bare(sender),
        })
    }
}

/// An address without its brackets.
fn bare(address: &str) -> String {
    address.trim().trim_matches(['<', '>']).to_owned()
}

/// A server that hands a mail over to itself, through a filter, does not tell where it is from.
fn is_own(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_unspecified(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified(),
    }
}

/// An address of a network of one's own: what comes from there was taken from the world before.
fn is_inside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local() || is_own(ip.into()),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local() || is_own(ip.into()),
    }
}

/// What one `Received` says.
struct Hop<'a> {
    /// Who took the mail.
    by: &'a str,
    /// From which address.
    client: Option<IpAddr>,
    /// From whoever called itself this.
    helo: String,
    /// It was handed over for the last time (LMTP), or not over a network at all.
    local: bool,
}

fn received(value: &str) -> Hop<'_> {
    let (from, rest) = match value.split_once(" by ") {
        Some(found) => found,
        None if value.starts_with("by ") => ("", &value[3..]),
        None => (value, ""),
    };
    let by = rest.split_whitespace().next().unwrap_or_default();
    let by = by.trim_end_matches([';', ',']);
    let mut words = from.split_whitespace();
    let helo = words
        .next()
        .filter(|it| it.eq_ignore_ascii_case("from"))
        .and(words.next());
    let helo = helo.unwrap_or_default().trim_matches(['[', ']']).to_owned();
    // The last is what the server saw: names come before it, and a client chooses its own.
    let mut client = None;
    let mut left = from;
    while let Some((before, after)) = left.split_once('[') {
        let Some((inside, next)) = after.split_once(']') else {
            break;
        };
        let inside = inside.strip_prefix("IPv6:").unwrap_or(inside);
        if let Ok(ip) = inside.parse::<IpAddr>()
            && !before.to_ascii_lowercase().ends_with("helo=")
        {
            client = Some(ip.to_canonical());
        }
        left = next;
    }
    let protocol = rest
        .split_once(" with ")
        .and_then(|it| it.1.split_whitespace().next());
    let protocol = protocol.unwrap_or_default().trim_end_matches(';');
    Hop {
        by,
        client,
        local: from.is_empty() || protocol.to_ascii_uppercase().starts_with("LMTP"),
        helo,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, decode};

    #[test]
    fn only_the_own_server_tells_where_a_mail_came_from() {
        let mail = |headers: &str| {
            decode(
                format!("{headers}From: a@b.example\r\n\r\nx").as_bytes(),
                &Options::default(),
            )
        };
        let postfix = "Return-Path: <a@b.example>\r\n\
            Received: from mx.own.example by store with LMTP id 1\r\n\
            Received: from [6.6.6.6] (unknown [192.0.2.7])\r\n\tby mx.own.example (Postfix) with ESMTPS id 2\r\n\
            Received: from x (y [203.0.113.9]) by mx.own.example with SMTP\r\n";
        let found = Path::stated(&mail(postfix), &["mx.own.example"]).unwrap();
        assert_eq!(found.client, IpAddr::from([192, 0, 2, 7]));
        assert_eq!(found.sender, "a@b.example");
        assert_eq!(Path::stated(&mail(postfix), &["mx.other.example"]), None);
        let exim = "Return-path: <>\r\nReceived: from [192.0.2.8] (helo=[6.6.6.6]) by mx.own.example with esmtp\r\n";
        let found = Path::stated(&mail(exim), &["MX.own.example"]).unwrap();
        assert_eq!(
            (found.client, found.sender.as_str()),
            (IpAddr::from([192, 0, 2, 8]), "")
        );
        // Gmail, Exchange and others pass mails on among themselves before they lie in a mailbox.
        let inside = "Return-Path: <a@b.example>\r\nReceived: by 2002:a05:6e04:: with SMTP id 1\r\n\
            Received: from filter (filter.own.example [10.1.2.3]) by store.own.example with ESMTP id 2\r\n\
            Received: from x (y [192.0.2.7]) by mx.own.example with ESMTPS id 3\r\n";
        let found = Path::stated(&mail(inside), &["mx.own.example"]).unwrap();
        assert_eq!(found.client, IpAddr::from([192, 0, 2, 7]));
        // A server of the own ones that nobody named took it: what is below may be forged.
        let backup = "Return-Path: <a@b.example>\r\nReceived: from evil (evil [203.0.113.9]) by mx2.own.example with ESMTP\r\n\
            Received: from bank (bank [192.0.2.7]) by mx.own.example with ESMTP\r\n";
        assert_eq!(Path::stated(&mail(backup), &["mx.own.example"]), None);
        let found = Path::stated(&mail(backup), &["mx.own.example", "mx2.own.example"]).unwrap();
        assert_eq!(found.client, IpAddr::from([203, 0, 113, 9]));
        // Nor is anything looked for below a server that does not say from where it took a mail.
        let blind = "Return-Path: <a@b>\r\nReceived: from x by mx.own.example with ESMTP id 1\r\n\
            Received: from x (y [203.0.113.9]) by mx.own.example\r\n";
        assert_eq!(Path::stated(&mail(blind), &["mx.own.example"]), None);
        let late = "Received: from x (y [192.0.2.7]) by mx.own.example\r\nReturn-Path: <ceo@bank.example>\r\n";
        assert_eq!(Path::stated(&mail(late), &["mx.own.example"]), None);
        let filtered = "Received: from localhost (localhost [127.0.0.1]) by mx.own.example\r\n";
        assert_eq!(Path::handed_over(&mail(filtered), "a@b.example"), None);
    }
}
