//! Business hours: when the desk works, and arithmetic in working time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    civil::Date,
    tz::{AmbiguousOffset, TimeZone},
};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{Timestamp, rejection::Rejection};

/// How far ahead working time is looked for, in days: the longest limit, a year, in a week of sixteen working hours.
/// What does not fit counts as if always open beyond: a promise that never falls due would hide the conversation.
const HORIZON_DAYS: u32 = 3_660;

/// A weekly timetable in a time zone, with days off. Part of the desk's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyHours {
    /// IANA time zone name, such as `Asia/Shanghai`.
    pub time_zone: String,
    /// Opening periods by ISO weekday, 1 (Monday) to 7.
    #[serde(deserialize_with = "week_by_number")]
    pub week: BTreeMap<u8, Vec<Period>>,
    /// Days without work.
    #[serde(default)]
    pub holidays: BTreeSet<Date>,
    /// Days with other hours than their weekday's (调休: a working weekend), in place of it and of a holiday.
    #[serde(default)]
    pub exceptions: BTreeMap<Date, Vec<Period>>,
}

/// A stretch of one day, in minutes after local midnight; `to` is exclusive and at most 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// First minute.
    pub from: u16,
    /// Minute after the last.
    pub to: u16,
}

/// Reads keys that are numbers in JSON text. Serde alone cannot once a tagged enum (an event, an entity) has buffered them.
fn week_by_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<u8, Vec<Period>>, D::Error> {
    BTreeMap::<String, Vec<Period>>::deserialize(deserializer)?
        .into_iter()
        .map(|(day, periods)| Ok((day.parse().map_err(de::Error::custom)?, periods)))
        .collect()
}

/// Business hours ready for arithmetic.
#[derive(Clone, Debug)]
pub enum Timetable {
    /// Every second counts.
    Always,
    /// Only opening periods count.
    Weekly {
        /// The zone of the timetable.
        zone: TimeZone,
        /// The timetable.
        hours: WeeklyHours,
    },
}

impl WeeklyHours {
    /// Checks the zone and the periods: ordered, not overlapping, at least one in the week.
    pub fn validate(&self) -> Result<(), Rejection> {
        TimeZone::get(&self.time_zone)
            .map_err(|_| Rejection::invalid(format!("unknown time zone {:?}", self.time_zone)))?;
        if let Some(day) = self.week.keys().find(|day| !(1..=7).contains(*day)) {
            return Err(Rejection::invalid(format!(
                "weekday {day} is not 1 (Monday) to 7 (Sunday)"
            )));
        }
        for periods in self.week.values().chain(self.exceptions.values()) {
            let mut open_from = 0;
            for period in periods {
                if period.from < open_from || period.to <= period.from || period.to > 1440 {
                    return Err(Rejection::invalid(
                        "opening periods must be ordered, apart, and within 0 to 1440 minutes",
                    ));
                }
                open_from = period.to;
            }
        }
        if self.week.values().all(Vec::is_empty) {
            return Err(Rejection::invalid(
                "a week needs at least one opening period",
            ));
        }
        Ok(())
    }

    fn periods(&self, date: Date) -> &[Period] {
        if let Some(periods) = self.exceptions.get(&date) {
            return periods;
        }
        if self.holidays.contains(&date) {
            return &[];
        }
        let weekday =
            u8::try_from(date.weekday().to_monday_one_offset()).expect("an ISO weekday is 1 to 7");
        self.week.get(&weekday).map_or(&[], Vec::as_slice)
    }
}

impl Timetable {
    /// The timetable of these hours; an unknown zone reads as UTC, since validation refused it when it was saved.
    pub fn new(hours: &WeeklyHours) -> Self {
        let zone = TimeZone::get(&hours.time_zone).unwrap_or(TimeZone::UTC);
        Self::Weekly {
            zone,
            hours: hours.clone(),
        }
    }

    /// True when the desk works at this instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        match self {
            Self::Always => true,
            // Two days: where clocks are set back over midnight, tomorrow has begun before today ends for good.
            Self::Weekly { .. } => self.spans(at, 2).any(|(open, _)| open <= at),
        }
    }

    /// Working seconds from `from` to `to`; zero when `to` is not later. Whole seconds of UTC that end in between
    /// count, so that any two adjoining stretches add up.
    pub fn working_secs(&self, from: Timestamp, to: Timestamp) -> u64 {
        if to <= from {
            return 0;
        }
        match self {
            Self::Always => secs_between(from, to),
            Self::Weekly { .. } => self
                .spans(from, u32::MAX)
                .take_while(|(open, _)| *open < to)
                .map(|(open, close)| secs_between(open.max(from), close.min(to)))
                .sum(),
        }
    }

    /// The first instant at which `secs` working seconds have passed since `from`.
    pub fn after_working_secs(&self, from: Timestamp, secs: u64) -> Timestamp {
        let later = |at: Timestamp, secs: u64| at + std::time::Duration::from_secs(secs);
        if matches!(self, Self::Always) {
            return later(from, secs);
        }
        let mut left = secs;
        let mut beyond = from;
        for (open, close) in self.spans(from, HORIZON_DAYS) {
            let start = open.max(from);
            let available = secs_between(start, close);
            if left <= available {
                return later(start, left).min(close);
            }
            left -= available;
            beyond = close;
        }
        later(beyond, left)
    }

    /// Opening spans that end after `from`, in order and apart, of so many days.
    fn spans(&self, from: Timestamp, days: u32) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let weekly = match self {
            Self::Always => None,
            Self::Weekly { zone, hours } => Some((zone, hours)),
        };
        weekly.into_iter().flat_map(move |(zone, hours)| {
            let today = from.to_zoned(zone.clone()).date();
            std::iter::successors(Some(today), |date| date.tomorrow().ok())
                .take(usize::try_from(days).unwrap_or(usize::MAX))
                .flat_map(move |date| {
                    let periods = hours.periods(date).iter();
                    periods.filter_map(move |period| span(zone, date, *period))
                })
                .filter(move |(_, close)| *close > from)
        })
    }
}

/// The period on that date as instants; none when a clock change swallows it whole.
fn span(zone: &TimeZone, date: Date, period: Period) -> Option<(Timestamp, Timestamp)> {
    let from = first_instant(zone, date, period.from)?;
    let to = first_instant(zone, date, period.to)?;
    (from < to).then_some((from, to))
}

/// The first instant at which clocks in the zone show that minute of that day, or later when it is skipped.
fn first_instant(zone: &TimeZone, date: Date, minute: u16) -> Option<Timestamp> {
    let (date, minute) = match minute {
        1440 => (date.tomorrow().ok()?, 0),
        _ => (date, minute),
    };
    let (hour, minute) = (
        i8::try_from(minute / 60).ok()?,
        i8::try_from(minute % 60).ok()?,
    );
    let local = zone.to_ambiguous_timestamp(date.at(hour, minute, 0, 0));
    match local.offset() {
        // Skipped: the change itself is the next one after the same reading in terms of the later offset.
        AmbiguousOffset::Gap { .. } => {
            let before = local.earlier().ok()?;
            zone.following(before).next().map(|it| it.timestamp())
        }
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
            local.compatible().ok()
        }
    }
}

fn secs_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second() - from.as_second()).unwrap_or(0)
}

/// Monday to Friday, nine to six, in a zone: what a new desk starts from.
pub fn office_week(time_zone: &str) -> WeeklyHours {
    let day = vec![Period {
        from: 9 * 60,
        to: 18 * 60,
    }];
    let week = (1..=5).map(|weekday| (weekday, day.clone())).collect();
    WeeklyHours {
        time_zone: time_zone.to_owned(),
        week,
        holidays: BTreeSet::new(),
        exceptions: BTreeMap::new(),
    }
}
