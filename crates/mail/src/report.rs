//! Reports about mails that were sent (RFC 3464), and those that follow no rule.

/// Beginnings of subjects of bounces, in lower case: of Postfix, Exim, Exchange, qmail, Sendmail, QQ, `NetEase`.
const SUBJECTS: &[&str] = &[
    "undelivered mail returned to sender",
    "mail delivery failed",
    "mail delivery failure",
    "delivery status notification",
    "undeliverable:",
    "undeliverable mail",
    "undelivered:",
    "failure notice",
    "returned mail",
    "delivery failure",
    "delivery has failed",
    "delayed mail",
    "warning: message",
    "warning: could not send message",
    "mail system error",
    "message delivery failure",
    "non-deliverable",
    "来自qq.com的退信",
    "系统退信",
    "退信",
    "未送达",
    "无法送达",
    "無法傳遞",
    "无法传递",
    "邮件未能送达",
    "投递失败",
];

/// Whether only a bounce has such a subject.
pub(crate) fn subject_is_of_bounce(subject: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    SUBJECTS.iter().any(|it| subject.starts_with(it))
}
