//! Well-behaved calls: grants, pools, recordings, compiled code.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::support::{POLICY, SERVICE, Setup, account, ask, guest, nobody};
use plugboard_plugin_runtime::{
    Account, CallError, Plugin, Recorder, Recording, ReplayError, Runtime, RuntimeOptions,
    types::{HookEvent, Target},
};
use serde_json::json;

async fn say(plugin: &Plugin, account: &Account, what: &str) -> String {
    let event = HookEvent {
        seq: 1,
        name: what.to_owned(),
        at: 1,
        conversation: None,
        payload: "{}".to_owned(),
    };
    match plugin.on_event(account, event).await {
        Ok(()) => "ok".to_owned(),
        Err(CallError::Refused(failure)) => failure.message,
        Err(error) => panic!("{what}: {error}"),
    }
}

#[tokio::test]
async fn a_policy_decides_with_its_settings() {
    let setup = Setup::new(false);
    let plugin = setup.policy().await;
    let account = account("", &[("share", "least busy")]);
    plugin.warm(&account).await.unwrap();
    let decision = plugin.route(&account, ask("hello")).await.unwrap();
    assert_eq!(decision.target, Target::Agent("a19".to_owned()));
    assert_eq!(decision.reason, "least busy");
    assert_eq!(setup.desk.lines(), ["debug deciding"]);
    let gone = plugin.describe(&account).await.unwrap_err();
    assert_eq!(gone, CallError::Gone("lifecycle.describe".to_owned()));
    assert_eq!((plugin.figures().instances, plugin.idle()), (1, 1));
}

#[tokio::test]
async fn a_guest_has_no_files_no_environment_no_network_no_time_and_no_chance() {
    let setup = Setup::new(false);
    let plugin = setup.policy().await;
    let files = plugin.route(&nobody(), ask("files")).await.unwrap().reason;
    assert!(files.starts_with("Err("), "{files}");
    assert!(files.ends_with(" 0 true"), "{files}");
    let first = plugin.route(&nobody(), ask("chance")).await.unwrap();
    plugin.cool();
    assert_eq!(plugin.route(&nobody(), ask("chance")).await.unwrap(), first);
}

#[tokio::test]
async fn only_what_was_granted_reaches_the_backing() {
    let setup = Setup::new(false);
    let plugin = setup.service().await;
    let nobody = nobody();
    let mut denied = 0;
    for (what, answer, refused) in [
        ("fetch https://api.example.com/a", "\"200 4\"", false),
        ("fetch https://evil.example.net/", "\"denied\"", true),
        ("fetch http://api.example.com/", "\"denied\"", true),
        ("fetch https://127.0.0.1/", "\"denied\"", true),
        (
            "fetch https://api.example.com@evil.net/",
            "\"invalid\"",
            false,
        ),
        (
            "fetch https://api.example.com/{{secret:token}}",
            "\"200 4\"",
            false,
        ),
        (
            "fetch https://api.example.com/{{secret:other}}",
            "\"denied\"",
            true,
        ),
        ("post {{secret:other}}", "\"denied\"", true),
        ("bearer token", "\"200 4\"", false),
        ("bearer other", "\"denied\"", true),
        ("host-header evil.net", "\"invalid\"", false),
        ("secret token", "(true, Ok([109]))", false),
        ("secret other", "(false, Err(\"denied\"))", true),
        ("command", "(Ok(()), Err(\"denied\"))", true),
        ("timer", "Err(\"denied\")", true),
        ("kv-set 101", "Err(\"too-large\")", false),
        ("world", "(1234, 99, [7, 7, 7])", false),
    ] {
        assert_eq!(say(&plugin, &nobody, what).await, answer, "{what}");
        let now = plugin.figures().denied;
        assert_eq!(now > denied, refused, "{what}");
        denied = now;
    }
    assert_eq!(
        *setup.desk.fetched.lock().unwrap(),
        [
            "https://api.example.com/a",
            "https://api.example.com/{{secret:token}}",
            "https://api.example.com/"
        ]
    );
    assert_eq!(*setup.desk.executed.lock().unwrap(), ["note"]);
    let lines = setup.desk.lines();
    assert!(
        lines.contains(&"warn command \"reply\" was not granted".to_owned()),
        "{lines:?}"
    );
    assert!(plugin.used().contains("http:api.example.com"));
    assert!(plugin.grants().unused(&plugin.used()).is_empty());
}

#[tokio::test]
async fn requests_have_a_rate() {
    let setup = Setup::new(false);
    let plugin = setup
        .load(SERVICE, guest("service"), |limits| {
            limits.http_per_minute = 3;
        })
        .await
        .unwrap();
    let said = say(&plugin, &nobody(), "fetches 5").await;
    assert_eq!(said, "\"ok,ok,ok,limit,limit\"");
}

#[tokio::test]
async fn accounts_share_neither_instances_nor_values_and_settings_renew_instances() {
    let setup = Setup::new(false);
    let plugin = setup.service().await;
    let one = account("i1", &[("shop", "A")]);
    let two = account("i2", &[("shop", "B")]);
    assert_eq!(say(&plugin, &one, "account").await, "(\"i1\", Some(\"A\"))");
    assert_eq!(say(&plugin, &two, "account").await, "(\"i2\", Some(\"B\"))");
    assert_eq!(
        say(&plugin, &one, "kv v1").await,
        "(Ok(None), Ok(()), Ok(false), Ok(true), Ok(Some([255])), Ok([\"i1/k\"]))"
    );
    assert!(say(&plugin, &two, "kv v2").await.starts_with("(Ok(None), "));
    assert_eq!(plugin.figures().instances, 2);
    let renamed = account("i1", &[("shop", "C")]);
    assert_eq!(
        say(&plugin, &renamed, "account").await,
        "(\"i1\", Some(\"C\"))"
    );
    assert_eq!(plugin.figures().instances, 3);
}

#[tokio::test]
async fn instances_are_reused_so_often_and_no_more() {
    let setup = Setup::new(false);
    let plugin = setup
        .load(POLICY, guest("policy"), |limits| limits.reuse = 3)
        .await
        .unwrap();
    let mut counts = Vec::new();
    for _ in 0..7 {
        let decision = plugin.route(&nobody(), ask("remember")).await.unwrap();
        counts.push(decision.reason);
    }
    assert_eq!(counts, ["1", "2", "3", "1", "2", "3", "1"]);
}

#[tokio::test]
async fn whoever_waits_too_long_or_behind_too_many_is_told() {
    let setup = Setup::new(false);
    let plugin = setup
        .load(SERVICE, guest("service"), |limits| {
            limits.instances = 1;
            limits.queue = 1;
            limits.queue_wait = Duration::from_millis(100);
        })
        .await
        .unwrap();
    let slow = HookEvent {
        seq: 1,
        name: "wait".to_owned(),
        at: 1,
        conversation: None,
        payload: String::new(),
    };
    plugin.warm(&nobody()).await.unwrap();
    let nobody = nobody();
    let first = plugin.on_event(&nobody, slow.clone());
    let second = plugin.on_event(&nobody, slow.clone());
    let third = plugin.on_event(&nobody, slow.clone());
    let (first, second, third) = tokio::join!(first, second, third);
    assert!(matches!(first, Err(CallError::Refused(_))), "{first:?}");
    assert_eq!(second, Err(CallError::Busy));
    assert_eq!(third, Err(CallError::Busy));
    // A caller that gives up leaves a free place behind, and no broken instance.
    let given_up =
        tokio::time::timeout(Duration::from_millis(50), plugin.on_event(&nobody, slow)).await;
    assert!(given_up.is_err());
    assert_eq!(say(&plugin, &nobody, "ok").await, "ok");
}

#[tokio::test]
async fn a_plugin_that_fails_again_and_again_rests() {
    let setup = Setup::new(false);
    let plugin = setup.policy().await;
    for _ in 0..5 {
        let error = plugin.route(&nobody(), ask("panic")).await.unwrap_err();
        assert_eq!(error.kind(), "trap");
    }
    let error = plugin.route(&nobody(), ask("")).await.unwrap_err();
    assert_eq!(error, CallError::Resting);
    assert_eq!(plugin.figures().failures["resting"], 1);
}

#[tokio::test]
async fn a_full_house_makes_room_from_idle_instances() {
    let runtime = Runtime::new(&RuntimeOptions {
        instances: 2,
        ..RuntimeOptions::default()
    })
    .unwrap();
    let setup = Setup {
        runtime,
        desk: Arc::default(),
    };
    let plugin = setup.policy().await;
    for number in 0..4 {
        let account = account(&number.to_string(), &[]);
        plugin.route(&account, ask("")).await.unwrap();
    }
    assert_eq!((plugin.figures().instances, plugin.idle()), (4, 2));
}

#[derive(Default)]
struct Tape(Mutex<Vec<Recording>>);

impl Recorder for Tape {
    fn record(&self, recording: Recording) {
        self.0.lock().unwrap().push(recording);
    }
}

#[tokio::test]
async fn a_recorded_call_is_replayed_bit_by_bit_without_the_desk() {
    let setup = Setup::new(true);
    let tape = Arc::new(Tape::default());
    let service = setup.service().await;
    let recorder: Arc<dyn Recorder> = tape.clone();
    service.record(Some(recorder));
    let one = account("i1", &[("shop", "A")]);
    for what in [
        "kv v1",
        "kv v2",
        "world",
        "account",
        "fetch https://api.example.com/x",
    ] {
        say(&service, &one, what).await;
    }
    service.record(None);
    say(&service, &one, "world").await;
    let recordings = std::mem::take(&mut *tape.0.lock().unwrap());
    assert_eq!(recordings.len(), 5);
    assert!(
        recordings
            .iter()
            .all(|it| it.fuel.is_some_and(|fuel| fuel > 0))
    );
    let fetched = setup.desk.fetched.lock().unwrap().len();
    setup.desk.kv.lock().unwrap().clear();
    for recording in &recordings {
        let line = recording.to_line();
        let recording: Recording = serde_json::from_str(&line).unwrap();
        let observed = service.replay(&recording).await.unwrap();
        assert_eq!(observed.recording, recording, "the cost is the same, too");
    }
    assert_eq!(setup.desk.fetched.lock().unwrap().len(), fetched);
    assert!(setup.desk.kv.lock().unwrap().is_empty());

    let mut changed = recordings[0].clone();
    changed.input = json!([{ "seq": 1, "name": "kv v3", "at": 1, "payload": "{}" }]);
    assert!(matches!(
        service.replay(&changed).await,
        Err(ReplayError::Call { number: 3, .. })
    ));
    let mut shorter = recordings[0].clone();
    shorter.calls.pop();
    assert!(matches!(
        service.replay(&shorter).await,
        Err(ReplayError::Call { .. })
    ));
    let mut longer = recordings[0].clone();
    longer.calls.push(longer.calls[0].clone());
    assert!(matches!(
        service.replay(&longer).await,
        Err(ReplayError::Unused { missing: 1, .. })
    ));
    let mut other = recordings[0].clone();
    other.output = json!({ "ok": null });
    assert!(matches!(
        service.replay(&other).await,
        Err(ReplayError::Output { .. })
    ));
}

#[tokio::test]
async fn a_case_is_written_with_the_names_of_the_contract() {
    let setup = Setup::new(true);
    let plugin = setup.policy().await;
    let input = json!([{
        "conversation": { "id": "c", "channel": "webchat", "account": "i", "status": "open", "last-text": "hi",
            "opened-at": 1, "priority": 1, "message-count": 1, "contact": { "id": "k" } },
        "candidates": [{ "id": "a", "load": 0, "capacity": 1, "online": true, "in-scope": true, "passed": false }],
        "hops": 0, "now": 1,
    }]);
    let account = account("", &[("share", "s")]);
    let observed = plugin
        .observe(&account, "routing.route", &input)
        .await
        .unwrap();
    assert_eq!(
        observed.answer.unwrap(),
        json!({ "Ok": { "target": { "agent": "a" }, "add-tags": [], "reason": "s" } })
    );
    assert_eq!(observed.recording.calls[0].function, "config.get");
    let again = plugin
        .observe(&account, "routing.route", &input)
        .await
        .unwrap();
    assert_eq!(again.recording, observed.recording);
    assert!(
        plugin
            .observe(&account, "routing.rout", &input)
            .await
            .is_err()
    );
    let error = plugin
        .observe(&account, "routing.route", &json!([{}]))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("conversation"), "{error}");
}

#[tokio::test]
async fn compiled_code_is_kept_and_taken() {
    let directory = tempfile::tempdir().unwrap();
    let options = RuntimeOptions {
        cache: Some(directory.path().to_owned()),
        ..RuntimeOptions::default()
    };
    for _ in 0..2 {
        let setup = Setup {
            runtime: Runtime::new(&options).unwrap(),
            desk: Arc::default(),
        };
        let plugin = setup.policy().await;
        plugin.route(&nobody(), ask("")).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(files.len(), 1, "{files:?}");
    }
}

/// The manifests of the plugins that come with Plugboard are read as they are.
#[test]
fn bundled_manifests_are_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path().join("plugin.toml");
        let Ok(source) = std::fs::read_to_string(&path) else {
            continue;
        };
        if let Err(error) = plugboard_plugin_runtime::Manifest::parse(&source) {
            panic!("{}: {error}", path.display());
        }
        read += 1;
    }
    assert!(read > 0, "no manifest in {folder}");
}
