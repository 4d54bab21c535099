//! Who writes mail, and who is written to.

use plugboard_domain::{
    Rejection,
    command::Sender,
    contact::{Address, Identity, IdentityKind, Profile},
    conversation::Arrival,
    desk::Inbox,
    ids::{ContactId, IdentityId, InboxId},
    mail::{MailAddress, Stir, TakeMail},
};
use plugboard_store::Write;

use crate::writer::{
    receive,
    txn::{Stop, Txn},
};

/// The scope of addresses of which nobody proved that they are whose they were proved to be before.
const UNPROVED: &str = "unproved";

/// How it comes in; remembers that its sender wrote.
pub(super) fn arrival(
    txn: &mut Txn<'_>,
    inbox: &Inbox,
    it: &TakeMail,
    begins: bool,
) -> Result<Arrival, Stop> {
    let cause = match it.stir {
        Stir::Live => None,
        Stir::Automatic => Some("automatic_mail"),
        Stir::Backfill => return Ok(Arrival::Quiet { cause: "backfill" }),
        Stir::Sent => return Ok(Arrival::Quiet { cause: "sent" }),
    };
    let Sender::Address { address, .. } = &it.from else {
        return Ok(Arrival::Live { opener: false });
    };
    let known = txn.mail_sender(inbox.id, &address.value)?;
    let now = txn.now();
    let (mut sender, may) = known.unwrap_or_default().wrote(now);
    let opener = may && begins && !it.own && cause.is_none();
    // The domain may find that there is nothing to say: then nothing was said, and the day is not spent.
    if opener && (inbox.opener(true).is_some() || inbox.opener(false).is_some()) {
        sender.auto_replied_at = Some(now);
    }
    txn.facts()
        .mail_senders
        .insert((inbox.id, address.value.clone()), Some(sender));
    txn.write(Write::MailSender {
        inbox_id: inbox.id,
        address: address.value.clone(),
        sender,
    });
    Ok(cause.map_or(Arrival::Live { opener }, |cause| Arrival::Quiet { cause }))
}

/// Whose mail it is. An address that somebody proved once is not believed without proof: what only says that it comes from
/// there is a contact of its own.
pub(super) fn sender(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    from: &Sender,
) -> Result<(ContactId, IdentityId), Stop> {
    let Sender::Address {
        address,
        verified,
        profile,
    } = from
    else {
        return Err(Rejection::invalid("a mail has an address").into());
    };
    match txn.identity(address)? {
        Some(known) if known.verified && !verified => {
            let unproved = Address {
                scope: UNPROVED.into(),
                ..address.clone()
            };
            find_or_make(txn, inbox_id, unproved, false, profile)
        }
        Some(known) if *verified && !known.verified => {
            let (contact, id) = (known.contact_id, known.id);
            let proved = Identity {
                verified: true,
                ..known
            };
            receive::put_identity(txn, proved)?;
            Ok((contact, id))
        }
        Some(known) => Ok((known.contact_id, known.id)),
        None => find_or_make(txn, inbox_id, address.clone(), *verified, profile),
    }
}

fn find_or_make(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    address: Address,
    verified: bool,
    profile: &Profile,
) -> Result<(ContactId, IdentityId), Stop> {
    if let Some(known) = txn.identity(&address)? {
        return Ok((known.contact_id, known.id));
    }
    let contact = receive::new_contact(txn, profile)?;
    txn.facts().current.insert((inbox_id, contact), None);
    let identity = receive::add_identity(txn, contact, address, verified)?;
    Ok((contact, identity))
}

/// The identity of somebody whom an agent writes to.
pub(super) fn recipient(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    to: &MailAddress,
) -> Result<(ContactId, IdentityId), Stop> {
    let address = Address {
        kind: IdentityKind::Email,
        scope: String::new(),
        value: to.address.to_lowercase(),
    };
    let profile = Profile {
        name: to.name.clone(),
        email: Some(to.address.clone()),
        ..Profile::default()
    };
    find_or_make(txn, inbox_id, address, false, &profile)
}
