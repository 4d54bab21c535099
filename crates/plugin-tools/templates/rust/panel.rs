//! A card beside the conversation, and a button on it that marks the contact's conversation as followed up.

use plugboard_plugin_sdk::{
    ConversationView, Failure,
    commands::{self, Command},
    export, info,
    json::Value,
    lifecycle::{Info, Lifecycle},
    panel::{Action, Block, Card, Panel},
};

/// The tag that the button puts on.
const TAG: &str = "follow-up";

struct Plugin;

impl Lifecycle for Plugin {
    fn describe() -> Info {
        info!()
    }
}

impl Panel for Plugin {
    fn render(conversation: ConversationView, locale: &str) -> Result<Card, Failure> {
        Ok(card(locale, conversation.has_tag(TAG), conversation.message_count))
    }

    fn on_action(
        conversation: ConversationView,
        locale: &str,
        action_id: &str,
        _arguments: Value,
    ) -> Result<Card, Failure> {
        if action_id != TAG {
            return Err(Failure::invalid("there is no such button"));
        }
        commands::execute(&conversation.id, &Command::AddTags(vec![TAG.to_owned()]))?;
        Ok(card(locale, true, conversation.message_count))
    }
}

fn card(locale: &str, marked: bool, messages: u32) -> Card {
    let chinese = locale.starts_with("zh");
    let say = |english: &'static str, word: &'static str| if chinese { word } else { english };
    let mut blocks = vec![Block::Facts(vec![(
        say("Messages", "消息数").to_owned(),
        messages.to_string(),
    )])];
    blocks.push(if marked {
        Block::Text(say("Will be followed up", "已标记跟进").to_owned())
    } else {
        Block::Buttons(vec![Action::new(TAG, say("Follow up", "标记跟进"))])
    });
    Card::new(say("Follow-up", "跟进"), blocks)
}

export!(Plugin: side_panel);
