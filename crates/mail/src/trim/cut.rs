//! Where what is quoted begins.

use super::{
    line::{self, Class, Line},
    says,
};

/// Lines over which an attribution can be wrapped.
const WRAPPED_MAX: usize = 4;

/// Lines in which the headers of a quoted mail stand.
const BLOCK: usize = 10;

/// Signatures below each other: of the writer, of the company, of the telephone.
const SIGNATURES_MAX: usize = 4;

/// Longest signature, in lines.
const SIGNATURE_MAX: usize = 12;

/// The line from which on everything is quoted, or a signature; nothing where all is new.
pub(super) fn find(lines: &[Line]) -> Option<usize> {
    let quoted = quoted(lines).map(|at| before(lines, at));
    let end = quoted.unwrap_or(lines.len());
    let cut = signature(&lines[..end]).or(quoted)?;
    // Where nothing is left there is nothing to show: then all of it is the message.
    lines[..cut].iter().any(says).then_some(cut)
}

/// Where the quoted mail begins.
fn quoted(lines: &[Line]) -> Option<usize> {
    let mut at = 0;
    while at < lines.len() {
        if lines[at].class == Class::Forward {
            return None;
        }
        if let Some((after, sure)) = opens(lines, at) {
            if passes_on(&lines[after.min(lines.len())..]) {
                return None;
            }
            let rest = &lines[after.min(lines.len())..];
            let marked = rest
                .iter()
                .any(|it| matches!(it.class, Class::Quote { .. }));
            if marked && begins_quoted(rest) {
                // What is marked can be told from what is not: an answer below or between is not history.
                return (!answers_below(rest)).then_some(at);
            }
            if sure {
                return Some(at);
            }
        }
        // A quote that nobody announced, but that begins with the headers of a mail.
        let headed =
            lines[at].class == (Class::Quote { sure: false }) && block(&lines[at..]).is_some();
        if headed && !answers_below(&lines[at..]) {
            return Some(at);
        }
        if lines[at].class == (Class::Quote { sure: true }) {
            if !answers_below(&lines[at..]) {
                return (!passes_on(&lines[at..])).then_some(at);
            }
            // Who answered below this line of a quote answered below its next as well.
            at += lines[at..]
                .iter()
                .take_while(|it| it.class == lines[at].class)
                .count()
                - 1;
        }
        at += 1;
    }
    None
}

/// Whether a quoted mail is announced at a line: the first line behind the announcement, and whether that is enough.
fn opens(lines: &[Line], at: usize) -> Option<(usize, bool)> {
    let line = &lines[at];
    match line.class {
        Class::Splitter => return Some((at + 1, true)),
        Class::Header => {
            if let Some(length) = block(&lines[at..]) {
                return Some((at + length, true));
            }
        }
        Class::Empty | Class::Quote { .. } => return None,
        _ => {}
    }
    if line::is_attribution(&line.text, false) {
        return Some((at + 1, line::is_attribution(&line.text, true)));
    }
    if !line::begins_attribution(&line.text) {
        return None;
    }
    let mut joined = line.text.trim().to_owned();
    for (offset, next) in lines[at + 1..].iter().take(WRAPPED_MAX).enumerate() {
        if matches!(
            next.class,
            Class::Empty | Class::Quote { sure: true } | Class::Splitter
        ) {
            return None;
        }
        joined.push(' ');
        joined.push_str(next.text.trim());
        if line::is_attribution(&joined, true) {
            return Some((at + offset + 2, true));
        }
    }
    None
}

/// The length of a block of headers that begins here with who sent it: three different ones at least.
fn block(lines: &[Line]) -> Option<usize> {
    let first = line::header(&lines.first()?.text)?;
    let mut found = vec![first];
    let mut length = 1;
    for (at, line) in lines.iter().enumerate().take(BLOCK).skip(1) {
        match line::header(&line.text) {
            Some(header) if line.class != Class::Empty => {
                if !found.contains(&header) {
                    found.push(header);
                }
                length = at + 1;
            }
            // A long list of recipients goes on in the next line; an empty line between is of HTML.
            _ if at > length + 1 => break,
            _ => {}
        }
    }
    (found.len() >= 3 && found.iter().any(|it| line::names_sender(*it))).then_some(length)
}

/// Whether the next line that says anything is marked as quoted.
fn begins_quoted(lines: &[Line]) -> bool {
    lines
        .iter()
        .find(|it| it.class != Class::Empty)
        .is_some_and(|it| matches!(it.class, Class::Quote { .. }))
}

/// Whether somebody wrote below or between what is quoted.
fn answers_below(lines: &[Line]) -> bool {
    let last = lines
        .iter()
        .rposition(|it| matches!(it.class, Class::Quote { .. }));
    let Some(last) = last else { return false };
    // Within quotes, the line above an older quote is the client's.
    let announces =
        |it: &Line| line::is_attribution(&it.text, false) || line::begins_attribution(&it.text);
    let mut signed = false;
    lines.iter().enumerate().any(|(at, line)| {
        signed |= at > last && line.class == Class::Mark;
        says(line) && !signed && !(at < last && announces(line))
    })
}

/// Whether what follows is a mail that is passed on.
fn passes_on(lines: &[Line]) -> bool {
    lines
        .iter()
        .filter(|it| it.class != Class::Empty)
        .take(2)
        .any(|it| {
            let bare = it.text.trim_start_matches(['>', ' ']);
            it.class == Class::Forward || line::classify(bare) == Class::Forward
        })
}

/// The cut moved up over empty lines, and over the rule above it.
fn before(lines: &[Line], mut at: usize) -> usize {
    while at > 0
        && matches!(
            lines[at - 1].class,
            Class::Empty | Class::Rule | Class::Quote { sure: false }
        )
    {
        at -= 1;
    }
    at
}

/// Where the signature at the end begins. Below a mark there may be another, or the line of a client above it.
fn signature(lines: &[Line]) -> Option<usize> {
    let mut end = lines.len();
    let mut found = None;
    for _ in 0..SIGNATURES_MAX {
        let Some(last) = lines[..end].iter().rposition(|it| it.class != Class::Empty) else {
            break;
        };
        let top = last.saturating_sub(SIGNATURE_MAX);
        let mark = lines[top..=last]
            .iter()
            .rposition(|it| it.class == Class::Mark);
        let begins = match mark {
            Some(mark) => top + mark,
            None if lines[last].class == Class::Client => last,
            None => break,
        };
        end = before(lines, begins);
        found = Some(end);
    }
    found
}
