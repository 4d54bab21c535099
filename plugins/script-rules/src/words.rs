//! What rules are written with, beside the language itself.

#![expect(
    clippy::unnecessary_wraps,
    reason = "functions of the language are fallible"
)]

use starlark::{
    collections::SmallMap,
    environment::GlobalsBuilder,
    eval::Evaluator,
    starlark_module,
    values::{
        Value, list::AllocList, list_or_tuple::UnpackListOrTuple, none::NoneOr,
        structs::AllocStruct,
    },
};

/// Adds the words.
pub(crate) fn register(builder: &mut GlobalsBuilder) {
    targets(builder);
    actions(builder);
    helpers(builder);
}

type Made<'v> = Value<'v>;

fn made<'v>(evaluator: &Evaluator<'v, '_, '_>, fields: Vec<(&'static str, Value<'v>)>) -> Made<'v> {
    evaluator.heap().alloc(AllocStruct(fields))
}

fn target<'v>(
    evaluator: &Evaluator<'v, '_, '_>,
    kind: &str,
    value: &str,
    priority: Value<'v>,
    tags: Value<'v>,
    reason: &str,
) -> Made<'v> {
    let heap = evaluator.heap();
    made(
        evaluator,
        vec![
            ("kind", heap.alloc(kind)),
            ("value", heap.alloc(value)),
            ("priority", priority),
            ("tags", tags),
            ("reason", heap.alloc(reason)),
        ],
    )
}

fn action<'v>(
    evaluator: &Evaluator<'v, '_, '_>,
    kind: &str,
    first: Value<'v>,
    second: Value<'v>,
) -> Made<'v> {
    let kind = evaluator.heap().alloc(kind);
    made(
        evaluator,
        vec![("kind", kind), ("value", first), ("second", second)],
    )
}

/// What `route` returns.
#[starlark_module]
fn targets(builder: &mut GlobalsBuilder) {
    /// Give it to this agent: a candidate or an id.
    fn agent<'v>(
        #[starlark(require = pos)] who: Value<'v>,
        #[starlark(require = named)] priority: Option<Value<'v>>,
        #[starlark(require = named)] tags: Option<Value<'v>>,
        #[starlark(require = named, default = "")] reason: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let id = match who.unpack_str() {
            Some(id) => id.to_owned(),
            None => match who
                .get_attr("id", eval.heap())
                .ok()
                .flatten()
                .and_then(Value::unpack_str)
            {
                Some(id) => id.to_owned(),
                None => anyhow::bail!("agent() takes a candidate or an id"),
            },
        };
        let none = Value::new_none();
        Ok(target(
            eval,
            "agent",
            &id,
            priority.unwrap_or(none),
            tags.unwrap_or(none),
            reason,
        ))
    }

    /// Put it into this team's queue: name or id.
    fn team<'v>(
        #[starlark(require = pos)] name: &str,
        #[starlark(require = named)] priority: Option<Value<'v>>,
        #[starlark(require = named)] tags: Option<Value<'v>>,
        #[starlark(require = named, default = "")] reason: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let none = Value::new_none();
        Ok(target(
            eval,
            "team",
            name,
            priority.unwrap_or(none),
            tags.unwrap_or(none),
            reason,
        ))
    }

    /// The same as `team`: each team has one queue.
    fn queue<'v>(
        #[starlark(require = pos)] name: &str,
        #[starlark(require = named)] priority: Option<Value<'v>>,
        #[starlark(require = named)] tags: Option<Value<'v>>,
        #[starlark(require = named, default = "")] reason: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let none = Value::new_none();
        Ok(target(
            eval,
            "team",
            name,
            priority.unwrap_or(none),
            tags.unwrap_or(none),
            reason,
        ))
    }

    /// It stays in its queue.
    fn wait<'v>(
        #[starlark(require = named)] priority: Option<Value<'v>>,
        #[starlark(require = named)] tags: Option<Value<'v>>,
        #[starlark(require = named, default = "")] reason: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let none = Value::new_none();
        Ok(target(
            eval,
            "wait",
            "",
            priority.unwrap_or(none),
            tags.unwrap_or(none),
            reason,
        ))
    }

    /// The next rule decides, with this priority and these tags put on.
    fn next<'v>(
        #[starlark(require = named)] priority: Option<Value<'v>>,
        #[starlark(require = named)] tags: Option<Value<'v>>,
        #[starlark(require = named, default = "")] reason: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let none = Value::new_none();
        Ok(target(
            eval,
            "next",
            "",
            priority.unwrap_or(none),
            tags.unwrap_or(none),
            reason,
        ))
    }
}

/// What `escalate` returns a list of.
#[starlark_module]
fn actions(builder: &mut GlobalsBuilder) {
    /// Tell people: `owner`, `manager`, `manager:2`, `role:supervisor`, `team:NAME`, `agent:ID`.
    fn notify<'v>(
        #[starlark(require = pos)] who: Value<'v>,
        #[starlark(require = pos)] text: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        Ok(action(eval, "notify", who, text))
    }

    /// At least this urgent: `low`, `normal`, `high`, `urgent`.
    fn raise_priority<'v>(
        #[starlark(require = pos)] to: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        Ok(action(eval, "raise_priority", to, Value::new_none()))
    }

    /// Give it to this agent.
    fn assign_agent<'v>(
        #[starlark(require = pos)] id: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        Ok(action(eval, "assign_agent", id, Value::new_none()))
    }

    /// Put it into this team's queue.
    fn assign_team<'v>(
        #[starlark(require = pos)] name: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        Ok(action(eval, "assign_team", name, Value::new_none()))
    }

    /// Put labels on.
    fn add_tags<'v>(
        #[starlark(args)] tags: UnpackListOrTuple<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let tags = match tags.items.as_slice() {
            [one] if one.unpack_str().is_none() => *one,
            many => eval.heap().alloc(AllocList(many.iter().copied())),
        };
        Ok(action(eval, "add_tags", tags, Value::new_none()))
    }

    /// Call the webhook of this name with this.
    fn page<'v>(
        #[starlark(require = pos)] webhook: Value<'v>,
        #[starlark(require = pos)] payload: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        Ok(action(
            eval,
            "page",
            webhook,
            payload.unwrap_or(Value::new_none()),
        ))
    }

    /// Open a case: `complaint`, `aftersale` ...
    fn open_case<'v>(
        #[starlark(require = pos)] kind: Value<'v>,
        #[starlark(require = pos)] summary: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        Ok(action(eval, "open_case", kind, summary))
    }

    /// Ask this rule again after so many seconds.
    fn ask_again<'v>(
        #[starlark(require = pos)] secs: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        Ok(action(eval, "ask_again", secs, Value::new_none()))
    }

    /// The level from now on: `event.level` of the next time.
    fn set_level<'v>(
        #[starlark(require = pos)] level: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        Ok(action(eval, "set_level", level, Value::new_none()))
    }

    /// Why, for people.
    fn because<'v>(
        #[starlark(require = pos)] reason: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        Ok(action(eval, "because", reason, Value::new_none()))
    }
}

/// Helpers of conditions.
#[starlark_module]
fn helpers(builder: &mut GlobalsBuilder) {
    /// The first of the words that the text contains; case does not count. None when there is none.
    fn has_any<'v>(
        #[starlark(require = pos)] text: NoneOr<&str>,
        #[starlark(require = pos)] words: UnpackListOrTuple<Value<'v>>,
    ) -> anyhow::Result<NoneOr<Value<'v>>> {
        let Some(text) = text.into_option() else {
            return Ok(NoneOr::None);
        };
        let text = text.to_lowercase();
        for word in words.items {
            let Some(plain) = word.unpack_str() else {
                anyhow::bail!("has_any() takes a list of texts");
            };
            if text.contains(&plain.to_lowercase()) {
                return Ok(NoneOr::Other(word));
            }
        }
        Ok(NoneOr::None)
    }

    /// Milliseconds as local time at an offset such as `+08:00`: `year`, `month`, `day`, `hour`, `minute`, `weekday` (Monday
    /// is 1), `date` (`2026-11-22`), `time` (`08:30`).
    fn local<'v>(
        #[starlark(require = pos)] ms: Value<'v>,
        #[starlark(require = pos)] offset: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let Some(ms) = number(ms) else {
            anyhow::bail!("local() takes milliseconds, such as `now`");
        };
        let Some(offset) = minutes(offset) else {
            anyhow::bail!("local() takes an offset such as \"+08:00\"");
        };
        let at = Local::new(ms, offset);
        let heap = eval.heap();
        let date = format!("{:04}-{:02}-{:02}", at.year, at.month, at.day);
        let time = format!("{:02}:{:02}", at.hour, at.minute);
        let numbers: SmallMap<&'static str, i32> = [
            ("year", at.year),
            ("month", at.month),
            ("day", at.day),
            ("hour", at.hour),
            ("minute", at.minute),
            ("weekday", at.weekday),
        ]
        .into_iter()
        .collect();
        let mut fields: Vec<(&'static str, Value<'v>)> = numbers
            .into_iter()
            .map(|(name, n)| (name, heap.alloc(n)))
            .collect();
        fields.push(("date", heap.alloc(date)));
        fields.push(("time", heap.alloc(time)));
        Ok(made(eval, fields))
    }
}

/// A whole number, however large.
pub(crate) fn number(value: Value) -> Option<i64> {
    match value.unpack_i32() {
        Some(small) => Some(i64::from(small)),
        // Larger numbers have no direct way out of the language.
        None if value.get_type() == "int" => value.to_str().parse().ok(),
        None => None,
    }
}

/// `+08:00` in minutes.
fn minutes(offset: &str) -> Option<i64> {
    if offset == "Z" {
        return Some(0);
    }
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = offset[1..].split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// A moment on a wall clock.
struct Local {
    year: i32,
    month: i32,
    day: i32,
    hour: i32,
    minute: i32,
    weekday: i32,
}

impl Local {
    /// Days are turned into a date by counting eras of 400 years that begin in March, so that a leap day comes last.
    fn new(ms: i64, offset_minutes: i64) -> Self {
        let small = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
        let minutes = ms.div_euclid(60_000) + offset_minutes;
        let (days, minute) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        Self {
            year: small(year_of_era + era * 400 + i64::from(month <= 2)),
            month: small(month),
            day: small(day_of_year - (153 * month_from_march + 2) / 5 + 1),
            hour: small(minute / 60),
            minute: small(minute % 60),
            weekday: small((days + 3).rem_euclid(7) + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_is_that_of_the_wall() {
        // 2026-11-22 12:18:44 UTC was a Sunday.
        let at = Local::new(1_795_349_924_000, 8 * 60);
        assert_eq!(
            (at.year, at.month, at.day, at.hour, at.minute, at.weekday),
            (2026, 11, 22, 20, 18, 7)
        );
        let at = Local::new(951_782_400_000, -60);
        assert_eq!(
            (at.year, at.month, at.day, at.hour, at.weekday),
            (2000, 2, 28, 23, 1)
        );
        let at = Local::new(951_782_400_000, 0);
        assert_eq!((at.month, at.day), (2, 29));
        assert_eq!(minutes("-03:30"), Some(-210));
        assert_eq!(minutes("8"), None);
    }
}
