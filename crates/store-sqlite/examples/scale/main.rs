//! What the store does at scale. Release builds only.
//!
//! ```text
//! cargo run --release -p plugboard-store-sqlite --example scale -- fill DIR [CONVERSATIONS] [MESSAGES]
//! cargo run --release -p plugboard-store-sqlite --example scale -- measure DIR
//! cargo run --release -p plugboard-store-sqlite --example scale -- index DIR
//! cargo run --release -p plugboard-store-sqlite --example scale -- speed DIR [SECONDS] [full|normal]
//! ```

mod fill;
mod measure;
mod speed;
mod texts;

use plugboard_store_sqlite::Durability;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, otherwise: usize| {
        arguments
            .get(at)
            .map_or(otherwise, |it| it.parse().expect("a number"))
    };
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["fill", dir, ..] => {
            fill::run(dir.as_ref(), number(2, 100_000), number(3, 1_000_000)).await;
        }
        ["index", dir] => measure::index(dir.as_ref()).await,
        ["measure", dir] => measure::run(dir.as_ref()).await,
        ["speed", dir, ..] => {
            let normal = arguments.get(3).is_some_and(|it| it == "normal");
            let durability = if normal {
                Durability::Normal
            } else {
                Durability::Full
            };
            speed::run(dir.as_ref(), number(2, 5), durability).await;
        }
        _ => println!("say fill, measure, index or speed, and a directory"),
    }
}
