//! Contacts, masked unless the viewer may see them in full.

use plugboard_domain::contact::{self as domain, IdentityKind};
use plugboard_protocol::{
    contacts::{Contact, ContactDetail, Identity},
    time,
};
use plugboard_store::ContactView;

use super::Viewer;

/// A contact for lists and side panels.
pub fn contact(view: &ContactView, viewer: Viewer) -> Contact {
    let masked = !viewer.unmasked;
    let profile = &view.profile;
    let shown = |value: &Option<String>, mask: fn(&str) -> String| {
        value.as_deref().map(|value| {
            if masked {
                mask(value)
            } else {
                value.to_owned()
            }
        })
    };
    // What was never typed in can still be known as a proved address.
    let known = |kind: &IdentityKind| {
        view.identities
            .iter()
            .find(|it| it.address.kind == *kind)
            .map(|it| it.address.value.clone())
    };
    let email = profile
        .email
        .clone()
        .or_else(|| known(&IdentityKind::Email));
    let phone = profile
        .phone
        .clone()
        .or_else(|| known(&IdentityKind::Phone));
    Contact {
        id: view.contact.id.to_string(),
        name: profile.name.clone(),
        email: shown(&email, mask_email),
        phone: shown(&phone, mask_phone),
        locale: profile.locale.clone(),
        masked,
        verified: view.verified,
        created_at: time(view.contact.created_at),
    }
}

/// A contact with everything known.
pub fn contact_detail(view: &ContactView, viewer: Viewer) -> ContactDetail {
    ContactDetail {
        contact: contact(view, viewer),
        note: view.profile.note.clone(),
        tags: view.profile.tags.iter().flatten().cloned().collect(),
        attributes: view.profile.attributes.clone().unwrap_or_default(),
        identities: view
            .identities
            .iter()
            .map(|it| identity(it, viewer))
            .collect(),
        merged_into: view.contact.merged_into.map(|id| id.to_string()),
        absorbed: view
            .contact
            .absorbed
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

fn identity(identity: &domain::Identity, viewer: Viewer) -> Identity {
    let address = &identity.address;
    let (kind, value) = match address.kind {
        // A browser's id is half of what proves who it is.
        IdentityKind::Visitor => ("visitor", String::new()),
        IdentityKind::External => ("external", shown(&address.value, viewer, mask_rest)),
        IdentityKind::Email => ("email", shown(&address.value, viewer, mask_email)),
        IdentityKind::Phone => ("phone", shown(&address.value, viewer, mask_phone)),
        IdentityKind::Channel => ("channel", shown(&address.value, viewer, mask_rest)),
    };
    Identity {
        id: identity.id.to_string(),
        kind: kind.to_owned(),
        scope: address.scope.clone(),
        value,
        verified: identity.verified,
    }
}

fn shown(value: &str, viewer: Viewer, mask: fn(&str) -> String) -> String {
    if viewer.unmasked {
        value.to_owned()
    } else {
        mask(value)
    }
}

/// `zhang@example.com` → `z***@example.com`.
pub fn mask_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, host)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}***@{host}")
        }
        None => mask_rest(email),
    }
}

/// `13812345678` → `138****5678`; a number too short for that keeps its last two digits at most.
pub fn mask_phone(phone: &str) -> String {
    let chars: Vec<char> = phone.chars().collect();
    if chars.len() < 10 {
        let shown = if chars.len() >= 6 { 2 } else { 0 };
        let last: String = chars[chars.len() - shown..].iter().collect();
        return format!("****{last}");
    }
    let first: String = chars[..3].iter().collect();
    let last: String = chars[chars.len() - 4..].iter().collect();
    format!("{first}****{last}")
}

fn mask_rest(value: &str) -> String {
    let first: String = value.chars().take(1).collect();
    format!("{first}***")
}

/// Masks whatever in a text looks like an address: words with an at sign, and runs of seven or more digits.
pub fn mask_in_text(text: &str) -> String {
    text.split_inclusive(|c: char| c.is_whitespace() || c == ',' || c == ';')
        .map(|piece| {
            let word = piece.trim_end_matches(|c: char| c.is_whitespace() || c == ',' || c == ';');
            let rest = &piece[word.len()..];
            let digits = word.chars().filter(char::is_ascii_digit).count();
            let masked = if word.contains('@') {
                mask_email(word)
            } else if digits >= 7 {
                mask_phone(word)
            } else {
                word.to_owned()
            };
            masked + rest
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{mask_email, mask_in_text, mask_phone};

    #[test]
    fn masks_keep_what_people_recognise_and_no_more() {
        assert_eq!(mask_email("zhang@example.com"), "z***@example.com");
        assert_eq!(mask_email("@"), "***@");
        assert_eq!(mask_phone("13812345678"), "138****5678");
        assert_eq!(mask_phone("+8613812345678"), "+86****5678");
        assert_eq!(mask_phone("123456"), "****56");
        assert_eq!(mask_phone("12"), "****");
    }

    #[test]
    fn addresses_in_a_text_are_masked_and_words_are_not() {
        assert_eq!(
            mask_in_text("王小明 zhang@example.com 13812345678"),
            "王小明 z***@example.com 138****5678"
        );
    }
}
