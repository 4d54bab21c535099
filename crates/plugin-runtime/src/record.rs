//! Recordings: one call with everything that the host answered in it, as one line of JSON. As every source of chance and
//! time is an import, the same plugin given the same answers does the same again, bit for bit.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use thiserror::Error;

use crate::{bytes::Bytes, types::Failure};

/// One call of the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostCall {
    /// `kv.get`.
    pub function: String,
    /// What it was given.
    pub arguments: Value,
    /// What it answered.
    pub answer: Value,
}

/// One call of a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Which version: `plugin:KEY@VERSION+DIGEST`.
    pub plugin: String,
    /// On whose behalf.
    pub account: String,
    /// `routing.route`.
    pub function: String,
    /// What it was given.
    pub input: Value,
    /// Every call of the host, in order.
    pub calls: Vec<HostCall>,
    /// `{"ok": …}` or `{"error": "timeout_cpu"}`.
    pub output: Value,
    /// What it cost, when the runtime counts that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
}

impl Recording {
    /// The recording as a line.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("a recording has only text keys")
    }
}

/// How a replay differs from its recording.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplayError {
    /// The line is no recording of this function.
    #[error("not a recording: {0}")]
    Malformed(String),
    /// The plugin asked the host something else.
    #[error("call {number} of the host differs: recorded {recorded}, now {now}")]
    Call {
        /// Counts from 1.
        number: usize,
        /// What it asked then; `nothing` when it had ended.
        recorded: String,
        /// What it asks now.
        now: String,
    },
    /// The plugin asked less than then.
    #[error("{missing} recorded calls of the host were not made, the next is {next}")]
    Unused {
        /// How many.
        missing: usize,
        /// The first of them.
        next: String,
    },
    /// The answer differs.
    #[error("the answer differs: recorded {recorded}, now {now}")]
    Output {
        /// The answer then.
        recorded: String,
        /// The answer now.
        now: String,
    },
}

/// What happens to the host calls of an instance.
#[derive(Debug, Default)]
pub(crate) enum Tape {
    /// Nothing.
    #[default]
    Off,
    /// They are written down.
    Recording(Vec<HostCall>),
    /// They are answered as they were then.
    Playing {
        /// Those that come.
        left: VecDeque<HostCall>,
        /// How many were answered.
        played: usize,
        /// The first that differed.
        difference: Option<ReplayError>,
    },
}

impl Tape {
    pub(crate) fn playing(calls: Vec<HostCall>) -> Self {
        Self::Playing {
            left: calls.into(),
            played: 0,
            difference: None,
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        !matches!(self, Self::Off)
    }

    pub(crate) fn is_playing(&self) -> bool {
        matches!(self, Self::Playing { .. })
    }

    /// Writes a call down.
    pub(crate) fn note(&mut self, function: &str, arguments: Option<Value>, answer: &impl Wire) {
        if let (Self::Recording(calls), Some(arguments)) = (self, arguments) {
            calls.push(HostCall {
                function: function.to_owned(),
                arguments,
                answer: answer.wire(),
            });
        }
    }

    /// The recorded answer; `None` when nothing is played.
    pub(crate) fn play<R: Wire>(
        &mut self,
        function: &str,
        arguments: Option<&Value>,
    ) -> wasmtime::Result<Option<R>> {
        let Self::Playing {
            left,
            played,
            difference,
        } = self
        else {
            return Ok(None);
        };
        *played += 1;
        let arguments = arguments.cloned().unwrap_or_default();
        let recorded = left.pop_front();
        let same = recorded
            .as_ref()
            .is_some_and(|it| it.function == function && it.arguments == arguments);
        let answer = recorded
            .as_ref()
            .filter(|_| same)
            .and_then(|it| R::unwire(it.answer.clone()));
        if answer.is_none() {
            let recorded = recorded.map_or_else(
                || "nothing".to_owned(),
                |it| format!("{}{}", it.function, it.arguments),
            );
            *difference = Some(ReplayError::Call {
                number: *played,
                recorded,
                now: format!("{function}{arguments}"),
            });
            return Err(wasmtime::Error::msg("differs from the recording"));
        }
        Ok(answer)
    }

    /// What differed, once the call has ended.
    pub(crate) fn difference(self) -> Option<ReplayError> {
        let Self::Playing {
            left, difference, ..
        } = self
        else {
            return None;
        };
        difference.or_else(|| {
            left.front().map(|next| ReplayError::Unused {
                missing: left.len(),
                next: format!("{}{}", next.function, next.arguments),
            })
        })
    }
}

/// What a recording can hold.
pub(crate) trait Wire: Sized {
    fn wire(&self) -> Value;
    fn unwire(value: Value) -> Option<Self>;
}

fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("what crosses the boundary has only text keys")
}

fn from_value<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

macro_rules! wire {
    ($($ty:ty),* $(,)?) => {$(
        impl Wire for $ty {
            fn wire(&self) -> Value {
                to_value(self)
            }

            fn unwire(value: Value) -> Option<Self> {
                from_value(value)
            }
        }
    )*};
}

wire!(
    (),
    bool,
    u32,
    u64,
    String,
    Option<String>,
    Option<u32>,
    Vec<String>,
    Vec<(String, String)>,
    Vec<crate::types::ChannelEvent>,
    Vec<crate::types::Part>,
    crate::types::DeskCommand,
    crate::types::Hash,
    crate::types::Level,
    crate::types::MediaRef,
    crate::types::Request,
    crate::types::Response,
);

impl Wire for Vec<u8> {
    fn wire(&self) -> Value {
        to_value(&Bytes(self.clone()))
    }

    fn unwire(value: Value) -> Option<Self> {
        from_value::<Bytes>(value).map(|it| it.0)
    }
}

impl Wire for Option<Vec<u8>> {
    fn wire(&self) -> Value {
        to_value(&self.clone().map(Bytes))
    }

    fn unwire(value: Value) -> Option<Self> {
        from_value::<Option<Bytes>>(value).map(|it| it.map(|it| it.0))
    }
}

impl<T: Wire> Wire for Result<T, Failure> {
    fn wire(&self) -> Value {
        match self {
            Ok(value) => serde_json::json!({ "ok": value.wire() }),
            Err(failure) => serde_json::json!({ "err": failure }),
        }
    }

    fn unwire(value: Value) -> Option<Self> {
        let Value::Object(mut value) = value else {
            return None;
        };
        match (value.remove("ok"), value.remove("err")) {
            (Some(value), None) => T::unwire(value).map(Ok),
            (None, Some(failure)) => from_value(failure).map(Err),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{HostCall, ReplayError, Tape, Wire};
    use crate::types::Failure;

    type Answer = Result<Option<Vec<u8>>, Failure>;

    fn call(key: &str, answer: &Answer) -> HostCall {
        HostCall {
            function: "kv.get".to_owned(),
            arguments: json!([key]),
            answer: answer.wire(),
        }
    }

    #[test]
    fn answers_survive_and_differences_are_named() {
        let answers: [Answer; 4] = [
            Ok(None),
            Ok(Some(b"text".to_vec())),
            Ok(Some(vec![0xff])),
            Err(Failure::passing("network", "gone")),
        ];
        let mut tape = Tape::playing(answers.iter().map(|it| call("k", it)).collect());
        for answer in answers {
            assert_eq!(
                tape.play::<Answer>("kv.get", Some(&json!(["k"]))).unwrap(),
                Some(answer)
            );
        }
        assert!(tape.play::<Answer>("kv.get", Some(&json!(["k"]))).is_err());
        assert_eq!(
            tape.difference(),
            Some(ReplayError::Call {
                number: 5,
                recorded: "nothing".to_owned(),
                now: "kv.get[\"k\"]".to_owned(),
            })
        );
        let unused = Tape::playing(vec![call("k", &Ok(None))]);
        assert!(matches!(
            unused.difference(),
            Some(ReplayError::Unused { missing: 1, .. })
        ));
        let mut other = Tape::playing(vec![call("k", &Ok(None))]);
        assert!(other.play::<Answer>("kv.get", Some(&json!(["l"]))).is_err());
    }
}
