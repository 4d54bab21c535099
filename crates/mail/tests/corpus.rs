//! Mails as documents: Chinese ones with what must be read in them, and those that come with mail-parser.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use plugboard_mail::{Inline, Mail, Options, Remote, clean, decode, report, trim_html, trim_text};

/// Fewer than this would not be the corpus any more.
const MAILS_MIN: usize = 150;

/// What a reader must see of a mail.
#[derive(Default)]
struct Expected {
    subject: String,
    from: String,
    files: Vec<String>,
    text: String,
    new: String,
}

impl Expected {
    fn parse(source: &str) -> Self {
        let (head, rest) = source.split_once("--- text\n").expect("a text");
        let (text, new) = rest.split_once("\n--- new\n").expect("what is new");
        let field = |name: &str| {
            head.lines()
                .find_map(|it| it.strip_prefix(name))
                .map(|it| it.trim().to_owned())
                .unwrap_or_default()
        };
        Self {
            subject: field("subject:"),
            from: field("from:"),
            files: field("files:")
                .split(" | ")
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
            text: text.to_owned(),
            new: new.trim_end_matches('\n').to_owned(),
        }
    }

    /// What differs, as a reader of the failure wants it.
    fn differs(&self, mail: &Mail) -> Vec<String> {
        let from = mail
            .from
            .as_ref()
            .map(|it| format!("{} <{}>", it.name, it.address))
            .unwrap_or_default();
        let files: Vec<String> = mail.parts.iter().map(|it| it.name.clone()).collect();
        let new = trim_text(&mail.text).visible;
        let mut found = Vec::new();
        for (what, found_text, expected) in [
            ("subject", &mail.subject, &self.subject),
            ("from", &from, &self.from),
            ("text", &mail.text, &self.text),
            ("new", &new, &self.new),
        ] {
            if found_text != expected {
                found.push(format!(
                    "{what}:\n  {found_text:?}\n  {expected:?} expected"
                ));
            }
        }
        if files != self.files {
            found.push(format!("files: {files:?}, {:?} expected", self.files));
        }
        found.extend(self.differs_in_html(mail));
        found
    }

    /// What is new must be the same in HTML as in text, but for blanks and empty lines.
    fn differs_in_html(&self, mail: &Mail) -> Option<String> {
        let html = clean(
            mail.html.as_deref()?,
            &Inline {
                part: &|_| None,
                remote: Remote::Blocked,
            },
        );
        let new = plugboard_mail::text_of_html(&trim_html(&html.html).visible);
        let tight = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("\n");
        (tight(&new) != tight(&self.new))
            .then(|| format!("new in HTML:\n  {new:?}\n  {:?} expected", self.new))
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/mail")
}

fn files(folder: &Path, extensions: &[&str], into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, extensions, into);
        } else if path
            .extension()
            .is_some_and(|it| extensions.iter().any(|ext| it == *ext))
        {
            into.push(path);
        }
    }
    into.sort();
}

#[test]
fn chinese_mails_are_read_as_they_were_written() {
    let mut mails = Vec::new();
    files(&fixtures().join("chinese"), &["eml"], &mut mails);
    assert!(mails.len() >= MAILS_MIN, "{} mails", mails.len());
    let mut wrong = Vec::new();
    for path in &mails {
        let expected = fs::read_to_string(path.with_extension("expected")).expect("an expectation");
        let mail = decode(&fs::read(path).expect("a mail"), &Options::default());
        let differs = Expected::parse(&expected).differs(&mail);
        if !differs.is_empty() {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            wrong.push(format!("{name}\n{}", differs.join("\n")));
        }
    }
    // The bar is 99 in 100; none is allowed to be wrong without somebody deciding so.
    assert!(
        wrong.is_empty(),
        "{} of {} are wrong\n{}",
        wrong.len(),
        mails.len(),
        wrong.join("\n\n")
    );
}

/// The folder of mail-parser's own mails, where its source was fetched.
fn of_mail_parser() -> Option<PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let package = metadata["packages"]
        .as_array()?
        .iter()
        .find(|it| it["name"] == "mail-parser")?;
    let folder = Path::new(package["manifest_path"].as_str()?)
        .parent()?
        .join("resources");
    folder.is_dir().then_some(folder)
}

#[test]
fn every_mail_of_mail_parser_is_a_message() {
    let Some(folder) = of_mail_parser() else {
        return;
    };
    let mut mails = Vec::new();
    files(&folder, &["eml", "txt"], &mut mails);
    assert!(mails.len() > 100, "{} mails", mails.len());
    let (mut lost, mut poorer) = (Vec::new(), Vec::new());
    for path in &mails {
        let raw = fs::read(path).expect("a mail");
        let mail = decode(&raw, &Options::default());
        report(&mail);
        let html = mail.html.as_deref().unwrap_or_default();
        clean(
            html,
            &Inline {
                part: &|_| None,
                remote: Remote::Blocked,
            },
        );
        trim_text(&mail.text);
        let Some(theirs) = mail_parser::MessageParser::default().parse(&raw) else {
            continue;
        };
        let name = path
            .strip_prefix(&folder)
            .unwrap_or(path)
            .display()
            .to_string();
        let text = theirs
            .body_text(0)
            .map(|it| it.trim().to_owned())
            .unwrap_or_default();
        if mail.text.is_empty() && mail.parts.is_empty() && !text.is_empty() {
            lost.push(name.clone());
        }
        if mail.from.is_none()
            && theirs
                .from()
                .is_some_and(|it| it.first().is_some_and(|it| it.address().is_some()))
        {
            poorer.push(format!("{name}: no sender"));
        }
        if mail.subject.is_empty() && theirs.subject().is_some_and(|it| !it.trim().is_empty()) {
            poorer.push(format!("{name}: no subject"));
        }
        if mail.date.is_none() && theirs.date().is_some_and(mail_parser::DateTime::is_valid) {
            poorer.push(format!("{name}: no date"));
        }
        if mail.text.is_empty() && !text.is_empty() {
            poorer.push(format!(
                "{name}: no text, where mail-parser has {:?}",
                text.chars().take(60).collect::<String>()
            ));
        }
    }
    assert!(lost.is_empty(), "lost: {lost:#?}");
    assert!(poorer.is_empty(), "mail-parser knows more: {poorer:#?}");
}
