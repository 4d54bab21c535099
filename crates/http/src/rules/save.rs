//! `PUT /api/v1/rules/{name}`.

use axum::{extract::State, http::StatusCode};
use plugboard_domain::{
    access::Permission,
    desk::{Entity, RULE_BYTES_MAX, RULE_VERSIONS_MAX, Rule, RuleVersion},
};
use plugboard_protocol::extensions::{self, SaveRule};

use super::shown;
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
    setup, wire,
};

/// Makes a rule, or a new version of it, which is in force wherever the rule is used. A source with errors is refused
/// with 422; `error.details` has each with its line and column.
#[utoipa::path(
    put, path = "/api/v1/rules/{name}", tag = "rules", params(("name" = String, Path)), request_body = SaveRule,
    responses(
        (status = 200, description = "A new version is in force", body = extensions::Rule),
        (status = 201, description = "Made", body = extensions::Rule),
        WriteErrors,
    )
)]
pub(crate) async fn save_rule(
    State(app): State<App>,
    caller: Authenticated,
    Path(name): Path<String>,
    Json(asked): Json<SaveRule>,
) -> Result<(StatusCode, Json<extensions::Rule>), ApiError> {
    caller.require(&app, Permission::DeskManage)?;
    if asked.source.len() > RULE_BYTES_MAX {
        return Err(ApiError::invalid(format!(
            "source must be at most {RULE_BYTES_MAX} bytes"
        )));
    }
    let warnings = app.extensions()?.check(asked.kind, &asked.source).await?;
    let _alone = app.desk_edits.lock().await;
    let before = app.engine.desk().rule_by_name(&name).cloned();
    let status = if before.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let rule = next(&app, &caller, before, name, asked)?;
    setup::save(&app, &caller, Entity::Rule(rule.clone())).await?;
    Ok((status, Json(shown(&app.engine.desk(), &rule, warnings))))
}

/// The rule with one version more.
fn next(
    app: &App,
    caller: &Authenticated,
    before: Option<Rule>,
    name: String,
    asked: SaveRule,
) -> Result<Rule, ApiError> {
    let (now, kind) = (app.engine.now(), wire::policy_kind(asked.kind));
    let mut rule = before.unwrap_or_else(|| Rule {
        id: app.engine.mint(),
        name,
        kind,
        versions: Vec::new(),
        live: 0,
        created_at: now,
    });
    if rule.kind != kind {
        return Err(ApiError::invalid("kind cannot change"));
    }
    let number = rule.versions.last().map_or(1, |it| it.number + 1);
    if rule.versions.len() >= RULE_VERSIONS_MAX {
        rule.versions.remove(0);
    }
    rule.versions.push(RuleVersion {
        number,
        source: asked.source,
        builder: asked.builder,
        saved_at: now,
        saved_by: caller.principal.actor(),
    });
    rule.live = number;
    Ok(rule)
}
