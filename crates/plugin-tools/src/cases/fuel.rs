//! `tests/fuel.lock`: what each call cost when it was last accepted.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::CasesError;

/// How much more than the accepted run a call may cost, percent.
const MORE_PERCENT: u64 = 10;

const HEAD: &str =
    "# What each call costs, by file and case. Written by `plugboard plugin test --accept`.\n\n";

/// Fuel by file and call.
pub(super) type Fuel = BTreeMap<String, BTreeMap<String, u64>>;

/// Where it is kept.
pub(super) fn path(tests: &Path) -> PathBuf {
    tests.join("fuel.lock")
}

/// What was accepted; nothing when there is no file.
pub(super) fn read(tests: &Path) -> Result<Fuel, CasesError> {
    let path = path(tests);
    if !path.exists() {
        return Ok(Fuel::new());
    }
    let source = std::fs::read_to_string(&path).map_err(|error| CasesError::Read {
        path: path.clone(),
        error,
    })?;
    toml::from_str(&source).map_err(|error| CasesError::File {
        path,
        problem: error.to_string(),
    })
}

/// Accepts what was measured.
pub(super) fn write(tests: &Path, fuel: &Fuel) -> Result<(), CasesError> {
    let path = path(tests);
    let text = toml::to_string(fuel).expect("names and numbers are TOML");
    std::fs::write(&path, format!("{HEAD}{text}"))
        .map_err(|error| CasesError::Write { path, error })
}

/// What is wrong with the cost of a call, if it is.
pub(super) fn compare(accepted: Option<u64>, now: u64) -> Option<String> {
    let accepted = accepted?;
    let most = accepted + accepted * MORE_PERCENT / 100;
    (now > most).then(|| {
        format!(
            "it costs {now} fuel, {:.0} % more than the accepted {accepted} (--accept takes the new cost)",
            percent(now, accepted)
        )
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure for people, to the percent"
)]
fn percent(now: u64, accepted: u64) -> f64 {
    (now as f64 / accepted.max(1) as f64 - 1.0) * 100.0
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn a_tenth_more_is_borne_and_what_is_new_is_free() {
        assert_eq!(compare(Some(1000), 1100), None);
        assert_eq!(compare(None, 1_000_000), None);
        let said = compare(Some(1000), 1250).unwrap();
        assert!(said.contains("25 % more"), "{said}");
    }
}
