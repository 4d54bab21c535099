//! Questions and answers of the domain name system as bytes (RFC 1035, RFC 6891).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use plugboard_mail::{Answer, Question, Record};

/// What may come in one packet without being cut up on the way.
const PACKET_MAX: u16 = 1_232;

/// Records of one answer that are read, and bytes of texts.
const RECORDS_MAX: usize = 200;
const TEXT_MAX: usize = 16 * 1024;

/// Places that one name is pieced together from.
const JUMPS_MAX: usize = 20;

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The answer, and for how many seconds it is good.
    Answer(Answer, u32),
    /// It did not fit.
    Truncated,
    /// It answers something else: somebody guesses.
    Other,
}

fn number(record: Record) -> u16 {
    match record {
        Record::A => 1,
        Record::Mx => 15,
        Record::Txt => 16,
        Record::Aaaa => 28,
    }
}

/// A question as bytes.
pub(super) fn ask(id: u16, question: &Question) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    out.extend_from_slice(&id.to_be_bytes());
    // A recursive answer is wanted; one question, and one record of what else is understood.
    out.extend_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    for label in question.name.split('.') {
        out.push(u8::try_from(label.len()).unwrap_or(0));
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    out.extend_from_slice(&number(question.record).to_be_bytes());
    out.extend_from_slice(&1_u16.to_be_bytes());
    out.extend_from_slice(&[0, 0, 41]);
    out.extend_from_slice(&PACKET_MAX.to_be_bytes());
    out.extend_from_slice(&[0; 6]);
    out
}

/// A question as bytes that every name server has an answer to: which servers the root has.
pub(super) fn probe(id: u16) -> Vec<u8> {
    let mut out = id.to_be_bytes().to_vec();
    out.extend_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    out.extend_from_slice(&[0, 0, 2, 0, 1]);
    out
}

/// Whether a packet is an answer at all, to a question with this number.
pub(super) fn is_answer(packet: &[u8], id: u16) -> bool {
    packet.get(..2) == Some(&id.to_be_bytes()) && packet.get(2).is_some_and(|it| it & 0x80 != 0)
}

/// Reads what came back for a question.
pub(super) fn read(packet: &[u8], id: u16, question: &Question) -> Reply {
    look(packet, id, question).unwrap_or(Reply::Other)
}

fn look(packet: &[u8], id: u16, question: &Question) -> Option<Reply> {
    let word = |at: usize| Some(u16::from_be_bytes(packet.get(at..at + 2)?.try_into().ok()?));
    let flags = word(2)?;
    let (name, mut at) = name(packet, 12)?;
    let same = word(0)? == id
        && flags & 0x8000 != 0
        && word(4)? == 1
        && name.eq_ignore_ascii_case(&question.name)
        && word(at)? == number(question.record)
        && word(at + 2)? == 1;
    if !same {
        return None;
    }
    if flags & 0x0200 != 0 {
        return Some(Reply::Truncated);
    }
    match flags & 15 {
        0 => {}
        3 => return Some(Reply::Answer(Answer::Missing, u32::MAX)),
        _ => return Some(Reply::Answer(Answer::Failed, 0)),
    }
    at += 4;
    let mut found = Found::default();
    for _ in 0..usize::from(word(6)?).min(RECORDS_MAX) {
        let (_, head) = self::name(packet, at)?;
        let kind = word(head)?;
        let life = u32::from_be_bytes(packet.get(head + 4..head + 8)?.try_into().ok()?);
        let start = head + 10;
        let end = start + usize::from(word(head + 8)?);
        let data = packet.get(start..end)?;
        if kind == number(question.record) {
            found.life = found.life.min(life);
            found.take(question.record, packet, data, start)?;
        }
        at = end;
    }
    let life = found.life;
    Some(Reply::Answer(found.answer(question.record), life))
}

struct Found {
    texts: Vec<String>,
    bytes: usize,
    addresses: Vec<IpAddr>,
    hosts: Vec<(u16, String)>,
    life: u32,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            texts: Vec::new(),
            bytes: 0,
            addresses: Vec::new(),
            hosts: Vec::new(),
            life: u32::MAX,
        }
    }
}

impl Found {
    fn take(&mut self, record: Record, packet: &[u8], data: &[u8], start: usize) -> Option<()> {
        match record {
            Record::A => {
                let ip: [u8; 4] = data.try_into().ok()?;
                self.addresses.push(Ipv4Addr::from(ip).into());
            }
            Record::Aaaa => {
                let ip: [u8; 16] = data.try_into().ok()?;
                self.addresses.push(Ipv6Addr::from(ip).into());
            }
            Record::Mx => {
                let preference = u16::from_be_bytes(data.get(..2)?.try_into().ok()?);
                self.hosts.push((preference, name(packet, start + 2)?.0));
            }
            Record::Txt => {
                let mut text = Vec::new();
                let mut left = data;
                while let Some((length, rest)) = left.split_first() {
                    let (piece, rest) = rest.split_at_checked(usize::from(*length))?;
                    text.extend_from_slice(piece);
                    left = rest;
                }
                self.bytes += text.len();
                if self.bytes <= TEXT_MAX {
                    self.texts.push(String::from_utf8_lossy(&text).into_owned());
                }
            }
        }
        Some(())
    }

    fn answer(mut self, record: Record) -> Answer {
        match record {
            Record::Txt if !self.texts.is_empty() => Answer::Texts(self.texts),
            Record::A | Record::Aaaa if !self.addresses.is_empty() => {
                Answer::Addresses(self.addresses)
            }
            Record::Mx if !self.hosts.is_empty() => {
                self.hosts.sort();
                Answer::Hosts(self.hosts.into_iter().map(|it| it.1).collect())
            }
            _ => Answer::Missing,
        }
    }
}

/// The name at a place, and what follows it there.
fn name(packet: &[u8], start: usize) -> Option<(String, usize)> {
    let mut out = String::new();
    let (mut at, mut end, mut jumps) = (start, None, 0);
    loop {
        let length = usize::from(*packet.get(at)?);
        match length {
            0 => return Some((out, end.unwrap_or(at + 1))),
            1..=63 => {
                let label = packet.get(at + 1..at + 1 + length)?;
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(&String::from_utf8_lossy(label));
                at += 1 + length;
            }
            192.. => {
                let next = (length & 63) << 8 | usize::from(*packet.get(at + 1)?);
                end = end.or(Some(at + 2));
                jumps += 1;
                if jumps > JUMPS_MAX {
                    return None;
                }
                at = next;
            }
            _ => return None,
        }
        // A name that goes round never ends.
        if out.len() > 512 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(record: Record) -> Question {
        Question {
            name: "a.example".into(),
            record,
        }
    }

    /// An answer with records of these kinds and data, whose names point at that of the question.
    fn packet(question: &Question, flags: u16, records: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let mut out = ask(7, question);
        out.truncate(out.len() - 11);
        out[2..4].copy_from_slice(&flags.to_be_bytes());
        out[6..8].copy_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
        out[10..12].copy_from_slice(&[0, 0]);
        for (kind, data) in records {
            out.extend_from_slice(&[192, 12]);
            out.extend_from_slice(&kind.to_be_bytes());
            out.extend_from_slice(&[0, 1, 0, 0, 0, 60]);
            out.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
            out.extend_from_slice(data);
        }
        out
    }

    #[test]
    fn answers_are_read() {
        let it = question(Record::Txt);
        let found = read(
            &packet(
                &it,
                0x8180,
                &[(5, vec![192, 12]), (16, b"\x03abc\x02de".to_vec())],
            ),
            7,
            &it,
        );
        assert_eq!(
            found,
            Reply::Answer(Answer::Texts(vec!["abcde".into()]), 60)
        );
        let it = question(Record::Mx);
        let hosts = [
            (15, vec![0, 9, 1, b'y', 192, 12]),
            (15, vec![0, 1, 1, b'x', 192, 12]),
        ];
        let found = read(&packet(&it, 0x8180, &hosts), 7, &it);
        let expect = Answer::Hosts(vec!["x.a.example".into(), "y.a.example".into()]);
        assert_eq!(found, Reply::Answer(expect, 60));
        let it = question(Record::A);
        let found = read(&packet(&it, 0x8180, &[(1, vec![192, 0, 2, 1])]), 7, &it);
        let expect = Answer::Addresses(vec![IpAddr::from([192, 0, 2, 1])]);
        assert_eq!(found, Reply::Answer(expect, 60));
        assert_eq!(
            read(&packet(&it, 0x8183, &[]), 7, &it),
            Reply::Answer(Answer::Missing, u32::MAX)
        );
        assert_eq!(
            read(&packet(&it, 0x8182, &[]), 7, &it),
            Reply::Answer(Answer::Failed, 0)
        );
        assert_eq!(read(&packet(&it, 0x8380, &[]), 7, &it), Reply::Truncated);
    }

    #[test]
    fn what_was_not_asked_is_not_believed() {
        let it = question(Record::A);
        let good = packet(&it, 0x8180, &[(1, vec![192, 0, 2, 1])]);
        assert_eq!(read(&good, 8, &it), Reply::Other);
        assert_eq!(read(&good, 7, &question(Record::Txt)), Reply::Other);
        let other = Question {
            name: "b.example".into(),
            record: Record::A,
        };
        assert_eq!(read(&good, 7, &other), Reply::Other);
        assert_eq!(read(&ask(7, &it), 7, &it), Reply::Other);
        for end in 0..good.len() {
            let _ = read(&good[..end], 7, &it);
        }
        // A name that points at itself.
        let mut round = good.clone();
        let at = good.len() - 16;
        round[at..at + 2].copy_from_slice(&[192, u8::try_from(at).unwrap()]);
        assert_eq!(read(&round, 7, &it), Reply::Other);
    }
}
