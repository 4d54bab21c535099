//! How large a question or an answer is: the bytes that it would have as JSON, counted without writing them.

use std::io::{self, Write};

use serde::Serialize;

struct Scale {
    left: usize,
}

impl Write for Scale {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self
            .left
            .checked_sub(bytes.len())
            .ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether something is larger than so many bytes.
pub(crate) fn exceeds(value: &impl Serialize, most: usize) -> bool {
    serde_json::to_writer(Scale { left: most }, value).is_err()
}

#[cfg(test)]
mod tests {
    use super::exceeds;

    #[test]
    fn the_bound_is_exact() {
        assert!(!exceeds(&("abc", 1), 9));
        assert!(exceeds(&("abc", 1), 8));
    }
}
