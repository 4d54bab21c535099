//! What plugins keep, in memory: for cases and the conformance kit, which have no desk. Time is an argument, so that virtual
//! time works; limits are those of the manifest, as on the server.

use std::collections::BTreeMap;

use crate::{
    manifest::KvPermission,
    types::{Failure, MediaRef, code},
};

/// Notes and files of one plugin for one account.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Values, and the Unix milliseconds until which they are kept.
    notes: BTreeMap<String, (Vec<u8>, Option<u64>)>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// What is kept under a key, as far as it has not ended.
    pub fn get(&self, key: &str, now_ms: u64) -> Option<&[u8]> {
        let (value, until) = self.notes.get(key)?;
        until
            .is_none_or(|until| until > now_ms)
            .then_some(value.as_slice())
    }

    /// Keeps a value, if there is room.
    pub fn set(
        &mut self,
        terms: &KvPermission,
        key: &str,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
        now_ms: u64,
    ) -> Result<(), Failure> {
        self.notes
            .retain(|_, (_, until)| until.is_none_or(|it| it > now_ms));
        let others = self.notes.iter().filter(|(it, _)| *it != key);
        let bytes: usize = others
            .map(|(key, (value, _))| key.len() + value.len())
            .sum();
        let total = (bytes + key.len() + value.len()) as u64;
        let keys = self.notes.len() + usize::from(!self.notes.contains_key(key));
        if keys > terms.max_keys as usize || total > terms.max_total_bytes {
            return Err(Failure::lasting(code::LIMIT, "the storage is full"));
        }
        let until = ttl_seconds.map(|it| now_ms + u64::from(it) * 1000);
        self.notes.insert(key.to_owned(), (value, until));
        Ok(())
    }

    /// Keeps a value if what is there is as expected: whether it did.
    pub fn compare_and_set(
        &mut self,
        terms: &KvPermission,
        key: &str,
        (expected, value): (Option<Vec<u8>>, Vec<u8>),
        ttl_seconds: Option<u32>,
        now_ms: u64,
    ) -> Result<bool, Failure> {
        if self.get(key, now_ms) != expected.as_deref() {
            return Ok(false);
        }
        self.set(terms, key, value, ttl_seconds, now_ms)?;
        Ok(true)
    }

    /// Puts a value there that stays, whatever room there is: what a case begins with.
    pub fn put(&mut self, key: &str, value: Vec<u8>) {
        self.notes.insert(key.to_owned(), (value, None));
    }

    /// Takes a value away.
    pub fn delete(&mut self, key: &str) {
        self.notes.remove(key);
    }

    /// Keys that begin like this, after one of them, in order.
    pub fn keys(&self, prefix: &str, after: Option<&str>, limit: u32, now_ms: u64) -> Vec<String> {
        let keys = self.notes.keys().filter(|key| key.starts_with(prefix));
        let keys = keys.filter(|key| after.is_none_or(|after| key.as_str() > after));
        let keys = keys.filter(|key| self.get(key, now_ms).is_some());
        keys.take(limit as usize).cloned().collect()
    }

    /// Stores a file under a name of its own.
    pub fn store(&mut self, name: &str, mime: &str, bytes: Vec<u8>) -> MediaRef {
        let id = format!("blob-{}", self.files.len() + 1);
        let media = MediaRef {
            id: id.clone(),
            name: name.to_owned(),
            mime: mime.to_owned(),
            size: bytes.len() as u64,
        };
        self.files.insert(id, bytes);
        media
    }

    /// Puts a file there under an id that was chosen: what a case begins with.
    pub fn put_file(&mut self, id: &str, bytes: Vec<u8>) {
        self.files.insert(id.to_owned(), bytes);
    }

    /// A file, whole.
    pub fn file(&self, media: &MediaRef) -> Result<&[u8], Failure> {
        let found = self.files.get(&media.id).map(Vec::as_slice);
        found.ok_or_else(|| Failure::lasting(code::NOT_FOUND, "there is no such file"))
    }

    /// A part of a file, as much of it as there is.
    pub fn read(&self, media: &MediaRef, offset: u64, len: u32) -> Result<Vec<u8>, Failure> {
        let file = self.file(media)?;
        let from = usize::try_from(offset)
            .unwrap_or(file.len())
            .min(file.len());
        let until = from.saturating_add(len as usize).min(file.len());
        Ok(file[from..until].to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Localized;

    fn terms() -> KvPermission {
        KvPermission {
            max_keys: 2,
            max_value_bytes: 10,
            max_total_bytes: 20,
            reason: Localized(BTreeMap::default()),
        }
    }

    #[test]
    fn what_has_ended_is_gone_and_leaves_its_room() {
        let mut memory = Memory::default();
        memory
            .set(&terms(), "a", b"1".to_vec(), Some(1), 0)
            .unwrap();
        memory.set(&terms(), "b", b"2".to_vec(), None, 0).unwrap();
        let full = memory.set(&terms(), "c", b"3".to_vec(), None, 999);
        assert_eq!(full.unwrap_err().code, code::LIMIT);
        assert_eq!(memory.keys("", None, 9, 999), ["a", "b"]);
        assert_eq!(memory.keys("", Some("a"), 9, 999), ["b"]);
        assert_eq!(memory.get("a", 1000), None);
        assert_eq!(memory.keys("", None, 9, 1000), ["b"]);
        memory
            .set(&terms(), "c", b"3".to_vec(), None, 1000)
            .unwrap();
    }

    #[test]
    fn a_value_is_exchanged_only_for_what_was_expected() {
        let mut memory = Memory::default();
        let mut exchange = |expected: Option<&[u8]>, value: &[u8]| {
            let both = (expected.map(<[u8]>::to_vec), value.to_vec());
            memory
                .compare_and_set(&terms(), "k", both, None, 0)
                .unwrap()
        };
        assert!(exchange(None, b"1"));
        assert!(!exchange(None, b"2"));
        assert!(exchange(Some(b"1"), b"2"));
    }

    #[test]
    fn a_part_of_a_file_is_as_much_as_there_is() {
        let mut memory = Memory::default();
        let media = memory.store("a.txt", "text/plain", b"hello".to_vec());
        assert_eq!(memory.read(&media, 1, 3).unwrap(), b"ell");
        assert_eq!(memory.read(&media, 4, u32::MAX).unwrap(), b"o");
        assert_eq!(memory.read(&media, u64::MAX, 3).unwrap(), b"");
        let other = MediaRef {
            id: "other".to_owned(),
            ..media
        };
        assert_eq!(memory.file(&other).unwrap_err().code, code::NOT_FOUND);
    }
}
