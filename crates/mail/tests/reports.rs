//! Mails of machines: the table in `tests/fixtures/mail/reports`.

use std::path::Path;

use plugboard_mail::{Options, decode, report};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    auto: String,
    original: Option<String>,
    #[serde(default)]
    fates: Vec<(String, String, String)>,
    mail: String,
}

#[test]
fn every_mail_of_the_table_is_read_as_what_it_is() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/mail/reports/cases.toml");
    let table: Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in &table.case {
        let mail = decode(case.mail.as_bytes(), &Options::default());
        let found = report(&mail);
        let fates: Vec<(String, String, String)> = found
            .iter()
            .flat_map(|it| &it.recipients)
            .map(|it| {
                (
                    it.address.clone(),
                    it.outcome.key().to_owned(),
                    it.status.clone(),
                )
            })
            .collect();
        let original = found.and_then(|it| it.original);
        if (mail.auto.key(), &original, &fates) != (case.auto.as_str(), &case.original, &case.fates)
        {
            wrong.push(format!(
                "{}\n  {} about {original:?}: {fates:?}\n  {} about {:?}: {:?} expected",
                case.name,
                mail.auto.key(),
                case.auto,
                case.original,
                case.fates
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_server_said_is_kept_on_one_line() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/mail/reports/cases.toml");
    let table: Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let said = |name: &str| {
        let case = table
            .case
            .iter()
            .find(|it| it.name.starts_with(name))
            .unwrap();
        let mail = decode(case.mail.as_bytes(), &Options::default());
        report(&mail).unwrap().recipients[0].diagnostic.clone()
    };
    assert_eq!(
        said("Postfix: a mailbox"),
        "550 5.1.1 <nobody@customer.example>: Recipient address    rejected: User unknown"
    );
    assert!(said("Exim: in free text").contains("550 No such user here"));
    assert!(said("QQ mail").contains("不存在") || said("QQ mail").contains("550"));
}
