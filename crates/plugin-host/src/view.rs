//! What plugins see of conversations and contacts: ids, labels and times always; texts, names and addresses only when they
//! were granted.

use plugboard_domain::{
    Timestamp,
    conversation::{Priority, Stage, Status},
    desk::Desk,
};
use plugboard_engine::{ContactFacts, Work, WorkFacts};
use plugboard_plugin_runtime::{
    Grants,
    types::{self, ContactView, ConversationView},
};

use crate::{intake, mask};

/// Unix milliseconds.
pub(crate) fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or_default()
}

/// A conversation as far as the grants let through. Without facts, as far as its state says.
pub(crate) fn conversation(
    desk: &Desk,
    grants: &Grants,
    work: &Work,
    facts: Option<&WorkFacts>,
) -> ConversationView {
    let text = facts.and_then(|it| it.text.as_ref());
    ConversationView {
        id: work.conversation_id.to_string(),
        channel: work.channel.to_string(),
        account: work.inbox_id.to_string(),
        shop: work.shop_id.map(|it| it.to_string()),
        stage: work.stage.map(stage),
        status: status(&work.status).to_owned(),
        subject: None,
        last_text: text.map_or_else(String::new, |it| seen_text(grants, &it.text)),
        language: facts.and_then(|it| it.contact.profile.locale.clone()),
        opened_at: facts.map_or_else(|| millis(work.queued_since), |it| millis(it.opened_at)),
        waiting_since: facts.and_then(|it| it.waiting_since).map(millis),
        priority: priority(work.priority),
        tags: work.tags.iter().cloned().collect(),
        team: work.team.map(|it| it.to_string()),
        assignee: work.assignee.map(|it| it.to_string()),
        message_count: facts.map_or(0, |it| u32::try_from(it.message_count).unwrap_or(u32::MAX)),
        contact: facts.map_or_else(nobody, |it| contact(grants, &it.contact)),
        extras: names(desk, work),
    }
}

/// A contact as far as the grants let through.
pub(crate) fn contact(grants: &Grants, contact: &ContactFacts) -> ContactView {
    let name = contact.profile.name.clone();
    let identities = if grants.sees("contact.identity") {
        contact
            .identities
            .iter()
            .map(|it| types::Identity {
                verified: it.verified,
                ..intake::identity(&it.address)
            })
            .collect()
    } else {
        Vec::new()
    };
    let mut attributes = Vec::new();
    if grants.sees("contact.attributes") {
        attributes.push(("verified".to_owned(), contact.verified.to_string()));
        let known = contact.profile.attributes.iter().flatten();
        attributes.extend(known.map(|(name, value)| (name.clone(), value.clone())));
    }
    if grants.sees("contact.identity") {
        let typed = [
            ("email", &contact.profile.email),
            ("phone", &contact.profile.phone),
        ];
        for (key, value) in typed {
            if let Some(value) = value {
                attributes.push((key.to_owned(), value.clone()));
            }
        }
    }
    let tags = contact.profile.tags.iter().flatten();
    let tags = tags.filter(|_| grants.sees("contact.attributes"));
    ContactView {
        id: contact.id.to_string(),
        display_name: name.filter(|_| grants.sees("contact.name")),
        language: contact.profile.locale.clone(),
        identities,
        attributes,
        tags: tags.cloned().collect(),
    }
}

/// A text as far as the grants let through: nothing, the text with tokens for addresses, or the text.
pub(crate) fn seen_text(grants: &Grants, text: &str) -> String {
    if !grants.sees("message.text") {
        String::new()
    } else if grants.sees("contact.identity") {
        text.to_owned()
    } else {
        mask::mask(text)
    }
}

fn nobody() -> ContactView {
    ContactView {
        id: String::new(),
        display_name: None,
        language: None,
        identities: Vec::new(),
        attributes: Vec::new(),
        tags: Vec::new(),
    }
}

/// Names beside the ids, since rules are written with names.
pub(crate) fn names(desk: &Desk, work: &Work) -> Vec<(String, String)> {
    let shop = work.shop_id.and_then(|it| desk.shop(it));
    let team = work.team.and_then(|it| desk.team(it));
    let assignee = work.assignee.and_then(|it| desk.agent(it));
    let all = [
        ("inbox-name", desk.inbox(work.inbox_id).map(|it| &it.name)),
        ("shop-name", shop.map(|it| &it.name)),
        ("team-name", team.map(|it| &it.name)),
        ("assignee-name", assignee.map(|it| &it.name)),
    ];
    all.into_iter()
        .filter_map(|(key, name)| Some((key.to_owned(), name?.clone())))
        .collect()
}

fn stage(stage: Stage) -> types::Stage {
    match stage {
        Stage::Presale => types::Stage::Presale,
        Stage::InSale => types::Stage::InSale,
        Stage::Aftersale => types::Stage::Aftersale,
        Stage::Review => types::Stage::Review,
    }
}

fn status(status: &Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Snoozed { .. } => "snoozed",
        Status::Resolved { .. } | Status::Merged { .. } => "resolved",
    }
}

fn priority(priority: Priority) -> u8 {
    match priority {
        Priority::Low => 0,
        Priority::Normal => 1,
        Priority::High => 2,
        Priority::Urgent => 3,
    }
}

#[cfg(test)]
mod tests {
    use plugboard_domain::{
        channel::ChannelKind,
        contact::{Address, Identity, IdentityKind, Profile},
        decision::Pins,
        ids::{ContactId, ConversationId, IdentityId, InboxId, MessageId},
    };
    use plugboard_engine::TextFact;
    use plugboard_plugin_runtime::{Approval, Manifest, PermissionCeiling};
    use uuid::Uuid;

    use super::*;

    const PHONE: &str = "+8613800138000";
    const EMAIL: &str = "li.lei@example.com";
    const NAME: &str = "Li Lei";

    fn grants(data: &[&str]) -> Grants {
        let fields: Vec<String> = data
            .iter()
            .map(|it| format!("{{ field = \"{it}\", reason = \"test\" }}"))
            .collect();
        let source = format!(
            "schema = 1\nid = \"test\"\nversion = \"1.0.0\"\nname = \"Test\"\n\
             contracts = [\"plugboard:plugin/routing-policy@0.1\"]\n\
             [permissions]\ndata = [{}]\n",
            fields.join(", ")
        );
        let manifest = Manifest::parse(&source).unwrap();
        let approval = Approval::all(&manifest);
        Grants::new(&manifest, &approval, &PermissionCeiling::default())
    }

    fn seen(data: &[&str]) -> String {
        let at = Timestamp::UNIX_EPOCH;
        let work = Work {
            conversation_id: ConversationId(Uuid::nil()),
            inbox_id: InboxId(Uuid::nil()),
            channel: ChannelKind::Webchat,
            shop_id: None,
            status: Status::Open,
            stage: None,
            priority: Priority::Normal,
            tags: ["vip".to_owned()].into(),
            team: None,
            assignee: None,
            required_skills: std::collections::BTreeSet::new(),
            queued_since: at,
            voice: false,
        };
        let facts = WorkFacts {
            text: Some(TextFact {
                message_id: MessageId(Uuid::nil()),
                text: format!("call 13800138000 or {EMAIL}, it is broken"),
            }),
            contact: ContactFacts {
                id: ContactId(Uuid::nil()),
                profile: Profile {
                    name: Some(NAME.into()),
                    email: Some(EMAIL.into()),
                    tags: Some(["complainer".to_owned()].into()),
                    attributes: Some([("orders".to_owned(), "12".to_owned())].into()),
                    ..Profile::default()
                },
                identities: vec![Identity {
                    id: IdentityId(Uuid::nil()),
                    contact_id: ContactId(Uuid::nil()),
                    address: Address {
                        kind: IdentityKind::Phone,
                        scope: String::new(),
                        value: PHONE.into(),
                    },
                    verified: true,
                    created_at: at,
                }],
                verified: true,
            },
            previous_agent: None,
            answered_at: None,
            opened_at: at,
            waiting_since: None,
            message_count: 1,
            hops: 0,
            pins: Pins::default(),
        };
        let view = conversation(&Desk::default(), &grants(data), &work, Some(&facts));
        serde_json::to_string(&view).unwrap()
    }

    #[test]
    fn without_a_grant_nothing_personal_crosses_the_boundary() {
        let seen = seen(&[]);
        for personal in ["13800138000", EMAIL, NAME, "broken", "complainer", "orders"] {
            assert!(!seen.contains(personal), "{personal} in {seen}");
        }
        assert!(seen.contains("vip"), "labels are no secret: {seen}");
    }

    #[test]
    fn a_text_is_shown_without_the_addresses_in_it() {
        let seen = seen(&["message.text"]);
        assert!(seen.contains("broken"), "{seen}");
        for personal in ["13800138000", EMAIL, NAME] {
            assert!(!seen.contains(personal), "{personal} in {seen}");
        }
    }

    #[test]
    fn what_the_shop_knows_is_shown_when_that_was_granted() {
        let seen = seen(&["contact.attributes"]);
        for granted in ["complainer", r#"["orders","12"]"#] {
            assert!(seen.contains(granted), "{granted} not in {seen}");
        }
        for personal in ["13800138000", EMAIL, NAME] {
            assert!(!seen.contains(personal), "{personal} in {seen}");
        }
    }

    #[test]
    fn what_was_granted_is_shown() {
        let seen = seen(&["message.text", "contact.identity", "contact.name"]);
        for granted in [PHONE, EMAIL, NAME, "broken"] {
            assert!(seen.contains(granted), "{granted} not in {seen}");
        }
    }
}
