//! What people are told, in their language.

use plugboard_plugin_sdk::escalation::Request;

use crate::{MANAGER, SUPERVISOR, Settings};

/// Writes texts.
pub(crate) struct Text {
    zh: bool,
}

impl Text {
    /// `auto` is the language of the conversation.
    pub(crate) fn new(settings: &Settings, request: &Request) -> Self {
        let zh = match settings.language.as_str() {
            "zh" => true,
            "en" => false,
            _ => request.conversation.primary_language().as_deref() == Some("zh"),
        };
        Self { zh }
    }

    fn or(&self, en: &str, zh: &str) -> String {
        (if self.zh { zh } else { en }).to_owned()
    }

    fn duration(&self, secs: u64) -> String {
        match (secs < 120, self.zh) {
            (true, true) => format!("{secs} 秒"),
            (true, false) => format!("{secs} seconds"),
            (false, true) => format!("{} 分钟", secs / 60),
            (false, false) => format!("{} minutes", secs / 60),
        }
    }

    pub(crate) fn answered(&self) -> String {
        self.or("the customer has an answer", "客户已得到回复")
    }

    pub(crate) fn waited(&self, secs: u64) -> String {
        let time = self.duration(secs);
        if self.zh {
            format!("客户已等待 {time}")
        } else {
            format!("the customer has waited {time}")
        }
    }

    pub(crate) fn breached(&self, target: Option<&str>) -> String {
        format!(
            "{} {}",
            self.or("a target was missed:", "已超出响应目标\u{ff1a}"),
            target.unwrap_or_default()
        )
        .trim()
        .to_owned()
    }

    pub(crate) fn warned(&self, target: Option<&str>) -> String {
        format!(
            "{} {}",
            self.or("a target is nearly missed:", "即将超出响应目标\u{ff1a}"),
            target.unwrap_or_default()
        )
        .trim()
        .to_owned()
    }

    pub(crate) fn complaint(&self, word: &str) -> String {
        format!("{} ({word})", self.or("a complaint", "客户投诉"))
    }

    pub(crate) fn serious(&self, word: &str) -> String {
        format!("{} ({word})", self.or("something serious", "重大情况"))
    }

    pub(crate) fn please_answer(&self, rung: u8, first: bool, secs: u64) -> String {
        let waited = self.waited(secs);
        let rest = match (rung, first) {
            (MANAGER, _) => self.or(
                "; supervisor and agent have not answered. Please step in.",
                "\u{ff0c}客服与主管均未回复\u{ff0c}请介入处理。",
            ),
            (SUPERVISOR, _) => self.or(
                "; the agent has not answered. Please help.",
                "\u{ff0c}客服尚未回复\u{ff0c}请协助。",
            ),
            (_, true) => self.or(": please greet them now.", "\u{ff0c}请尽快发送开场问候。"),
            (_, false) => self.or(
                ": please do not let them wait.",
                "\u{ff0c}请尽快回复\u{ff0c}不要冷落客户。",
            ),
        };
        format!("{waited}{rest}")
    }

    pub(crate) fn soothe(&self) -> String {
        self.or(
            "The customer complains: listen, apologise for the trouble, do not argue. Your supervisor knows.",
            "客户正在投诉\u{ff1a}请先倾听并致歉\u{ff0c}不争对错\u{ff0c}主管已收到通知。",
        )
    }

    pub(crate) fn look_after_complaint(&self) -> String {
        self.or(
            "A customer complains. Please look after it today.",
            "有客户投诉\u{ff0c}请当日跟进处理。",
        )
    }

    pub(crate) fn stay_calm(&self) -> String {
        self.or(
            "This may be serious: stay calm, ask what happened, promise nothing. Supervisor and manager know.",
            "可能是重大情况\u{ff1a}请保持冷静\u{ff0c}了解经过\u{ff0c}不作承诺\u{ff0c}主管和经理已收到通知。",
        )
    }

    pub(crate) fn take_over(&self) -> String {
        self.or(
            "Something serious: please take over now.",
            "重大情况\u{ff0c}请立即介入处理。",
        )
    }

    pub(crate) fn case_of_complaint(&self) -> String {
        self.or("Complaint, found by its words", "系统识别的客户投诉")
    }

    pub(crate) fn case_of_incident(&self) -> String {
        self.or("Serious matter, found by its words", "系统识别的重大情况")
    }
}
