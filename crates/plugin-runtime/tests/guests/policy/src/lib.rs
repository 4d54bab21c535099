//! A routing policy that does what the customer's last text says: well-behaved things, and bombs.

wit_bindgen::generate!({
    world: "routing-policy",
    path: "../../../../plugin-sdk/wit/since-v0.1",
});

use std::hint::black_box;

use exports::plugboard::plugin::routing::{Decision, Guest, Request, Target};
use plugboard::plugin::{config, log};

struct Policy;

fn decide(target: Target, reason: String) -> Result<Decision, String> {
    Ok(Decision {
        target,
        priority: None,
        add_tags: Vec::new(),
        reason,
    })
}

fn deeper(depth: u64) -> u64 {
    let room = black_box([depth; 64]);
    if black_box(depth) == u64::MAX {
        return 0;
    }
    deeper(depth + 1).wrapping_add(room[7])
}

/// As above, without a variable in memory: it fills the engine's stack, not its own.
fn leanly_deeper(depth: u64) -> u64 {
    if depth == u64::MAX {
        return 0;
    }
    leanly_deeper(depth + 1).rotate_left((depth % 64) as u32) ^ depth
}

impl Guest for Policy {
    fn route(request: Request) -> Result<Decision, String> {
        let text = request.conversation.last_text.as_str();
        match text {
            "loop" => loop {
                black_box(0);
            },
            "memory" => {
                let mut kept: Vec<Vec<u8>> = Vec::new();
                loop {
                    kept.push(black_box(vec![1; 1 << 20]));
                }
            }
            "recursion" => decide(Target::Wait, deeper(0).to_string()),
            "lean recursion" => decide(Target::Wait, leanly_deeper(request.now).to_string()),
            "huge answer" => decide(Target::Wait, "x".repeat(4 << 20)),
            "many tags" => Ok(Decision {
                target: Target::Wait,
                priority: None,
                add_tags: vec![String::new(); 100_000],
                reason: String::new(),
            }),
            "bad utf-8" => {
                // SAFETY: this is the point; the host has to notice.
                let reason = unsafe { String::from_utf8_unchecked(vec![0xff, 0xfe]) };
                decide(Target::Wait, reason)
            }
            "host calls" => loop {
                config::get("share");
            },
            "huge log" => {
                log::write(log::Level::Info, &"x".repeat(4 << 20), &[]);
                decide(Target::Wait, String::new())
            }
            "many logs" => {
                for line in 0..40 {
                    log::write(log::Level::Info, &format!("line {line}"), &[]);
                }
                decide(Target::Wait, String::new())
            }
            "prints" => {
                println!("said aloud");
                decide(Target::Wait, String::new())
            }
            "print flood" => {
                let line = "x".repeat(1000);
                for _ in 0..1000 {
                    println!("{line}");
                }
                decide(Target::Wait, String::new())
            }
            "panic" => panic!("the rule fell over"),
            "exit" => std::process::exit(3),
            "refuse" => Err("not today".to_owned()),
            "files" => {
                let file = std::fs::read_to_string("/etc/passwd").map_err(|it| it.kind());
                let env = std::env::vars().count();
                let net = std::net::TcpStream::connect("127.0.0.1:80").map_err(|it| it.kind());
                decide(Target::Wait, format!("{file:?} {env} {}", net.is_err()))
            }
            "chance" => {
                let map: std::collections::HashMap<u32, u32> = (0..20).map(|it| (it, it)).collect();
                let now = std::time::SystemTime::now();
                decide(Target::Wait, format!("{map:?} {now:?}"))
            }
            "remember" => {
                static CALLS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
                let calls = CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                decide(Target::Wait, calls.to_string())
            }
            _ => {
                let share = config::get("share").unwrap_or_default();
                log::write(log::Level::Debug, "deciding", &[]);
                let best = request
                    .candidates
                    .iter()
                    .filter(|it| it.online && it.load < it.capacity)
                    .filter(|it| request.required_skills.iter().all(|skill| it.skills.contains(skill)))
                    .min_by_key(|it| it.load);
                match best {
                    Some(agent) => decide(Target::Agent(agent.id.clone()), share),
                    None => decide(Target::Next, share),
                }
            }
        }
    }
}

export!(Policy);
