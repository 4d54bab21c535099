//! Warm instances of one plugin for one account. Instances are never shared between accounts: one customer's data must
//! not lie in the memory in which another's is worked on.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::{
    backing::{Account, Caller},
    error::CallError,
    instance::{Template, Warm},
    record::Tape,
    runtime::Slots,
};

/// Over which time the most that was used at once is remembered.
const PEAK_WINDOW: Duration = Duration::from_secs(60);

/// Instances that wait for work, and what was used lately.
#[derive(Default)]
struct Idle {
    warm: Vec<Warm>,
    peak_before: u32,
    peak_now: u32,
    window_began: Option<Instant>,
}

/// Warm instances of one account.
pub(crate) struct Pool {
    pub(crate) account: Account,
    permits: Semaphore,
    waiting: AtomicU32,
    busy: AtomicU32,
    /// Held for a moment.
    idle: Mutex<Idle>,
}

/// An instance at work. Dropped without [`Lease::give_back`], its instance is thrown away.
pub(crate) struct Lease<'a> {
    pool: &'a Pool,
    pub(crate) warm: Option<Warm>,
    _permit: SemaphorePermit<'a>,
}

impl Pool {
    pub(crate) fn new(account: Account, instances: u32) -> Self {
        Self {
            account,
            permits: Semaphore::new(instances as usize),
            waiting: AtomicU32::new(0),
            busy: AtomicU32::new(0),
            idle: Mutex::default(),
        }
    }

    /// Waits for an instance, for a while and not behind too many others.
    pub(crate) async fn lease(
        &self,
        template: &Template,
        slots: &Slots,
    ) -> Result<Lease<'_>, CallError> {
        let permit = self.permit(template).await?;
        let busy = self.busy.fetch_add(1, Ordering::Relaxed) + 1;
        let now = Instant::now();
        let warm = {
            let mut idle = self.idle.lock().expect("no panic while it is held");
            idle.peak_now = idle.peak_now.max(busy);
            idle.warm.pop()
        };
        let mut lease = Lease {
            pool: self,
            warm: None,
            _permit: permit,
        };
        lease.warm = match warm.filter(|it| it.is_fresh(&template.shared, now)) {
            Some(warm) => Some(warm),
            None => Some(
                self.fresh(template, slots, Tape::Off)
                    .await
                    .map_err(|it| it.0)?,
            ),
        };
        Ok(lease)
    }

    async fn permit(&self, template: &Template) -> Result<SemaphorePermit<'_>, CallError> {
        if let Ok(permit) = self.permits.try_acquire() {
            return Ok(permit);
        }
        let limits = &template.shared.limits;
        let waiting = Counted::new(&self.waiting);
        if waiting.number > limits.queue {
            return Err(CallError::Busy);
        }
        match timeout(limits.queue_wait, self.permits.acquire()).await {
            Ok(permit) => Ok(permit.expect("it is never closed")),
            Err(_) => Err(CallError::Busy),
        }
    }

    /// Makes an instance.
    pub(crate) async fn fresh(
        &self,
        template: &Template,
        slots: &Slots,
        tape: Tape,
    ) -> Result<Warm, (CallError, Tape)> {
        let Some(slot) = slots.take(template.shared.limits.queue_wait).await else {
            return Err((CallError::Busy, tape));
        };
        let caller = Caller {
            plugin: Arc::clone(&template.shared.key),
            label: Arc::clone(&template.shared.label),
            account: self.account.clone(),
        };
        Warm::new(template, caller, slot, tape).await
    }

    /// Puts an instance in that nobody waits for yet.
    pub(crate) fn stock(&self, warm: Warm) {
        self.idle
            .lock()
            .expect("no panic while it is held")
            .warm
            .push(warm);
    }

    /// How many instances wait for work.
    pub(crate) fn idle(&self) -> usize {
        self.idle
            .lock()
            .expect("no panic while it is held")
            .warm
            .len()
    }

    /// Whether nothing was asked lately and nothing waits.
    pub(crate) fn is_quiet(&self) -> bool {
        let idle = self.idle.lock().expect("no panic while it is held");
        idle.warm.is_empty()
            && idle.peak_now == 0
            && idle.peak_before == 0
            && self.busy.load(Ordering::Relaxed) == 0
    }

    /// Throws away what was not needed at once in the last minute, and what is too old. An instance's own idle time says
    /// nothing: under even load every one is used now and then.
    pub(crate) fn shrink(&self, template: &Template, now: Instant) -> Vec<Warm> {
        let mut idle = self.idle.lock().expect("no panic while it is held");
        let busy = self.busy.load(Ordering::Relaxed);
        let began = *idle.window_began.get_or_insert(now);
        if now.saturating_duration_since(began) >= PEAK_WINDOW {
            idle.peak_before = idle.peak_now;
            idle.peak_now = busy;
            idle.window_began = Some(now);
        }
        let peak = idle.peak_now.max(idle.peak_before);
        let wanted = peak
            .max(template.shared.limits.instances_min)
            .saturating_sub(busy) as usize;
        let (fresh, mut gone): (Vec<Warm>, Vec<Warm>) = std::mem::take(&mut idle.warm)
            .into_iter()
            .partition(|it| it.is_fresh(&template.shared, now));
        idle.warm = fresh;
        let surplus = idle.warm.len().saturating_sub(wanted);
        gone.extend(idle.warm.drain(..surplus));
        // The caller drops them without the lock.
        gone
    }

    /// Gives one idle instance up, for others.
    pub(crate) fn evict(&self) -> Option<Warm> {
        let mut idle = self.idle.lock().expect("no panic while it is held");
        (!idle.warm.is_empty()).then(|| idle.warm.remove(0))
    }
}

impl Lease<'_> {
    /// The instance is as good as before.
    pub(crate) fn give_back(mut self) {
        if let Some(warm) = self.warm.take() {
            self.pool.stock(warm);
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.pool.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts itself while it lives.
struct Counted<'a> {
    counter: &'a AtomicU32,
    number: u32,
}

impl<'a> Counted<'a> {
    fn new(counter: &'a AtomicU32) -> Self {
        let number = counter.fetch_add(1, Ordering::Relaxed) + 1;
        Self { counter, number }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::Relaxed);
    }
}
