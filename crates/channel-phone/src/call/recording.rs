//! Recording a call, by the policy that was frozen when it began.

use plugboard_domain::call::CallFact;

use super::Call;
use crate::sound::Tell;

impl Call {
    /// Somebody talks: it is recorded, if calls of this inbox are.
    pub(super) async fn record(&mut self) {
        if self.rules.record {
            self.begin_recording().await;
        }
    }

    pub(super) async fn begin_recording(&mut self) {
        if self.recording {
            return;
        }
        self.recording = true;
        let tape = {
            let _sound = self.shared.sound().enter();
            self.shared.recordings.begin(self.id)
        };
        self.hub.tell(Tell::Record(tape));
        self.report(CallFact::RecordingStarted).await;
    }
}
