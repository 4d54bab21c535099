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
    /// What the own mail server wrote into the mail: the topmost `Received` of one of these names. Below it, a mail may say
    /// anything.
    pub fn stated(mail: &Mail, trusted: &[impl AsRef<str>]) -> Option<Self> {
        let mut sender = None;
        for header in &mail.headers {
            if header.name.eq_ignore_ascii_case("return-path") && sender.is_none() {
                sender = Some(header.value.as_str());
            }
            if !header.name.eq_ignore_ascii_case("received") {
                continue;
            }
            let (by, client, helo) = received(&header.value);
            if !trusted
                .iter()
                .any(|it| it.as_ref().eq_ignore_ascii_case(by))
            {
                continue;
            }
            return Some(Self {
                client: client?,
                helo,
                sender: bare(sender?),
            });
        }
        None
    }

    /// What the topmost `Received` says: of a mail that the server which wrote that hands over itself, for this sender.
    pub fn handed_over(mail: &Mail, sender: &str) -> Option<Self> {
        let (_, client, helo) = received(mail.header("received")?);
        let client = client.filter(|it| !is_own(*it))?;
        Some(Self {
            client,
            helo,
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

/// Who took a mail, from which address, from whoever called itself what.
fn received(value: &str) -> (&str, Option<IpAddr>, String) {
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
    (by, client, helo)
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
        // What the own server did not see is not looked for below, where anybody writes.
        let blind = "Return-Path: <a@b>\r\nReceived: by mx.own.example id 1\r\n\
            Received: from x (y [203.0.113.9]) by mx.own.example\r\n";
        assert_eq!(Path::stated(&mail(blind), &["mx.own.example"]), None);
        let late = "Received: from x (y [192.0.2.7]) by mx.own.example\r\nReturn-Path: <ceo@bank.example>\r\n";
        assert_eq!(Path::stated(&mail(late), &["mx.own.example"]), None);
        let filtered = "Received: from localhost (localhost [127.0.0.1]) by mx.own.example\r\n";
        assert_eq!(Path::handed_over(&mail(filtered), "a@b.example"), None);
    }
}
