//! What refusals mean, by what servers say in theirs.

use plugboard_channel::mailbox::Trouble;

/// What a refusal means, by what servers say in theirs.
pub(crate) fn trouble_of(text: &str) -> Trouble {
    let text = text.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|it| text.contains(it));
    if any(&[
        "application-specific",
        "app password",
        "authorization code",
        "授权码",
        "授權碼",
    ]) {
        Trouble::AppPasswordNeeded
    } else if any(&["basic auth", "5.7.30", "oauth", "xoauth2", "web browser"]) {
        Trouble::OauthNeeded
    } else if any(&[
        "not enabled",
        "disabled",
        "service not",
        "未开启",
        "imap access",
    ]) {
        Trouble::Disabled
    } else if any(&[
        "too many",
        "limit",
        "throttl",
        "unavailable",
        "inuse",
        "frequen",
        "频繁",
    ]) {
        Trouble::Throttled
    } else if any(&["overquota", "quota"]) {
        Trouble::Full
    } else if any(&[
        "nonexistent",
        "doesn't exist",
        "no such",
        "not found",
        "unknown mailbox",
    ]) {
        Trouble::NoFolder
    } else if any(&["auth", "login", "password", "credential", "密码"]) {
        Trouble::WrongPassword
    } else {
        Trouble::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_known_servers_are_understood() {
        for (said, trouble) in [
            (
                "[AUTHENTICATIONFAILED] Authentication failed.",
                Trouble::WrongPassword,
            ),
            (
                "[ALERT] Application-specific password required",
                Trouble::AppPasswordNeeded,
            ),
            (
                "LOGIN Login error or password error, please use authorization code",
                Trouble::AppPasswordNeeded,
            ),
            (
                "550 5.7.30 Basic authentication is not supported for Client Submission.",
                Trouble::OauthNeeded,
            ),
            (
                "[UNAVAILABLE] Too many simultaneous connections",
                Trouble::Throttled,
            ),
            ("[NONEXISTENT] Unknown Mailbox: Archive", Trouble::NoFolder),
            ("552 5.2.2 over quota", Trouble::Full),
            ("451 greylisted", Trouble::Other),
        ] {
            assert_eq!(trouble_of(said), trouble, "{said}");
        }
    }
}
