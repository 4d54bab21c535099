//! What was written before, below an answer. In the form that other clients know, so that theirs fold it and ours trims it.

use super::{Language, Quote};

/// The quote as text: each line behind `> `.
pub(super) fn text(quote: &Quote, language: Language) -> String {
    let mut out = attribution(quote, language);
    for line in quote.text.trim_end().lines() {
        out.push_str(if line.is_empty() || line.starts_with('>') {
            "\n>"
        } else {
            "\n> "
        });
        out.push_str(line);
    }
    out
}

/// The quote as HTML.
pub(super) fn html(quote: &Quote, language: Language) -> String {
    let content = quote.html.clone().unwrap_or_else(|| lines(&quote.text));
    let line = escape(&attribution(quote, language));
    format!(
        "<br><div class=\"gmail_quote\"><div class=\"gmail_attr\">{line}</div><blockquote type=\"cite\" \
         class=\"gmail_quote\" style=\"margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex\">{content}</blockquote></div>"
    )
}

/// Text as HTML, line for line.
pub(super) fn lines(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = escape(line);
        out.push_str("<div>");
        out.push_str(if line.is_empty() { "<br>" } else { &line });
        out.push_str("</div>");
    }
    out
}

fn attribution(quote: &Quote, language: Language) -> String {
    let who = match quote.from.name.trim() {
        "" => quote.from.address.clone(),
        name => format!("{name} <{}>", quote.from.address),
    };
    let who: String = who.chars().filter(|it| !it.is_control()).collect();
    match (language, &quote.when) {
        (Language::English, Some(when)) => format!(
            "On {}, {who} wrote:",
            when.strftime("%a, %d %b %Y at %H:%M")
        ),
        (Language::English, None) => format!("{who} wrote:"),
        (Language::Chinese, Some(when)) => {
            let when = format!(
                "{}年{}月{}日 {}",
                when.year(),
                when.month(),
                when.day(),
                when.strftime("%H:%M")
            );
            format!("在 {when}\u{ff0c}{who} 写道\u{ff1a}")
        }
        (Language::Chinese, None) => format!("{who} 写道\u{ff1a}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
