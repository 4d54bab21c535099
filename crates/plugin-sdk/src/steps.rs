//! Sending in several requests to a provider that does not recognise a request it has had before.

use serde::{Deserialize, Serialize};

use crate::{Failure, Outbound, host::kv};

/// How long progress is remembered, in seconds: longer than the desk tries to send one message.
const KEPT_SECS: u32 = 7 * 86_400;

/// How far sending one message came, kept under its idempotency key. A retry goes on where the try before it stopped, and a
/// request whose outcome nobody knows is not made again: the message becomes `uncertain`.
///
/// ```no_run
/// use plugboard_plugin_sdk::{Failure, Outbound, steps::Steps};
///
/// # fn request(_: &str) -> Result<String, Failure> { Ok(String::new()) }
/// fn send(message: &Outbound) -> Result<String, Failure> {
///     let mut steps = Steps::of(message)?;
///     steps.step(|| request("the first part"))?;
///     steps.step(|| request("the second part"))
/// }
/// ```
#[derive(Debug)]
pub struct Steps {
    key: String,
    kept: Kept,
    at: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// What the steps that were done answered.
    done: Vec<String>,
    /// The step after them was begun.
    begun: bool,
}

impl Steps {
    /// The progress of a message; at its beginning when nothing is known of it.
    pub fn of(message: &Outbound) -> Result<Self, Failure> {
        Self::under(&message.idempotency_key)
    }

    /// The progress of anything else that has an idempotency key.
    pub fn under(idempotency_key: &str) -> Result<Self, Failure> {
        let key = format!("sending/{idempotency_key}");
        let kept = kv::get_json(&key)?.unwrap_or_default();
        Ok(Self { key, kept, at: 0 })
    }

    /// Does a step, or answers what it answered when it was done before. A failure of the step says whether something may
    /// have been done: one with code `uncertain` is remembered, any other means that nothing was.
    pub fn step(
        &mut self,
        request: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<String, Failure> {
        self.at += 1;
        if let Some(done) = self.kept.done.get(self.at - 1) {
            return Ok(done.clone());
        }
        if self.kept.begun {
            return Err(Failure::uncertain(
                "an earlier try was cut off before the provider answered",
            ));
        }
        self.kept.begun = true;
        self.keep()?;
        let answer = request();
        self.kept.begun = matches!(&answer, Err(failure) if failure.code == "uncertain");
        if let Ok(id) = &answer {
            self.kept.done.push(id.clone());
        }
        if !self.kept.begun {
            self.keep()?;
        }
        answer
    }

    fn keep(&self) -> Result<(), Failure> {
        kv::set_json(&self.key, &self.kept, Some(KEPT_SECS))
    }
}

/// Reads the outcome of a request that must not be made twice: when it is not known whether the provider took it, the failure
/// is `uncertain`. Failures of the host that say so themselves, such as a refused connection, stay as they are.
pub fn once(
    answer: Result<crate::http::Response, Failure>,
) -> Result<crate::http::Response, Failure> {
    match answer {
        Ok(answer) if matches!(answer.status, 500 | 502 | 504) => Err(Failure::uncertain(format!(
            "the provider answered {}, and may have taken the message",
            answer.status
        ))),
        Err(failure) if lost(&failure) => {
            Err(Failure::uncertain("the provider did not answer in time"))
        }
        other => other,
    }
}

/// With `network` the provider was never reached; with `timeout` it may have been.
fn lost(failure: &Failure) -> bool {
    failure.code == "timeout"
}

#[cfg(test)]
mod tests {
    use super::once;
    use crate::{Failure, http::Response};

    fn answered(status: u16) -> Response {
        Response {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    #[test]
    fn what_may_have_been_done_is_uncertain() {
        let code = |answer| once(answer).map_or_else(|failure| failure.code, |_| "ok".to_owned());
        assert_eq!(code(Ok(answered(200))), "ok");
        assert_eq!(code(Ok(answered(400))), "ok");
        assert_eq!(code(Ok(answered(503))), "ok");
        assert_eq!(code(Ok(answered(502))), "uncertain");
        assert_eq!(code(Err(Failure::new("timeout", "").retry())), "uncertain");
        assert_eq!(code(Err(Failure::new("network", "").retry())), "network");
        assert_eq!(code(Err(Failure::new("denied", ""))), "denied");
    }
}
