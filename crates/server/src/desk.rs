//! A running desk, as a subcommand is told of it.

use plugboard_desk_client::Desk;

/// A running desk, and the token that opens it.
#[derive(clap::Args, Clone)]
pub(crate) struct DeskArguments {
    /// The address of the running desk.
    #[arg(
        long = "desk",
        env = "PLUGBOARD_DESK",
        default_value = "http://127.0.0.1:8080",
        value_name = "URL"
    )]
    address: String,
    /// An API token of it; better given as `PLUGBOARD_TOKEN`, since others on this machine can read a command line.
    #[arg(
        long,
        env = "PLUGBOARD_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    token: Option<String>,
}

impl DeskArguments {
    /// The desk. Nothing is asked of it yet.
    pub(crate) fn desk(&self) -> anyhow::Result<Desk> {
        let Some(token) = &self.token else {
            anyhow::bail!(
                "a token is needed: make one in the app under Settings > API tokens, and give it as PLUGBOARD_TOKEN"
            );
        };
        Ok(Desk::new(&self.address, token)?)
    }
}
