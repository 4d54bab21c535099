//! A store of 100,000 conversations and a million messages: lists, search, memory, start.

use anyhow::Result;

use super::Context;

pub(super) async fn run(_context: &mut Context) -> Result<()> {
    anyhow::bail!("needs the product's bulk import; not written yet")
}
