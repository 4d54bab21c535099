//! What to send, and what came of it.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Most messages of one desk's whole life: the schedule is a fixed table of 8 bytes each.
pub(super) const MESSAGES_MAX: u32 = 2_000_000;

/// Who decides when the next message is sent.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// Each connection sends again as soon as it is answered: finds the capacity.
    Closed,
    /// So many a second, whatever the server does: finds the latency that people would see.
    Open {
        /// Messages a second over all connections.
        per_second: u32,
    },
}

/// One run of load.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Connections, each a visitor of its own.
    pub connections: usize,
    /// Who decides when to send.
    pub pace: Pace,
    /// How long.
    pub duration: Duration,
    /// Stop earlier, after so many messages.
    pub messages_max: u32,
    /// Bytes added to each text.
    pub padding: usize,
}

impl Plan {
    /// Closed loop for a time.
    pub fn closed(connections: usize, duration: Duration) -> Self {
        Self {
            connections,
            pace: Pace::Closed,
            duration,
            messages_max: MESSAGES_MAX,
            padding: 0,
        }
    }

    /// Open loop for a time; 64 connections, so that a stall of one is not a stall of all.
    pub fn open(per_second: u32, duration: Duration) -> Self {
        Self {
            connections: 64,
            pace: Pace::Open { per_second },
            duration,
            messages_max: MESSAGES_MAX,
            padding: 0,
        }
    }

    /// So many messages, as fast as they are answered.
    pub fn burst(connections: usize, messages: u32) -> Self {
        Self {
            connections,
            pace: Pace::Closed,
            duration: Duration::from_mins(1),
            messages_max: messages,
            padding: 0,
        }
    }

    /// The same with longer texts.
    #[must_use]
    pub fn padded(self, padding: usize) -> Self {
        Self { padding, ..self }
    }
}

/// What a run showed.
#[derive(Debug)]
pub struct Outcome {
    /// Messages acknowledged with 201.
    pub acknowledged: u64,
    /// From the first send to the last acknowledgement.
    pub elapsed: Duration,
    /// Microseconds from the scheduled moment to the acknowledgement.
    pub latency: Histogram<u64>,
}

impl Outcome {
    /// Messages a second.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn per_second(&self) -> f64 {
        self.acknowledged as f64 / self.elapsed.as_secs_f64()
    }
}
