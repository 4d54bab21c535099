//! What goes out: answers, tried again as the server tries.

use plugboard_plugin_runtime::{
    CallError,
    types::{Body, Failure, Identity, Outbound, RetryAdvice, Sent},
};

use super::Rig;
use crate::flaws::{self, Flaw};

impl Rig<'_> {
    /// An answer to the customer.
    pub(crate) fn answer(&self, key: &str, parts: Vec<Body>) -> Outbound {
        let known = self.messages.values().next();
        let to = known.map_or_else(
            || Identity {
                scheme: self.subject.provider.to_owned(),
                scope: String::new(),
                value: self.subject.person.to_owned(),
                display_name: None,
                verified: true,
            },
            |message| message.sender.clone(),
        );
        Outbound {
            idempotency_key: key.to_owned(),
            account: self.account.id.to_string(),
            thread_key: known.map(|message| message.thread_key.clone()),
            to,
            parts,
            template: None,
            extras: Vec::new(),
        }
    }

    /// Tries once to send.
    pub(crate) async fn send(&mut self, message: &Outbound) -> Result<Sent, Failure> {
        if self.flaw == Some(Flaw::LogsSecrets) {
            let secrets = &self.host.secrets;
            let values = secrets.names().filter_map(|name| secrets.get(name).ok());
            if let Some(secret) = values.max_by_key(|value| value.len()) {
                let line = format!("sending with {secret}");
                self.host.kept().said.push(line);
            }
        }
        if self.flaw == Some(Flaw::SendsTwice) {
            let mut again = message.clone();
            again.idempotency_key.push('2');
            let _ = self.plugin.send(&self.account, again).await;
        }
        let sent = self.plugin.send(&self.account, message.clone()).await;
        match flaws::bend_sent(self.flaw, message, sent) {
            Ok(sent) => {
                self.ingest(sent.events.clone());
                Ok(sent)
            }
            Err(CallError::Refused(failure)) => {
                self.failures.push(failure.clone());
                Err(failure)
            }
            Err(error) => {
                self.problem(format!("sending broke the plugin: {error}"));
                Err(Failure::lasting("broken", error.to_string()))
            }
        }
    }

    /// Sends as the desk does: again as long as the advice is to try again.
    pub(crate) async fn send_on(&mut self, message: &Outbound) -> Result<Sent, Failure> {
        for _ in 0..4 {
            match self.send(message).await {
                Err(failure) if failure.advice == RetryAdvice::Retry => {
                    self.advance(i64::from(failure.retry_after_ms.unwrap_or(1_000)));
                }
                outcome => return outcome,
            }
        }
        self.problem("sending is tried again without end");
        Err(Failure::lasting("endless", "tried four times"))
    }

    /// Sends a text and demands that it goes well.
    pub(crate) async fn send_text(&mut self, key: &str, text: &str) -> Option<Sent> {
        let message = self.answer(key, vec![Body::Text(text.to_owned())]);
        match self.send_on(&message).await {
            Ok(sent) => Some(sent),
            Err(failure) => {
                self.problem(format!(
                    "an answer is not sent: {} {}",
                    failure.code, failure.message
                ));
                None
            }
        }
    }
}
