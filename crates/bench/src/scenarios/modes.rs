//! What durability and grouping cost or save: the same load with one setting changed at a time.

use anyhow::Result;

use super::Context;
use crate::{
    desk::Desk,
    load::{Load, Plan},
    server::{Kind, Spec},
};

/// Producers that group commit has to serve.
const CONNECTIONS: usize = 256;

pub(super) async fn run(context: &mut Context) -> Result<()> {
    for spec in context.turns() {
        for (mode, changed) in modes(&spec) {
            let data = context.fresh(spec.kind)?;
            let (server, desk) = Desk::open(&changed, &data, CONNECTIONS).await?;
            let load = Load::new();
            load.run(&desk, Plan::burst(CONNECTIONS, 1_000)).await?;
            let plan = Plan::closed(CONNECTIONS, context.phase);
            let outcome = load.run(&desk, plan).await?;
            let name = format!("mode.{mode}.per_second");
            context.note(spec.kind, &name, outcome.per_second());
            server.stop()?;
        }
    }
    Ok(())
}

/// The settings of each server that change one promise. The product always groups; what that is worth, the floor shows.
fn modes(spec: &Spec) -> Vec<(&'static str, Spec)> {
    let mut modes = vec![("full", spec.clone())];
    match spec.kind {
        Kind::Floor => {
            modes.push(("normal", spec.clone().with("FLOOR_SYNCHRONOUS", "NORMAL")));
            modes.push(("single", spec.clone().with("FLOOR_GROUP", "off")));
        }
        Kind::Product => {
            modes.push((
                "normal",
                spec.clone().with("PLUGBOARD_DURABILITY", "normal"),
            ));
        }
    }
    modes
}
