//! HTML of strangers, cleaned; pictures and links as the caller wants them.

use plugboard_mail::{Clean, Inline, Remote, clean};

fn blocked(html: &str) -> Clean {
    let part = |id: &str| (id == "one@x" || id == "logo.png").then(|| format!("/parts/{id}"));
    clean(
        html,
        &Inline {
            part: &part,
            remote: Remote::Blocked,
        },
    )
}

#[test]
fn parts_are_shown_and_nothing_else_is_fetched() {
    let found = blocked(
        "<img src=\"cid:one%40x\"><img src=logo.png><img src=\"https://t.example/p.gif\" width=1><img src=\"cid:other\">\
         <table background=\"http://t.example/b.png\"><tr><td style=\"background:url(http://t.example/c.png)\">x</td></tr></table>",
    );
    assert_eq!(found.remote_images, 3);
    assert!(
        found.html.contains("src=\"/parts/one@x\""),
        "{}",
        found.html
    );
    assert!(
        found.html.contains("src=\"/parts/logo.png\""),
        "{}",
        found.html
    );
    assert!(!found.html.contains("t.example"), "{}", found.html);
    assert_eq!(found.html.matches("blocked-image").count(), 2);
}

#[test]
fn pictures_from_elsewhere_go_through_the_desk_when_asked_for() {
    let proxy = |url: &str| Some(format!("/proxy?u={}", url.len()));
    let inline = Inline {
        part: &|_| None,
        remote: Remote::Through(&proxy),
    };
    let found = clean("<img src=\"//t.example/p.gif\">", &inline);
    assert!(found.html.contains("src=\"/proxy?u=23\""), "{}", found.html);
}

#[test]
fn links_open_safely_and_say_where_they_lead() {
    let found = blocked(
        "<a href=\"https://evil.example/x\" onclick=\"x()\">https://bank.com/</a> <a href=\"javascript:x()\">y</a>",
    );
    assert_eq!(found.links.len(), 1);
    assert!(found.links[0].deceptive);
    assert!(
        found.html.contains("rel=\"noopener noreferrer nofollow\""),
        "{}",
        found.html
    );
    assert!(found.html.contains("[evil.example]"), "{}", found.html);
    assert!(!found.html.contains("javascript"), "{}", found.html);
    let found = blocked("<a href=\"https://shop.example/x\">here</a>");
    assert!(
        !found.links[0].deceptive && found.html.contains("title=\"shop.example\""),
        "{}",
        found.html
    );
}

#[test]
fn what_a_letter_looks_like_stays() {
    let html = "<div style=\"color:red\"><p>a<p>b<table border=\"1\"><tr><td>c<td>d</table><ul><li>e<li>f</ul></div>";
    let found = blocked(html).html;
    for kept in [
        "color:red",
        "<p>a</p>",
        "<td>c</td>",
        "<li>e</li>",
        "border=\"1\"",
    ] {
        assert!(found.contains(kept), "{kept}: {found}");
    }
}

#[test]
fn depth_and_size_cost_little() {
    for tag in [
        "<div>",
        "<b>",
        "<table><tr><td>",
        "<a href=http://x>",
        "<p><ul><li>",
        "<font><center>",
    ] {
        let found = blocked(&(tag.repeat(10_000) + "end"));
        assert!(found.html.contains("end"));
    }
    assert!(blocked(&"<".repeat(200_000)).html.len() < 2_000_000);
}
