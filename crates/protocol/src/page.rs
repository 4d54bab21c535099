//! Lists: a page of items and where the next one starts.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Items on a page when the caller does not say.
pub const LIMIT_DEFAULT: u32 = 50;

/// Most items on a page.
pub const LIMIT_MAX: u32 = 200;

/// One page of a list, in a stable order under writes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Pass as `cursor` for the next page; null on the last one. Opaque.
    pub next_cursor: Option<String>,
}

/// Which page of a list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Items on a page, 1 to 200; 50 when unset.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}
