//! Signing in and out.

mod create;
mod end;

use crate::api::{Api, routes};

pub(crate) fn routes() -> Api {
    Api::new()
        .routes(routes!(create::create_session))
        .routes(routes!(end::end_session))
}
