//! Who gets in with which token.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use plugboard_channel_webchat::{IdentityError as E, SignedClaims, Webchat, identity};
use plugboard_domain::{
    Timestamp,
    channel::ChannelKind,
    desk::{Inbox, InboxPolicy},
    ids::{InboxId, ShopId},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use uuid::Uuid;

const SECRET: &[u8] = b"a secret of the shop";
const NOW: i64 = 1_800_000_000;

fn inbox() -> Inbox {
    Inbox {
        id: InboxId(Uuid::from_u128(7)),
        name: "shop".into(),
        channel: ChannelKind::Webchat,
        shop_id: None,
        team_id: None,
        policy: InboxPolicy::default(),
        settings: Map::new(),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

fn sign(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let signed = [header, claims]
        .map(|part| BASE64.encode(part.to_string()))
        .join(".");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(signed.as_bytes());
    let signature = BASE64.encode(mac.finalize().into_bytes());
    format!("{signed}.{signature}")
}

fn hs256(claims: &Value) -> String {
    sign(&json!({"alg": "HS256", "typ": "JWT"}), claims, SECRET)
}

fn verify(token: &str) -> Result<SignedClaims, E> {
    let now = Timestamp::from_second(NOW).unwrap();
    identity::verify(token, SECRET, &inbox(), now)
}

/// Why claims, well signed, are refused.
#[track_caller]
fn refused(claims: &Value) -> E {
    match verify(&hs256(claims)) {
        Ok(_) => panic!("{claims} was accepted"),
        Err(error) => error,
    }
}

#[test]
fn a_signed_customer_is_who_the_shop_says() {
    let claims = json!({
        "sub": "customer-42", "exp": NOW + 60, "name": "李雷", "email": "Li@Example.com", "phone": "138 0013 8000",
        "aud": ["other", inbox().id.to_string()],
    });
    let identity = verify(&hs256(&claims))
        .ok()
        .unwrap()
        .into_identity(&inbox());
    assert_eq!(identity.external.value, "customer-42");
    assert!(identity.external.scope.starts_with("inbox:"));
    assert_eq!(identity.email.unwrap().value, "li@example.com");
    assert_eq!(identity.profile.name.as_deref(), Some("李雷"));
}

#[test]
fn a_shop_says_what_it_knows_about_its_customer() {
    let of = |attributes: Value| {
        verify(&hs256(
            &json!({"sub": "a", "exp": NOW + 60, "attributes": attributes}),
        ))
        .map(|it| it.into_identity(&inbox()).profile.attributes)
    };
    let known = of(json!({"orders": 12, "vip": true, "city": "杭州", "gone": null}));
    let known: Vec<_> = known.unwrap().unwrap().into_iter().collect();
    let expected = [("city", "杭州"), ("orders", "12"), ("vip", "true")];
    assert_eq!(
        known,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    for wrong in [
        json!({"orders": [1]}),
        json!({"a": {"b": "c"}}),
        json!({"note": "x".repeat(501)}),
    ] {
        assert_eq!(of(wrong).err(), Some(E::Claim("attributes")));
    }
    let silent = verify(&hs256(&json!({"sub": "a", "exp": NOW + 60}))).unwrap();
    assert_eq!(silent.into_identity(&inbox()).profile.attributes, None);
}

#[test]
fn a_shop_has_one_customer_in_all_its_inboxes() {
    let claims =
        json!({"sub": 42, "exp": NOW + 60, "email": "a@b.example", "email_verified": false});
    let shop_inbox = Inbox {
        shop_id: Some(ShopId(Uuid::from_u128(9))),
        ..inbox()
    };
    let identity = verify(&hs256(&claims))
        .ok()
        .unwrap()
        .into_identity(&shop_inbox);
    assert!(identity.external.scope.starts_with("shop:"));
    assert_eq!(identity.external.value, "42");
    assert_eq!(
        identity.email, None,
        "an address that nobody checked proves nothing"
    );
    assert!(identity.profile.email.is_some());
}

#[test]
fn time_is_checked_with_half_a_minute_of_leeway() {
    let at = |exp: i64| verify(&hs256(&json!({"sub": "a", "exp": exp}))).err();
    assert_eq!(at(NOW - 29), None);
    assert_eq!(at(NOW - 30), Some(E::Expired));
    assert_eq!(refused(&json!({"sub": "a"})), E::Claim("exp"));
    assert_eq!(
        refused(&json!({"sub": "a", "exp": "soon"})),
        E::Claim("exp")
    );
    let early = json!({"sub": "a", "exp": NOW + 99, "nbf": NOW + 31});
    assert_eq!(refused(&early), E::NotYet);
}

#[test]
fn claims_that_do_not_fit_are_named() {
    let with = |key: &str, value: Value| {
        let mut claims = json!({"sub": "a", "exp": NOW + 60});
        claims[key] = value;
        refused(&claims)
    };
    assert_eq!(with("sub", json!("")), E::Claim("sub"));
    assert_eq!(with("sub", json!("a".repeat(201))), E::Claim("sub"));
    assert_eq!(with("sub", json!(["a"])), E::Claim("sub"));
    assert_eq!(with("email", json!("no address")), E::Claim("email"));
    assert_eq!(with("name", json!(1)), E::Claim("name"));
    assert_eq!(with("aud", json!("another inbox")), E::WrongAudience);
    assert_eq!(with("inbox", json!(7)), E::WrongAudience);
}

#[test]
fn the_header_does_not_choose_how_it_is_checked() {
    let claims = json!({"sub": "a", "exp": NOW + 60});
    for alg in ["none", "None", "HS512", "RS256", ""] {
        let token = sign(&json!({"alg": alg}), &claims, SECRET);
        assert_eq!(verify(&token).err(), Some(E::WrongAlgorithm), "{alg}");
    }
    let unsigned = sign(&json!({"alg": "none"}), &claims, SECRET);
    let unsigned = format!("{}.", unsigned.rsplit_once('.').unwrap().0);
    assert_eq!(verify(&unsigned).err(), Some(E::WrongAlgorithm));
    let critical = sign(&json!({"alg": "HS256", "crit": ["b64"]}), &claims, SECRET);
    assert_eq!(verify(&critical).err(), Some(E::WrongAlgorithm));
}

#[test]
fn only_the_inbox_secret_signs() {
    let claims = json!({"sub": "a", "exp": NOW + 60});
    let forged = sign(&json!({"alg": "HS256"}), &claims, b"another");
    assert_eq!(verify(&forged).err(), Some(E::WrongSignature));
    let empty = sign(&json!({"alg": "HS256"}), &claims, b"");
    let now = Timestamp::from_second(NOW).unwrap();
    assert_eq!(
        identity::verify(&empty, b"", &inbox(), now).err(),
        Some(E::NotOffered)
    );
    let truncated = hs256(&claims);
    let (signed, signature) = truncated.rsplit_once('.').unwrap();
    let short = BASE64.encode(&BASE64.decode(signature).unwrap()[..16]);
    assert_eq!(
        verify(&format!("{signed}.{short}")).err(),
        Some(E::WrongSignature)
    );
}

/// The example of RFC 7515, appendix A.1: another implementation's signature is understood.
#[test]
fn the_standard_example_is_verified() {
    let key =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let key = BASE64.decode(key).unwrap();
    let then = Timestamp::from_second(1_300_819_379).unwrap();
    // Past the signature and the expiry; it names no subject.
    assert_eq!(
        identity::verify(token, &key, &inbox(), then).err(),
        Some(E::Claim("sub"))
    );
}

#[test]
fn the_widget_keeps_the_channel_contract() {
    plugboard_channel::conformance::check(&Webchat, &inbox(), &BTreeMap::new());
}

proptest! {
    #[test]
    fn nonsense_never_gets_in(token in ".{0,300}") {
        prop_assert!(verify(&token).is_err());
    }

    #[test]
    fn no_changed_byte_goes_unnoticed(at in 0usize..1000, to in any::<u8>()) {
        let token = hs256(&json!({"sub": "a", "exp": NOW + 60}));
        let mut bytes = token.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = to & 0x7f;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assume!(changed != token);
        prop_assert!(verify(&changed).is_err());
    }
}
