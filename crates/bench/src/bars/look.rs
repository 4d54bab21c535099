//! Turns medians of a report into verdicts.

use super::Verdict;
use crate::{
    report::{Report, short},
    scenarios::millis,
    server::Kind,
};

/// A report, read for verdicts.
pub(super) struct Look<'a>(pub(super) &'a Report);

impl Look<'_> {
    pub(super) fn product(&self, name: &str) -> Option<f64> {
        self.0.median(Kind::Product, name)
    }

    /// Product's value alone, the floor's shown beside it.
    pub(super) fn value(
        &self,
        bar: &'static str,
        wanted: &'static str,
        name: &str,
        holds: impl Fn(f64) -> bool,
    ) -> Verdict {
        let value = self.product(name);
        Verdict {
            bar,
            wanted,
            measured: self.beside(value, name),
            holds: value.map(holds),
        }
    }

    /// Product's value and its ratio to the floor's.
    pub(super) fn both(
        &self,
        bar: &'static str,
        wanted: &'static str,
        name: &str,
        holds: impl Fn(f64, f64) -> bool,
    ) -> Verdict {
        let value = self.product(name);
        let ratio = self.0.ratio(name);
        let judged = value.zip(ratio);
        let suffix = ratio.map(|ratio| format!(", {ratio:.2} F"));
        Verdict {
            bar,
            wanted,
            measured: self.beside(value, name) + &suffix.unwrap_or_default(),
            holds: judged.map(|(value, ratio)| holds(ratio, value)),
        }
    }

    /// One figure of a server over another of the same server.
    pub(super) fn quotient(
        &self,
        bar: &'static str,
        wanted: &'static str,
        names: (&str, &str),
        holds: impl Fn(f64) -> bool,
    ) -> Verdict {
        let of = |kind| {
            let pair = self
                .0
                .median(kind, names.0)
                .zip(self.0.median(kind, names.1));
            pair.map(|(upper, lower)| upper / lower)
        };
        let (floor, product) = (of(Kind::Floor), of(Kind::Product));
        let show = |value: Option<f64>| value.map_or("not measured".to_owned(), short);
        Verdict {
            bar,
            wanted,
            measured: format!("{} (F {})", show(product), show(floor)),
            holds: product.map(holds),
        }
    }

    /// One figure of the product beyond another of the same run, which is what it costs without the product.
    pub(super) fn above(
        &self,
        bar: &'static str,
        wanted: &'static str,
        names: (&str, &str),
        holds: impl Fn(f64) -> bool,
    ) -> Verdict {
        let pair = self.product(names.0).zip(self.product(names.1));
        let show = |(with, without): (f64, f64)| {
            let more = short(with - without);
            format!("{more} ({} - {})", short(with), short(without))
        };
        Verdict {
            bar,
            wanted,
            measured: pair.map_or("not measured".to_owned(), show),
            holds: pair.map(|(with, without)| holds(with - without)),
        }
    }

    /// What a group commit is worth is the disk's answer: the slower a sync, the more. Both grouped
    /// rates are held against the floor's with one transaction for each message.
    pub(super) fn grouping(&self) -> Verdict {
        let floor = self.0.median(Kind::Floor, "mode.full.per_second");
        let single = self.0.median(Kind::Floor, "mode.single.per_second");
        let product = self.product("mode.full.per_second");
        let worth = |rate: Option<f64>| rate.zip(single).map(|(rate, single)| rate / single);
        let (by_floor, by_product) = (worth(floor), worth(product));
        let show = |value: Option<f64>| value.map_or("not measured".to_owned(), short);
        let holds = |(product, floor): (f64, f64)| product >= 15.0 || product >= 0.5 * floor;
        Verdict {
            bar: "group commit against F's one transaction each, 256 producers",
            wanted: ">= 15, or 0.5 F where syncs are fast",
            measured: format!("{} (F {})", show(by_product), show(by_floor)),
            holds: by_product.zip(by_floor).map(holds),
        }
    }

    pub(super) fn one_connection(&self) -> Verdict {
        let name = "ingest.1.post.p50_ms";
        let value = self.product(name);
        let sync = millis(self.0.host.fdatasync_p50_micros);
        Verdict {
            bar: "one connection: POST p50, ms",
            wanted: "<= fdatasync p50 + 1",
            measured: format!("{}, fdatasync {}", self.beside(value, name), short(sync)),
            holds: value.map(|value| value <= sync + 1.0),
        }
    }

    fn beside(&self, value: Option<f64>, name: &str) -> String {
        let floor = self.0.median(Kind::Floor, name);
        let value = value.map_or("not measured".to_owned(), short);
        format!("{value} (F {})", floor.map_or("-".to_owned(), short))
    }
}
