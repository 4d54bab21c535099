//! Plain text: ends of lines, and lines that were wrapped for terminals.

/// One kind of line end, no characters that show nothing or break storage.
pub(crate) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(it) = rest.next() {
        match it {
            '\r' => {
                rest.next_if_eq(&'\n');
                out.push('\n');
            }
            '\u{a0}' => out.push(' '),
            '\n' | '\t' => out.push(it),
            '\u{feff}' => {}
            it if it.is_control() => {}
            it => out.push(it),
        }
    }
    out
}

/// Joins lines that a client wrapped (RFC 3676). `joins` is `DelSp`: the blank at the break belongs to the break.
pub(crate) fn unwrap(text: &str, joins: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let depth = line.bytes().take_while(|it| *it == b'>').count();
        let content = &line[depth..];
        let content = content.strip_prefix(' ').unwrap_or(content);
        // The mark of a signature ends in a blank, and is no wrapped line.
        let signature = content == "-- ";
        if open == Some(depth) && !signature {
            out.push_str(soft(content, joins));
        } else {
            if !out.is_empty() || open.is_some() {
                out.push('\n');
            }
            if depth > 0 {
                out.push_str(&line[..depth]);
                if !content.is_empty() {
                    out.push(' ');
                }
            }
            out.push_str(if signature {
                content
            } else {
                soft(content, joins)
            });
        }
        open = (content.ends_with(' ') && !signature).then_some(depth);
        if open.is_none() && out.is_empty() {
            // The first line was empty; what follows begins a line of its own.
            out.push('\n');
        }
    }
    out
}

fn soft(content: &str, joins: bool) -> &str {
    if joins {
        content.strip_suffix(' ').unwrap_or(content)
    } else {
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_flow_again() {
        assert_eq!(unwrap("a \nb\nc", false), "a b\nc");
        assert_eq!(unwrap("你 \n好", true), "你好");
        assert_eq!(unwrap("> a \n> b\nc", false), "> a b\nc");
        assert_eq!(unwrap("a\n-- \nme", false), "a\n-- \nme");
        assert_eq!(unwrap(" >a\nb", false), ">a\nb");
    }

    #[test]
    fn ends_of_lines_are_one_kind() {
        assert_eq!(tidy("a\r\nb\rc\nd\0"), "a\nb\nc\nd");
    }
}
