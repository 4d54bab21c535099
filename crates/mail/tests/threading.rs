//! Which conversation a mail belongs to: the table in `tests/fixtures/mail/threading`.

use std::{collections::HashMap, path::Path};

use plugboard_mail::{
    Options, decode,
    thread::{self, Found, Keys, Known, Target},
};
use serde::Deserialize;
use uuid::Uuid;

/// Fewer cases than this would not be the table any more.
const CASES_MIN: usize = 60;

#[derive(Deserialize)]
struct Table {
    world: World,
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct World {
    participants: Vec<(String, String)>,
    messages: Vec<(String, String, bool)>,
    references: Vec<(String, String)>,
    conversations: Vec<(String, String)>,
    numbers: Vec<(u64, String)>,
    similar: Vec<(String, String, String)>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    headers: String,
    #[serde(default)]
    body: String,
    goes: String,
    reason: String,
    maybe: Option<String>,
    #[serde(default)]
    stranger: bool,
}

impl Known for World {
    fn message(&self, message_id: &str) -> Option<Found> {
        let at = self.messages.iter().position(|it| it.0 == message_id)?;
        Some(Found {
            conversation: id(&self.messages[at].1),
            message: Uuid::from_u128(1_000 + at as u128),
            ours: self.messages[at].2,
        })
    }

    fn conversation(&self, asked: Uuid) -> Option<Uuid> {
        let found = self.conversations.iter().find(|it| id(&it.0) == asked)?;
        Some(id(&found.1))
    }

    fn reference(&self, message_id: &str) -> Option<Uuid> {
        self.references
            .iter()
            .find(|it| it.0 == message_id)
            .map(|it| id(&it.1))
    }

    fn number(&self, number: u64) -> Option<Uuid> {
        self.numbers
            .iter()
            .find(|it| it.0 == number)
            .map(|it| id(&it.1))
    }

    fn takes_part(&self, conversation: Uuid, address: &str) -> bool {
        self.participants
            .iter()
            .any(|it| id(&it.0) == conversation && it.1 == address)
    }

    fn similar(&self, sender: &str, subject: &str) -> Option<Uuid> {
        self.similar
            .iter()
            .find(|it| it.0 == sender && it.1 == subject)
            .map(|it| id(&it.2))
    }
}

/// The conversation that a letter stands for.
fn id(letter: &str) -> Uuid {
    Uuid::from_u128(u128::from(letter.as_bytes()[0]))
}

fn letter(id: Uuid) -> String {
    char::from(u8::try_from(id.as_u128()).expect("conversations are letters")).to_string()
}

fn keys() -> Keys {
    Keys::new(*b"the secret of the table")
}

/// Puts tokens where their names are.
fn fill(text: &str) -> String {
    let forger = Keys::new(*b"another secret");
    let mut tokens: HashMap<String, String> = HashMap::new();
    for it in ["A", "B", "C", "D"] {
        let address = |keys: &Keys| thread::reply_address(keys, "help@shop.example", id(it));
        let message =
            |keys: &Keys| thread::message_id(keys, id(it), Uuid::from_u128(7), "shop.example");
        tokens.insert(format!("{{reply:{it}}}"), address(&keys()));
        tokens.insert(format!("{{REPLY:{it}}}"), address(&keys()).to_uppercase());
        tokens.insert(format!("{{bad-reply:{it}}}"), address(&forger));
        tokens.insert(format!("{{id:{it}}}"), message(&keys()));
        tokens.insert(format!("{{bad-id:{it}}}"), message(&forger));
    }
    tokens.iter().fold(text.to_owned(), |text, (name, token)| {
        text.replace(name, token)
    })
}

#[test]
fn every_mail_of_the_table_goes_where_it_belongs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures/mail/threading/cases.toml");
    let table: Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(table.case.len() >= CASES_MIN, "{} cases", table.case.len());
    let mut wrong = Vec::new();
    for case in &table.case {
        let raw = fill(&format!("{}\n\n{}", case.headers, case.body));
        let mail = decode(raw.as_bytes(), &Options::default());
        let placed = thread::place(&mail, &table.world, &keys());
        let goes = match placed.target {
            Target::Conversation(it) => letter(it),
            Target::Own(it) => format!("own {}", letter(it)),
            Target::New => "new".to_owned(),
            Target::Aside => "aside".to_owned(),
        };
        let maybe = placed.maybe.map(letter);
        let stranger = matches!(placed.target, Target::Conversation(_)) && !placed.known_sender;
        if (&goes, placed.reason.key(), &maybe, stranger)
            != (&case.goes, case.reason.as_str(), &case.maybe, case.stranger)
        {
            wrong.push(format!(
                "{}\n  goes to {goes} by {}, maybe {maybe:?}, stranger {stranger}; expected {} by {}, maybe {:?}, stranger {}",
                case.name, placed.reason.key(), case.goes, case.reason, case.maybe, case.stranger,
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_has_to_be_looked_up_is_all_that_is_asked() {
    struct Strict<'a>(&'a World, thread::Wanted);
    impl Known for Strict<'_> {
        fn message(&self, it: &str) -> Option<Found> {
            assert!(self.1.message_ids.iter().any(|id| id == it), "{it}");
            self.0.message(it)
        }
        fn conversation(&self, it: Uuid) -> Option<Uuid> {
            assert!(self.1.conversations.contains(&it), "{it}");
            self.0.conversation(it)
        }
        fn reference(&self, it: &str) -> Option<Uuid> {
            assert!(self.1.message_ids.iter().any(|id| id == it), "{it}");
            self.0.reference(it)
        }
        fn number(&self, it: u64) -> Option<Uuid> {
            assert_eq!(self.1.number, Some(it));
            self.0.number(it)
        }
        fn takes_part(&self, conversation: Uuid, address: &str) -> bool {
            assert_eq!(self.1.sender, address.to_lowercase());
            self.0.takes_part(conversation, address)
        }
        fn similar(&self, sender: &str, subject: &str) -> Option<Uuid> {
            assert_eq!(self.1.subject, subject);
            self.0.similar(sender, subject)
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures/mail/threading/cases.toml");
    let table: Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for case in &table.case {
        let raw = fill(&format!("{}\n\n{}", case.headers, case.body));
        let mail = decode(raw.as_bytes(), &Options::default());
        let wanted = thread::wanted(&mail, &keys());
        let strict = Strict(&table.world, wanted);
        assert_eq!(
            thread::place(&mail, &strict, &keys()),
            thread::place(&mail, &table.world, &keys()),
            "{}",
            case.name
        );
    }
}
