//! What is remembered of names of one owner: how many questions about them are on their way, and that nobody answers for them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use plugboard_mail::registered;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Questions about names of one owner on their way at once. Honest mail has some; beyond it they wait for each other.
const AT_ONCE: usize = 8;

/// Questions in a row that nobody answers before nothing is asked about these names for a while.
const SILENT_MAX: u32 = 2;
const REST: Duration = Duration::from_secs(60);

/// Owners that are remembered. Who is forgotten is asked about as at first.
const ZONES_MAX: usize = 4_096;

/// All of them, by the name that was registered. Leaf data.
#[derive(Default)]
pub(super) struct Zones(Mutex<HashMap<String, Arc<Zone>>>);

impl Zones {
    /// What is remembered of whoever owns a name.
    pub(super) fn of(&self, name: &str) -> Arc<Zone> {
        let owner = registered(name);
        let mut zones = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = zones.get(owner) {
            return zone.clone();
        }
        if zones.len() >= ZONES_MAX {
            // Those that somebody asks about, and those that nobody answers for, are worth their place.
            zones.retain(|_, it| Arc::strong_count(it) > 1 || it.rests());
            if zones.len() >= ZONES_MAX {
                zones.clear();
            }
        }
        let zone = Arc::new(Zone::default());
        zones.insert(owner.to_owned(), zone.clone());
        zone
    }
}

/// What is remembered of names of one owner.
pub(super) struct Zone {
    room: Semaphore,
    silence: Mutex<Silence>,
}

#[derive(Default)]
struct Silence {
    count: u32,
    until: Option<Instant>,
}

impl Default for Zone {
    fn default() -> Self {
        Self {
            room: Semaphore::new(AT_ONCE),
            silence: Mutex::default(),
        }
    }
}

impl Zone {
    /// Waits until another question may be asked; nothing when nobody answers for these names.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        if self.rests() {
            return None;
        }
        let permit = self.room.acquire().await.ok()?;
        // Those before it may have found out meanwhile.
        (!self.rests()).then_some(permit)
    }

    pub(super) fn rests(&self) -> bool {
        let until = self.silence().until;
        until.is_some_and(|it| Instant::now() < it)
    }

    /// Somebody answered a question about these names, or nobody did.
    pub(super) fn heard(&self, answered: bool) {
        let mut silence = self.silence();
        if answered {
            *silence = Silence::default();
            return;
        }
        silence.count += 1;
        if silence.count >= SILENT_MAX {
            silence.until = Some(Instant::now() + REST);
        }
    }

    fn silence(&self) -> std::sync::MutexGuard<'_, Silence> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
