//! `POST /api/v1/messages/{id}/mail/undo`: an agent takes a mail back before it leaves.

use axum::extract::State;
use plugboard_domain::{Command, mail::RecipientRole, message::MessageKind};
use plugboard_protocol::{
    mail::{ComposeMail, TakenBackMail},
    time,
};

use super::{file, visible_mail};
use crate::{
    ApiError, App,
    auth::Authenticated,
    extract::{Json, Path},
    responses::WriteErrors,
    wire::People,
};

/// Takes a mail back that is still held, and gives it back as it was composed; refused with `conflict` once it has left.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/mail/undo", tag = "mail", params(("id" = String, Path)),
    responses((status = 200, description = "Taken back", body = TakenBackMail), WriteErrors)
)]
pub(crate) async fn undo_mail(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
) -> Result<Json<TakenBackMail>, ApiError> {
    let (view, mail) = visible_mail(&app, &caller, &id).await?;
    if view.row.kind != MessageKind::Outbound {
        return Err(ApiError::conflict(
            "only what the desk sends can be taken back",
        ));
    }
    let message_id = view.row.id;
    caller
        .execute(&app, Command::RecallMessage { message_id })
        .await?;
    let html = file(&app, mail.html.as_ref()).await?;
    let desk = app.engine.desk();
    let people = People {
        desk: &desk,
        viewer: caller.viewer(&app),
    };
    let role = |role: RecipientRole| {
        let of = mail.recipients.iter().filter(move |it| it.role == role);
        let all = people.all(of.map(|it| &it.to));
        Some(all).filter(|it| !it.is_empty())
    };
    let attachments = view.row.attachments.iter().map(ToString::to_string);
    Ok(Json(TakenBackMail {
        message_id: message_id.to_string(),
        text: view.row.text.clone(),
        mail: ComposeMail {
            to: role(RecipientRole::To),
            cc: role(RecipientRole::Cc),
            bcc: role(RecipientRole::Bcc),
            subject: mail.subject.clone(),
            html: html.map(|it| String::from_utf8_lossy(&it).into_owned()),
            quote: Some(mail.quote),
        },
        attachments: attachments.collect(),
        at: time(app.engine.now()),
    }))
}
