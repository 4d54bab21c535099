//! What plugins show beside a conversation: panels, suggested replies, orders.

mod act_on_order;
mod orders;
mod panels;
mod press;
mod suggestions;

use crate::api::{Api, routes};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(panels::list_panels))
        .routes(routes!(press::press_panel_action))
        .routes(routes!(suggestions::list_suggestions))
        .routes(routes!(orders::list_orders))
        .routes(routes!(act_on_order::act_on_order))
}

/// The language of an answer when the client does not say.
const LOCALE_DEFAULT: &str = "en";
