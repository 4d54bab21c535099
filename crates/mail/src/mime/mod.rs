//! The structure of a mail: parts in parts, and how their bytes were packed.

pub(crate) mod name;
pub(crate) mod transfer;
pub(crate) mod tree;
