//! Reasons, in the language of those who read them.

use plugboard_plugin_sdk::{ConversationView, routing::Candidate};

use crate::{Settings, Share};

/// Writes reasons.
pub(crate) struct Say {
    zh: bool,
    share: Share,
}

impl Say {
    /// `auto` is the language of the conversation: who answers a customer reads the customer's language.
    pub(crate) fn new(settings: &Settings, conversation: &ConversationView) -> Self {
        let zh = match settings.reasons.as_str() {
            "zh" => true,
            "en" => false,
            _ => conversation.primary_language().as_deref() == Some("zh"),
        };
        Self {
            zh,
            share: settings.share,
        }
    }

    fn or<'a>(&self, en: &'a str, zh: &'a str) -> &'a str {
        if self.zh { zh } else { en }
    }

    pub(crate) fn comma(&self) -> &'static str {
        if self.zh { "\u{ff0c}" } else { ", " }
    }

    pub(crate) fn returning(&self) -> String {
        self.or(
            "returning customer: helped them last time",
            "老客户\u{ff1a}上次就是这位客服接待",
        )
        .to_owned()
    }

    pub(crate) fn skills(&self, skills: &[String]) -> String {
        format!(
            "{} {}",
            self.or("has the skills", "具备技能"),
            skills.join(", ")
        )
    }

    pub(crate) fn no_skill(&self, skills: &[String]) -> String {
        let text = self.or(
            "nobody who is free has the skills",
            "空闲客服都不具备所需技能",
        );
        format!("{text} {}", skills.join(", "))
    }

    pub(crate) fn without_skill(&self, skills: &[String]) -> String {
        let text = self.or("nobody on shift has the skills", "当班客服都不具备技能");
        format!("{text} {}", skills.join(", "))
    }

    pub(crate) fn vip(&self) -> String {
        self.or("VIP customer", "VIP 客户").to_owned()
    }

    pub(crate) fn language(&self, language: &str) -> String {
        format!("{} {language}", self.or("speaks", "会说客户的语言"))
    }

    pub(crate) fn share(&self, agent: &Candidate) -> String {
        match self.share {
            Share::LeastBusy => {
                let text = self.or("least busy", "当前最空闲");
                format!("{text} ({}/{})", agent.load, agent.capacity)
            }
            Share::InTurn => self.or("next in turn", "轮到这位客服").to_owned(),
        }
    }

    pub(crate) fn full(&self) -> String {
        self.or("everybody is busy", "客服都在忙").to_owned()
    }

    pub(crate) fn nobody_online(&self) -> String {
        self.or("nobody is online", "没有客服在线").to_owned()
    }

    pub(crate) fn overflow(&self, team: &str) -> String {
        format!(
            "{} {team}",
            self.or(
                "waited too long, helped out by",
                "等待过久\u{ff0c}转由协助团队接待\u{ff1a}"
            )
        )
    }

    pub(crate) fn hops(&self, hops: u8) -> String {
        let text = self.or(
            "stays here: moved too often already, times",
            "不再转接\u{ff1a}已转接次数",
        );
        format!("{text} {hops}")
    }
}
