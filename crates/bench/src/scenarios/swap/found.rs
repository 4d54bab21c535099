//! What the desk has in the end, beside what it was sent.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};

use crate::admin::Admin;

/// What came of the messages.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// So many were sent.
    pub(super) messages: u64,
    /// Not there.
    pub(super) lost: u64,
    /// There more than once.
    pub(super) doubled: u64,
    /// After one that was sent later.
    pub(super) turned: u64,
}

impl Found {
    /// Adds a conversation: what it holds, oldest first, of so many that were sent.
    fn add(&mut self, sent: u32, held: &[u32]) {
        let mut times = BTreeMap::new();
        for number in held {
            *times.entry(*number).or_insert(0_u64) += 1;
        }
        self.messages += u64::from(sent);
        self.lost += (0..sent).filter(|it| !times.contains_key(it)).count() as u64;
        self.doubled += times.values().map(|it| it - 1).sum::<u64>();
        self.turned += held.windows(2).filter(|it| it[1] < it[0]).count() as u64;
    }
}

/// Reads every conversation, and compares it with what its customer wrote.
pub(super) async fn count(admin: &mut Admin, sent: &BTreeMap<String, u32>) -> Result<Found> {
    let all = admin.get("/api/v1/conversations?limit=100").await?;
    let all = all["items"].as_array().context("conversations")?;
    ensure!(
        all.len() == sent.len(),
        "{} conversations of {} customers",
        all.len(),
        sent.len()
    );
    let mut found = Found::default();
    for conversation in all {
        let name = conversation["contact"]["name"].as_str().context("name")?;
        let id = conversation["id"].as_str().context("id")?;
        let sent = sent.get(name).with_context(|| name.to_owned())?;
        found.add(*sent, &held(admin, id).await?);
    }
    Ok(found)
}

/// The numbers that a conversation holds, oldest first.
async fn held(admin: &mut Admin, conversation: &str) -> Result<Vec<u32>> {
    let path = format!("/api/v1/conversations/{conversation}/messages?limit=100");
    let mut numbers = Vec::new();
    let mut page = admin.get(&path).await?;
    loop {
        for message in page["items"].as_array().context("messages")?.iter().rev() {
            let text = message["text"].as_str().context("a text")?;
            numbers.push(text.parse().context("a number")?);
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        page = admin.get(&format!("{path}&cursor={cursor}")).await?;
    }
    // Pages go back in time, each of them forth.
    numbers.reverse();
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::Found;

    #[test]
    fn what_is_lost_doubled_and_turned_round_is_told_apart() {
        let of = |sent, held: &[u32]| {
            let mut found = Found::default();
            found.add(sent, held);
            (found.lost, found.doubled, found.turned)
        };
        assert_eq!(of(3, &[0, 1, 2]), (0, 0, 0));
        assert_eq!(of(3, &[0, 2]), (1, 0, 0));
        assert_eq!(of(3, &[0, 1, 1, 2]), (0, 1, 0));
        assert_eq!(of(3, &[0, 2, 1]), (0, 0, 1));
    }
}
