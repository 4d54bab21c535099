//! Suggests answers from a list: each line of the setting `answers` is `word = answer`.

use plugboard_plugin_sdk::{
    ConversationView, Failure,
    assistant::{Assistant, Suggestion, Turn},
    export, info,
    lifecycle::{Info, Lifecycle},
    setting,
};

struct Plugin;

impl Lifecycle for Plugin {
    fn describe() -> Info {
        info!()
    }
}

impl Assistant for Plugin {
    fn suggest(
        conversation: ConversationView,
        _turns: Vec<Turn>,
        max: u8,
    ) -> Result<Vec<Suggestion>, Failure> {
        let said = conversation.last_text.to_lowercase();
        let answers = setting("answers").unwrap_or_default();
        let fitting = answers.lines().filter_map(|line| {
            let (word, answer) = line.split_once('=')?;
            let word = word.trim().to_lowercase();
            (!word.is_empty() && said.contains(&word)).then(|| Suggestion {
                text: answer.trim().to_owned(),
                confidence: 0.75,
                sources: Vec::new(),
            })
        });
        Ok(fitting.take(max.into()).collect())
    }
}

export!(Plugin: reply_assistant);
