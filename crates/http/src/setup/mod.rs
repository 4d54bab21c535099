//! What administrators set up besides agents, teams and inboxes. Each noun has a file that says how it looks on the wire;
//! the four operations are written once, one in each file, for any [`Noun`].

mod create;
mod document;
mod list;
mod noun;
mod remove;
mod replace;

mod api_tokens;
mod business_hours;
mod macros;
mod shops;
mod sla_policies;
mod views;
mod webhooks;

use axum::routing::{self, MethodRouter};
use plugboard_domain::desk::{ApiToken, BusinessHours, Macro, Shop, SlaPolicy, View, Webhook};

use crate::api::{Api, Operations};

pub(crate) use list::desk_page;
pub(crate) use remove::remove;
pub(crate) use replace::save;

use noun::{Fresh, Given, Noun, Words};

pub(crate) fn routes() -> Api {
    Api::new()
        .merge(operations::<Shop>())
        .merge(operations::<SlaPolicy>())
        .merge(operations::<BusinessHours>())
        .merge(operations::<Macro>())
        .merge(operations::<View>())
        .merge(operations::<Webhook>())
        .merge(operations::<ApiToken>())
}

fn operations<N: Noun>() -> Api {
    let collection = routing::get(list::list::<N>).post(create::create::<N>);
    let item = routing::delete(remove::remove_noun::<N>);
    let item = match N::WORDS.replace {
        Some(_) => item.put(replace::replace::<N>),
        None => item,
    };
    let path = document::path_of::<N>();
    Api::new()
        .routes(Operations::new(path.clone(), collection, || {
            let described = document::collection::<N>();
            (document::schemas::<N>(), described, MethodRouter::new())
        }))
        .routes(Operations::new(format!("{path}/{{id}}"), item, || {
            (Vec::new(), document::item::<N>(), MethodRouter::new())
        }))
}
