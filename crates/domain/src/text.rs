//! Bounds and cleaning of texts that people and peers send.

use crate::rejection::Rejection;

/// Cleans a one-line text: trims, and refuses control characters, emptiness and more than `chars_max` characters.
pub fn line(what: &str, text: &str, chars_max: usize) -> Result<String, Rejection> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Rejection::invalid(format!("{what} must not be empty")));
    }
    if text.chars().any(char::is_control) {
        return Err(Rejection::invalid(format!(
            "{what} must not contain control characters"
        )));
    }
    if text.chars().count() > chars_max {
        return Err(Rejection::invalid(format!(
            "{what} must be at most {chars_max} characters"
        )));
    }
    Ok(text.to_owned())
}

/// Characters of a message that a list shows.
pub const PREVIEW_CHARS_MAX: usize = 200;

/// The start of a message as a list shows it: its first characters, each line break a space.
pub fn preview(text: &str) -> String {
    let shown = text.chars().take(PREVIEW_CHARS_MAX);
    shown
        .map(|it| if matches!(it, '\n' | '\r') { ' ' } else { it })
        .collect()
}

/// Cleans an optional one-line text; an empty one is none.
pub fn optional_line(
    what: &str,
    text: Option<&str>,
    chars_max: usize,
) -> Result<Option<String>, Rejection> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => line(what, text, chars_max).map(Some),
    }
}

/// Lower-cases the address and checks its shape: something, an at sign, a domain with a dot or a bare host.
/// Deliverability is for the mail system to find out.
pub fn email(text: &str) -> Result<String, Rejection> {
    let text = line("email", text, 254)?.to_lowercase();
    match text.rsplit_once('@') {
        Some((local, host))
            if !local.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace) =>
        {
            Ok(text)
        }
        _ => Err(Rejection::invalid(
            "email must be an address such as name@example.com",
        )),
    }
}
