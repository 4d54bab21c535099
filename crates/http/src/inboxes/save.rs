//! What creating and replacing an inbox have in common.

use std::collections::BTreeMap;

use plugboard_domain::{
    Command, Timestamp,
    channel::ChannelKind,
    desk::{Entity, EntityKind, EntityRef, Inbox, Private, Shop},
    ids::{InboxId, ShopId},
};
use plugboard_protocol::admin::SaveInbox;
use serde_json::{Map, Value};

use super::prompts;
use crate::{
    ApiError, App,
    auth::Authenticated,
    cti::{RENEWALS, renewals},
    extract::optional_id,
    setup, wire,
};

/// Saves the inbox as it shall be. The caller holds `desk_edits`.
pub(super) async fn save(
    app: &App,
    caller: &Authenticated,
    id: InboxId,
    created_at: Timestamp,
    request: SaveInbox,
) -> Result<Inbox, ApiError> {
    let channel: ChannelKind = request
        .channel
        .parse()
        .map_err(|error| ApiError::invalid(format!("channel: {error}")))?;
    let installed = app.channel(&channel).ok_or_else(|| {
        ApiError::invalid(format!(
            "channel: {channel} is not installed, or is turned off"
        ))
    })?;
    let (policy, mut settings) = wire::split_settings(request.settings)?;
    let fresh = take_secrets(&mut settings, &installed.secret_settings())?;
    keep_renewals(app, id, &mut settings);
    let mut secrets = stored_secrets(app, id).await?;
    secrets.extend(fresh.clone());
    installed.validate_settings(&settings, &secrets)?;
    if channel == ChannelKind::Phone {
        prompts::convert(app, caller, id, &mut settings).await?;
    }
    let team_id = optional_id("team_id", request.team_id.as_deref())?;
    let inbox = Inbox {
        id,
        name: request.name.trim().to_owned(),
        channel,
        shop_id: shop(app, caller, request.shop.as_deref()).await?,
        team_id,
        policy,
        settings,
        created_at,
    };
    let command = Command::Save {
        entity: Entity::Inbox(inbox.clone()),
        private: Private {
            secrets: fresh,
            ..Private::default()
        },
    };
    caller.execute(app, command).await?;
    Ok(inbox)
}

/// Whoever replaces settings has those of some time ago: an address that was made anew since stays so.
fn keep_renewals(app: &App, id: InboxId, settings: &mut Map<String, Value>) {
    settings.remove(RENEWALS);
    let renewed = app.engine.desk().inbox(id).map_or(0, renewals);
    if renewed > 0 {
        settings.insert(RENEWALS.to_owned(), renewed.into());
    }
}

async fn stored_secrets(app: &App, id: InboxId) -> Result<BTreeMap<String, String>, ApiError> {
    let reference = EntityRef {
        kind: EntityKind::Inbox,
        id: id.0,
    };
    Ok(app.engine.store().secrets(reference).await?)
}

/// Takes the write-only settings out of the others. Null and nothing both leave what is stored.
pub(crate) fn take_secrets(
    settings: &mut Map<String, Value>,
    known: &[plugboard_channel::SecretSetting],
) -> Result<BTreeMap<String, String>, ApiError> {
    let mut secrets = BTreeMap::new();
    for secret in known {
        match settings.remove(&*secret.setting) {
            None | Some(Value::Null) => {}
            Some(Value::String(value)) => {
                secrets.insert(secret.stored_as.clone().into_owned(), value);
            }
            Some(_) => {
                let name = &secret.setting;
                return Err(ApiError::invalid(format!("settings.{name} must be a text")));
            }
        }
    }
    Ok(secrets)
}

/// The shop of this id or name; one of that name is made when there is none.
async fn shop(
    app: &App,
    caller: &Authenticated,
    text: Option<&str>,
) -> Result<Option<ShopId>, ApiError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let desk = app.engine.desk();
    let by_id = text.parse().ok().and_then(|id| desk.shop(id));
    if let Some(shop) = by_id.or_else(|| desk.shops().find(|shop| shop.name == text)) {
        return Ok(Some(shop.id));
    }
    let made = Shop {
        id: app.engine.mint(),
        name: text.to_owned(),
        created_at: app.engine.now(),
    };
    let id = made.id;
    setup::save(app, caller, Entity::Shop(made)).await?;
    Ok(Some(id))
}
