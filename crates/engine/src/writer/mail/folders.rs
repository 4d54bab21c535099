//! Up to where folders of mailboxes were read.

use plugboard_domain::{
    ids::InboxId,
    mail::{BeginFolder, FolderCursor, MailMark, NoteUid, UidFate},
};
use plugboard_store::Write;

use crate::{
    handle::Outcome,
    writer::{
        txn::{Stop, Txn},
        work::only_system,
    },
};

/// Moves the cursor of a folder, or notes what lies ahead of it.
pub(super) fn account(
    txn: &mut Txn<'_>,
    inbox_id: InboxId,
    mark: Option<&MailMark>,
    fate: UidFate,
) -> Result<(), Stop> {
    let Some(mark) = mark else {
        return Ok(());
    };
    let cursor = txn.mail_folder(inbox_id, &mark.folder)?;
    let cursor = cursor.filter(|it| it.uid_validity == mark.uid_validity);
    let done = !matches!(fate, UidFate::Trying(_));
    let next = cursor.is_some_and(|it| mark.after <= it.last_uid);
    if cursor.is_some_and(|it| mark.uid <= it.last_uid) {
        return Ok(());
    }
    let plain = matches!(fate, UidFate::Taken | UidFate::Skipped);
    if !(done && next && plain) {
        let key = (inbox_id, mark.folder.clone(), mark.uid_validity, mark.uid);
        txn.facts().mail_uids.insert(key, Some(fate));
        txn.write(Write::MailUid {
            inbox_id,
            folder: mark.folder.clone(),
            uid_validity: mark.uid_validity,
            uid: mark.uid,
            fate,
        });
    }
    if done && next {
        let cursor = FolderCursor {
            uid_validity: mark.uid_validity,
            last_uid: mark.uid,
        };
        set_cursor(txn, inbox_id, &mark.folder, cursor);
    }
    Ok(())
}

fn set_cursor(txn: &mut Txn<'_>, inbox_id: InboxId, folder: &str, cursor: FolderCursor) {
    txn.facts()
        .mail_folders
        .insert((inbox_id, folder.to_owned()), Some(cursor));
    txn.write(Write::MailFolder {
        inbox_id,
        folder: folder.to_owned(),
        cursor,
    });
}

/// A mail in a folder is accounted for without becoming a message.
pub(in crate::writer) fn note_uid(txn: &mut Txn<'_>, it: &NoteUid) -> Result<Outcome, Stop> {
    only_system(txn)?;
    account(txn, it.inbox_id, Some(&it.mark), it.fate)?;
    Ok(Outcome::default())
}

/// Reading a folder begins.
pub(in crate::writer) fn begin_folder(
    txn: &mut Txn<'_>,
    it: &BeginFolder,
) -> Result<Outcome, Stop> {
    only_system(txn)?;
    set_cursor(txn, it.inbox_id, &it.folder, it.cursor);
    Ok(Outcome::default())
}
