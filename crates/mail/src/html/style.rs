//! Styles that change how a text looks and nothing else.

/// Properties that stay.
const ALLOWED: &[&str] = &[
    "background",
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-stretch",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "opacity",
    "overflow",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-overflow",
    "text-transform",
    "vertical-align",
    "visibility",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
];

/// What a style may be at most: longer ones are attacks or mistakes.
const STYLE_MAX: usize = 8_000;

/// The declarations that may stay, and how many addresses the others wanted to fetch.
pub(crate) fn clean(style: &str) -> (String, u32) {
    let mut out = String::new();
    let mut remote = 0;
    let lower = style.to_ascii_lowercase();
    if style.len() > STYLE_MAX
        || style.contains(['\\', '<', '>', '@', '{', '}'])
        || style.contains("/*")
    {
        // Escapes and comments have no use in a style attribute but to hide what it says.
        return (out, fetches(&lower));
    }
    for declaration in style.split(';') {
        let Some((name, value)) = declaration.split_once(':') else {
            continue;
        };
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim();
        let lower = value.to_ascii_lowercase();
        let asked = fetches(&lower);
        remote += asked;
        // Functions other than colours fetch, compute or read; none is needed for a letter.
        let harmless = value.split('(').rev().skip(1).all(|before| {
            let function = before
                .rsplit(|it: char| !(it.is_ascii_alphanumeric() || it == '-'))
                .next();
            let function = function.unwrap_or_default().to_ascii_lowercase();
            matches!(function.as_str(), "rgb" | "rgba" | "hsl" | "hsla" | "calc")
        });
        let printable = value.chars().all(|it| !it.is_control());
        if asked == 0
            && harmless
            && printable
            && !value.is_empty()
            && ALLOWED.contains(&name.as_str())
        {
            if !out.is_empty() {
                out.push(';');
            }
            out.push_str(&name);
            out.push(':');
            out.push_str(value);
        }
    }
    (out, remote)
}

/// How many addresses a style fetches.
pub(crate) fn fetches(style: &str) -> u32 {
    let found = ["url(", "image(", "image-set(", "src("]
        .iter()
        .map(|it| style.matches(it).count())
        .sum::<usize>();
    let inside = style.matches("url(data:").count()
        + style.matches("url('data:").count()
        + style.matches("url(\"data:").count();
    u32::try_from(found.saturating_sub(inside)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_looks_stay() {
        for (style, expect, remote) in [
            ("color: red; FONT-SIZE:12px", "color:red;font-size:12px", 0),
            ("background: url(http://x/a.png)", "", 1),
            ("background-image:url('http://x')", "", 1),
            ("color:rgb(1,2,3)", "color:rgb(1,2,3)", 0),
            ("width: expression(alert(1))", "", 0),
            ("position:fixed;top:0", "", 0),
            ("col\\6fr:red", "", 0),
            ("color:red;/**/background:ur/**/l(http://x)", "", 0),
            ("behavior:url(#x)", "", 1),
            ("width:attr(x)", "", 0),
        ] {
            assert_eq!(clean(style), (expect.to_owned(), remote), "{style}");
        }
    }
}
