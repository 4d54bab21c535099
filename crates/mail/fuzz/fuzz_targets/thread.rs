//! A mail goes somewhere, and nobody gets in by what he can write himself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plugboard_mail::{
    Options, decode,
    thread::{Keys, Loaded, Reason, place, wanted},
};
use uuid::Uuid;

fuzz_target!(|raw: &[u8]| {
    let keys = Keys::new(*b"a secret that the fuzzer has not");
    let mail = decode(raw, &Options::default());
    let wanted = wanted(&mail, &keys);
    assert!(wanted.conversations.is_empty(), "a token was guessed");
    let mut known = Loaded::default();
    let conversation = Uuid::from_u128(1);
    for number in wanted.number {
        known.numbers.insert(number, conversation);
    }
    for id in &wanted.message_ids {
        known.references.insert(id.clone(), conversation);
    }
    known.similar = Some(conversation);
    let placed = place(&mail, &known, &keys);
    assert!(matches!(placed.reason, Reason::New | Reason::Aside));
    let text = String::from_utf8_lossy(raw);
    assert_eq!(keys.of_address(&text), None);
    assert_eq!(keys.of_message_id(&text), None);
});
