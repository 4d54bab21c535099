//! Arithmetic in working time, against a second telling that walks through every minute.

use std::collections::{BTreeMap, BTreeSet};

use plugboard_domain::{
    Timestamp,
    hours::{Period, Timetable, WeeklyHours, office_week},
};
use proptest::prelude::*;

const ZONES: [&str; 7] = [
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    // Changes by half an hour.
    "Australia/Lord_Howe",
    // Changes at midnight: a day that begins at one.
    "Africa/Cairo",
    "Asia/Kathmandu",
    // Set back at a minute past midnight, until 2011: the day before came again.
    "America/Goose_Bay",
];

/// Days around which the clocks of these zones change in 2026, and in Goose Bay in 2010.
const DAYS: [&str; 8] = [
    "2026-03-07",
    "2026-03-28",
    "2026-04-04",
    "2026-04-23",
    "2026-10-24",
    "2026-10-31",
    "2010-03-14",
    "2010-11-07",
];

/// Minutes looked at in the second telling: nine days.
const MINUTES: usize = 9 * 1_440;

/// Working time as a person would count it: one minute after another, by a clock on the wall.
struct Brute {
    first: i64,
    /// Working minutes before each minute.
    before: Vec<u64>,
}

impl Brute {
    fn new(hours: &WeeklyHours, first: Timestamp) -> Self {
        let zone = jiff::tz::TimeZone::get(&hours.time_zone).unwrap();
        let instants: Vec<_> = (0..i64::try_from(MINUTES).unwrap())
            .map(|n| jiff::Timestamp::from_second(first.as_second() + 60 * n).unwrap())
            .collect();
        let walls: Vec<_> = instants.iter().map(|it| zone.to_datetime(*it)).collect();
        let mut open = vec![false; MINUTES];
        let mut dates: Vec<_> = walls.iter().map(|it| it.date()).collect();
        dates.sort();
        dates.dedup();
        for date in dates {
            for period in periods(hours, date) {
                // From the first minute at which the wall shows the beginning, to the first at which it shows the end.
                let part = |it: u16| i8::try_from(it).unwrap();
                let reached = |minute: u16| {
                    let (date, minute) = match minute {
                        1_440 => (date.tomorrow().unwrap(), 0),
                        _ => (date, minute),
                    };
                    let goal = date.at(part(minute / 60), part(minute % 60), 0, 0);
                    walls.iter().position(|it| *it >= goal).unwrap_or(MINUTES)
                };
                let (from, to) = (reached(period.from), reached(period.to));
                open[from..to.max(from)].fill(true);
            }
        }
        let mut before = vec![0];
        for minute in open {
            before.push(before[before.len() - 1] + u64::from(minute));
        }
        Self {
            first: first.as_second(),
            before,
        }
    }

    fn until(&self, at: Timestamp) -> u64 {
        let secs = u64::try_from(at.as_second() - self.first).unwrap();
        let (minute, rest) = ((secs / 60) as usize, secs % 60);
        let open = self.before[minute + 1] - self.before[minute];
        self.before[minute] * 60 + open * rest
    }
}

fn periods(hours: &WeeklyHours, date: jiff::civil::Date) -> Vec<Period> {
    match hours.exceptions.get(&date) {
        Some(periods) => periods.clone(),
        None if hours.holidays.contains(&date) => vec![],
        None => {
            let weekday = u8::try_from(date.weekday().to_monday_one_offset()).unwrap();
            hours.week.get(&weekday).cloned().unwrap_or_default()
        }
    }
}

/// Up to three periods of a day, in order and apart; they may touch.
fn day() -> impl Strategy<Value = Vec<Period>> {
    let times = prop_oneof![
        4 => prop::collection::btree_set(0_u16..=1_440, 0..7),
        1 => Just(BTreeSet::from([0, 1_440])),
        // Where clocks change.
        1 => Just(BTreeSet::from([0, 30, 90, 135, 150, 180])),
    ];
    times.prop_map(|times| {
        let times: Vec<_> = times.into_iter().collect();
        let period = |it: &[u16]| Period {
            from: it[0],
            to: it[1],
        };
        times.chunks_exact(2).map(period).collect()
    })
}

fn timetable() -> impl Strategy<Value = (WeeklyHours, Timestamp)> {
    let week = prop::collection::vec(day(), 7);
    let special = prop::collection::vec((0_i64..9, prop::option::of(day())), 0..4);
    (0..ZONES.len(), 0..DAYS.len(), week, special).prop_filter_map(
        "a week has an opening period",
        |(zone, around, week, special)| {
            let around: jiff::civil::Date = DAYS[around].parse().unwrap();
            let first = around.checked_sub(jiff::Span::new().days(4)).unwrap();
            let week: BTreeMap<u8, _> = (1..=7).zip(week).collect();
            let mut hours = WeeklyHours {
                time_zone: ZONES[zone].to_owned(),
                week,
                holidays: BTreeSet::new(),
                exceptions: BTreeMap::new(),
            };
            for (day, periods) in special {
                let date = first.checked_add(jiff::Span::new().days(day)).unwrap();
                match periods {
                    Some(periods) => {
                        hours.exceptions.insert(date, periods);
                    }
                    None => {
                        hours.holidays.insert(date);
                    }
                }
            }
            hours.validate().ok()?;
            let first = first.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
            Some((hours, first))
        },
    )
}

/// A time within the seven days in the middle of what the second telling knows.
fn moment() -> impl Strategy<Value = u64> {
    86_400..8 * 86_400_u64
}

fn later(first: Timestamp, secs: u64) -> Timestamp {
    first + std::time::Duration::from_secs(secs)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn working_time_is_what_a_person_counts(
        (hours, first) in timetable(),
        stretches in prop::collection::vec((moment(), moment()), 24),
    ) {
        let (table, brute) = (Timetable::new(&hours), Brute::new(&hours, first));
        for (a, b) in stretches {
            let (from, to) = (later(first, a.min(b)), later(first, a.max(b)));
            let counted = brute.until(to) - brute.until(from);
            prop_assert_eq!(table.working_secs(from, to), counted, "{} to {}", from, to);
            prop_assert_eq!(table.working_secs(to, from), 0);
            let open = brute.until(later(from, 1)) > brute.until(from);
            prop_assert_eq!(table.is_open(from), open, "open at {}", from);
        }
    }

    #[test]
    fn stretches_add_up_and_deadlines_hold(
        (hours, first) in timetable(),
        mut at in prop::array::uniform3((moment(), 0_i32..1_000_000_000)),
        secs in 0_u64..200_000,
    ) {
        let table = Timetable::new(&hours);
        at.sort_unstable();
        let [a, b, c] = at.map(|(secs, nanos)| {
            Timestamp::new(later(first, secs).as_second(), nanos).unwrap()
        });
        let (ab, bc, ac) =
            (table.working_secs(a, b), table.working_secs(b, c), table.working_secs(a, c));
        prop_assert_eq!(ab + bc, ac);
        prop_assert!(ab <= ac);

        let due = table.after_working_secs(a, secs);
        prop_assert!(due >= a);
        prop_assert_eq!(table.working_secs(a, due), secs);
        if secs > 0 {
            let early = due - std::time::Duration::from_secs(1);
            prop_assert_eq!(table.working_secs(a, early), secs - 1, "no instant before would do");
        }
        prop_assert!(table.after_working_secs(b, secs) >= due, "who begins later is due later");
        prop_assert!(table.after_working_secs(a, secs + 1) > due);
    }

    #[test]
    fn without_hours_every_second_counts(a in moment(), b in moment(), secs in 0_u64..1_000_000) {
        let first = crate::support::start();
        let (from, to) = (later(first, a.min(b)), later(first, a.max(b)));
        prop_assert_eq!(Timetable::Always.working_secs(from, to), a.abs_diff(b));
        prop_assert_eq!(Timetable::Always.after_working_secs(from, secs), later(from, secs));
        prop_assert!(Timetable::Always.is_open(from));
    }

    #[test]
    fn hours_read_back_as_they_were((hours, _) in timetable()) {
        let stored = serde_json::to_string(&hours).unwrap();
        prop_assert_eq!(serde_json::from_str::<WeeklyHours>(&stored).unwrap(), hours);
    }
}

fn utc(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn night_weekend_and_holiday_pass_uncounted() {
    let mut hours = office_week("Asia/Shanghai");
    // The first of October 2026 is a Thursday; the Saturday after next is worked instead.
    hours.holidays = (1..=7)
        .map(|day| jiff::civil::date(2026, 10, day))
        .collect();
    let day = vec![Period {
        from: 540,
        to: 1_080,
    }];
    hours
        .exceptions
        .insert(jiff::civil::date(2026, 10, 10), day);
    let table = Timetable::new(&hours);
    // Wednesday 17:00 in Shanghai and nine hours more: one that day, eight on Thursday the eighth.
    assert_eq!(
        table.after_working_secs(utc("2026-09-30T09:00:00Z"), 9 * 3_600),
        utc("2026-10-08T09:00:00Z"),
    );
    assert!(
        table.is_open(utc("2026-10-10T02:00:00Z")),
        "a Saturday that is worked"
    );
    assert!(
        !table.is_open(utc("2026-10-17T02:00:00Z")),
        "any other Saturday"
    );
}

#[test]
fn hour_that_is_skipped_is_not_worked_and_one_that_comes_twice_is() {
    let mut hours = office_week("Europe/Berlin");
    hours.week.insert(7, vec![Period { from: 60, to: 240 }]);
    let table = Timetable::new(&hours);
    // The Saturday is closed, so all of it is Sunday's.
    let worked = |saturday: &str| {
        let from = utc(&format!("{saturday}T00:00:00Z"));
        table.working_secs(from, from + std::time::Duration::from_hours(36))
    };
    assert_eq!(worked("2026-03-21"), 3 * 3_600);
    assert_eq!(worked("2026-03-28"), 2 * 3_600);
    assert_eq!(worked("2026-10-24"), 4 * 3_600);
}

#[test]
fn deadline_is_not_after_closing() {
    let table = Timetable::new(&office_week("UTC"));
    let late = utc("2026-03-02T17:59:59.9Z");
    assert_eq!(
        table.after_working_secs(late, 1),
        utc("2026-03-02T18:00:00Z")
    );
    assert_eq!(
        table.after_working_secs(late, 2),
        utc("2026-03-03T09:00:01Z")
    );
}

#[test]
fn deadline_may_lie_years_ahead() {
    let mut hours = office_week("UTC");
    hours.week = BTreeMap::from([(1, vec![Period { from: 0, to: 60 }])]);
    let table = Timetable::new(&hours);
    let from = crate::support::start();
    // An hour a week, five years long.
    let due = table.after_working_secs(from, 260 * 3_600);
    assert_eq!(table.working_secs(from, due), 260 * 3_600);
}

#[test]
fn timetable_that_never_opens_counts_as_open_beyond_the_horizon() {
    let mut hours = office_week("UTC");
    hours.week.clear();
    let from = crate::support::start();
    assert_eq!(
        Timetable::new(&hours).after_working_secs(from, 60),
        from + std::time::Duration::from_mins(1),
    );
}

#[test]
fn hours_out_of_bounds_are_refused() {
    let refusal = |change: &dyn Fn(&mut WeeklyHours)| {
        let mut hours = office_week("Asia/Shanghai");
        change(&mut hours);
        hours.validate().unwrap_err().to_string()
    };
    let period = |from, to| vec![Period { from, to }];
    let refusals = [
        refusal(&|it| it.time_zone = "Asia/Atlantis".into()),
        refusal(&|it| it.week.clear()),
        refusal(&|it| it.week = BTreeMap::from([(1, vec![])])),
        refusal(&|it| drop(it.week.insert(0, period(0, 60)))),
        refusal(&|it| drop(it.week.insert(8, period(0, 60)))),
        refusal(&|it| drop(it.week.insert(1, period(60, 60)))),
        refusal(&|it| drop(it.week.insert(1, period(0, 1_441)))),
        refusal(&|it| {
            drop(
                it.week
                    .insert(1, [period(60, 120), period(119, 180)].concat()),
            );
        }),
        refusal(&|it| {
            drop(
                it.exceptions
                    .insert(jiff::civil::date(2026, 1, 1), period(2, 1)),
            );
        }),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    unknown time zone "Asia/Atlantis"
    a week needs at least one opening period
    a week needs at least one opening period
    weekday 0 is not 1 (Monday) to 7 (Sunday)
    weekday 8 is not 1 (Monday) to 7 (Sunday)
    opening periods must be ordered, apart, and within 0 to 1440 minutes
    opening periods must be ordered, apart, and within 0 to 1440 minutes
    opening periods must be ordered, apart, and within 0 to 1440 minutes
    opening periods must be ordered, apart, and within 0 to 1440 minutes
    "#);
    assert_eq!(office_week("Asia/Shanghai").validate(), Ok(()));
}
