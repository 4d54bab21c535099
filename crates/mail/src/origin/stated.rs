//! What the mail server that took a mail in found out about its origin (RFC 8601).

use crate::Mail;

/// What checks of a mail's origin found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    /// Whether the server that sent it may send for its envelope's domain.
    pub spf: Verdict,
    /// Whether a signature of its holds.
    pub dkim: Verdict,
    /// Whether either of them is of the domain that it says it is from.
    pub dmarc: Verdict,
    /// Who checked; unset when nobody who is trusted did.
    pub checked_by: Option<String>,
    /// Whether the address in `From` is proven: DMARC passed.
    pub verified: bool,
    /// Whether a signature of the domain in `From` holds, also when that domain asks for nothing (DMARC).
    pub signed: bool,
    /// Whether the domain in `From` asks to set aside or refuse what fails; taken for granted where nobody says.
    pub enforced: bool,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nobody checked, or there was nothing to check.
    #[default]
    None,
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It could not be checked.
    Error,
}

impl Verdict {
    /// The name for storage and languages.
    pub fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }

    fn of(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "pass" | "bestguesspass" => Self::Pass,
            "fail" | "softfail" | "hardfail" | "policy" => Self::Fail,
            "temperror" | "permerror" => Self::Error,
            _ => Self::None,
        }
    }
}

/// What the mail's own server wrote into it.
///
/// `trusted` are the names under which that server signs its findings (`mx.google.com`); only the topmost header of one of
/// them counts, since anybody can write such headers below. `*` stands for a server that leaves its name out, as Exchange
/// Online does: then only the topmost of all counts.
pub fn authentication(mail: &Mail, trusted: &[impl AsRef<str>]) -> Authentication {
    let from = mail
        .from
        .as_ref()
        .map(|it| it.host().to_owned())
        .unwrap_or_default();
    let Some((name, results)) = topmost(mail, trusted) else {
        return Authentication::default();
    };
    let mut found = Authentication {
        checked_by: Some(name),
        enforced: true,
        ..Authentication::default()
    };
    for (method, verdict, properties) in results {
        let property = |name: &str| {
            properties
                .iter()
                .find(|it| it.0 == name)
                .map(|it| it.1.as_str())
        };
        match method.as_str() {
            "spf" => found.spf = better(found.spf, verdict),
            "dkim" => {
                let signer = property("header.d")
                    .or_else(|| property("header.i"))
                    .unwrap_or_default();
                let signer = signer.rsplit('@').next().unwrap_or_default();
                found.signed |= verdict == Verdict::Pass && is_within(&from, signer);
                found.dkim = better(found.dkim, verdict);
            }
            "dmarc" => {
                // What was checked must be what is shown.
                let about = property("header.from").map(|it| it.rsplit('@').next().unwrap_or(it));
                let same = about.is_none_or(|it| is_within(&from, it));
                let verdict = if same || verdict != Verdict::Pass {
                    verdict
                } else {
                    Verdict::Fail
                };
                found.dmarc = better(found.dmarc, verdict);
            }
            _ => {}
        }
    }
    // With two senders, which of them was checked and which is shown can differ.
    let alone = mail.headers_of("from").count() == 1;
    found.signed &= alone && found.dmarc != Verdict::Fail;
    found.verified = alone && found.dmarc == Verdict::Pass;
    found
}

/// Whether a server that is trusted wrote into the mail whether its sender is proven (DMARC): then nothing is left to find out.
pub fn is_stated(mail: &Mail, trusted: &[impl AsRef<str>]) -> bool {
    topmost(mail, trusted).is_some_and(|(_, results)| results.iter().any(|it| it.0 == "dmarc"))
}

/// What a server that is trusted found of the way that a mail came (SPF), and the domain that it is about. Many check that
/// and leave the rest to others.
pub fn stated_spf(mail: &Mail, trusted: &[impl AsRef<str>]) -> Option<(Verdict, String)> {
    let (_, results) = topmost(mail, trusted)?;
    let (_, verdict, properties) = results.into_iter().find(|it| it.0 == "spf")?;
    let of = |name: &str| properties.iter().find(|it| it.0 == name);
    let (_, about) = of("smtp.mailfrom").or_else(|| of("smtp.helo"))?;
    let about = about.rsplit('@').next()?.trim_matches(['<', '>']);
    let about = about.trim_end_matches('.').to_lowercase();
    about.contains('.').then_some((verdict, about))
}

/// The topmost findings of a server that is trusted, and its name.
fn topmost(mail: &Mail, trusted: &[impl AsRef<str>]) -> Option<(String, Results)> {
    let is_trusted = |name: &str| {
        trusted
            .iter()
            .any(|it| it.as_ref() == "*" || it.as_ref().eq_ignore_ascii_case(name))
    };
    let any = trusted.iter().any(|it| it.as_ref() == "*");
    let mut headers = mail.headers_of("authentication-results");
    headers.find_map(|value| {
        let value = without_comments(value);
        let (name, results) = split(&value);
        (is_trusted(&name) || (any && name.is_empty())).then_some((name, results))
    })
}

/// The name under which the mailbox's own server seems to sign its findings: what stands first in all of these mails, of which it
/// takes three to say anything. Somebody may write such a header himself; into every mail he cannot.
pub fn own_server<'a>(mails: impl IntoIterator<Item = &'a Mail>) -> Option<String> {
    let first = |mail: &Mail| {
        let value = mail.headers_of("authentication-results").next()?;
        let (name, results) = split(&without_comments(value));
        (!name.is_empty() && !results.is_empty()).then_some(name)
    };
    let mut names = mails.into_iter().map(first);
    let name = names.next()??;
    let mut others = 0;
    for it in names {
        if !it.is_some_and(|it| it.eq_ignore_ascii_case(&name)) {
            return None;
        }
        others += 1;
    }
    (others >= 2).then_some(name)
}

/// One signature that holds is enough; otherwise the worst counts.
fn better(a: Verdict, b: Verdict) -> Verdict {
    let rank = |it| match it {
        Verdict::None => 0,
        Verdict::Error => 1,
        Verdict::Fail => 2,
        Verdict::Pass => 3,
    };
    if rank(a) >= rank(b) { a } else { b }
}

/// Whether `host` is `domain` or below it. A domain of one label is nobody's.
pub(crate) fn is_within(host: &str, domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_lowercase();
    let host = host.to_lowercase();
    domain.contains('.') && (host == domain || host.ends_with(&format!(".{domain}")))
}

type Results = Vec<(String, Verdict, Vec<(String, String)>)>;

/// The name of who checked, and what was found.
fn split(value: &str) -> (String, Results) {
    let mut name = String::new();
    let mut results = Results::new();
    for (at, piece) in value.split(';').enumerate() {
        let mut words = piece.split_whitespace();
        let Some(first) = words.next() else { continue };
        let Some((method, verdict)) = first.split_once('=') else {
            if at == 0 {
                first.clone_into(&mut name);
            }
            continue;
        };
        let method = method
            .split('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let properties = words
            .filter_map(|it| it.split_once('='))
            .map(|(name, value)| {
                (
                    name.to_ascii_lowercase(),
                    value.trim_matches('"').to_owned(),
                )
            })
            .collect();
        results.push((method, Verdict::of(verdict), properties));
    }
    (name, results)
}

fn without_comments(value: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::with_capacity(value.len());
    for it in value.chars() {
        match it {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(it),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, decode};

    fn check(headers: &str, expect: (Verdict, Verdict, Verdict, bool)) {
        let mail = decode(
            format!("{headers}\nFrom: Li <li@mail.shop.example>\n\nx").as_bytes(),
            &Options::default(),
        );
        let found = authentication(&mail, &["mx.google.com"]);
        assert_eq!(
            (found.spf, found.dkim, found.dmarc, found.verified),
            expect,
            "{headers}"
        );
    }

    #[test]
    fn only_what_the_own_server_found_counts() {
        use Verdict::{Fail, None, Pass};
        check(
            "Authentication-Results: mx.google.com;\n dkim=pass (good; really) header.i=@shop.example header.s=a;\n \
             spf=softfail smtp.mailfrom=x@y; dmarc=pass (p=REJECT) header.from=shop.example",
            (Fail, Pass, Pass, true),
        );
        check(
            "Authentication-Results: mx.google.com; dkim=pass header.d=evil.example",
            (None, Pass, None, false),
        );
        check(
            "Authentication-Results: mx.google.com; dkim=pass header.d=shop.example",
            (None, Pass, None, false),
        );
        check(
            "Authentication-Results: mx.google.com; dkim=pass header.d=example",
            (None, Pass, None, false),
        );
        check(
            "Authentication-Results: evil.example; dmarc=pass header.from=shop.example",
            (None, None, None, false),
        );
        check(
            "Authentication-Results: mx.google.com; dmarc=pass header.from=evil.example",
            (None, None, Fail, false),
        );
        // The second of the same name was in the mail before it came.
        check(
            "Authentication-Results: mx.google.com; dmarc=fail\nAuthentication-Results: mx.google.com; dmarc=pass",
            (None, None, Fail, false),
        );
    }

    #[test]
    fn what_a_server_found_of_the_way_is_known_with_whom_it_is_about() {
        let of = |results: &str| {
            let raw =
                format!("Authentication-Results: mx.own.example; {results}\nFrom: x@a.example\n\n");
            let mail = decode(raw.as_bytes(), &Options::default());
            let stated = is_stated(&mail, &["mx.own.example"]);
            assert_eq!(stated, results.contains("dmarc"), "{results}");
            stated_spf(&mail, &["mx.own.example"])
        };
        let found = |verdict, about: &str| Some((verdict, about.to_owned()));
        assert_eq!(
            of("spf=pass (sender is allowed) smtp.mailfrom=bounce@News.A.example"),
            found(Verdict::Pass, "news.a.example")
        );
        assert_eq!(
            of("dkim=pass header.d=a.example; spf=softfail smtp.mailfrom=a.example; dmarc=fail"),
            found(Verdict::Fail, "a.example")
        );
        assert_eq!(
            of("spf=pass smtp.helo=mx.a.example"),
            found(Verdict::Pass, "mx.a.example")
        );
        assert_eq!(of("spf=pass"), None);
        assert_eq!(of("dkim=pass header.d=a.example"), None);
    }

    #[test]
    fn who_signs_every_mail_is_the_mailboxs_own_server() {
        let mail = |headers: &str| {
            crate::decode(
                format!("{headers}\r\nx").as_bytes(),
                &crate::Options::default(),
            )
        };
        let google =
            mail("Authentication-Results: mx.google.com; spf=pass smtp.mailfrom=a.example\r\n");
        let forged = mail(
            "Authentication-Results: mx.forged.example; spf=pass\r\nAuthentication-Results: mx.google.com; spf=fail\r\n",
        );
        let plain = mail("Subject: x\r\n");
        let own = |mails: &[&Mail]| own_server(mails.iter().copied());
        assert_eq!(
            own(&[&google, &google, &google]).as_deref(),
            Some("mx.google.com")
        );
        assert_eq!(own(&[&google, &google]), None, "too few to tell");
        assert_eq!(own(&[&google, &forged, &google, &google]), None);
        assert_eq!(own(&[&plain, &plain, &plain]), None);
        assert_eq!(own(&[]), None);
    }

    #[test]
    fn a_server_that_leaves_its_name_out_can_be_trusted() {
        let mail = decode(
            b"Authentication-Results: spf=pass smtp.mailfrom=a.example; dmarc=pass action=none header.from=a.example\nFrom: x@a.example\n\n",
            &Options::default(),
        );
        assert!(authentication(&mail, &["*"]).verified);
        assert!(!authentication(&mail, &["mx.google.com"]).verified);
    }
}
