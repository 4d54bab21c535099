//! A package comes in: checked whole before anything is kept. An upgrade that asks for no more than is granted runs at once;
//! anything else waits.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use plugboard_domain::{
    Principal,
    desk::{PLUGIN_VERSIONS_MAX, Plugin, PluginVersion},
};
use plugboard_extension::ExtensionError;
use plugboard_plugin_runtime::{Approval, package::Package};
use plugboard_protocol::extensions::PluginDetail;
use serde_json::Map;

use super::{conflict, invalid};
use crate::{host::Shared, registry};

impl Shared {
    pub(super) async fn install(
        self: &Arc<Self>,
        by: Principal,
        upload: Bytes,
    ) -> Result<PluginDetail, ExtensionError> {
        let package = registry::read(upload.clone(), self)
            .await
            .map_err(invalid)?;
        // Compiled before it is accepted: what cannot run is told to who uploads it, not to who approves it.
        let trial = Approval::default();
        let label = package.manifest.label();
        self.sandbox(package.clone(), &trial, label)
            .await
            .map_err(invalid)?;
        let stored = self.blobs.put(upload).await;
        let stored = stored.map_err(|it| ExtensionError::Unavailable(it.to_string()))?;
        let _alone = self.changes.lock().await;
        let plugin = self.with_version(&package, stored.digest.to_string())?;
        self.save(by, plugin, BTreeMap::new()).await
    }

    fn with_version(&self, package: &Package, stored: String) -> Result<Plugin, ExtensionError> {
        let engine = self.running()?;
        let (desk, now) = (engine.desk(), engine.now());
        let manifest = &package.manifest;
        let mut plugin = desk
            .plugin_by_key(&manifest.id)
            .cloned()
            .unwrap_or_else(|| Plugin {
                id: engine.mint(),
                key: manifest.id.clone(),
                name: manifest.name.get("en").to_owned(),
                versions: Vec::new(),
                active: None,
                pending: None,
                previous: None,
                enabled: false,
                settings: Map::new(),
                grants: Map::new(),
                recording: None,
                created_at: now,
            });
        let digest = manifest.sha256.clone();
        if plugin.active.as_deref() == Some(&digest) {
            return Err(conflict("this version runs already"));
        }
        let same = plugin
            .versions
            .iter()
            .find(|it| it.version == manifest.version);
        if same.is_some_and(|it| it.digest != digest) {
            return Err(conflict(format!(
                "version {} is installed with another content: give the new one a new number",
                manifest.version
            )));
        }
        plugin.versions.retain(|it| it.digest != digest);
        plugin.versions.push(PluginVersion {
            version: manifest.version.clone(),
            digest: digest.clone(),
            package_sha256: stored,
            manifest: manifest.to_json(),
            signed_by: package.signed_by.clone(),
            installed_at: now,
        });
        make_room(&mut plugin);
        manifest.name.get("en").clone_into(&mut plugin.name);
        // Nothing new is asked of somebody who approved the plugin before, so nobody has to look at it again.
        let approved =
            plugin.active.is_some() && Approval(plugin.grants.clone()).covers_all(manifest);
        if approved {
            plugin.previous = plugin.active.replace(digest);
            plugin.pending = None;
        } else {
            plugin.pending = Some(digest);
        }
        Ok(plugin)
    }
}

/// Lets go of the oldest version that nobody needs.
fn make_room(plugin: &mut Plugin) {
    while plugin.versions.len() > PLUGIN_VERSIONS_MAX {
        let needed = [&plugin.active, &plugin.pending, &plugin.previous];
        let newest = plugin.versions.len() - 1;
        let spare = plugin.versions[..newest]
            .iter()
            .position(|it| !needed.iter().any(|id| id.as_deref() == Some(&it.digest)));
        plugin.versions.remove(spare.unwrap_or(0));
    }
}
