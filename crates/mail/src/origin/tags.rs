//! Lists of `name=value`, as records and signatures have them.

use std::collections::HashMap;

pub(crate) type Tags = HashMap<String, String>;

/// `name=value; ...`, without blanks.
pub(crate) fn tags(text: &str) -> Tags {
    text.split(';')
        .filter_map(|it| it.split_once('='))
        .map(|(name, value)| {
            (
                name.trim().to_owned(),
                value.chars().filter(|it| !it.is_whitespace()).collect(),
            )
        })
        .collect()
}
