//! The demo desk: who works there, for which shops, by which rules.

use std::collections::{BTreeMap, BTreeSet};

use plugboard_domain::{
    Command, Envelope, Principal, Timestamp,
    access::{Role, Scope},
    channel::ChannelKind,
    conversation::Stage,
    desk::{
        Agent, AssignmentMethod, Attendance, Availability, BusinessHours, Entity, Inbox,
        InboxPolicy, Macro, Overflow, Private, Shop, SlaPolicy, Team,
    },
    hours::{Period, WeeklyHours},
    ids::{AgentId, BusinessHoursId, InboxId, ShopId, SlaPolicyId, TeamId},
    sla::SlaTarget,
};
use plugboard_engine::{Engine, EngineError};
use serde_json::{Map, Value, json};

/// A member of the demo team.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Who.
    pub(crate) id: AgentId,
    /// Whether they write Chinese (or English).
    pub(crate) chinese: bool,
}

/// The demo desk.
#[derive(Clone, Debug)]
pub(crate) struct Demo {
    /// Before the sale.
    pub(crate) presale: TeamId,
    /// After the sale.
    pub(crate) aftersale: TeamId,
    /// The tea shop's widget.
    pub(crate) tea_inbox: InboxId,
    /// The outdoor shop's widget.
    pub(crate) outdoor_inbox: InboxId,
    /// The tea shop's telephone.
    pub(crate) hotline: InboxId,
    /// Who answers.
    pub(crate) members: Vec<Member>,
    /// Who looks around.
    pub(crate) administrator: AgentId,
}

/// Sign-in address of the administrator of the demo desk.
pub(crate) const ADMINISTRATOR: &str = "admin@plugboard.test";

struct NewAgent {
    name: &'static str,
    email: &'static str,
    role: Role,
    skills: &'static [&'static str],
    chinese: bool,
}

const TEAM: [NewAgent; 7] = [
    NewAgent {
        name: "陈晓 Chen Xiao",
        email: ADMINISTRATOR,
        role: Role::Administrator,
        skills: &["zh", "en", "refunds"],
        chinese: true,
    },
    NewAgent {
        name: "周敏 Zhou Min",
        email: "zhou.min@plugboard.test",
        role: Role::Supervisor,
        skills: &["zh", "en", "vip", "refunds"],
        chinese: true,
    },
    NewAgent {
        name: "李娜 Li Na",
        email: "li.na@plugboard.test",
        role: Role::Agent,
        skills: &["zh", "presale"],
        chinese: true,
    },
    NewAgent {
        name: "王磊 Wang Lei",
        email: "wang.lei@plugboard.test",
        role: Role::Agent,
        skills: &["zh", "refunds"],
        chinese: true,
    },
    NewAgent {
        name: "Emma Clarke",
        email: "emma.clarke@plugboard.test",
        role: Role::Agent,
        skills: &["en", "presale"],
        chinese: false,
    },
    NewAgent {
        name: "Tom Becker",
        email: "tom.becker@plugboard.test",
        role: Role::Agent,
        skills: &["en", "refunds"],
        chinese: false,
    },
    NewAgent {
        name: "赵静 Zhao Jing",
        email: "zhao.jing@plugboard.test",
        role: Role::QualityInspector,
        skills: &["zh"],
        chinese: true,
    },
];

pub(crate) async fn configure(engine: &Engine, password_hash: &str) -> Result<Demo, EngineError> {
    let now = engine.now();
    let mut agents = Vec::new();
    for new in &TEAM {
        let id: AgentId = engine.mint();
        let private = Private {
            email: Some(new.email.into()),
            password_hash: Some(password_hash.into()),
            ..Private::default()
        };
        save(engine, Entity::Agent(agent(id, new, now)), private).await?;
        agents.push(id);
    }
    let by = |indices: &[usize]| {
        indices
            .iter()
            .map(|at| agents[*at])
            .collect::<BTreeSet<_>>()
    };
    let presale = team(engine, "售前 Presale", by(&[0, 1, 2, 4]), None, now).await?;
    let overflow = Overflow {
        team_id: presale,
        after_secs: 1_800,
    };
    let aftersale = team(
        engine,
        "售后 Aftersale",
        by(&[0, 1, 3, 5]),
        Some(overflow),
        now,
    )
    .await?;
    let hours = business_hours(engine, now).await?;
    let sla = sla_policy(engine, now).await?;
    let tea = shop(engine, "山岚茶事 Mountain Mist Tea", now).await?;
    let outdoor = shop(engine, "北径户外 Northtrail Outdoor", now).await?;
    let widget = |name: &str, shop, color: &str, greeting: &str, away: &str, title: &str| Inbox {
        id: engine.mint(),
        name: name.into(),
        channel: ChannelKind::Webchat,
        shop_id: Some(shop),
        team_id: Some(presale),
        policy: InboxPolicy {
            greeting: Some(greeting.into()),
            away_message: Some(away.into()),
            business_hours_id: Some(hours),
            sla_policy_id: Some(sla),
            stage: Some(Stage::Presale),
            reopen_within_hours: Some(24),
            ..InboxPolicy::default()
        },
        settings: settings(
            &json!({ "title": title, "color": color, "prechat": "off", "proactive_after_secs": 3 }),
        ),
        created_at: now,
    };
    let tea_widget = widget(
        "山岚茶事 · 官网",
        tea,
        "#2f6f4f",
        "您好，欢迎光临山岚茶事！请问想了解哪款茶，或者需要我帮您查订单？",
        "您好，现在是休息时间。您的留言我们已经收到，上班后第一时间回复您。",
        "山岚茶事",
    );
    let outdoor_widget = widget(
        "Northtrail · website",
        outdoor,
        "#1f5fa8",
        "Hi, welcome to Northtrail! Ask us about gear, sizes or an order and a person will answer in a moment.",
        "Thanks for writing! We are away right now and will answer as soon as we are back.",
        "Northtrail Outdoor",
    );
    let (tea_inbox, outdoor_inbox) = (tea_widget.id, outdoor_widget.id);
    save(engine, Entity::Inbox(tea_widget), Private::default()).await?;
    save(engine, Entity::Inbox(outdoor_widget), Private::default()).await?;
    let hotline = hotline(engine, tea, presale, now).await?;
    macros(engine, aftersale, now).await?;
    let members = [1, 2, 3, 4, 5]
        .map(|at: usize| Member {
            id: agents[at],
            chinese: TEAM[at].chinese,
        })
        .to_vec();
    Ok(Demo {
        presale,
        aftersale,
        tea_inbox,
        outdoor_inbox,
        hotline,
        members,
        administrator: agents[0],
    })
}

/// The newcomer's own account is at work, so that the first conversation rings with them.
pub(crate) async fn open_for_business(engine: &Engine, demo: &Demo) -> Result<(), EngineError> {
    let command = Command::SetAvailability {
        agent_id: demo.administrator,
        availability: Availability::Online,
    };
    engine
        .execute(Envelope::new(Principal::System("demo"), command))
        .await?;
    Ok(())
}

async fn save(engine: &Engine, entity: Entity, private: Private) -> Result<(), EngineError> {
    engine
        .execute(Envelope::new(
            Principal::System("demo"),
            Command::Save { entity, private },
        ))
        .await?;
    Ok(())
}

fn agent(id: AgentId, new: &NewAgent, now: Timestamp) -> Agent {
    Agent {
        id,
        name: new.name.into(),
        role: new.role,
        skills: new.skills.iter().map(|it| (*it).to_owned()).collect(),
        capacity: 40,
        scope: Scope::default(),
        availability: Availability::Offline,
        availability_since: now,
        attendance: Attendance::Unseen,
        disabled: false,
        locale: None,
        reports_to: None,
        created_at: now,
    }
}

async fn team(
    engine: &Engine,
    name: &str,
    members: BTreeSet<AgentId>,
    overflow: Option<Overflow>,
    now: Timestamp,
) -> Result<TeamId, EngineError> {
    let id = engine.mint();
    let assignment = AssignmentMethod::LeastLoaded;
    let team = Team {
        id,
        name: name.into(),
        members,
        assignment,
        overflow,
        created_at: now,
    };
    save(engine, Entity::Team(team), Private::default()).await?;
    Ok(id)
}

async fn shop(engine: &Engine, name: &str, now: Timestamp) -> Result<ShopId, EngineError> {
    let id = engine.mint();
    save(
        engine,
        Entity::Shop(Shop {
            id,
            name: name.into(),
            created_at: now,
        }),
        Private::default(),
    )
    .await?;
    Ok(id)
}

/// A number without a line: what was, is played, and a PBX may report what will be.
async fn hotline(
    engine: &Engine,
    shop: ShopId,
    team: TeamId,
    now: Timestamp,
) -> Result<InboxId, EngineError> {
    let id = engine.mint();
    let inbox = Inbox {
        id,
        name: "山岚茶事 · 热线".into(),
        channel: ChannelKind::Phone,
        shop_id: Some(shop),
        team_id: Some(team),
        policy: InboxPolicy::default(),
        settings: settings(&json!({
            "numbers": ["+8657188990011"],
            "recording": { "policy": "always" },
            "dispositions": [
                { "code": "resend", "label": "补发 Sent again" },
                { "code": "refund", "label": "退款 Refund" },
                { "code": "question", "label": "咨询 Question" },
            ],
        })),
        created_at: now,
    };
    save(engine, Entity::Inbox(inbox), Private::default()).await?;
    Ok(id)
}

async fn business_hours(engine: &Engine, now: Timestamp) -> Result<BusinessHoursId, EngineError> {
    let id = engine.mint();
    // A newcomer may come at any hour: the demo desk is staffed around the clock.
    let day = vec![Period { from: 0, to: 1440 }];
    let hours = WeeklyHours {
        time_zone: "Asia/Shanghai".into(),
        week: (1..=7).map(|weekday| (weekday, day.clone())).collect(),
        holidays: BTreeSet::new(),
        exceptions: BTreeMap::new(),
    };
    let hours = BusinessHours {
        id,
        name: "全天 Around the clock".into(),
        hours,
        created_at: now,
    };
    save(engine, Entity::BusinessHours(hours), Private::default()).await?;
    Ok(id)
}

async fn sla_policy(engine: &Engine, now: Timestamp) -> Result<SlaPolicyId, EngineError> {
    let id = engine.mint();
    let targets = BTreeMap::from([
        (SlaTarget::FirstResponse, 180),
        (SlaTarget::NextResponse, 600),
        (SlaTarget::Resolution, 2 * 86_400),
    ]);
    let policy = SlaPolicy {
        id,
        name: "3 分钟首响 · 3-minute first reply".into(),
        targets,
        created_at: now,
    };
    save(engine, Entity::SlaPolicy(policy), Private::default()).await?;
    Ok(id)
}

async fn macros(engine: &Engine, aftersale: TeamId, now: Timestamp) -> Result<(), EngineError> {
    let macro_ = |name: &str, text: &str| Macro {
        id: engine.mint(),
        name: name.into(),
        owner: None,
        text: text.into(),
        add_tags: BTreeSet::new(),
        set_stage: None,
        set_priority: None,
        assign_team: None,
        resolve_as: None,
        created_at: now,
    };
    let tagged = |tag: &str| BTreeSet::from([tag.to_owned()]);
    let all = [
        macro_(
            "查物流",
            "{{contact.name}}您好，我马上帮您查询物流，请稍等片刻。",
        ),
        Macro {
            add_tags: tagged("退款"),
            set_stage: Some(Stage::Aftersale),
            assign_team: Some(aftersale),
            ..macro_(
                "转售后退款",
                "您的退款申请我已转给售后同事，会在 24 小时内处理，请您放心。",
            )
        },
        Macro {
            resolve_as: Some("已解决".into()),
            ..macro_("结束语", "感谢您的咨询，祝您生活愉快，有需要随时找我们！")
        },
        macro_(
            "Where is my order",
            "Hi {{contact.name}}, let me look up the parcel for you, one moment please.",
        ),
        Macro {
            add_tags: tagged("refund"),
            set_stage: Some(Stage::Aftersale),
            assign_team: Some(aftersale),
            ..macro_(
                "Hand over: refund",
                "I have passed your refund to our aftersale team; they will answer within a day.",
            )
        },
        Macro {
            resolve_as: Some("solved".into()),
            ..macro_("Goodbye", "Glad we could help. Enjoy, and write any time!")
        },
    ];
    for macro_ in all {
        save(engine, Entity::Macro(macro_), Private::default()).await?;
    }
    Ok(())
}

fn settings(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
