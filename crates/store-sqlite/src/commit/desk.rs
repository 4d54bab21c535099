//! Configured things, their private parts, and sessions.

use plugboard_domain::{
    Timestamp,
    desk::{Entity, EntityRef, Private},
    ids::{AgentId, SessionId},
};
use rusqlite::{Transaction, params};

use crate::{codec::json, fault::Outcome, secret::Vault};

/// The name that a secret is sealed under.
pub(crate) fn secret_name(of: EntityRef, name: &str) -> String {
    format!("{}/{}/{name}", of.kind.name(), of.id)
}

/// Stores a thing as it is now; what its private part leaves out stays.
pub(super) fn save(
    batch: &Transaction<'_>,
    vault: &Vault,
    entity: &Entity,
    private: &Private,
) -> Outcome<()> {
    let of = entity.reference();
    batch
        .prepare_cached(
            "INSERT INTO entity (kind, id, state, email, password_hash, token_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (kind, id) DO UPDATE SET
               state = excluded.state, email = coalesce(excluded.email, email),
               password_hash = coalesce(excluded.password_hash, password_hash),
               token_hash = coalesce(excluded.token_hash, token_hash)",
        )?
        .execute(params![
            of.kind.name(),
            of.id,
            json(entity),
            private.email,
            private.password_hash,
            private.token_hash.as_ref().map(<[u8; 32]>::as_slice),
        ])?;
    for (name, secret) in &private.secrets {
        batch
            .prepare_cached(
                "INSERT OR REPLACE INTO secret (kind, id, name, sealed) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                of.kind.name(),
                of.id,
                name,
                vault.seal(&secret_name(of, name), secret)?
            ])?;
    }
    Ok(())
}

/// Removes a thing and what was private to it.
pub(super) fn remove(batch: &Transaction<'_>, of: EntityRef) -> Outcome<()> {
    for sql in [
        "DELETE FROM entity WHERE kind = ?1 AND id = ?2",
        "DELETE FROM secret WHERE kind = ?1 AND id = ?2",
    ] {
        batch
            .prepare_cached(sql)?
            .execute(params![of.kind.name(), of.id])?;
    }
    Ok(())
}

/// A session begins.
pub(super) fn start_session(
    batch: &Transaction<'_>,
    id: SessionId,
    agent: AgentId,
    token_hash: &[u8; 32],
    expires_at: Timestamp,
) -> Outcome<()> {
    batch
        .prepare_cached(
            "INSERT INTO session (id, agent_id, token_hash, expires_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            id.0,
            agent.0,
            token_hash.as_slice(),
            expires_at.as_microsecond()
        ])?;
    Ok(())
}

/// A session is over.
pub(super) fn end_session(batch: &Transaction<'_>, id: SessionId) -> Outcome<()> {
    batch
        .prepare_cached("DELETE FROM session WHERE id = ?1")?
        .execute([id.0])?;
    Ok(())
}

/// All sessions of an agent are over.
pub(super) fn end_sessions(batch: &Transaction<'_>, agent: AgentId) -> Outcome<()> {
    batch
        .prepare_cached("DELETE FROM session WHERE agent_id = ?1")?
        .execute([agent.0])?;
    Ok(())
}
