//! The floor prototype as a server of its own; see [`plugboard_bench::floor`].

use anyhow::Result;

#[tokio::main]
async fn main() -> Result<()> {
    plugboard_bench::floor::serve(std::env::args().skip(1)).await
}
