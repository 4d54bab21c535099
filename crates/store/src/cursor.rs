//! Keyset cursors: the place after which the next page starts. They name a place in an order, so writes never shift a page.

use std::fmt::Write;

/// A place in an ordered list: sort key first, identifier to tell equals apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The sort key of the last item, such as microseconds or a position.
    pub key: i64,
    /// The identifier of the last item.
    pub id: String,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Paged<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<Cursor>,
}

impl Cursor {
    /// An opaque text for clients.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        for byte in format!("{}.{}", self.key, self.id).bytes() {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        }
        text
    }

    /// Reads what [`Cursor::encode`] wrote; `None` for anything else.
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > 400 || !text.len().is_multiple_of(2) || !text.is_ascii() {
            return None;
        }
        let bytes: Option<Vec<u8>> = (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
            .collect();
        let plain = String::from_utf8(bytes?).ok()?;
        let (key, id) = plain.split_once('.')?;
        Some(Self {
            key: key.parse().ok()?,
            id: id.to_owned(),
        })
    }
}

impl<T> Paged<T> {
    /// Makes a page of up to `limit` items from a list that was read with one item more than that.
    pub fn cut(mut items: Vec<T>, limit: usize, place: impl FnOnce(&T) -> Cursor) -> Self {
        let next = if items.len() > limit {
            items.truncate(limit);
            items.last().map(place)
        } else {
            None
        };
        Self { items, next }
    }

    /// The same page of other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(change).collect(),
            next: self.next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_cursor_survives_the_wire_and_nonsense_is_refused() {
        let cursor = Cursor {
            key: -17,
            id: "01999999-0000-7000-8000-000000000000".into(),
        };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        for nonsense in ["", "zz", "3", "é", "2e", &"00".repeat(300)] {
            assert_eq!(
                Cursor::decode(nonsense).map(|it| it.id),
                None,
                "{nonsense:?}"
            );
        }
    }
}
