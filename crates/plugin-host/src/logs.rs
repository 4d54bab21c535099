//! What plugins wrote lately, for their pages. Kept in memory: the process's own log has it, too.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use plugboard_domain::Timestamp;
use plugboard_plugin_runtime::{Line, types::Level};
use plugboard_protocol::{
    extensions::{LogLine, Pair},
    time,
};

/// Lines of one plugin; the page shows them all.
const LINES_MAX: usize = 200;

/// Errors of one plugin that are shown apart.
const ERRORS_MAX: usize = 20;

/// The latest lines of every plugin.
#[derive(Default)]
pub(crate) struct Logs {
    /// Leaf data, never held over an await.
    lines: Mutex<HashMap<String, VecDeque<LogLine>>>,
}

impl Logs {
    /// Keeps a line, and puts it into the process's log.
    pub(crate) fn keep(&self, plugin: &str, at: Timestamp, line: Line) {
        let level = match line.level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        tracing::debug!(plugin.key = plugin, level, "a plugin wrote a line");
        self.push(
            plugin,
            LogLine {
                at: time(at),
                level: level.to_owned(),
                message: line.message,
                fields: line
                    .fields
                    .into_iter()
                    .map(|(name, value)| Pair { name, value })
                    .collect(),
            },
        );
    }

    /// Keeps what the host has to say about a plugin.
    pub(crate) fn fault(&self, plugin: &str, at: Timestamp, message: impl Into<String>) {
        let message = message.into();
        tracing::warn!(plugin.key = plugin, "a plugin failed: {message}");
        self.push(
            plugin,
            LogLine {
                at: time(at),
                level: "error".to_owned(),
                message,
                fields: Vec::new(),
            },
        );
    }

    fn push(&self, plugin: &str, line: LogLine) {
        let mut all = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = all.entry(plugin.to_owned()).or_default();
        if lines.len() >= LINES_MAX {
            lines.pop_back();
        }
        lines.push_front(line);
    }

    /// Newest first.
    pub(crate) fn lines(&self, plugin: &str) -> Vec<LogLine> {
        let all = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(plugin)
            .map(|lines| lines.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Newest first, errors only.
    pub(crate) fn errors(&self, plugin: &str) -> Vec<LogLine> {
        let lines = self.lines(plugin).into_iter();
        lines
            .filter(|it| it.level == "error")
            .take(ERRORS_MAX)
            .collect()
    }

    /// The plugin is gone.
    pub(crate) fn forget(&self, plugin: &str) {
        let mut all = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(plugin);
    }
}
