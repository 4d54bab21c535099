//! What every handler holds.

use std::{ops::Deref, sync::Arc};

use plugboard_engine::Engine;

use crate::{auth::Tokens, config::HttpConfig, limits::Limits};

/// The state of the edge. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

/// What an [`App`] is made of.
pub struct AppParts {
    /// The running desk.
    pub engine: Engine,
    /// The operator's settings.
    pub config: HttpConfig,
    /// Rate limits.
    pub limits: Limits,
    /// Tokens found lately.
    pub tokens: Tokens,
}

impl App {
    /// The edge of a running desk.
    pub fn new(engine: Engine, config: HttpConfig) -> Self {
        let limits = Limits::new(config.rate_limits);
        Self(Arc::new(AppParts {
            engine,
            config,
            limits,
            tokens: Tokens::default(),
        }))
    }
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}
