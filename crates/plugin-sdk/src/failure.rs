//! Failures: built where they happen, with advice for whoever might try again.

use crate::{Failure, RetryAdvice};

impl Failure {
    /// A failure that trying again does not cure. `code` is a word for programs, `message` a sentence for people that says
    /// nothing personal.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            advice: RetryAdvice::NoRetry,
            retry_after_ms: None,
        }
    }

    /// The same, and trying again may help; the host chooses when.
    #[must_use]
    pub fn retry(mut self) -> Self {
        self.advice = RetryAdvice::Retry;
        self
    }

    /// The same, and trying again may help after so many milliseconds.
    #[must_use]
    pub fn after_ms(mut self, milliseconds: u32) -> Self {
        self.advice = RetryAdvice::Retry;
        self.retry_after_ms = Some(milliseconds);
        self
    }

    /// The same, and only new credentials help: the desk tells the administrator.
    #[must_use]
    pub fn reauth(mut self) -> Self {
        self.advice = RetryAdvice::RetryAfterReauth;
        self
    }

    /// A message or setting that the provider or the plugin can do nothing with.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new("invalid", message)
    }

    /// A request that is not from whom it says, such as one with a wrong signature.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new("unauthorized", message)
    }

    /// An answer of the provider that is not what its documentation says.
    pub fn unexpected(message: impl Into<String>) -> Self {
        Self::new("unexpected_answer", message)
    }

    /// It is not known whether the provider took the message; the desk does not send it again by itself.
    pub fn uncertain(message: impl Into<String>) -> Self {
        Self::new("uncertain", message)
    }

    /// The provider takes no more messages until the contact writes again.
    pub fn window_closed(message: impl Into<String>) -> Self {
        Self::new("window-closed", message)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        // Only where it is wrong: the text may hold what a customer wrote.
        Self::unexpected(format!(
            "JSON is not as expected at line {} column {}",
            error.line(),
            error.column()
        ))
    }
}
