//! Names of files, safe to show and to save.

/// Longest name that every file system takes, in bytes, with room for what a browser adds.
const NAME_MAX: usize = 200;

/// A name without paths, control characters and the marks that turn `gpj.exe` around; from the type where there is none.
pub(crate) fn tidy(name: Option<&str>, content_type: &str, number: usize) -> String {
    let name = name.unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut clean: String = name
        .chars()
        .map(|it| if matches!(it, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { it })
        .filter(|it| {
            !it.is_control()
                && !matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffd}')
        })
        .collect();
    clean = clean.trim().trim_start_matches('.').trim().to_owned();
    if clean.is_empty() {
        return format!("attachment-{number}.{}", extension(content_type));
    }
    if clean.len() > NAME_MAX {
        clean = shorten(&clean);
    }
    clean
}

/// Cuts in the middle: what kind of file it is stands at the end.
fn shorten(name: &str) -> String {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 16 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let mut room = NAME_MAX - ending.len();
    while !stem.is_char_boundary(room) {
        room -= 1;
    }
    format!("{}{ending}", &stem[..room])
}

fn extension(content_type: &str) -> &str {
    match content_type {
        "text/html" => "html",
        "text/calendar" | "application/ics" => "ics",
        "text/csv" => "csv",
        "text/vcard" | "text/x-vcard" => "vcf",
        "text/rtf" | "application/rtf" => "rtf",
        "image/jpeg" | "image/jpg" | "image/pjpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/bmp" => "bmp",
        "image/svg+xml" => "svg",
        "image/heic" => "heic",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/msword" => "doc",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/pgp-signature" => "asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "message/rfc822" | "message/global" => "eml",
        "text/plain"
        | "message/delivery-status"
        | "message/disposition-notification"
        | "text/rfc822-headers" => "txt",
        "audio/amr" => "amr",
        "audio/mpeg" => "mp3",
        "video/mp4" => "mp4",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_to_save() {
        for (name, expect) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\li\\发票.pdf", "发票.pdf"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\r\nb.txt", "ab.txt"),
            ("..", "attachment-3.png"),
            ("", "attachment-3.png"),
        ] {
            assert_eq!(tidy(Some(name), "image/png", 3), expect);
        }
        let long = format!("{}.pdf", "票".repeat(200));
        let short = tidy(Some(&long), "application/pdf", 1);
        assert!(short.len() <= NAME_MAX && short.to_lowercase().ends_with(".pdf"));
    }
}
