//! Routes a shop's conversations to the team for what the customer wants: presale, aftersale, complaint, care, or orders and
//! logistics. What they want is read from their words, the tags and the stage; who in the team answers is for the next
//! policy of the chain.

mod intent;
mod settings;
mod words;

use plugboard_plugin_sdk::routing::{Decision, Request, RoutingPolicy, Target, TeamView};

pub use intent::{Guess, Intent, guess};
pub use settings::Settings;

struct ShopStage;

impl RoutingPolicy for ShopStage {
    fn route(request: Request) -> Result<Decision, String> {
        let settings: Settings = plugboard_plugin_sdk::settings()?;
        Ok(decide(&settings, &request))
    }
}

plugboard_plugin_sdk::export!(ShopStage: routing);

/// Whoever has been moved with less certainty than this stays: two plain words, or one strong one.
const SURE: u32 = 2;

/// Decides about one conversation.
pub fn decide(settings: &Settings, request: &Request) -> Decision {
    let conversation = &request.conversation;
    let zh = match settings.reasons.as_str() {
        "zh" => true,
        "en" => false,
        _ => conversation.primary_language().as_deref() == Some("zh"),
    };
    let here = conversation.team.as_deref();
    let Some(guess) = guess(settings, conversation) else {
        return unknown(settings, request, zh);
    };
    let mut decision = place(settings, request, &guess, here, zh);
    if guess.intent == Intent::Complaint && conversation.priority < 2 {
        decision.priority = Some(2);
    }
    let tag = guess.intent.tag(zh);
    if settings.add_tags && guess.score >= SURE && !conversation.has_tag(tag) {
        decision.add_tags = vec![tag.to_owned()];
    }
    decision
}

fn place(
    settings: &Settings,
    request: &Request,
    guess: &Guess,
    here: Option<&str>,
    zh: bool,
) -> Decision {
    let why = reason(guess, zh);
    let say = |en: &str, cn: &str| {
        format!(
            "{why}{} {}",
            if zh { "\u{ff1b}" } else { ";" },
            if zh { cn } else { en }
        )
    };
    let Some(team) = team_for(settings, request, guess.intent) else {
        return Decision::next(say("no team is named for that", "没有对应的团队"));
    };
    if Some(team.id.as_str()) == here {
        return Decision::next(say("it is in the right team", "已在对应团队"));
    }
    // Somebody who was placed is moved only for a good reason, and not for ever.
    if here.is_some() && guess.score < SURE {
        return Decision::next(say(
            "not sure enough to move it",
            "把握不足\u{ff0c}不转团队",
        ));
    }
    if request.hops >= settings.most_moves {
        return Decision::next(say("moved too often already", "已转接多次\u{ff0c}不再转接"));
    }
    Decision::new(Target::Team(team.id.clone()), why)
}

fn unknown(settings: &Settings, request: &Request, zh: bool) -> Decision {
    let first = team_named(request, &settings.default_team);
    match first {
        Some(team) if request.conversation.team.is_none() => {
            let why = if zh {
                "意图不明\u{ff0c}先由默认团队接待"
            } else {
                "not clear what it is about: the first team answers"
            };
            Decision::new(Target::Team(team.id.clone()), why)
        }
        _ => Decision::next(if zh {
            "意图不明"
        } else {
            "not clear what it is about"
        }),
    }
}

fn reason(guess: &Guess, zh: bool) -> String {
    let name = guess.intent.name(zh);
    let found = guess.because.join(if zh { "\u{3001}" } else { ", " });
    if zh {
        format!("识别为{name}\u{ff08}{found}\u{ff09}")
    } else {
        format!("{name} ({found})")
    }
}

/// The team that is set; else one whose name says it; else that of the nearest intent.
fn team_for<'a>(settings: &Settings, request: &'a Request, intent: Intent) -> Option<&'a TeamView> {
    let own = settings.team(intent);
    if !own.is_empty() {
        return team_named(request, own);
    }
    let says = |team: &&TeamView| {
        let name = team.name.to_lowercase();
        intent.team_words().iter().any(|word| name.contains(word))
    };
    request
        .teams
        .iter()
        .find(says)
        .or_else(|| team_for(settings, request, intent.nearest()?))
}

fn team_named<'a>(request: &'a Request, name: &str) -> Option<&'a TeamView> {
    if name.is_empty() {
        None
    } else {
        request.team(name)
    }
}
