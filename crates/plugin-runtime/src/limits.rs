//! How much a plugin may use: defaults by world, what its manifest asks for, and the desk's ceiling above both.

use std::time::Duration;

use crate::manifest::LimitsSection;

/// Functions whose time an author can ask for in `limits.call-ms` and `limits.cpu-ms`.
pub const FUNCTIONS: [&str; 15] = [
    "route",
    "escalate",
    "check",
    "webhook",
    "send",
    "connect",
    "poll",
    "socket",
    "suggest",
    "orders",
    "hook",
    "panel",
    "timer",
    "lifecycle",
    "start",
];

/// Which time a function has. The names are [`FUNCTIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the table above")]
pub enum Class {
    Route,
    Escalate,
    Check,
    Webhook,
    Send,
    Connect,
    Poll,
    Socket,
    Suggest,
    Orders,
    Hook,
    Panel,
    Timer,
    Lifecycle,
    Start,
}

const CLASSES: [Class; 15] = [
    Class::Route,
    Class::Escalate,
    Class::Check,
    Class::Webhook,
    Class::Send,
    Class::Connect,
    Class::Poll,
    Class::Socket,
    Class::Suggest,
    Class::Orders,
    Class::Hook,
    Class::Panel,
    Class::Timer,
    Class::Lifecycle,
    Class::Start,
];

/// Time of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Computing, milliseconds; waiting for the host is not charged.
    pub cpu_ms: u64,
    /// In all, milliseconds.
    pub wall_ms: u64,
}

/// How much one version of a plugin may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    times: [Time; CLASSES.len()],
    /// Memory of one instance.
    pub memory_bytes: usize,
    /// Calls of the host within one call.
    pub host_calls: u32,
    /// Bytes of a question and of an answer, each.
    pub message_bytes: usize,
    /// Bytes of a provider's answer that reaches the plugin.
    pub http_body_bytes: u32,
    /// Requests to providers at a time, over all instances.
    pub http_in_flight: u32,
    /// Requests to providers a minute, over all instances.
    pub http_per_minute: u32,
    /// Longest request to a provider.
    pub http_timeout: Duration,
    /// Log lines within one call.
    pub log_lines: u32,
    /// Bytes of log lines within one call.
    pub log_bytes: u32,
    /// Bytes of log lines a minute, over all instances.
    pub log_bytes_per_minute: u64,
    /// Most instances of one account.
    pub instances: u32,
    /// Instances of one account that stay when nothing is asked.
    pub instances_min: u32,
    /// Calls before an instance is replaced.
    pub reuse: u32,
    /// Age at which an instance is replaced.
    pub reuse_for: Duration,
    /// Calls that may wait for an instance of one account; one more is told [`crate::CallError::Busy`].
    pub queue: u32,
    /// How long a call waits for an instance.
    pub queue_wait: Duration,
}

/// Ages out what a plugin leaks or remembers by mistake.
const REUSE_FOR: Duration = Duration::from_secs(600);

const MIB: usize = 1024 * 1024;

impl Limits {
    /// The defaults of pure policies: they answer while a customer and an agent wait for each other.
    pub fn policy() -> Self {
        let decide = Time {
            cpu_ms: 20,
            wall_ms: 50,
        };
        let write = Time {
            cpu_ms: 500,
            wall_ms: 1_000,
        };
        let mut limits = Self {
            times: [decide; CLASSES.len()],
            memory_bytes: 16 * MIB,
            host_calls: 50,
            message_bytes: 256 * 1024,
            http_body_bytes: 0,
            http_in_flight: 0,
            http_per_minute: 0,
            http_timeout: Duration::ZERO,
            log_lines: 20,
            log_bytes: 8 * 1024,
            log_bytes_per_minute: 1024 * 1024,
            instances: 4,
            instances_min: 1,
            reuse: 1_000,
            reuse_for: REUSE_FOR,
            queue: 256,
            queue_wait: Duration::from_millis(25),
        };
        limits.set(Class::Check, write);
        limits.set(
            Class::Start,
            Time {
                cpu_ms: 200,
                wall_ms: 1_000,
            },
        );
        limits
    }

    /// The defaults of everything else.
    pub fn service() -> Self {
        let usual = Time {
            cpu_ms: 200,
            wall_ms: 10_000,
        };
        let mut limits = Self {
            times: [usual; CLASSES.len()],
            memory_bytes: 64 * MIB,
            host_calls: 500,
            message_bytes: MIB,
            // Larger answers go to the file store.
            http_body_bytes: 8 * 1024 * 1024,
            http_in_flight: 10,
            http_per_minute: 600,
            http_timeout: Duration::from_secs(30),
            log_lines: 200,
            log_bytes: 64 * 1024,
            log_bytes_per_minute: 1024 * 1024,
            instances: 4,
            instances_min: 0,
            reuse: 1_000,
            reuse_for: REUSE_FOR,
            queue: 256,
            queue_wait: Duration::from_secs(2),
        };
        let with_wall = |wall_ms| Time {
            cpu_ms: 200,
            wall_ms,
        };
        limits.set(Class::Webhook, with_wall(2_000));
        // Providers hold a long poll for up to 50 s.
        limits.set(Class::Poll, with_wall(60_000));
        // People wait for these.
        limits.set(Class::Suggest, with_wall(5_000));
        limits.set(Class::Orders, with_wall(5_000));
        limits.set(Class::Panel, with_wall(5_000));
        limits.set(Class::Start, with_wall(1_000));
        limits
    }

    /// The time of a function.
    pub fn time(&self, class: Class) -> Time {
        self.times[class as usize]
    }

    /// Changes the time of a function.
    pub fn set(&mut self, class: Class, time: Time) {
        self.times[class as usize] = time;
    }

    /// What a manifest asks for, as far as the ceiling allows it.
    #[must_use]
    pub fn asked(mut self, asked: &LimitsSection, ceiling: &LimitsCeiling) -> Self {
        for (class, name) in CLASSES.into_iter().zip(FUNCTIONS) {
            let mut time = self.time(class);
            if let Some(ms) = asked.cpu_ms.get(name) {
                time.cpu_ms = u64::from(*ms);
            }
            if let Some(ms) = asked.call_ms.get(name) {
                time.wall_ms = u64::from(*ms);
            }
            time.cpu_ms = time.cpu_ms.min(ceiling.cpu_ms);
            time.wall_ms = time.wall_ms.min(ceiling.wall_ms);
            self.set(class, time);
        }
        if let Some(mib) = asked.memory_mib {
            self.memory_bytes = mib as usize * MIB;
        }
        self.memory_bytes = self.memory_bytes.min(ceiling.memory_bytes);
        self.instances = asked.instances.unwrap_or(self.instances);
        self.instances = self.instances.min(ceiling.instances).max(1);
        self.instances_min = self.instances_min.min(self.instances);
        self.reuse = asked.reuse.unwrap_or(self.reuse);
        // A world without network gets none, whatever the manifest says.
        if self.http_per_minute > 0 {
            self.http_per_minute = asked.http_per_minute.unwrap_or(self.http_per_minute);
            self.http_per_minute = self.http_per_minute.min(ceiling.http_per_minute);
        }
        self
    }
}

/// What the desk allows no plugin to exceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsCeiling {
    /// Memory of one instance. The engine's own bound is 128 MiB.
    pub memory_bytes: usize,
    /// Computing within one call, milliseconds.
    pub cpu_ms: u64,
    /// One call in all, milliseconds.
    pub wall_ms: u64,
    /// Instances of one account.
    pub instances: u32,
    /// Requests to providers a minute.
    pub http_per_minute: u32,
}

impl Default for LimitsCeiling {
    fn default() -> Self {
        Self {
            memory_bytes: 128 * MIB,
            cpu_ms: 2_000,
            wall_ms: 120_000,
            instances: 16,
            http_per_minute: 6_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, Class, FUNCTIONS, Limits, LimitsCeiling, LimitsSection};

    #[test]
    fn the_ceiling_wins_over_the_manifest_and_the_manifest_over_the_default() {
        let asked: LimitsSection = toml::from_str(
            "memory-mib = 100\ninstances = 8\nreuse = 5\ncall-ms = { route = 30, send = 500000 }\nhttp-per-minute = 9999",
        )
        .unwrap();
        let ceiling = LimitsCeiling::default();
        let limits = Limits::service().asked(&asked, &ceiling);
        assert_eq!(limits.memory_bytes, 100 * 1024 * 1024);
        assert_eq!(limits.instances, 8);
        assert_eq!(limits.reuse, 5);
        assert_eq!(limits.http_per_minute, 6_000);
        assert_eq!(limits.time(Class::Route).wall_ms, 30);
        assert_eq!(limits.time(Class::Send).wall_ms, ceiling.wall_ms);
        assert_eq!(limits.time(Class::Webhook).wall_ms, 2_000);
        assert_eq!(Limits::policy().asked(&asked, &ceiling).http_per_minute, 0);
    }

    #[test]
    fn every_class_has_the_name_at_its_place() {
        for (place, class) in CLASSES.into_iter().enumerate() {
            assert_eq!(class as usize, place);
            assert_eq!(format!("{class:?}").to_lowercase(), FUNCTIONS[place]);
        }
    }
}
