//! A mail that goes out, as bytes.
//!
//! Header injection is impossible by construction: every value passes one of the functions of `lines`, and none of them
//! lets a line end, a control character or a bracket that does not belong through. `Bcc` is never written.

mod lines;
mod parts;
mod quote;

use jiff::{Timestamp, Zoned};

use crate::{Mailbox, text_of_html};

/// A mail to send.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// As whom it is sent.
    pub from: Mailbox,
    /// Where answers shall go, if not to `from`: the signed address of [`crate::thread::reply_address`].
    pub reply_to: Option<Mailbox>,
    /// To whom.
    pub to: Vec<Mailbox>,
    /// To whom else.
    pub cc: Vec<Mailbox>,
    /// To whom else, unseen: only in [`Outgoing::recipients`], never in the bytes.
    pub bcc: Vec<Mailbox>,
    /// Its subject.
    pub subject: String,
    /// Its `Message-ID` without brackets, fixed before it is first sent.
    pub message_id: String,
    /// The id of what it answers.
    pub in_reply_to: Option<String>,
    /// The chain of what it answers, oldest first; `in_reply_to` is appended if it is not the last.
    pub references: Vec<String>,
    /// When it was written.
    pub date: Timestamp,
    /// What was written, as plain text; made from `html` when empty.
    pub text: String,
    /// What was written, as HTML. Clean: it is sent as it is.
    pub html: Option<String>,
    /// What stands below every mail of the inbox, as clean HTML.
    pub signature: Option<String>,
    /// What is quoted below.
    pub quote: Option<Quote>,
    /// Files and pictures.
    pub files: Vec<File>,
    /// Whether nobody wrote it.
    pub automatic: Automatic,
    /// The language of the line above the quote.
    pub language: Language,
}

/// What an answer quotes.
#[derive(Clone, Debug, Default)]
pub struct Quote {
    /// Who wrote it.
    pub from: Mailbox,
    /// When, where the desk is.
    pub when: Option<Zoned>,
    /// Its text.
    pub text: String,
    /// Its HTML, clean.
    pub html: Option<String>,
}

/// A file of a mail.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// The id by which the HTML shows it (`cid:`), without brackets; an attachment when unset.
    pub content_id: Option<String>,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Whether nobody wrote a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Automatic {
    /// An agent wrote it.
    #[default]
    No,
    /// It answers a mail by itself.
    Reply,
    /// It tells something by itself.
    Notice,
}

/// A language of lines that we add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

impl Outgoing {
    /// The addresses that the mail server is told: `to`, `cc` and `bcc`, each once, without those that cannot be sent to.
    pub fn recipients(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for it in self.to.iter().chain(&self.cc).chain(&self.bcc) {
            if let Some(address) = sendable(&it.address)
                && !found.iter().any(|it| it.eq_ignore_ascii_case(&address))
            {
                found.push(address);
            }
        }
        found
    }
}

/// An address as it is written into mails and commands: its host in ASCII. Nothing where it is no address, or one that
/// only servers with SMTPUTF8 take.
pub fn sendable(address: &str) -> Option<String> {
    let (local, host) = address.trim().rsplit_once('@')?;
    let plain = |it: char| it.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(it);
    let fine = !local.is_empty()
        && local.len() <= 64
        && local.chars().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let host = idna::domain_to_ascii(host).ok()?;
    let letters = host
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.'));
    (fine
        && letters
        && !host.is_empty()
        && host.len() <= 253
        && !host.starts_with(['.', '-'])
        && !host.contains(".."))
    .then(|| format!("{local}@{host}"))
}

/// The bytes of a mail.
pub fn compose(mail: &Outgoing) -> Vec<u8> {
    let mut out = String::new();
    head(mail, &mut out);
    let (text, html) = bodies(mail);
    let mut writer = parts::Writer::new(&mail.message_id);
    writer.mail(&text, html.as_deref(), &mail.files);
    out.push_str(&writer.out);
    out.into_bytes()
}

fn head(mail: &Outgoing, out: &mut String) {
    let when = mail
        .date
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string();
    lines::raw("Date", &when, out);
    lines::mailboxes("From", std::slice::from_ref(&mail.from), out);
    lines::mailboxes("Reply-To", mail.reply_to.as_slice(), out);
    lines::mailboxes("To", &mail.to, out);
    lines::mailboxes("Cc", &mail.cc, out);
    if mail.to.is_empty() && mail.cc.is_empty() {
        lines::raw("To", "undisclosed-recipients:;", out);
    }
    lines::text("Subject", &mail.subject, out);
    lines::ids("Message-ID", std::slice::from_ref(&mail.message_id), out);
    lines::ids("In-Reply-To", mail.in_reply_to.as_slice(), out);
    let mut chain = mail.references.clone();
    if let Some(last) = &mail.in_reply_to
        && chain.last() != Some(last)
    {
        chain.retain(|it| it != last);
        chain.push(last.clone());
    }
    lines::ids("References", &chain, out);
    let submitted = match mail.automatic {
        Automatic::No => None,
        Automatic::Reply => Some("auto-replied"),
        Automatic::Notice => Some("auto-generated"),
    };
    if let Some(submitted) = submitted {
        lines::raw("Auto-Submitted", submitted, out);
        lines::raw("X-Auto-Response-Suppress", "All", out);
    }
    lines::raw("MIME-Version", "1.0", out);
}

/// The text and the HTML with signature and quote.
fn bodies(mail: &Outgoing) -> (String, Option<String>) {
    let written = if mail.text.trim().is_empty() {
        mail.html.as_deref().map(text_of_html).unwrap_or_default()
    } else {
        mail.text.trim_end().to_owned()
    };
    let mut text = written.clone();
    if let Some(signature) = &mail.signature {
        text.push_str("\n\n-- \n");
        text.push_str(&text_of_html(signature));
    }
    if let Some(quote) = &mail.quote {
        text.push_str("\n\n");
        text.push_str(&quote::text(quote, mail.language));
    }
    text.push('\n');
    let needs_html = mail.html.is_some() || mail.signature.is_some();
    let html = needs_html.then(|| {
        let mut html = mail.html.clone().unwrap_or_else(|| quote::lines(&written));
        if let Some(signature) = &mail.signature {
            html.push_str("<br><div class=\"signature\">-- <br>");
            html.push_str(signature);
            html.push_str("</div>");
        }
        if let Some(quote) = &mail.quote {
            html.push_str(&quote::html(quote, mail.language));
        }
        format!(
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body>{html}</body></html>\n"
        )
    });
    (text, html)
}
