//! `GET /api/v1/conversations/{id}/orders`.

use axum::extract::State;
use plugboard_protocol::extensions::{Order, Whole};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    ApiError, App,
    auth::Authenticated,
    conversations::visible,
    extract::{Json, Path, Query},
    responses::ReadErrors,
};

/// Which orders.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderQuery {
    /// An order number or a word; the contact's own orders when unset.
    q: Option<String>,
}

/// Orders of the contact in the shops that plugins know, newest first.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/orders", tag = "assistance",
    params(("id" = String, Path), OrderQuery),
    responses((status = 200, description = "Orders", body = Whole<Order>), ReadErrors)
)]
pub(crate) async fn list_orders(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    Query(query): Query<OrderQuery>,
) -> Result<Json<Whole<Order>>, ApiError> {
    let id = visible(&app, &caller, &id).await?.conversation.id;
    let items = match &app.extensions {
        Some(extensions) => extensions.orders(caller.principal, id, query.q).await?,
        None => Vec::new(),
    };
    Ok(Json(Whole { items }))
}
