//! `GET /healthz` and `GET /readyz`.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, extract::Json};

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the desk can serve.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok` or `unavailable`.
    status: &'static str,
}

/// Whether the desk is ready, and why not.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready` or `not_ready`.
    status: &'static str,
    /// What is not ready, and why.
    reasons: Vec<String>,
    /// What an operator should know although the desk is ready.
    warnings: Vec<String>,
}

/// 200 while the process can serve.
#[utoipa::path(
    get, path = "/healthz", tag = "operation", security(()),
    responses(
        (status = 200, description = "It can", body = Health),
        (status = 503, description = "It is stopping", body = Health),
    )
)]
pub(crate) async fn healthz(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let (status, word) = if app.engine.stopping().is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    } else {
        (StatusCode::OK, "ok")
    };
    (status, Json(Health { status: word }))
}

/// 200 when the store and every other part answer, else 503 with reasons.
#[utoipa::path(
    get, path = "/readyz", tag = "operation", security(()),
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready", body = Readiness),
    )
)]
pub(crate) async fn readyz(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let reasons = reasons(&app).await;
    let mut warnings = Vec::new();
    if !app.config.rate_limits {
        warnings.push("RATE LIMITS ARE OFF: anybody can flood this desk".to_owned());
    }
    warnings.extend(app.checks.iter().filter_map(|check| check.warning()));
    let (code, status) = if reasons.is_empty() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not_ready")
    };
    let body = Readiness {
        status,
        reasons,
        warnings,
    };
    (code, Json(body))
}

async fn reasons(app: &App) -> Vec<String> {
    let mut reasons = Vec::new();
    if app.engine.stopping().is_cancelled() {
        reasons.push("the desk is stopping".to_owned());
    }
    match tokio::time::timeout(PATIENCE, app.engine.store().journal_head()).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            tracing::error!(%error, "readiness: the store failed");
            reasons.push("store: it cannot be read".to_owned());
        }
        Err(_) => reasons.push("store: it does not answer".to_owned()),
    }
    if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, app.blobs.check()).await {
        tracing::error!(%error, "readiness: the file store failed");
        reasons.push("files: they cannot be read".to_owned());
    }
    for check in &app.checks {
        let name = check.name();
        match tokio::time::timeout(PATIENCE, check.check()).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => reasons.push(format!("{name}: {why}")),
            Err(_) => reasons.push(format!("{name}: it does not answer")),
        }
    }
    reasons
}
