//! `POST /api/v1/plugins`.

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use plugboard_protocol::extensions::PluginDetail;
use utoipa::ToSchema;

use super::administrator;
use crate::{
    ApiError, App,
    attachments::{multipart, read_part},
    auth::Authenticated,
    extract::Json,
    responses::WriteErrors,
};

/// A multipart body with one package.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only the document reads it")]
struct PackageForm {
    /// A `.wasm` component with its manifest inside, or a `.plugboard` or `.tar` of both; at most 32 MiB.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Installs a plugin, or a new version of one. It does nothing before it is approved; a version that asks for no more than
/// the one before runs at once.
#[utoipa::path(
    post, path = "/api/v1/plugins", tag = "plugins",
    request_body(content = inline(PackageForm), content_type = "multipart/form-data"),
    responses((status = 201, description = "Installed", body = PluginDetail), WriteErrors)
)]
pub(crate) async fn install_plugin(
    State(app): State<App>,
    caller: Authenticated,
    request: Request,
) -> Result<(StatusCode, Json<PluginDetail>), ApiError> {
    administrator(&app, &caller)?;
    let (_, package) = read_part(multipart(request).await?, "file").await?;
    let installed = app.extensions()?.install(caller.principal, package).await?;
    Ok((StatusCode::CREATED, Json(installed)))
}
