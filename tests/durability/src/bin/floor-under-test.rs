//! The floor prototype, built together with the tests that use it as a store that forgets; see [`plugboard_bench::floor`].

use anyhow::Result;

#[tokio::main]
async fn main() -> Result<()> {
    plugboard_bench::floor::serve(std::env::args().skip(1)).await
}
