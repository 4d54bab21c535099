//! The store of the running desk: how it is opened, and what it adds to readiness.

use std::sync::Arc;

use anyhow::Context;
use plugboard_http::ReadyCheck;
use plugboard_store_sqlite::{Durability, Options, SqliteStore};
use tracing::warn;

use crate::settings::{self, Settings};

/// Opens the desk in the directory of the settings.
pub(crate) fn open(settings: &Settings) -> anyhow::Result<Arc<SqliteStore>> {
    let durability = match settings.durability {
        settings::Durability::Full => Durability::Full,
        settings::Durability::Normal => Durability::Normal,
    };
    let options = Options {
        durability,
        ..Options::default()
    };
    let store = SqliteStore::open(&settings.data, options)
        .with_context(|| format!("opening the desk in {}", settings.data.display()))?;
    Ok(Arc::new(store))
}

/// What `/readyz` says about the store beyond that it answers.
pub(crate) struct StoreCheck {
    durability: settings::Durability,
}

impl StoreCheck {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            durability: settings.durability,
        }
    }

    /// Says loudly at the start what must not be overlooked.
    pub(crate) fn announce(&self) {
        if let Some(warning) = self.warning() {
            warn!("{warning}");
        }
    }
}

#[async_trait::async_trait]
impl ReadyCheck for StoreCheck {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn warning(&self) -> Option<String> {
        match self.durability {
            settings::Durability::Full => None,
            settings::Durability::Normal => Some(
                "DURABILITY IS NORMAL: power loss can take messages that were acknowledged".into(),
            ),
        }
    }
}
