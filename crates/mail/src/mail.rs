//! What is known of a mail once it was read.

use jiff::Timestamp;

use crate::{Auto, problem::Problem};

/// A mail, read. Whatever the bytes were, there is one.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Mail {
    /// `Message-ID` without its angle brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To`, without angle brackets; some clients name more than one.
    pub in_reply_to: Vec<String>,
    /// `References`, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// When the sender's clock says that it was written.
    pub date: Option<Timestamp>,
    /// `Subject` as a reader sees it; empty when there is none.
    pub subject: String,
    /// The first mailbox of `From`, or of `Sender` where `From` has none.
    pub from: Option<Mailbox>,
    /// `Sender`, where there is one.
    pub sender: Option<Mailbox>,
    /// `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Bcc`, seen only in copies that we or the sender's own mailbox keep.
    pub bcc: Vec<Mailbox>,
    /// `Return-Path`: where bounces go. `Some("")` is the null sender of bounces.
    pub return_path: Option<String>,
    /// The text. From HTML where the sender wrote no plain text; empty only if there is nothing to read.
    pub text: String,
    /// The HTML as it came, in Unicode. **Not clean**: only [`crate::clean()`] makes it fit to show.
    pub html: Option<String>,
    /// Attachments and inline pictures, in the order of the mail.
    pub parts: Vec<Part>,
    /// Whether a machine wrote this.
    pub auto: Auto,
    /// What had to be guessed or repaired.
    pub problems: Vec<Problem>,
    /// Every header in order, unfolded and decoded.
    pub headers: Vec<Header>,
}

/// A name and an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mailbox {
    /// The display name; empty when there is none.
    pub name: String,
    /// The address: its host in lower case, the rest as written.
    pub address: String,
}

/// A file of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// A file name that is safe to show and to save; never empty.
    pub name: String,
    /// Media type in lower case, without parameters.
    pub content_type: String,
    /// `Content-ID` without its angle brackets.
    pub content_id: Option<String>,
    /// `Content-Location`.
    pub location: Option<String>,
    /// Whether the HTML shows it at its place, so that it is no attachment.
    pub inline: bool,
    /// The content, out of its transfer encoding.
    pub bytes: Vec<u8>,
}

/// One header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The name as it was written.
    pub name: String,
    /// The value: unfolded, and decoded to what a reader sees.
    pub value: String,
}

impl Mail {
    /// The value of the first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|it| it.name.eq_ignore_ascii_case(name))
            .map(|it| it.value.as_str())
    }

    /// The values of all headers of this name, in order.
    pub fn headers_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |it| it.name.eq_ignore_ascii_case(name))
            .map(|it| it.value.as_str())
    }

    /// All who were written to: `To`, then `Cc`.
    pub fn recipients(&self) -> impl Iterator<Item = &Mailbox> {
        self.to.iter().chain(&self.cc)
    }
}

impl Mailbox {
    /// A mailbox of an address and a display name.
    pub fn new(name: impl Into<String>, address: &str) -> Self {
        Self {
            name: name.into(),
            address: tidy_address(address),
        }
    }

    /// The host of the address, in lower case; empty when there is none.
    pub fn host(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, host)| host)
    }

    /// Whether both are the same mailbox: hosts and names before the `@` are compared without regard to case.
    pub fn is(&self, address: &str) -> bool {
        self.address.to_lowercase() == address.trim().to_lowercase()
    }
}

/// Lower case for the host, nothing for what is before it: only the receiving host knows what that means.
pub(crate) fn tidy_address(address: &str) -> String {
    let address: String = address
        .chars()
        .filter(|it| !it.is_control())
        .collect::<String>()
        .trim()
        .to_owned();
    match address.rsplit_once('@') {
        Some((local, host)) => format!("{local}@{}", host.trim().to_lowercase()),
        None => address,
    }
}
