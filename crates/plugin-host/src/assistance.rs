//! What stands beside a conversation: cards, suggested replies, orders. Plugins are asked side by side, and none holds the
//! others up.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::join_all;
use plugboard_domain::{
    Principal, Rejection, Timestamp, access::Permission, ids::ConversationId, message::MessageKind,
};
use plugboard_engine::{Engine, Work, WorkFacts};
use plugboard_extension::{Assistance, ExtensionError};
use plugboard_plugin_runtime::{
    CallError, Grants,
    contract::World,
    types::{self, ConversationView, Turn},
};
use plugboard_protocol::{
    extensions::{
        Block, Card, CardAction, Money, Order, OrderLine, Pair, PanelAnswer, Suggestion, Tone,
    },
    time,
};
use plugboard_store::{StoreError, Stretch};
use serde_json::Value;

use crate::{
    host::{PluginHost, Shared},
    registry::Loaded,
    view,
};

/// Nobody waits longer for what stands beside a conversation.
const PATIENCE: Duration = Duration::from_secs(1);

/// Nobody waits longer for what a press of a button does.
const PRESS_PATIENCE: Duration = Duration::from_secs(10);

/// Messages that an assistant is shown.
const TURNS_MAX: usize = 20;

/// Suggestions of one plugin.
const SUGGESTIONS_MAX: u8 = 3;

/// Orders of one plugin.
const ORDERS_MAX: u8 = 10;

impl Shared {
    /// A conversation as a plugin may see it.
    pub(crate) async fn seen(
        &self,
        engine: &Engine,
        grants: &Grants,
        id: ConversationId,
    ) -> Result<Option<ConversationView>, StoreError> {
        let Some((work, facts)) = work_of(engine, id).await? else {
            return Ok(None);
        };
        let desk = engine.desk();
        Ok(Some(view::conversation(&desk, grants, &work, Some(&facts))))
    }

    /// The plugins of a world that run.
    fn of_world(&self, engine: &Engine, world: World) -> Vec<Arc<Loaded>> {
        let all = self.registry.all_running(&engine.desk()).into_iter();
        all.filter(|it| it.is(&[world])).collect()
    }
}

async fn work_of(
    engine: &Engine,
    id: ConversationId,
) -> Result<Option<(Work, WorkFacts)>, StoreError> {
    let Some(view) = engine.store().conversation(id, None).await? else {
        return Ok(None);
    };
    let Some(rows) = engine.store().work_facts(id).await? else {
        return Ok(None);
    };
    let work = Work::of(&view.conversation, &engine.desk());
    let facts = WorkFacts::of(&view.conversation, rows);
    Ok(Some((work, facts)))
}

/// The conversation, when the principal may read it; outside of their scope it does not exist.
async fn readable(
    engine: &Engine,
    by: &Principal,
    id: ConversationId,
) -> Result<(Work, WorkFacts), ExtensionError> {
    let grants = engine.grants(by);
    grants.require(Permission::ConversationsRead)?;
    let unavailable = |it: StoreError| ExtensionError::Unavailable(it.to_string());
    let found = work_of(engine, id).await.map_err(unavailable)?;
    found
        .filter(|(work, _)| grants.scope().covers_parts(work.shop_id, work.team))
        .ok_or(ExtensionError::Rejected(Rejection::NotFound(
            "conversation",
        )))
}

/// Waits for a call so long and no longer; the error is for people.
async fn patiently<T>(
    loaded: &Loaded,
    patience: Duration,
    what: &str,
    call: impl Future<Output = Result<T, CallError>>,
) -> Result<T, String> {
    match tokio::time::timeout(patience, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            loaded.fault(&error, what);
            Err(error.to_string())
        }
        Err(_) => Err("it did not answer in time".to_owned()),
    }
}

#[async_trait]
impl Assistance for PluginHost {
    async fn panels(
        &self,
        by: Principal,
        conversation: ConversationId,
        locale: &str,
    ) -> Result<Vec<PanelAnswer>, ExtensionError> {
        let engine = self.shared.running()?;
        let (work, facts) = readable(engine, &by, conversation).await?;
        let desk = engine.desk();
        let all = self.shared.of_world(engine, World::SidePanel);
        let asked = all.iter().map(|loaded| {
            let seen = view::conversation(&desk, &loaded.grants, &work, Some(&facts));
            let desk = desk.clone();
            async move {
                let account = desk.plugin_by_key(&loaded.key).map(|it| loaded.account(it));
                let account = account.unwrap_or_default();
                let call = loaded.plugin.render(&account, seen, locale);
                answer(loaded, patiently(loaded, PATIENCE, "a panel", call).await)
            }
        });
        Ok(join_all(asked).await)
    }

    async fn panel_action(
        &self,
        by: Principal,
        conversation: ConversationId,
        locale: &str,
        plugin: &str,
        action_id: &str,
        args: Value,
    ) -> Result<PanelAnswer, ExtensionError> {
        let engine = self.shared.running()?;
        let (work, facts) = readable(engine, &by, conversation).await?;
        engine
            .grants(&by)
            .require(Permission::ConversationsManage)?;
        let desk = engine.desk();
        let entity = crate::admin::find(&desk, plugin)?;
        let loaded = self
            .shared
            .registry
            .running(&desk, &entity.key)
            .filter(|it| it.is(&[World::SidePanel]))
            .ok_or_else(|| ExtensionError::NotFound("panel".to_owned()))?;
        let seen = view::conversation(&desk, &loaded.grants, &work, Some(&facts));
        let account = loaded.account(entity);
        let args = args.to_string();
        let call = loaded
            .plugin
            .on_action(&account, seen, locale, action_id, &args);
        let called = patiently(&loaded, PRESS_PATIENCE, "a button", call).await;
        Ok(answer(&loaded, called))
    }

    async fn suggestions(
        &self,
        by: Principal,
        conversation: ConversationId,
    ) -> Result<Vec<Suggestion>, ExtensionError> {
        let engine = self.shared.running()?;
        let (work, facts) = readable(engine, &by, conversation).await?;
        let desk = engine.desk();
        let messages = engine
            .store()
            .messages(conversation, Stretch::Newest, TURNS_MAX)
            .await
            .map_err(|it| ExtensionError::Unavailable(it.to_string()))?;
        let all = self.shared.of_world(engine, World::ReplyAssistant);
        let asked = all.iter().map(|loaded| {
            let seen = view::conversation(&desk, &loaded.grants, &work, Some(&facts));
            let turns: Vec<Turn> = messages
                .iter()
                .filter(|it| !matches!(it.row.kind, MessageKind::Note | MessageKind::Call))
                .map(|it| Turn {
                    from_customer: it.row.kind == MessageKind::Inbound,
                    text: view::seen_text(&loaded.grants, &it.row.text),
                    at: view::millis(it.row.at),
                })
                .collect();
            let sources: Vec<&str> = messages.iter().map(|it| it.row.text.as_str()).collect();
            let desk = desk.clone();
            async move {
                let account = desk.plugin_by_key(&loaded.key).map(|it| loaded.account(it));
                let account = account.unwrap_or_default();
                let call = loaded
                    .plugin
                    .suggest(&account, seen, turns, SUGGESTIONS_MAX);
                let suggested = patiently(loaded, PATIENCE, "suggestions", call).await;
                let suggested = suggested.unwrap_or_default().into_iter();
                suggested
                    .map(|it| suggestion(loaded, it, &sources))
                    .collect::<Vec<_>>()
            }
        });
        let mut found: Vec<Suggestion> = join_all(asked).await.into_iter().flatten().collect();
        found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        Ok(found)
    }

    async fn orders(
        &self,
        by: Principal,
        conversation: ConversationId,
        query: Option<String>,
    ) -> Result<Vec<Order>, ExtensionError> {
        let engine = self.shared.running()?;
        let (_, facts) = readable(engine, &by, conversation).await?;
        let desk = engine.desk();
        let all = self.shared.of_world(engine, World::CommerceSource);
        let asked = all.iter().map(|loaded| {
            let who = view::contact(&loaded.grants, &facts.contact);
            let (desk, query) = (desk.clone(), query.clone());
            async move {
                let account = desk.plugin_by_key(&loaded.key).map(|it| loaded.account(it));
                let account = account.unwrap_or_default();
                let call = loaded.plugin.find_orders(&account, who, query, ORDERS_MAX);
                let found = patiently(loaded, PRESS_PATIENCE, "orders", call).await;
                let found = found.unwrap_or_default().into_iter();
                found.map(|it| order(loaded, it)).collect::<Vec<_>>()
            }
        });
        let mut found: Vec<Order> = join_all(asked).await.into_iter().flatten().collect();
        found.sort_by(|a, b| b.placed_at.cmp(&a.placed_at));
        Ok(found)
    }

    async fn order_action(
        &self,
        by: Principal,
        conversation: ConversationId,
        plugin: &str,
        order: &str,
        action: &str,
        args: Value,
        idempotency_key: String,
    ) -> Result<Value, ExtensionError> {
        let engine = self.shared.running()?;
        readable(engine, &by, conversation).await?;
        engine
            .grants(&by)
            .require(Permission::ConversationsManage)?;
        let desk = engine.desk();
        let entity = crate::admin::find(&desk, plugin)?;
        let loaded = self
            .shared
            .registry
            .running(&desk, &entity.key)
            .filter(|it| it.is(&[World::CommerceSource]))
            .ok_or_else(|| ExtensionError::NotFound("commerce plugin".to_owned()))?;
        let account = loaded.account(entity);
        let args = args.to_string();
        let acted = loaded
            .plugin
            .act(&account, order, action, &args, &idempotency_key);
        match acted.await {
            Ok(text) => Ok(serde_json::from_str(&text).unwrap_or(Value::String(text))),
            Err(CallError::Refused(failure)) => Err(crate::admin::invalid(format!(
                "{} ({})",
                failure.message, failure.code
            ))),
            Err(error) => {
                loaded.fault(&error, "an order");
                Err(ExtensionError::Failed(error.to_string()))
            }
        }
    }
}

fn answer(loaded: &Loaded, card: Result<types::Card, String>) -> PanelAnswer {
    let (card, error) = match card {
        Ok(card) => (Some(shown(card)), None),
        Err(why) => (None, Some(why)),
    };
    PanelAnswer {
        plugin: loaded.key.clone(),
        card,
        error,
    }
}

fn shown(card: types::Card) -> Card {
    Card {
        title: card.title,
        blocks: card.blocks.into_iter().filter_map(block).collect(),
        refresh_after_ms: card.refresh_after_ms,
    }
}

fn block(block: types::Block) -> Option<Block> {
    // A link or picture of another kind could run something in the app.
    let safe =
        |url: &String| url.starts_with("https://") || url.starts_with("/api/v1/attachments/");
    Some(match block {
        types::Block::Heading(text) => Block::Heading { text },
        types::Block::Facts(items) => Block::Facts {
            items: pairs(items),
        },
        types::Block::Text(text) => Block::Text { text },
        types::Block::Badge((text, tone)) => Block::Badge {
            text,
            tone: match tone {
                types::Tone::Plain => Tone::Plain,
                types::Tone::Good => Tone::Good,
                types::Tone::Warn => Tone::Warn,
                types::Tone::Bad => Tone::Bad,
            },
        },
        types::Block::Link((text, url)) => Some(Block::Link { text, url })
            .filter(|it| matches!(it, Block::Link { url, .. } if safe(url)))?,
        types::Block::Image(url) if safe(&url) => Block::Image { url },
        types::Block::Image(_) => return None,
        types::Block::Table(rows) => Block::Table { rows },
        types::Block::Buttons(actions) => Block::Buttons {
            actions: actions
                .into_iter()
                .map(|it| CardAction {
                    id: it.id,
                    label: it.label,
                    confirm: it.confirm,
                    args: serde_json::from_str(&it.args).unwrap_or(Value::Null),
                })
                .collect(),
        },
        types::Block::Divider => Block::Divider,
    })
}

fn pairs(items: Vec<(String, String)>) -> Vec<Pair> {
    items
        .into_iter()
        .map(|(name, value)| Pair { name, value })
        .collect()
}

fn suggestion(loaded: &Loaded, it: types::Suggestion, sources: &[&str]) -> Suggestion {
    Suggestion {
        plugin: loaded.key.clone(),
        text: crate::mask::unmask(&it.text, sources.iter().copied()),
        confidence: it.confidence.clamp(0.0, 1.0),
        sources: pairs(it.sources),
    }
}

fn order(loaded: &Loaded, it: types::Order) -> Order {
    let placed_at = i64::try_from(it.placed_at).ok();
    let placed_at = placed_at.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let allowed = |action: &String| loaded.grants.has(&format!("order_action:{action}"));
    Order {
        plugin: loaded.key.clone(),
        id: it.id,
        number: it.number,
        status: it.status,
        total: money(it.total),
        placed_at: time(placed_at.unwrap_or(Timestamp::UNIX_EPOCH)),
        lines: it
            .lines
            .into_iter()
            .map(|line| OrderLine {
                sku: line.sku,
                title: line.title,
                quantity: line.quantity,
                price: money(line.price),
            })
            .collect(),
        url: it.url.filter(|url| url.starts_with("https://")),
        tracking: pairs(it.tracking),
        actions: it.actions.into_iter().filter(allowed).collect(),
    }
}

fn money(it: types::Money) -> Money {
    Money {
        currency: it.currency,
        minor: it.minor,
    }
}
