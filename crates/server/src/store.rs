//! The store of the running desk: how it is opened, and what it adds to readiness.

use std::sync::{Arc, OnceLock};

use anyhow::Context;
use plugboard_http::ReadyCheck;
use plugboard_store_sqlite::{Durability, Options, SqliteStore};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

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
    /// What the look at the tables found; empty until then, and when all is well.
    damage: Arc<OnceLock<String>>,
}

impl StoreCheck {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            durability: settings.durability,
            damage: Arc::default(),
        }
    }

    /// Looks at every table beside the work if the process before this one did not close the desk.
    pub(crate) fn look(&self, store: Arc<SqliteStore>, stopping: CancellationToken) {
        if !store.ended_abruptly() {
            return;
        }
        info!("the last process did not close the desk: looking at every table beside the work");
        let damage = Arc::clone(&self.damage);
        tokio::spawn(async move {
            let go_on = move || !stopping.is_cancelled();
            let found = match store.check_tables(go_on).await {
                Ok(found) => found.join("; "),
                Err(error) => error.to_string(),
            };
            if found.is_empty() {
                info!("no table is damaged");
                return;
            }
            error!("THE DATABASE IS DAMAGED: {found}");
            // Nobody else sets it.
            let _ = damage.set(found);
        });
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
        if let Some(found) = self.damage.get() {
            return Some(format!(
                "THE DATABASE IS DAMAGED, restore a backup: {found}"
            ));
        }
        match self.durability {
            settings::Durability::Full => None,
            settings::Durability::Normal => Some(
                "DURABILITY IS NORMAL: power loss can take messages that were acknowledged".into(),
            ),
        }
    }
}
