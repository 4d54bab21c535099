use insta::assert_snapshot;
use plugboard_domain::{
    AgentId, DecisionId, TeamId,
    conversation::ConversationCommand,
    desk::{Availability, Desk, Entity, Overflow},
    timer::TimerKind,
};
use uuid::Uuid;

use crate::support::{
    CARE, HOUR, LI, NIGHT, Step, WANG, boss, contact, desk, desk_with, li, outcome, outcome_in,
    robot, timer, wang,
};

fn route(agent: AgentId) -> Step {
    let decision = DecisionId(Uuid::from_u128(7));
    robot().does(ConversationCommand::Route { agent, decision })
}

fn assign(agent: Option<AgentId>, team: Option<TeamId>) -> Step {
    boss().does(ConversationCommand::Assign { agent, team })
}

fn back(reason: &str) -> Step {
    let reason = reason.to_owned();
    robot().does(ConversationCommand::ReturnToQueue { reason })
}

fn offering() -> Desk {
    desk_with(|it| it.offer_timeout_secs = Some(30))
}

fn overflowing() -> Desk {
    let mut desk = desk();
    let mut care = desk.team(CARE).unwrap().clone();
    care.overflow = Some(Overflow {
        team_id: NIGHT,
        after_secs: 120,
    });
    desk.save(Entity::Team(care));
    desk
}

fn with_availability(availability: Availability) -> Desk {
    let mut desk = desk();
    let mut agent = desk.agent(LI).unwrap().clone();
    agent.availability = availability;
    desk.save(Entity::Agent(agent));
    desk
}

fn disabled() -> Desk {
    let mut desk = desk();
    let mut agent = desk.agent(LI).unwrap().clone();
    agent.disabled = true;
    desk.save(Entity::Agent(agent));
    desk
}

#[test]
fn person_gives_it_to_an_agent_a_team_or_nobody() {
    assert_snapshot!(outcome([], assign(Some(LI), Some(CARE)).at(5)), @"owned by Li of care by hand (asked)");
    assert_snapshot!(outcome([], assign(None, Some(NIGHT)).at(5)), @"queued for night since +5s (asked)");
    assert_snapshot!(outcome([], assign(None, None).at(5)), @"queued for nobody since +5s (asked)");
}

#[test]
fn assigning_again_changes_nothing() {
    let to_li = || assign(Some(LI), Some(CARE));
    assert_snapshot!(outcome([to_li()], to_li().at(5)), @"nothing");
    assert_snapshot!(outcome([], assign(None, Some(CARE)).at(5)), @"nothing");
}

#[test]
fn nobody_can_be_given_to_who_does_not_exist_or_left() {
    let stranger = Uuid::from_u128(99);
    assert_snapshot!(outcome([], assign(Some(AgentId(stranger)), None)), @"refused: agent does not exist");
    assert_snapshot!(outcome([], assign(None, Some(TeamId(stranger)))), @"refused: team does not exist");
    assert_snapshot!(outcome_in(disabled(), [], assign(Some(LI), None)), @"refused: agent is disabled");
}

#[test]
fn routing_assigns_when_the_inbox_makes_no_offers() {
    assert_snapshot!(outcome([], route(LI).at(5)), @"owned by Li of care by routing (routed)");
}

#[test]
fn routing_offers_when_the_inbox_says_so() {
    assert_snapshot!(outcome_in(offering(), [], route(LI).at(5)), @"offered to Li of care until +35s (routed)");
}

#[test]
fn routing_loses_against_whoever_was_faster() {
    assert_snapshot!(outcome([assign(Some(WANG), Some(CARE))], route(LI)), @"refused: somebody owns it already");
    assert_snapshot!(outcome_in(offering(), [route(LI)], route(WANG)), @"refused: somebody owns it already");
    assert_snapshot!(outcome([li().resolves(None)], route(LI)), @"refused: it is not open any more");
    assert_snapshot!(outcome([li().snoozes(HOUR)], route(LI)), @"refused: it is not open any more");
}

#[test]
fn routing_gives_only_to_who_is_online() {
    assert_snapshot!(outcome_in(with_availability(Availability::Away), [], route(LI)), @"refused: the agent is not online any more");
    assert_snapshot!(outcome_in(with_availability(Availability::Offline), [], route(LI)), @"refused: the agent is not online any more");
    assert_snapshot!(outcome_in(disabled(), [], route(LI)), @"refused: the agent is not online any more");
}

#[test]
fn offer_is_accepted_by_whom_it_was_made_to() {
    let accept = ConversationCommand::AcceptOffer;
    assert_snapshot!(outcome_in(offering(), [route(LI)], li().does(accept.clone()).at(5)), @"owned by Li of care by routing (accepted)");
    assert_snapshot!(outcome_in(offering(), [route(LI)], wang().does(accept.clone())), @"refused: the conversation is not offered to you any more");
    assert_snapshot!(
        outcome_in(offering(), [route(LI), li().does(accept.clone())], li().does(accept.clone())),
        @"nothing"
    );
    assert_snapshot!(outcome([], li().does(accept)), @"refused: the conversation is not offered to you any more");
}

#[test]
fn offer_that_lapsed_returns_to_the_queue_and_remembers_who_passed() {
    assert_snapshot!(
        outcome_in(offering(), [route(LI)], timer(TimerKind::OfferLapse).at(30)),
        @"queued for care since +30s, passed by Li (offer_lapsed)"
    );
    assert_snapshot!(
        outcome_in(
            offering(),
            [route(LI), timer(TimerKind::OfferLapse).at(30), route(WANG)],
            timer(TimerKind::OfferLapse).at(60),
        ),
        @"queued for care since +1m, passed by Li and Wang (offer_lapsed)"
    );
}

#[test]
fn offer_lapses_once_and_not_early() {
    let lapse = || timer(TimerKind::OfferLapse);
    assert_snapshot!(outcome_in(offering(), [route(LI)], lapse().at(29)), @"nothing");
    assert_snapshot!(outcome_in(offering(), [route(LI), lapse().at(30)], lapse().at(31)), @"nothing");
}

#[test]
fn offer_that_was_accepted_does_not_lapse() {
    let accept = li().does(ConversationCommand::AcceptOffer);
    assert_snapshot!(
        outcome_in(offering(), [route(LI), accept], timer(TimerKind::OfferLapse).at(30)),
        @"nothing"
    );
}

#[test]
fn person_may_take_what_is_offered_to_another() {
    assert_snapshot!(outcome_in(offering(), [route(LI)], wang().gives_it_to(Some(WANG))), @"owned by Wang of care by hand (asked)");
}

#[test]
fn owner_who_went_offline_gives_it_back() {
    assert_snapshot!(outcome([route(LI)], back("agent_offline").at(5)), @"queued for care since +5s, passed by Li (agent_offline)");
    assert_snapshot!(outcome([], back("agent_offline").at(5)), @"nothing");
}

#[test]
fn queue_that_nobody_serves_overflows_to_the_other_team() {
    let overflow = || timer(TimerKind::Overflow);
    assert_snapshot!(outcome_in(overflowing(), [], overflow().at(119)), @"nothing");
    assert_snapshot!(outcome_in(overflowing(), [], overflow().at(120)), @"queued for night since +2m (overflow)");
    assert_snapshot!(outcome_in(overflowing(), [overflow().at(120)], overflow().at(240)), @"nothing");
    assert_snapshot!(outcome_in(overflowing(), [route(LI)], overflow().at(120)), @"nothing");
    assert_snapshot!(outcome([], overflow().at(120)), @"nothing");
}

/// Two teams that overflow into each other.
fn to_and_fro() -> Desk {
    let mut desk = overflowing();
    let mut night = desk.team(NIGHT).unwrap().clone();
    night.overflow = Some(Overflow {
        team_id: CARE,
        after_secs: 120,
    });
    desk.save(Entity::Team(night));
    desk
}

#[test]
fn overflow_visits_a_team_once_until_somebody_owns_it_or_sends_it_there() {
    let overflow = |at| timer(TimerKind::Overflow).at(at);
    assert_snapshot!(outcome_in(to_and_fro(), [overflow(120)], overflow(240)), @"nothing");
    assert_snapshot!(
        outcome_in(to_and_fro(), [overflow(120), assign(None, Some(CARE)).at(300)], overflow(420)),
        @"queued for night since +7m (overflow)"
    );
    assert_snapshot!(
        outcome_in(to_and_fro(), [overflow(120), route(LI).at(130), back("agent_offline").at(180)], overflow(300)),
        @"queued for care since +5m (overflow)"
    );
}

#[test]
fn time_out_of_sight_does_not_count_towards_overflow() {
    assert_snapshot!(
        outcome_in(
            overflowing(),
            [li().resolves(None).at(60), contact().writes().at(HOUR)],
            timer(TimerKind::Overflow).at(HOUR + 119),
        ),
        @"nothing"
    );
    assert_snapshot!(
        outcome_in(
            overflowing(),
            [li().snoozes(HOUR), timer(TimerKind::Wake).at(HOUR)],
            timer(TimerKind::Overflow).at(HOUR + 120),
        ),
        @"queued for night since +1h2m (overflow)"
    );
    assert_snapshot!(
        outcome_in(overflowing(), [li().snoozes(HOUR)], timer(TimerKind::Overflow).at(120)),
        @"nothing"
    );
}
