//! An event hook that does what the event's name says, and answers with what came of it as a failure's message.

wit_bindgen::generate!({
    world: "event-hook",
    path: "../../../../plugin-sdk/wit/since-v0.1",
});

use std::hint::black_box;

use exports::plugboard::plugin::{
    hooks::{self, Event},
    lifecycle::{self, Info},
};
use plugboard::plugin::{
    clock, commands, config, http, kv, log, random, secrets, timers,
    types::{Failure, RetryAdvice},
};

struct Service;

fn say(message: impl std::fmt::Debug) -> Failure {
    Failure {
        code: "said".to_owned(),
        message: format!("{message:?}"),
        advice: RetryAdvice::NoRetry,
        retry_after_ms: None,
    }
}

fn request(url: &str) -> http::Request {
    http::Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        payload: http::Payload::Empty,
        timeout_ms: 1000,
        max_response_bytes: 0,
    }
}

fn fetch(request: &http::Request) -> Result<(), Failure> {
    let code = match http::fetch(request) {
        Ok(response) => format!("{} {}", response.status, response.body.len()),
        Err(failure) => failure.code,
    };
    Err(say(code))
}

impl lifecycle::Guest for Service {
    fn describe() -> Info {
        Info {
            name: "service".to_owned(),
            version: "0.1.0".to_owned(),
        }
    }

    fn start() -> Result<(), Failure> {
        match config::get("start").as_deref() {
            Some("trap") => panic!("no start"),
            Some("loop") => loop {
                black_box(0);
            },
            Some("refuse") => Err(say("not ready")),
            _ => Ok(()),
        }
    }

    fn migrate(_from: String) -> Result<(), Failure> {
        Ok(())
    }

    fn health() -> Result<String, Failure> {
        Ok("{}".to_owned())
    }

    fn on_timer(_key: String, _payload: String) -> Result<(), Failure> {
        Ok(())
    }
}

impl hooks::Guest for Service {
    fn on_event(event: Event) -> Result<(), Failure> {
        let (verb, rest) = event.name.split_once(' ').unwrap_or((&event.name, ""));
        match verb {
            "ok" => Ok(()),
            "fetch" => fetch(&request(rest)),
            "post" => fetch(&http::Request {
                method: "POST".to_owned(),
                payload: http::Payload::Bytes(rest.as_bytes().to_vec()),
                ..request("https://api.example.com/")
            }),
            "host-header" => fetch(&http::Request {
                headers: vec![("Host".to_owned(), http::Value::Plain(rest.to_owned()))],
                ..request("https://api.example.com/")
            }),
            "bearer" => fetch(&http::Request {
                headers: vec![("authorization".to_owned(), http::Value::Bearer(rest.to_owned()))],
                ..request("https://api.example.com/")
            }),
            "fetches" => {
                let mut codes = Vec::new();
                for _ in 0..rest.parse::<u32>().unwrap_or(1) {
                    codes.push(match http::fetch(&request("https://api.example.com/")) {
                        Ok(_) => "ok".to_owned(),
                        Err(failure) => failure.code,
                    });
                }
                Err(say(codes.join(",")))
            }
            "kv" => {
                let before = kv::get("k").map_err(|it| it.code);
                let set = kv::set("k", rest.as_bytes(), None).map_err(|it| it.code);
                let other = kv::compare_and_set("k", Some(b"other"), b"x", None).map_err(|it| it.code);
                let own = kv::compare_and_set("k", Some(rest.as_bytes()), &[0xff], None).map_err(|it| it.code);
                let after = kv::get("k").map_err(|it| it.code);
                let keys = kv::list_keys("", None, 10).map_err(|it| it.code);
                Err(say((before, set, other, own, after, keys)))
            }
            "kv-set" => Err(say(kv::set("k", &vec![0; rest.parse().unwrap_or(0)], None).map_err(|it| it.code))),
            "secret" => Err(say((
                secrets::exists(rest),
                secrets::hmac(secrets::Hash::Sha256, rest, b"m").map_err(|it| it.code),
            ))),
            "command" => Err(say((
                commands::execute("c1", &commands::Command::Note("n".to_owned())).map_err(|it| it.code),
                commands::execute("c1", &commands::Command::Reply("r".to_owned())).map_err(|it| it.code),
            ))),
            "timer" => Err(say(timers::schedule("t", 5, "{}").map_err(|it| it.code))),
            "world" => Err(say((clock::now(), clock::monotonic_ns(), random::bytes(3)))),
            "wait" => {
                // The backing takes its time for this one.
                let code = http::fetch(&request("https://api.example.com/slow")).map(|it| it.status);
                Err(say(code.map_err(|it| it.code)))
            }
            "sleep" => {
                std::thread::sleep(std::time::Duration::from_secs(3600));
                Ok(())
            }
            "loop" => loop {
                black_box(0);
            },
            "log" => {
                for line in 0..1000 {
                    log::write(log::Level::Info, &format!("line {line}"), &[]);
                }
                Ok(())
            }
            "huge" => Err(say("x".repeat(3 << 20))),
            "account" => Err(say((config::account(), config::get("shop")))),
            _ => Err(say("unknown")),
        }
    }
}

export!(Service);
