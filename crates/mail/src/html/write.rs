//! HTML as text, so that no browser reads anything else into it.

/// Writes a tag that opens.
pub(crate) fn open(name: &str, attrs: &[(String, String)], out: &mut String) {
    out.push('<');
    out.push_str(name);
    for (key, value) in attrs {
        out.push(' ');
        out.push_str(key);
        out.push_str("=\"");
        escape(value, true, out);
        out.push('"');
    }
    out.push('>');
}

/// Writes a tag that closes.
pub(crate) fn close(name: &str, out: &mut String) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Writes text.
pub(crate) fn text(text: &str, out: &mut String) {
    escape(text, false, out);
}

fn escape(text: &str, quoted: bool, out: &mut String) {
    for it in text.chars() {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if quoted => out.push_str("&quot;"),
            '`' if quoted => out.push_str("&#96;"),
            '\0' => {}
            other => out.push(other),
        }
    }
}
