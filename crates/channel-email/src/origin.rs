//! Where a mail is from: what a server that the inbox trusts found, or what the desk finds out.

use std::time::Duration;

use futures_util::future::join_all;
use plugboard_domain::Timestamp;
use plugboard_mail::{Answer, Authentication, Check, Mail, Path};

use crate::{dns::Resolver, settings::EmailSettings};

/// How long finding out may take. Then what is not known yet counts as what nobody knows.
const PATIENCE: Duration = Duration::from_secs(4);

/// From which age on a mail is not checked: keys are changed, and what was signed with them fails for no fault.
const OLD: Duration = Duration::from_hours(7 * 24);

/// What is known of how a mail came to us.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// It lay in a folder, since then as far as its server says.
    InFolder(Option<Timestamp>),
    /// A mail server handed it over.
    HandedOver {
        /// The sender of the envelope.
        sender: String,
        /// Who had handed it over to that server, when it told.
        path: Option<Path>,
    },
    /// Nobody looks at where it is from.
    Anyhow,
}

/// What there is to find out about a mail; nothing where somebody who is trusted said it, or where nobody wants to know. A
/// server that only says whether the way is right (SPF) is believed in that, and the rest is found out.
pub(crate) fn begin(
    raw: &[u8],
    mail: &Mail,
    seen: &Seen,
    settings: &EmailSettings,
    now: Timestamp,
) -> Option<Check> {
    let trusted = settings.trusted();
    if plugboard_mail::is_stated(mail, &trusted) {
        return None;
    }
    let path = match seen {
        Seen::Anyhow => return None,
        Seen::InFolder(Some(at)) if *at + OLD < now => return None,
        Seen::InFolder(_) => Path::stated(mail, &trusted),
        Seen::HandedOver { sender, path } => {
            path.clone().or_else(|| Path::handed_over(mail, sender))
        }
    };
    let told = plugboard_mail::stated_spf(mail, &trusted);
    Some(Check::new(raw, mail, path, now).told(told))
}

/// Finds it out.
pub(crate) async fn finish(mut check: Check, resolver: &Resolver) -> Authentication {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let questions = match check.go_on() {
            Ok(found) => return found,
            Err(questions) => questions,
        };
        let asked = questions.iter().map(async |it| {
            let answer = tokio::time::timeout_at(end, resolver.answer(it)).await;
            answer.unwrap_or(Answer::Failed)
        });
        let answers = join_all(asked).await;
        for (question, answer) in questions.into_iter().zip(answers) {
            check.answer(question, answer);
        }
    }
}
