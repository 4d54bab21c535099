//! `GET /api/v1/conversations/{id}/decisions`: why it has an owner, or has not.

use axum::extract::State;
use plugboard_engine::RoutingVerdict;
use plugboard_protocol::{Page, conversations::Decision, time};
use serde_json::Value;

use super::visible;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::ReadErrors,
    wire,
};

/// The `id` of what routing would answer at this moment: it is asked, not stored.
const NOW: &str = "now";

/// Decisions of routing and escalation, newest first. While the conversation waits in a queue, the first entry has the id
/// `now` and says why nobody owns it at this moment.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/decisions", tag = "conversations",
    params(("id" = String, Path)),
    responses((status = 200, description = "Decisions", body = Page<Decision>), ReadErrors)
)]
pub(crate) async fn list_decisions(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<Page<Decision>>, ApiError> {
    let id = visible(&app, &caller, &id).await?.conversation.id;
    let explained = app.engine.explain(id).await?;
    let mut items: Vec<Decision> = explained
        .map(|(inputs, verdict)| live(&app, inputs, verdict))
        .into_iter()
        .collect();
    let stored = app.engine.store().decisions(id).await?;
    items.extend(stored.iter().map(|(trace, at)| wire::decision(trace, *at)));
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}

fn live(app: &App, inputs: Value, verdict: RoutingVerdict) -> Decision {
    Decision {
        id: NOW.to_owned(),
        policy: "routing".to_owned(),
        version: verdict.version,
        mode: wire::decision_mode(verdict.mode),
        fallback: verdict.fallback,
        inputs,
        answer: verdict.answer.to_json(),
        reason: verdict.answer.reason,
        duration_us: 0,
        at: time(app.engine.now()),
    }
}
