//! Providers whose settings are known, as data. Anything else is typed in by hand; nothing in the code knows any of them.

/// One provider: its key, its name, and the settings that follow from it, as JSON.
pub(super) struct Preset {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) settings: &'static str,
}

/// Sources: the providers' own pages on IMAP and SMTP, and `research/channels.md` §1.7 for scopes.
pub(super) const PRESETS: [Preset; 6] = [
    Preset {
        key: "gmail",
        name: "Gmail / Google Workspace",
        settings: r#"{
            "imap": {"host": "imap.gmail.com", "port": 993, "tls": "tls", "save_sent": false},
            "smtp": {"host": "smtp.gmail.com", "port": 465, "tls": "tls"},
            "auth": "oauth",
            "oauth": {
                "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent",
                "token_url": "https://oauth2.googleapis.com/token",
                "scope": "https://mail.google.com/"
            }
        }"#,
    },
    Preset {
        key: "microsoft365",
        name: "Microsoft 365 / Outlook.com",
        settings: r#"{
            "imap": {"host": "outlook.office365.com", "port": 993, "tls": "tls", "save_sent": false},
            "smtp": {"host": "smtp.office365.com", "port": 587, "tls": "starttls"},
            "auth": "oauth",
            "oauth": {
                "authorize_url": "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
                "token_url": "https://login.microsoftonline.com/common/oauth2/v2.0/token",
                "scope": "offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
            }
        }"#,
    },
    Preset {
        key: "qq",
        name: "QQ 邮箱",
        settings: r#"{
            "imap": {"host": "imap.qq.com", "port": 993, "tls": "tls"},
            "smtp": {"host": "smtp.qq.com", "port": 465, "tls": "tls"},
            "auth": "password"
        }"#,
    },
    Preset {
        key: "exmail",
        name: "腾讯企业邮箱",
        settings: r#"{
            "imap": {"host": "imap.exmail.qq.com", "port": 993, "tls": "tls"},
            "smtp": {"host": "smtp.exmail.qq.com", "port": 465, "tls": "tls"},
            "auth": "password"
        }"#,
    },
    Preset {
        key: "163",
        name: "网易 163 邮箱",
        settings: r#"{
            "imap": {"host": "imap.163.com", "port": 993, "tls": "tls"},
            "smtp": {"host": "smtp.163.com", "port": 465, "tls": "tls"},
            "auth": "password"
        }"#,
    },
    Preset {
        key: "aliyun",
        name: "阿里企业邮箱",
        settings: r#"{
            "imap": {"host": "imap.qiye.aliyun.com", "port": 993, "tls": "tls"},
            "smtp": {"host": "smtp.qiye.aliyun.com", "port": 465, "tls": "tls"},
            "auth": "password"
        }"#,
    },
];

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::PRESETS;

    #[test]
    fn every_preset_is_an_object_of_settings() {
        for preset in PRESETS {
            let settings: Map<String, Value> = serde_json::from_str(preset.settings).unwrap();
            assert!(settings.contains_key("imap"), "{}", preset.key);
            assert!(settings.contains_key("smtp"), "{}", preset.key);
            assert_eq!(
                settings["auth"] == "oauth",
                settings.contains_key("oauth"),
                "{}",
                preset.key
            );
        }
    }
}
