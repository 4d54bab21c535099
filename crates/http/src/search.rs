//! `GET /api/v1/search`: conversations, messages and contacts.

use axum::extract::State;
use plugboard_domain::access::Permission;
use plugboard_protocol::{
    Page,
    search::{Highlight, SearchHit, SearchQuery},
    time,
};
use plugboard_store::{Found, FoundKind, SearchRequest, tokens};

use crate::{
    ApiError, App,
    auth::Authenticated,
    conversations::words,
    extract::{Json, Query, cursor, limit, page},
    responses::ReadErrors,
    wire::{self, Viewer},
};

/// Finds conversations (by tags and disposition), messages (by text) and contacts (by name and addresses), best first.
#[utoipa::path(
    get, path = "/api/v1/search", tag = "search", params(SearchQuery),
    responses((status = 200, description = "Results", body = Page<SearchHit>), ReadErrors)
)]
pub(crate) async fn search(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<SearchQuery>,
) -> Result<Json<Page<SearchHit>>, ApiError> {
    let grants = caller.grants(&app);
    grants.require(Permission::ConversationsRead)?;
    let text = words("q", Some(&query.q))?;
    let text = text.ok_or_else(|| ApiError::invalid("q must not be empty"))?;
    let request = SearchRequest {
        text: text.clone(),
        kind: query.kind.map(wire::to_found_kind),
        scope: grants.scope().clone(),
        after: cursor(query.cursor.as_deref())?,
        limit: limit(query.limit)?,
    };
    let found = app.engine.store().search(request).await?;
    let viewer = Viewer::new(caller.agent_id, &grants);
    Ok(Json(page(found, |found| hit(found, &text, viewer))))
}

fn hit(found: Found, query: &str, viewer: Viewer) -> SearchHit {
    let text = match found.kind {
        FoundKind::Contact if !viewer.unmasked => wire::mask_in_text(&found.text),
        _ => found.text,
    };
    SearchHit {
        kind: wire::found_kind(found.kind),
        id: found.id,
        conversation_id: found.conversation_id.map(|id| id.to_string()),
        contact_id: found.contact_id.map(|id| id.to_string()),
        contact_name: found.contact_name,
        highlights: highlights(&text, query),
        at: time(found.at),
        score: found.score,
    }
}

/// The text cut into runs, in order; together they are the text.
fn highlights(text: &str, query: &str) -> Vec<Highlight> {
    let mut runs = Vec::new();
    let mut push = |text: &str, hit: bool| {
        if !text.is_empty() {
            runs.push(Highlight {
                text: text.to_owned(),
                hit,
            });
        }
    };
    let mut done = 0;
    for range in tokens::matches(text, query) {
        push(&text[done..range.start], false);
        push(&text[range.clone()], true);
        done = range.end;
    }
    push(&text[done..], false);
    runs
}

#[cfg(test)]
mod tests {
    use super::highlights;

    #[test]
    fn runs_together_are_the_text() {
        let runs = highlights("请问退款流程 refund?", "退款 refund");
        let hits: Vec<_> = runs
            .iter()
            .filter(|it| it.hit)
            .map(|it| it.text.as_str())
            .collect();
        assert_eq!(hits, ["退款", "refund"]);
        let text: String = runs.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(text, "请问退款流程 refund?");
    }
}
