//! The flat XML of callbacks: elements below one root, their text plain or in CDATA. Not a parser of XML at large: nested
//! elements are skipped over, and there are neither attributes nor entities beyond the five.

use std::collections::BTreeMap;

/// The most elements that are read.
const ELEMENTS_MAX: usize = 100;

/// The elements below the root by name; the first of a name counts. `None` when it is no such document.
pub(crate) fn flat(text: &str) -> Option<BTreeMap<String, String>> {
    let start = text.find("<xml>")? + "<xml>".len();
    let end = text.rfind("</xml>")?;
    let mut rest = text.get(start..end)?.trim_start();
    let mut fields = BTreeMap::new();
    while let Some(after) = rest.strip_prefix('<') {
        if fields.len() == ELEMENTS_MAX {
            return None;
        }
        let (name, after) = after.split_once('>')?;
        if let Some(empty) = name.strip_suffix('/') {
            fields.entry(empty.trim().to_owned()).or_default();
            rest = after.trim_start();
            continue;
        }
        if name.is_empty()
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return None;
        }
        let close = format!("</{name}>");
        let (value, after) = if let Some(data) = after.strip_prefix("<![CDATA[") {
            // The end mark of CDATA cannot be inside of it, the end mark of the element can.
            let (value, after) = data.split_once("]]>")?;
            (value.to_owned(), after.trim_start().strip_prefix(&close)?)
        } else {
            let (value, after) = after.split_once(&close)?;
            (unescape(value), after)
        };
        fields.entry(name.to_owned()).or_insert(value);
        rest = after.trim_start();
    }
    rest.is_empty().then_some(fields)
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::flat;

    #[test]
    fn text_and_cdata_are_read() {
        let fields = flat("<xml><A><![CDATA[a</A> & b]]></A>\n <B>1 &lt; 2</B><C/></xml>").unwrap();
        assert_eq!(fields["A"], "a</A> & b");
        assert_eq!(fields["B"], "1 < 2");
        assert_eq!(fields["C"], "");
    }

    #[test]
    fn the_first_of_a_name_counts() {
        assert_eq!(flat("<xml><A>1</A><A>2</A></xml>").unwrap()["A"], "1");
    }

    #[test]
    fn what_is_broken_is_nothing() {
        for broken in [
            "",
            "<xml>",
            "<xml><A>1</xml>",
            "<xml><A><![CDATA[1</A></xml>",
            "<xml>text</xml>",
            "<xml><A b=\"c\">1</A></xml>",
            "{}",
        ] {
            assert_eq!(flat(broken), None, "{broken}");
        }
    }
}
