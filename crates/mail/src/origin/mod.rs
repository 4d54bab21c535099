//! Where a mail is from: what a trusted server found, or what its signatures and the way that it came prove.
//!
//! A [`Check`] asks nobody. It says which [`Question`]s it has, takes the [`Answer`]s, and asks on until it knows. What it
//! costs is bounded, whatever a mail and the records of its domains say: signatures, questions, and how far records lead on.

mod dkim;
mod dmarc;
mod names;
mod path;
mod spf;
mod stated;
mod tags;

use jiff::Timestamp;

use self::{
    dkim::Claim,
    dmarc::Domain,
    names::{Names, Pending},
    spf::Spf,
};
pub use self::{
    dkim::{Signature, Txt, dkim, dkim_questions},
    dmarc::registered,
    names::{Answer, Question, Record},
    path::Path,
    stated::{Authentication, Verdict, authentication, is_stated, own_server, stated_spf},
};
use crate::Mail;

/// Who checked when it was the desk.
const OURSELVES: &str = "desk";

/// A check of where a mail is from, which goes on as answers come.
#[derive(Clone, Debug)]
pub struct Check {
    claims: Vec<Claim>,
    path: Option<Path>,
    /// What a mail server found of the way, and the domain that it is about: that is not found out again.
    told: Option<(Verdict, String)>,
    /// The domain that the mail says it is from; nothing when it does not say exactly one.
    from: Option<String>,
    names: Names,
}

impl Check {
    /// Reads of a mail what there is to check, as of `now`.
    pub fn new(raw: &[u8], mail: &Mail, path: Option<Path>, now: Timestamp) -> Self {
        let host = mail.from.as_ref().map(|it| it.host().trim_end_matches('.'));
        // As signatures and records spell it.
        let ascii = |it: &str| idna::domain_to_ascii(it).unwrap_or_else(|_| it.to_lowercase());
        let host = host.filter(|it| it.contains('.')).map(ascii);
        // With two senders, which of them was checked and which is shown can differ.
        let alone = mail.headers_of("from").count() == 1;
        Self {
            claims: dkim::claims(raw, now),
            path,
            told: None,
            from: host.filter(|_| alone),
            names: Names::default(),
        }
    }

    /// Takes what a mail server that is trusted found of the way (SPF), and the domain that it is about.
    #[must_use]
    pub fn told(mut self, spf: Option<(Verdict, String)>) -> Self {
        self.told = spf;
        self
    }

    /// What was found, or what has to be asked first.
    pub fn go_on(&mut self) -> Result<Authentication, Vec<Question>> {
        match self.run() {
            Ok(found) => Ok(found),
            Err(Pending) => Err(self.names.open()),
        }
    }

    /// Takes an answer.
    pub fn answer(&mut self, question: Question, answer: Answer) {
        self.names.note(question, answer);
    }

    fn run(&mut self) -> Result<Authentication, Pending> {
        // Everything is asked for before anything is waited for.
        let keys = self.keys();
        let spf = match (&self.told, &self.path) {
            (Some((told, _)), _) => Ok(spf_of(*told)),
            (None, Some(path)) => spf::check(&mut self.names, path),
            (None, None) => Ok(Spf::None),
        };
        let domain = match &self.from {
            Some(host) => dmarc::domain(&mut self.names, host).map(Some),
            None => Ok(None),
        };
        let (keys, spf, domain) = (keys?, spf?, domain?);
        let signatures: Vec<Signature> = self
            .claims
            .iter()
            .zip(&keys)
            .map(|(claim, key)| claim.check(key))
            .collect();
        let best = signatures.iter().find(|it| it.verdict == Verdict::Pass);
        let mut found = Authentication {
            spf: verdict(spf),
            dkim: best
                .or(signatures.first())
                .map_or(Verdict::None, |it| it.verdict),
            ..Authentication::default()
        };
        if let (Some(from), Some(domain)) = (self.from.clone(), domain) {
            self.align(&from, &domain, &signatures, spf, &mut found)?;
        }
        let decided = [found.spf, found.dkim, found.dmarc];
        if decided
            .iter()
            .any(|it| matches!(it, Verdict::Pass | Verdict::Fail))
        {
            found.checked_by = Some(OURSELVES.to_owned());
        }
        Ok(found)
    }

    /// The records of the keys, one for each claim.
    fn keys(&mut self) -> Result<Vec<Txt>, Pending> {
        let names = &mut self.names;
        let asked: Vec<_> = self
            .claims
            .iter()
            .map(|it| names.ask(Record::Txt, &it.question))
            .collect();
        asked.into_iter().map(|it| it.map(key)).collect()
    }

    /// Whether anything that was proven is of whom the mail says it is from.
    fn align(
        &mut self,
        from: &str,
        domain: &Domain,
        signatures: &[Signature],
        spf: Spf,
        found: &mut Authentication,
    ) -> Result<(), Pending> {
        let policy = domain.policy;
        let exact = policy.is_some_and(|it| it.exact_dkim);
        // Who cannot be the sender cannot make it uncertain either.
        let mut unknown = domain.unknown;
        let mut proven = false;
        for it in signatures {
            if it.verdict == Verdict::Pass {
                let names = &mut self.names;
                proven |= dmarc::aligned(names, from, domain, &it.domain, exact)?;
                found.signed |= proven || stated::is_within(from, &it.domain);
            }
            unknown |= it.unknown && dmarc::could_be(domain, &it.domain);
        }
        let told = self.told.as_ref().map(|it| it.1.clone());
        if let Some(of) = told.or_else(|| self.path.as_ref().map(spf::domain)) {
            let exact = policy.is_some_and(|it| it.exact_spf);
            if spf == Spf::Pass {
                proven |= dmarc::aligned(&mut self.names, from, domain, &of, exact)?;
            }
            unknown |= spf == Spf::Unknown && dmarc::could_be(domain, &of);
        }
        found.dmarc = match policy {
            Some(_) if proven => Verdict::Pass,
            _ if unknown => Verdict::Error,
            Some(_) => Verdict::Fail,
            None => Verdict::None,
        };
        found.enforced = policy.is_some_and(|it| it.strict);
        found.verified = found.dmarc == Verdict::Pass;
        Ok(())
    }
}

/// The record of a key among the texts of a name.
fn key(answer: Answer) -> Txt {
    match answer {
        Answer::Texts(texts) => {
            let is = |it: &&String| tags::tags(it).contains_key("p");
            let found = texts.iter().find(is).or(texts.first()).cloned();
            found.map_or(Txt::Missing, Txt::Record)
        }
        Answer::Failed => Txt::Failed,
        _ => Txt::Missing,
    }
}

/// What another server found, as we would have.
fn spf_of(told: Verdict) -> Spf {
    match told {
        Verdict::Pass => Spf::Pass,
        Verdict::Fail => Spf::Fail,
        Verdict::Error => Spf::Unknown,
        Verdict::None => Spf::None,
    }
}

fn verdict(spf: Spf) -> Verdict {
    match spf {
        Spf::None | Spf::Neutral => Verdict::None,
        Spf::Pass => Verdict::Pass,
        Spf::SoftFail | Spf::Fail => Verdict::Fail,
        Spf::Unknown | Spf::Wrong => Verdict::Error,
    }
}
