//! Why a line ended, in the words of the desk.

use plugboard_domain::call::{EndCause, EndWord, EndedBy};
use plugboard_sip::Ended;

/// Who ended a line, and why. `up` is true when both sides talked.
pub(super) fn of(how: &Ended, up: bool) -> (EndedBy, EndCause) {
    let word = match (how.by_peer, up, how.code) {
        (true, true, _) => EndWord::Normal,
        (true, false, code) => refused(code),
        (false, true, _) => EndWord::Lost,
        (false, false, _) => EndWord::Unreachable,
    };
    let by = match (how.by_peer, word) {
        (true, EndWord::Failure | EndWord::Unreachable) | (false, _) => EndedBy::System,
        (true, _) => EndedBy::Caller,
    };
    let cause = EndCause {
        word,
        sip: how.code,
        q850: how.q850.and_then(|it| u8::try_from(it).ok()),
    };
    (by, cause)
}

fn refused(code: Option<u16>) -> EndWord {
    match code {
        None | Some(487) => EndWord::Cancelled,
        Some(486 | 600) => EndWord::Busy,
        Some(603) => EndWord::Declined,
        Some(408 | 480) => EndWord::NoAnswer,
        Some(401 | 403 | 407) => EndWord::Forbidden,
        Some(300..500 | 604) => EndWord::Unreachable,
        Some(_) => EndWord::Failure,
    }
}

#[cfg(test)]
mod tests {
    use plugboard_domain::call::{EndWord, EndedBy};
    use plugboard_sip::Ended;

    use super::of;

    #[test]
    fn codes_of_networks_become_words() {
        let word = |by_peer, up, code| {
            let how = Ended {
                by_peer,
                code,
                q850: Some(17),
            };
            let (by, cause) = of(&how, up);
            (by, cause.word)
        };
        assert_eq!(word(true, true, None), (EndedBy::Caller, EndWord::Normal));
        assert_eq!(
            word(true, false, Some(487)),
            (EndedBy::Caller, EndWord::Cancelled)
        );
        assert_eq!(
            word(true, false, Some(486)),
            (EndedBy::Caller, EndWord::Busy)
        );
        assert_eq!(
            word(true, false, Some(302)),
            (EndedBy::System, EndWord::Unreachable)
        );
        assert_eq!(
            word(true, false, Some(503)),
            (EndedBy::System, EndWord::Failure)
        );
        assert_eq!(
            word(false, true, Some(408)),
            (EndedBy::System, EndWord::Lost)
        );
    }
}
