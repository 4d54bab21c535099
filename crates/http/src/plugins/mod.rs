//! Administration of plugins. The plugin host does the work and asks the desk in the caller's name; these operations
//! translate.

mod approve;
mod available;
mod dead_letters;
mod get;
mod install;
mod list;
mod logs;
mod recording;
mod remove;
mod settings;
mod switch;

use axum::extract::DefaultBodyLimit;
use plugboard_domain::access::Permission;

use crate::{
    ApiError, App,
    api::{Api, routes},
    auth::Authenticated,
};

/// Largest package, in bytes: a component of 32 MiB with what is around it.
const PACKAGE_BYTES_MAX: usize = 34 * 1024 * 1024;

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(install::install_plugin))
        .layer(DefaultBodyLimit::max(PACKAGE_BYTES_MAX))
        .routes(routes!(list::list_plugins))
        .routes(routes!(available::list_available_plugins))
        .routes(routes!(available::install_available_plugin))
        .routes(routes!(get::get_plugin, remove::remove_plugin))
        .routes(routes!(approve::approve_plugin))
        .routes(routes!(switch::enable_plugin))
        .routes(routes!(switch::disable_plugin))
        .routes(routes!(switch::rollback_plugin))
        .routes(routes!(settings::save_plugin_settings))
        .routes(routes!(logs::list_plugin_logs))
        .routes(routes!(
            recording::get_plugin_recording,
            recording::record_plugin,
            recording::remove_plugin_recording
        ))
        .routes(routes!(recording::read_plugin_recording))
        .routes(routes!(recording::end_plugin_recording))
        .routes(routes!(dead_letters::list_plugin_dead_letters))
        .routes(routes!(dead_letters::replay_plugin_dead_letters))
}

/// Plugins are administered by whoever manages integrations. Changes are checked again where commands run.
fn administrator(app: &App, caller: &Authenticated) -> Result<(), ApiError> {
    caller.require(app, Permission::IntegrationsManage)
}
