//! What every provider keeps: people and what was said, faults that are armed, pushes on their way, calls that came.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// Something that goes wrong, as it does in reality. Each is armed for a number of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The next push arrives twice.
    Duplicate,
    /// The next push overtakes the one before it.
    Reorder,
    /// The next push is lost; providers that retry send it again later.
    Drop,
    /// The next push comes with a wrong signature first, from somebody else.
    BadSignature,
    /// The next push carries a time of long ago first.
    Skew,
    /// The next call is refused for being one too many.
    RateLimit,
    /// The next call finds its access token invalid.
    ExpireToken,
    /// The next call ends in an error of the provider.
    ServerError,
    /// The next call is done, but its answer comes after [`SLOW_MS`].
    Slow,
    /// The next page of a cursor is empty although there is more.
    EmptyPage,
    /// The next send outside the window is accepted, and refused later by a receipt.
    LateRefusal,
}

/// How late a slow answer is: beyond the five seconds that most providers and clients wait.
pub const SLOW_MS: u64 = 6_000;

/// After how many seconds a refused caller may come back.
pub const RETRY_AFTER_SECS: u32 = 3;

/// How far back a skewed push lies.
pub const SKEW_MS: i64 = 900_000;

/// The most recent calls that are kept for looking at.
const CALLS_MAX: usize = 500;

/// A customer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Person {
    /// The provider's id.
    pub id: String,
    /// What the person calls themself.
    pub name: String,
    /// In digits, where the channel shows it.
    #[serde(default)]
    pub phone: Option<String>,
    /// Wants no messages any more.
    #[serde(default)]
    pub blocked: bool,
    /// When the person last wrote; opens the window for answers.
    #[serde(default)]
    pub wrote_ms: Option<i64>,
    /// Answers since then.
    #[serde(default)]
    pub answers: u32,
}

/// A file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Media {
    /// The provider's id of it.
    #[serde(default)]
    pub id: String,
    /// `image`, `voice`, `video` or `file`.
    pub kind: String,
    /// File name.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// Its bytes.
    #[serde(with = "in_base64")]
    pub data: Vec<u8>,
}

/// Something that was said, by either side.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Line {
    /// The provider's id of the message.
    pub id: String,
    /// The customer.
    pub person: String,
    /// The customer said it.
    pub from_person: bool,
    /// Text, or the caption.
    pub text: String,
    /// A file that came with it.
    pub media: Option<Media>,
    /// When, by the provider's clock.
    pub at_ms: i64,
    /// `sent`, `delivered` or `read`.
    pub state: String,
}

/// What a customer wants to say.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Said {
    /// Who; unknown people are made known.
    pub person: String,
    /// Their name.
    #[serde(default)]
    pub name: Option<String>,
    /// Text.
    #[serde(default)]
    pub text: String,
    /// A file with it.
    #[serde(default)]
    pub media: Option<Media>,
}

/// A request from the provider to the business.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Push {
    /// Counts up for each provider; duplicates share it.
    pub id: u64,
    /// `GET` or `POST`.
    pub method: String,
    /// Without the question mark.
    pub query: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// How often it is sent again when it is not answered with success.
    pub tries_left: u32,
    /// Somebody else sent it, or long ago: the business must not believe it.
    pub forged: bool,
    /// It vanishes once on the way.
    pub lost: bool,
}

/// A call that came in. Secrets are not kept: the path of Telegram holds one, so it is cut out.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Method and path.
    pub what: String,
    /// Status of the answer.
    pub status: u16,
    /// When.
    pub at_ms: i64,
}

/// What happens to the next push.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fate {
    /// A copy with a wrong signature comes first.
    pub forged: bool,
    /// A copy from long ago comes first.
    pub skewed: bool,
}

/// The common part of a provider.
#[derive(Debug, Default)]
pub struct Board {
    /// Customers by id.
    pub people: BTreeMap<String, Person>,
    /// What was said, oldest first.
    pub lines: Vec<Line>,
    /// On their way to the business.
    pub pushes: VecDeque<Push>,
    /// What came in, oldest first.
    pub calls: VecDeque<Call>,
    /// Where pushes go.
    pub hook: Option<String>,
    /// Files by the provider's id.
    pub files: BTreeMap<String, Media>,
    faults: BTreeMap<Fault, u32>,
    began: u64,
    last: u64,
}

impl Board {
    /// Numbers go on from here.
    pub fn begin_at(&mut self, number: u64) {
        self.began = number;
        self.last = number;
    }

    /// The number before the first one.
    pub fn began(&self) -> u64 {
        self.began
    }

    /// Lets something go wrong the next `times` times.
    pub fn arm(&mut self, fault: Fault, times: u32) {
        if times == 0 {
            self.faults.remove(&fault);
        } else {
            self.faults.insert(fault, times);
        }
    }

    /// What is armed, and how often.
    pub fn armed(&self) -> &BTreeMap<Fault, u32> {
        &self.faults
    }

    /// Uses one of the armed times.
    pub fn take(&mut self, fault: Fault) -> bool {
        let Some(times) = self.faults.get_mut(&fault) else {
            return false;
        };
        *times -= 1;
        if *times == 0 {
            self.faults.remove(&fault);
        }
        true
    }

    /// Counts up.
    pub fn serial(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Notes that a person wrote: makes them known and opens the window for answers.
    pub fn wrote(&mut self, said: &Said, now_ms: i64) -> Person {
        let person = self
            .people
            .entry(said.person.clone())
            .or_insert_with(|| Person {
                id: said.person.clone(),
                name: said.person.clone(),
                ..Person::default()
            });
        if let Some(name) = &said.name {
            person.name.clone_from(name);
        }
        person.wrote_ms = Some(now_ms);
        person.answers = 0;
        person.clone()
    }

    /// Keeps a file under a new id.
    pub fn keep(&mut self, prefix: &str, mut media: Media) -> Media {
        media.id = format!("{prefix}{}", self.serial());
        self.files.insert(media.id.clone(), media.clone());
        media
    }

    /// Writes down what was said.
    pub fn line(
        &mut self,
        id: &str,
        person: &str,
        from_person: bool,
        text: &str,
        media: Option<Media>,
        at_ms: i64,
    ) {
        self.lines.push(Line {
            id: id.to_owned(),
            person: person.to_owned(),
            from_person,
            text: text.to_owned(),
            media,
            at_ms,
            state: "sent".to_owned(),
        });
    }

    /// Decides what goes wrong with the next push before it is written.
    pub fn fate(&mut self) -> Fate {
        Fate {
            forged: self.take(Fault::BadSignature),
            skewed: self.take(Fault::Skew),
        }
    }

    /// Puts a push on its way, with the faults of the way.
    pub fn enqueue(&mut self, mut push: Push) {
        if push.forged {
            self.pushes.push_back(push);
            return;
        }
        push.lost = self.take(Fault::Drop);
        if self.take(Fault::Duplicate) {
            self.pushes.push_back(push.clone());
        }
        if self.take(Fault::Reorder) {
            let behind = self.pushes.pop_back();
            self.pushes.push_back(push);
            self.pushes.extend(behind);
        } else {
            self.pushes.push_back(push);
        }
    }

    /// The next push that arrives. One that is lost is put behind the others, once; without retries it is gone.
    pub fn next_push(&mut self) -> Option<Push> {
        let mut push = self.pushes.pop_front()?;
        if !push.lost {
            return Some(push);
        }
        push.lost = false;
        if push.tries_left > 0 {
            push.tries_left -= 1;
            self.pushes.push_back(push);
        }
        self.next_push()
    }

    /// Sends a push again that was not answered with success.
    pub fn refused(&mut self, mut push: Push) {
        if push.tries_left > 0 && !push.forged {
            push.tries_left -= 1;
            self.pushes.push_back(push);
        }
    }

    /// Writes down a call.
    pub fn called(&mut self, what: String, status: u16, at_ms: i64) {
        if self.calls.len() == CALLS_MAX {
            self.calls.pop_front();
        }
        self.calls.push_back(Call {
            what,
            status,
            at_ms,
        });
    }
}

/// Bytes as base64 in JSON.
mod in_base64 {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(data: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(data))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Board, Fault, Push};

    fn push(id: u64) -> Push {
        Push {
            id,
            tries_left: 1,
            ..Push::default()
        }
    }

    fn order(board: &mut Board) -> Vec<u64> {
        std::iter::from_fn(|| board.next_push())
            .map(|push| push.id)
            .collect()
    }

    #[test]
    fn faults_of_the_way_double_swap_and_delay() {
        let mut board = Board::default();
        board.enqueue(push(1));
        board.arm(Fault::Reorder, 1);
        board.enqueue(push(2));
        board.arm(Fault::Duplicate, 1);
        board.enqueue(push(3));
        assert_eq!(order(&mut board), [2, 1, 3, 3]);
        board.arm(Fault::Drop, 1);
        board.enqueue(push(4));
        board.enqueue(push(5));
        assert_eq!(order(&mut board), [5, 4], "it is sent again, later");
        board.arm(Fault::Drop, 1);
        board.enqueue(Push {
            tries_left: 0,
            ..push(6)
        });
        assert_eq!(order(&mut board), [0; 0], "nobody sends it again");
    }
}
