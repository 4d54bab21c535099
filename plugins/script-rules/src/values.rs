//! The records of the contract as values of the language, and back.

use plugboard_plugin_sdk::{ContactView, ConversationView, Stage, escalation, routing::Candidate};
use starlark::values::{
    Heap, Value, dict::AllocDict, list::AllocList, list::ListRef, structs::AllocStruct,
};

/// Fields of `conv`, of both kinds of rules.
pub(crate) const CONVERSATION: &[&str] = &[
    "id",
    "channel",
    "inbox",
    "shop",
    "stage",
    "status",
    "subject",
    "text",
    "last_text",
    "language",
    "opened_at",
    "waiting_since",
    "waiting_secs",
    "priority",
    "tags",
    "team",
    "assignee",
    "message_count",
    "contact",
    "extras",
];

/// Fields of `conv` that only routing knows.
pub(crate) const ROUTING: &[&str] = &["required_skills", "previous_agent", "hops", "teams"];

/// Fields of `event`.
pub(crate) const EVENT: &[&str] = &[
    "trigger",
    "detail",
    "level",
    "history",
    "managers",
    "answered_at",
];

type Fields<'v> = Vec<(&'static str, Value<'v>)>;

fn texts<'v>(heap: Heap<'v>, texts: &[String]) -> Value<'v> {
    heap.alloc(AllocList(texts.iter().map(String::as_str)))
}

fn text<'v>(heap: Heap<'v>, text: Option<&str>) -> Value<'v> {
    text.map_or(Value::new_none(), |text| heap.alloc(text))
}

fn number(heap: Heap<'_>, number: Option<u64>) -> Value<'_> {
    number.map_or(Value::new_none(), |number| heap.alloc(number))
}

fn pairs<'v>(heap: Heap<'v>, pairs: &[(String, String)]) -> Value<'v> {
    heap.alloc(AllocDict(
        pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str())),
    ))
}

/// Names of priorities, least first.
const PRIORITIES: [&str; 4] = ["low", "normal", "high", "urgent"];

fn contact<'v>(heap: Heap<'v>, contact: &ContactView) -> Value<'v> {
    let identities = contact
        .identities
        .iter()
        .map(|it| (it.scheme.as_str(), it.value.as_str()));
    let fields: Fields<'v> = vec![
        ("id", heap.alloc(contact.id.as_str())),
        ("name", text(heap, contact.display_name.as_deref())),
        ("language", text(heap, contact.language.as_deref())),
        ("tags", texts(heap, &contact.tags)),
        ("attributes", pairs(heap, &contact.attributes)),
        ("identities", heap.alloc(AllocDict(identities))),
    ];
    heap.alloc(AllocStruct(fields))
}

/// The fields of `conv`.
pub(crate) fn conversation<'v>(heap: Heap<'v>, it: &ConversationView, now: u64) -> Fields<'v> {
    let stage = it.stage.map(|stage| match stage {
        Stage::Presale => "presale",
        Stage::InSale => "in_sale",
        Stage::Aftersale => "aftersale",
        Stage::Review => "review",
    });
    let waiting_secs = it
        .waiting_since
        .map_or(0, |since| now.saturating_sub(since) / 1000);
    vec![
        ("id", heap.alloc(it.id.as_str())),
        ("channel", heap.alloc(it.channel.as_str())),
        ("inbox", heap.alloc(it.account.as_str())),
        ("shop", text(heap, it.shop.as_deref())),
        ("stage", text(heap, stage)),
        ("status", heap.alloc(it.status.as_str())),
        ("subject", text(heap, it.subject.as_deref())),
        ("text", heap.alloc(it.last_text.as_str())),
        ("last_text", heap.alloc(it.last_text.as_str())),
        ("language", text(heap, it.language.as_deref())),
        ("opened_at", heap.alloc(it.opened_at)),
        ("waiting_since", number(heap, it.waiting_since)),
        ("waiting_secs", heap.alloc(waiting_secs)),
        (
            "priority",
            heap.alloc(PRIORITIES[usize::from(it.priority.min(3))]),
        ),
        ("tags", texts(heap, &it.tags)),
        ("team", text(heap, it.team.as_deref())),
        ("assignee", text(heap, it.assignee.as_deref())),
        ("message_count", heap.alloc(it.message_count)),
        ("contact", contact(heap, &it.contact)),
        ("extras", pairs(heap, &it.extras)),
    ]
}

/// A candidate.
pub(crate) fn candidate<'v>(heap: Heap<'v>, it: &Candidate) -> Value<'v> {
    let fields: Fields<'v> = vec![
        ("id", heap.alloc(it.id.as_str())),
        ("skills", texts(heap, &it.skills)),
        // `load` is a word of the language itself.
        ("busy", heap.alloc(it.load)),
        ("capacity", heap.alloc(it.capacity)),
        ("online", Value::new_bool(it.online)),
        ("in_scope", Value::new_bool(it.in_scope)),
        ("passed", Value::new_bool(it.passed)),
        ("free", Value::new_bool(it.is_free())),
        ("last_routed_at", number(heap, it.last_routed_at)),
    ];
    heap.alloc(AllocStruct(fields))
}

/// `event`.
pub(crate) fn event<'v>(heap: Heap<'v>, it: &escalation::Request) -> Value<'v> {
    let history = it.history.iter().map(|step| {
        let fields: Fields<'v> = vec![
            ("level", heap.alloc(u32::from(step.level))),
            ("at", heap.alloc(step.at)),
            ("trigger", heap.alloc(trigger(step.trigger))),
            ("actions", texts(heap, &step.actions)),
        ];
        heap.alloc(AllocStruct(fields))
    });
    let history: Vec<Value<'v>> = history.collect();
    let fields: Fields<'v> = vec![
        ("trigger", heap.alloc(trigger(it.trigger))),
        ("detail", text(heap, it.detail.as_deref())),
        ("level", heap.alloc(u32::from(it.level))),
        ("history", heap.alloc(AllocList(history))),
        ("managers", texts(heap, &it.managers)),
        ("answered_at", number(heap, it.answered_at)),
    ];
    heap.alloc(AllocStruct(fields))
}

fn trigger(it: escalation::Trigger) -> &'static str {
    use escalation::Trigger as T;
    match it {
        T::Created => "created",
        T::Message => "message",
        T::Replied => "replied",
        T::Assigned => "assigned",
        T::Unassigned => "unassigned",
        T::Warned => "warned",
        T::Breached => "breached",
        T::Tagged => "tagged",
        T::Due => "due",
    }
}

/// A priority as rules write it: a name, or 0 to 3.
pub(crate) fn priority(value: Value) -> Result<Option<u8>, String> {
    if value.is_none() {
        return Ok(None);
    }
    let named = value
        .unpack_str()
        .and_then(|name| PRIORITIES.iter().position(|it| *it == name));
    let found = named.and_then(|n| u8::try_from(n).ok()).or_else(|| {
        let number = value.unpack_i32().and_then(|n| u8::try_from(n).ok());
        number.filter(|n| *n <= 3)
    });
    found
        .map(Some)
        .ok_or_else(|| format!("{value} is no priority: low, normal, high, urgent"))
}

/// Tags as rules write them: a list of texts, or one text.
pub(crate) fn tags(value: Value) -> Result<Vec<String>, String> {
    if value.is_none() {
        return Ok(Vec::new());
    }
    if let Some(one) = value.unpack_str() {
        return Ok(vec![one.to_owned()]);
    }
    let many = ListRef::from_value(value).ok_or_else(|| format!("{value} is no list of tags"))?;
    let tags = many.iter().map(|tag| tag.unpack_str().map(str::to_owned));
    tags.collect::<Option<_>>()
        .ok_or_else(|| "tags are texts".to_owned())
}

/// A text field of what a word made.
pub(crate) fn field<'v>(made: Value<'v>, name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
    made.get_attr(name, heap).ok().flatten()
}
