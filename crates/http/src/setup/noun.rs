//! What a thing that administrators set up has to say for itself. The four operations are the same for all of them.

use plugboard_domain::{
    Timestamp,
    access::Permission,
    desk::{Entity, EntityKind, Private},
    ids::AgentId,
};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ApiError;

/// A thing of the desk that is listed, made, replaced and removed. To add one: implement this for the domain's type, and
/// name it in [`super::routes`].
pub(crate) trait Noun: Sized + Send + Sync + 'static {
    /// How clients see it.
    type Shown: Serialize + ToSchema + Send + 'static;
    /// What clients send.
    type Asked: DeserializeOwned + ToSchema + Send + 'static;

    /// Its kind.
    const KIND: EntityKind;
    /// How the API speaks of it.
    const WORDS: Words;
    /// The permission to list it; everybody who is signed in when unset. Changes are checked where commands run.
    const LISTED_BY: Option<Permission> = None;

    /// This entity, when it is of the kind.
    fn of(entity: &Entity) -> Option<&Self>;
    /// As an entity.
    fn entity(self) -> Entity;
    /// Its id.
    fn id(&self) -> Uuid;
    /// When it was made.
    fn created_at(&self) -> Timestamp;
    /// From the wire.
    fn read(given: Given, asked: Self::Asked) -> Result<Self, ApiError>;
    /// To the wire. The secret is there only while the answer to making it is written.
    fn show(&self, secret: Option<String>) -> Self::Shown;

    /// Whose it is, for what can be personal.
    fn owner(&self) -> Option<AgentId> {
        None
    }

    /// What a new one gets that nobody is shown again.
    fn fresh() -> Result<Fresh, ApiError> {
        Ok(Fresh::default())
    }
}

/// What a thing has that the client does not choose.
#[derive(Clone, Copy)]
pub(crate) struct Given {
    /// Its id.
    pub id: Uuid,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who asks.
    pub caller: AgentId,
}

/// What a new thing gets that nobody is shown again.
#[derive(Default)]
pub(crate) struct Fresh {
    /// As it is stored.
    pub private: Private,
    /// As it is shown once.
    pub secret: Option<String>,
}

/// How the API speaks of a noun.
pub(crate) struct Words {
    /// The group of operations in the document.
    pub tag: &'static str,
    /// The last part of the path, and of the name of the list operation: `shops`.
    pub plural: &'static str,
    /// The last part of the other operations' names: `shop`.
    pub singular: &'static str,
    /// What is not found: `shop`.
    pub name: &'static str,
    /// What listing does.
    pub list: &'static str,
    /// What making one does.
    pub create: &'static str,
    /// What replacing one does; `None` when it cannot be replaced.
    pub replace: Option<&'static str>,
    /// What removing one does.
    pub remove: &'static str,
}
