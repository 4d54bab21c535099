//! Which numbers may be dialled. What is not permitted is refused: numbers cost money, and toll fraud dials the dear ones.

use std::collections::BTreeSet;

use super::{Number, NumberKind, country_of};
use crate::rejection::Rejection;

/// Premium lines in China: information services (`168`, `160`), and what begins like them behind an area code is theirs.
const PREMIUM: [&str; 3] = ["+86168", "+86160", "+861600"];

/// Which numbers may be dialled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialPolicy {
    /// Countries, as ISO 3166 writes them.
    pub countries: BTreeSet<String>,
    /// Beginnings of numbers that are refused nevertheless: `+8610`.
    pub deny: Vec<String>,
}

impl DialPolicy {
    /// The number as it is to be dialled.
    ///
    /// # Errors
    /// [`Rejection::Invalid`] when it is no number that can be dialled, [`Rejection::Conflict`] when it must not be.
    pub fn check(&self, raw: &str) -> Result<Number, Rejection> {
        let number = Number::parse(raw)
            .ok_or_else(|| Rejection::invalid("number: this is not a telephone number"))?;
        match number.kind {
            NumberKind::E164 => {}
            NumberKind::Short => {
                return Err(Rejection::conflict("number: short codes are not dialled"));
            }
            NumberKind::Local => {
                return Err(Rejection::invalid(
                    "number: the area code is missing, such as 010",
                ));
            }
        }
        let country = country_of(&number.digits);
        if !country.is_some_and(|it| self.countries.contains(it)) {
            let country = country.unwrap_or("numbers without a country");
            return Err(Rejection::conflict(format!(
                "number: this inbox does not call {country}"
            )));
        }
        let denied = |prefix: &str| !prefix.is_empty() && number.digits.starts_with(prefix);
        let mobile = number.digits.len() == 14;
        if PREMIUM.iter().any(|it| !mobile && denied(it)) || self.deny.iter().any(|it| denied(it)) {
            return Err(Rejection::conflict("number: this number is not permitted"));
        }
        Ok(number)
    }
}
