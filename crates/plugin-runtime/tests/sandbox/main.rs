//! The sandbox with real plugins: those of `tests/guests`, which misbehave on demand, and the bundled script runner.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bombs;
mod calls;
mod languages;
mod rules;
mod support;
