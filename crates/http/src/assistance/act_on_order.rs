//! `POST /api/v1/conversations/{id}/orders/{order}/actions`.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::extensions::{ActOnOrder, OrderActed};

use crate::{
    ApiError, App,
    auth::Authenticated,
    conversations::visible,
    extract::{Json, Path},
    responses::WriteErrors,
};

/// Does something with an order, once for each `client_id`: `note`, `refund`, `cancel`, as far as the plugin may.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/orders/{order}/actions", tag = "assistance",
    params(("id" = String, Path), ("order" = String, Path)), request_body = ActOnOrder,
    responses((status = 200, description = "What the shop answered", body = OrderActed), WriteErrors)
)]
pub(crate) async fn act_on_order(
    State(app): State<App>,
    caller: Authenticated,
    Path((id, order)): Path<(String, String)>,
    Json(asked): Json<ActOnOrder>,
) -> Result<Json<OrderActed>, ApiError> {
    caller.require(&app, Permission::ConversationsManage)?;
    let id = visible(&app, &caller, &id).await?.conversation.id;
    let result = app
        .extensions()?
        .order_action(
            caller.principal,
            id,
            &asked.plugin,
            &order,
            &asked.action,
            asked.args,
            asked.client_id,
        )
        .await?;
    Ok(Json(OrderActed { result }))
}
