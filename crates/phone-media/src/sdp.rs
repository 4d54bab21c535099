//! What two phones agree on before they hear each other: offers and answers (RFC 3264) as descriptions (RFC 8866). Sound of
//! telephones only: G.711 and digits; whatever else is offered is declined, each in its place.

use std::{
    fmt::Write as _,
    net::{IpAddr, SocketAddr},
};

use sdp_types::{Media, Session};

use crate::g711::Law;

/// A description that is longer is refused unread: real ones have some hundred bytes.
const BYTES_MAX: usize = 16 * 1_024;

/// Media of one description.
const MEDIA_MAX: usize = 16;

/// The payload type of digits in our own offers: what everybody uses.
const DIGITS: u8 = 101;

/// Which way sound goes, from where it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    #[default]
    Both,
    /// Only from here: the other side is held and hears music.
    SendOnly,
    /// Only to here.
    ReceiveOnly,
    /// Neither.
    Neither,
}

impl Direction {
    /// What the other side says of the same.
    #[must_use]
    pub fn answered(self) -> Self {
        match self {
            Self::SendOnly => Self::ReceiveOnly,
            Self::ReceiveOnly => Self::SendOnly,
            both_or_neither => both_or_neither,
        }
    }

    fn attribute(self) -> &'static str {
        match self {
            Self::Both => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::ReceiveOnly => "recvonly",
            Self::Neither => "inactive",
        }
    }

    fn of(name: &str) -> Option<Self> {
        let all = [Self::Both, Self::SendOnly, Self::ReceiveOnly, Self::Neither];
        all.into_iter().find(|it| it.attribute() == name)
    }
}

/// A description that nothing can be agreed on: the answer in SIP is 488.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is longer than any real one.
    #[error("the description is longer than {BYTES_MAX} bytes")]
    TooLong,
    /// It is no description.
    #[error("the description cannot be read: {0}")]
    Unreadable(String),
    /// Nothing in it is sound that can be heard here.
    #[error("no sound without encryption is offered")]
    NoSound,
    /// The sound is in no codec that we know.
    #[error("neither PCMU nor PCMA is offered")]
    NoCodec,
    /// It comes from no address.
    #[error("the sound comes from no address of a single machine")]
    NoAddress,
}

/// What the other side described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Where it hears. `None` with the address 0.0.0.0: it is held, in the way of before 2002.
    pub address: Option<SocketAddr>,
    /// What it speaks, the dearest first, with its payload types.
    pub laws: Vec<(Law, u8)>,
    /// The payload type of digits, when it takes them as events.
    pub digits: Option<u8>,
    /// Which way sound goes, as it says.
    pub direction: Direction,
    /// All media of it, as kind, protocol and formats.
    media: Vec<[String; 3]>,
    /// Which of them is spoken of here.
    chosen: usize,
}

impl Described {
    /// Reads a description.
    pub fn read(description: &[u8]) -> Result<Self, Unusable> {
        if description.len() > BYTES_MAX {
            return Err(Unusable::TooLong);
        }
        let session =
            Session::parse(description).map_err(|error| Unusable::Unreadable(error.to_string()))?;
        if session.medias.len() > MEDIA_MAX {
            return Err(Unusable::Unreadable("too many media".to_owned()));
        }
        let chosen = session
            .medias
            .iter()
            .position(is_sound)
            .ok_or(Unusable::NoSound)?;
        let sound = &session.medias[chosen];
        let laws = laws(sound);
        if laws.is_empty() {
            return Err(Unusable::NoCodec);
        }
        let kept = |media: &Media| [media.media.clone(), media.proto.clone(), media.fmt.clone()];
        Ok(Self {
            address: address(&session, sound)?,
            laws,
            digits: digits(sound),
            direction: direction(&session, sound),
            media: session.medias.iter().map(kept).collect(),
            chosen,
        })
    }

    /// True when the other side does not want to hear: we are on hold.
    pub fn holds(&self) -> bool {
        self.address.is_none() || matches!(self.direction, Direction::SendOnly | Direction::Neither)
    }

    /// The answer to it as an offer: the codec that it likes best, and sound the way that it wants.
    pub fn answer(&self, here: &Here) -> String {
        let mut text = here.head();
        for (at, [kind, protocol, formats]) in self.media.iter().enumerate() {
            if at == self.chosen {
                let law = self.laws.first().copied();
                here.sound(
                    &mut text,
                    law.as_slice(),
                    self.digits,
                    self.direction.answered(),
                );
            } else {
                // Declined, in its place (RFC 3264, section 6).
                let _ = write!(text, "m={kind} 0 {protocol} {formats}\r\n");
            }
        }
        text
    }
}

/// This side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Here {
    /// Where sound is heard.
    pub address: SocketAddr,
    /// Names the call; the same for its whole life.
    pub session: u64,
    /// One more with each description that differs from the one before.
    pub version: u64,
}

impl Here {
    /// An offer of these codecs.
    pub fn offer(&self, laws: &[Law], direction: Direction) -> String {
        let mut text = self.head();
        let laws: Vec<_> = laws.iter().map(|law| (*law, law.payload_type())).collect();
        self.sound(&mut text, &laws, Some(DIGITS), direction);
        text
    }

    fn head(&self) -> String {
        let Self {
            address,
            session,
            version,
        } = self;
        let ip = address.ip();
        let family = match ip {
            IpAddr::V4(_) => "IP4",
            IpAddr::V6(_) => "IP6",
        };
        format!(
            "v=0\r\no=- {session} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n"
        )
    }

    fn sound(
        &self,
        text: &mut String,
        laws: &[(Law, u8)],
        digits: Option<u8>,
        direction: Direction,
    ) {
        // Writing into a text cannot fail.
        let _ = write!(text, "m=audio {} RTP/AVP", self.address.port());
        for (_, payload_type) in laws {
            let _ = write!(text, " {payload_type}");
        }
        if let Some(payload_type) = digits {
            let _ = write!(text, " {payload_type}");
        }
        text.push_str("\r\n");
        for (law, payload_type) in laws {
            let _ = write!(text, "a=rtpmap:{payload_type} {}/8000\r\n", law.name());
        }
        if let Some(payload_type) = digits {
            let _ = write!(
                text,
                "a=rtpmap:{payload_type} telephone-event/8000\r\na=fmtp:{payload_type} 0-15\r\n"
            );
        }
        let _ = write!(text, "a=ptime:20\r\na={}\r\n", direction.attribute());
    }
}

fn is_sound(media: &Media) -> bool {
    let open = ["RTP/AVP", "RTP/AVPF"]
        .iter()
        .any(|it| media.proto.eq_ignore_ascii_case(it));
    media.media == "audio" && media.port != 0 && open
}

fn payload_types(media: &Media) -> impl Iterator<Item = u8> {
    let all = media.fmt.split_ascii_whitespace();
    all.filter_map(|it| it.parse().ok())
        .filter(|it: &u8| *it < 128)
}

/// The name of a payload type, as `PCMU/8000`.
fn name(media: &Media, payload_type: u8) -> Option<&str> {
    media
        .get_attribute_values("rtpmap")
        .flatten()
        .find_map(|map| {
            let (number, name) = map.trim().split_once(' ')?;
            (number.parse() == Ok(payload_type)).then(|| name.trim())
        })
}

fn laws(media: &Media) -> Vec<(Law, u8)> {
    let law = |payload_type| match name(media, payload_type) {
        // A name wins over the number: numbers from 96 on mean nothing by themselves.
        Some(name) => {
            let (codec, rest) = name.split_once('/')?;
            let known = [Law::Mu, Law::A].into_iter();
            let mut law = known.filter(|it| it.name().eq_ignore_ascii_case(codec));
            law.next().filter(|_| rest == "8000" || rest == "8000/1")
        }
        None => Law::of(payload_type),
    };
    payload_types(media)
        .filter_map(|payload_type| Some((law(payload_type)?, payload_type)))
        .collect()
}

fn digits(media: &Media) -> Option<u8> {
    let is_event = |name: &str| name.eq_ignore_ascii_case("telephone-event/8000");
    payload_types(media).find(|payload_type| name(media, *payload_type).is_some_and(is_event))
}

fn direction(session: &Session, media: &Media) -> Direction {
    let said = media.attributes.iter().chain(&session.attributes);
    said.filter(|it| it.value.is_none())
        .find_map(|it| Direction::of(&it.attribute))
        .unwrap_or_default()
}

fn address(session: &Session, media: &Media) -> Result<Option<SocketAddr>, Unusable> {
    let connection = media.connections.first().or(session.connection.as_ref());
    let ip = connection
        .and_then(|it| it.connection_address.parse::<IpAddr>().ok())
        .ok_or(Unusable::NoAddress)?;
    if ip.is_unspecified() {
        return Ok(None);
    }
    if ip.is_multicast() || ip == IpAddr::from([255, 255, 255, 255]) {
        return Err(Unusable::NoAddress);
    }
    Ok(Some(SocketAddr::new(ip, media.port)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Described, Direction, Here, Unusable};
    use crate::g711::Law;

    fn here() -> Here {
        Here {
            address: "192.0.2.1:20000".parse().unwrap(),
            session: 7,
            version: 1,
        }
    }

    fn offer(media: &str) -> Vec<u8> {
        let head =
            "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n";
        format!("{head}{media}").into_bytes()
    }

    fn read(media: &str) -> Result<Described, Unusable> {
        Described::read(&offer(media))
    }

    #[test]
    fn a_trunk_and_the_desk_agree_on_what_the_trunk_likes_best() {
        let described = read(
            "m=audio 4000 RTP/AVP 18 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=sendrecv\r\n",
        )
        .unwrap();
        assert_eq!(described.laws, [(Law::A, 8), (Law::Mu, 0)]);
        assert_eq!(
            described.address,
            Some("198.51.100.7:4000".parse().unwrap())
        );
        assert_eq!(described.digits, Some(96));
        assert!(!described.holds());
        let answer = described.answer(&here());
        let heard = Described::read(answer.as_bytes()).unwrap();
        assert_eq!((heard.laws, heard.digits), (vec![(Law::A, 8)], Some(96)));
        assert_eq!(heard.address, Some(here().address));
    }

    #[test]
    fn what_the_desk_offers_can_be_read() {
        let text = here().offer(&[Law::A, Law::Mu], Direction::SendOnly);
        let heard = Described::read(text.as_bytes()).unwrap();
        assert_eq!(heard.laws, [(Law::A, 8), (Law::Mu, 0)]);
        assert_eq!(
            (heard.digits, heard.direction),
            (Some(101), Direction::SendOnly)
        );
    }

    #[test]
    fn hold_is_understood_in_both_ways_of_saying_it() {
        for held in ["a=sendonly", "a=inactive"] {
            let described = read(&format!("m=audio 4000 RTP/AVP 0\r\n{held}\r\n")).unwrap();
            assert!(described.holds(), "{held}");
        }
        let described = read("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n").unwrap();
        assert!(described.holds() && described.address.is_none());
        let described = read("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n").unwrap();
        assert!(described.answer(&here()).contains("a=recvonly\r\n"));
        assert!(
            !read("m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n")
                .unwrap()
                .holds()
        );
    }

    #[test]
    fn what_is_not_sound_is_declined_in_its_place() {
        let described =
            read("m=video 5000 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 0\r\nm=image 6000 udptl t38\r\n")
                .unwrap();
        let answer = described.answer(&here());
        let media: Vec<_> = answer
            .lines()
            .filter(|line| line.starts_with("m="))
            .collect();
        assert_eq!(
            media,
            [
                "m=video 0 RTP/AVP 96",
                "m=audio 20000 RTP/AVP 0",
                "m=image 0 udptl t38"
            ]
        );
    }

    #[test]
    fn a_name_wins_over_a_number() {
        let described = read(
            "m=audio 4000 RTP/AVP 97 0\r\na=rtpmap:97 pcma/8000/1\r\na=rtpmap:0 opus/48000/2\r\n",
        );
        assert_eq!(described.unwrap().laws, [(Law::A, 97)]);
    }

    #[test]
    fn what_nothing_can_be_agreed_on_is_named() {
        let refused = |media: &str| read(media).unwrap_err();
        assert_eq!(refused("m=audio 4000 RTP/AVP 18 9\r\n"), Unusable::NoCodec);
        assert_eq!(refused("m=audio 4000 RTP/SAVP 0\r\n"), Unusable::NoSound);
        assert_eq!(refused("m=audio 0 RTP/AVP 0\r\n"), Unusable::NoSound);
        assert_eq!(refused(""), Unusable::NoSound);
        for address in [
            "224.0.0.1",
            "phone.example.com",
            "300.1.2.3",
            "255.255.255.255",
        ] {
            let media = format!("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 {address}\r\n");
            assert_eq!(refused(&media), Unusable::NoAddress, "{address}");
        }
        assert!(matches!(
            Described::read(b"INVITE"),
            Err(Unusable::Unreadable(_))
        ));
        assert_eq!(Described::read(&vec![b'a'; 20_000]), Err(Unusable::TooLong));
        let many = "m=audio 4000 RTP/AVP 0\r\n".repeat(17);
        assert!(matches!(read(&many), Err(Unusable::Unreadable(_))));
    }

    proptest! {
        #[test]
        fn anything_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Described::read(&bytes);
        }

        /// A real offer with bytes changed: whatever is read can be answered, and the answer can be read.
        #[test]
        fn what_is_read_can_be_answered(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        ) {
            let mut bytes = offer("m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\nm=video 1 RTP/AVP 96\r\n");
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(described) = Described::read(&bytes) {
                let answer = described.answer(&here());
                let heard = Described::read(answer.as_bytes());
                prop_assert!(heard.is_ok(), "{answer}: {heard:?}");
            }
        }
    }
}
