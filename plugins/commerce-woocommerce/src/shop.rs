//! The REST API of WooCommerce, version 3. <https://woocommerce.github.io/woocommerce-rest-api-docs/>

use plugboard_plugin_sdk::{
    Failure,
    commerce::{Money, Order, OrderLine},
    http::{self, Response},
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::{Settings, time};

/// An order, as far as the desk shows it. What is kept of it is this, without addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShopOrder {
    pub(crate) id: u64,
    pub(crate) number: String,
    pub(crate) status: String,
    pub(crate) currency: String,
    pub(crate) total: String,
    #[serde(default)]
    date_created_gmt: Option<String>,
    #[serde(default)]
    pub(crate) date_modified_gmt: Option<String>,
    #[serde(default)]
    pub(crate) billing: Billing,
    #[serde(default)]
    line_items: Vec<Line>,
    #[serde(default)]
    pub(crate) refunds: Vec<Refund>,
    #[serde(default)]
    shipping_lines: Vec<Shipping>,
    #[serde(default)]
    meta_data: Vec<Meta>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Billing {
    #[serde(default)]
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) phone: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    name: String,
    #[serde(default, deserialize_with = "text")]
    sku: String,
    quantity: u32,
    #[serde(default, deserialize_with = "text")]
    price: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refund {
    #[serde(default, deserialize_with = "text")]
    pub(crate) total: String,
    #[serde(default)]
    pub(crate) reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Shipping {
    method_title: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Meta {
    key: String,
    #[serde(default)]
    value: Value,
}

/// Prices come as text or as a number, by version of the shop.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    })
}

impl ShopOrder {
    /// As the desk shows it.
    pub(crate) fn order(&self, settings: &Settings) -> Order {
        let money = |amount: &str| Money {
            currency: self.currency.clone(),
            minor: minor(amount, &self.currency).unwrap_or(0),
        };
        Order {
            id: self.id.to_string(),
            number: self.number.clone(),
            status: self.status.clone(),
            total: money(&self.total),
            placed_at: self
                .date_created_gmt
                .as_deref()
                .and_then(time::read_ms)
                .unwrap_or(0),
            lines: self
                .line_items
                .iter()
                .map(|line| OrderLine {
                    sku: line.sku.clone(),
                    title: line.name.clone(),
                    quantity: line.quantity,
                    price: money(&line.price),
                })
                .collect(),
            url: Some(format!(
                "{}/wp-admin/post.php?post={}&action=edit",
                settings.shop_url, self.id
            )),
            tracking: self.tracking(),
            actions: self.actions(),
        }
    }

    /// Carrier and number, as the common plugins for tracking keep them.
    pub(crate) fn tracking(&self) -> Vec<(String, String)> {
        let carrier = self
            .shipping_lines
            .first()
            .map_or("", |line| line.method_title.as_str());
        let mut found = Vec::new();
        for meta in &self.meta_data {
            match (meta.key.as_str(), &meta.value) {
                ("_wc_shipment_tracking_items", Value::Array(items)) => {
                    found.extend(items.iter().filter_map(|item| {
                        let number = item["tracking_number"].as_str()?;
                        let by = ["custom_tracking_provider", "tracking_provider"]
                            .iter()
                            .find_map(|key| item[*key].as_str().filter(|by| !by.is_empty()));
                        Some((by.unwrap_or(carrier).to_owned(), number.to_owned()))
                    }));
                }
                ("_tracking_number" | "tracking_number", Value::String(number))
                    if !number.is_empty() =>
                {
                    found.push((carrier.to_owned(), number.clone()));
                }
                _ => {}
            }
        }
        found
    }

    fn actions(&self) -> Vec<String> {
        let mut actions = vec!["note"];
        if self.left_minor() > 0
            && matches!(self.status.as_str(), "processing" | "completed" | "on-hold")
        {
            actions.push("refund");
        }
        if matches!(self.status.as_str(), "pending" | "on-hold" | "processing") {
            actions.push("cancel");
        }
        actions.into_iter().map(str::to_owned).collect()
    }

    /// What can still be refunded, in the smallest unit.
    pub(crate) fn left_minor(&self) -> i64 {
        let refunded: i64 = self
            .refunds
            .iter()
            .filter_map(|refund| minor(&refund.total, &self.currency))
            .sum();
        minor(&self.total, &self.currency).unwrap_or(0) - refunded.abs()
    }
}

/// How many digits a currency has behind the point.
fn digits(currency: &str) -> usize {
    match currency {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "UGX" | "XAF" | "XOF" => 0,
        "KWD" | "BHD" | "OMR" | "JOD" | "TND" | "IQD" => 3,
        _ => 2,
    }
}

/// `-12.5` in the smallest unit; further digits are cut off.
pub(crate) fn minor(amount: &str, currency: &str) -> Option<i64> {
    let amount = amount.trim();
    let (sign, amount) = amount
        .strip_prefix('-')
        .map_or((1, amount), |amount| (-1, amount));
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    let mut all = whole.bytes().chain(part.bytes());
    if whole.is_empty() || !all.all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = digits(currency);
    let part: String = part
        .chars()
        .chain(std::iter::repeat('0'))
        .take(digits)
        .collect();
    format!("{whole}{part}")
        .parse::<i64>()
        .ok()
        .map(|amount| sign * amount)
}

/// The other way round.
pub(crate) fn amount(minor: i64, currency: &str) -> String {
    let digits = digits(currency);
    if digits == 0 {
        return minor.to_string();
    }
    let (sign, text) = (
        if minor < 0 { "-" } else { "" },
        format!("{:0width$}", minor.abs(), width = digits + 1),
    );
    let (whole, part) = text.split_at(text.len() - digits);
    format!("{sign}{whole}.{part}")
}

fn request(settings: &Settings, method: &str, path: &str) -> http::Builder {
    http::request(
        method,
        format!("{}/wp-json/wc/v3/{path}", settings.shop_url),
    )
    .basic(&settings.consumer_key, "consumer_secret")
    .max_response_bytes(4 * 1024 * 1024)
}

/// Reads.
pub(crate) fn get(
    settings: &Settings,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Value, Failure> {
    read(request(settings, "GET", path).query(query).send()?)
}

/// Orders that a query finds.
pub(crate) fn orders(
    settings: &Settings,
    query: &[(&str, &str)],
) -> Result<Vec<ShopOrder>, Failure> {
    let found = get(settings, "orders", query)?;
    let Value::Array(found) = found else {
        return Err(Failure::unexpected("orders are no list"));
    };
    // One order that an extension of the shop has bent does not hide the others.
    Ok(found
        .into_iter()
        .filter_map(|order| serde_json::from_value(order).ok())
        .collect())
}

/// One order.
pub(crate) fn order(settings: &Settings, id: u64) -> Result<Option<ShopOrder>, Failure> {
    match get(settings, &format!("orders/{id}"), &[]) {
        Ok(order) => Ok(Some(serde_json::from_value(order)?)),
        Err(failure) if failure.code == "not-found" => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Writes once.
pub(crate) fn write(
    settings: &Settings,
    method: &str,
    path: &str,
    body: &Value,
) -> Result<Value, Failure> {
    read(plugboard_plugin_sdk::steps::once(
        request(settings, method, path)
            .json(body)
            .timeout_ms(15_000)
            .send(),
    )?)
}

fn read(answer: Response) -> Result<Value, Failure> {
    let status = answer.status;
    if (200..300).contains(&status) {
        // A shop in maintenance answers with a page.
        return answer
            .json()
            .map_err(|_| Failure::unexpected("the shop answered without JSON"));
    }
    let said: Map<String, Value> = answer.json().unwrap_or_default();
    let code = said
        .get("code")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    match (status, code.as_str()) {
        (404, code) if code.contains("invalid_id") => {
            Err(Failure::new("not-found", "the shop knows no such order"))
        }
        (404, _) => Err(Failure::new(
            "settings",
            "there is no WooCommerce at this address",
        )),
        (400, code) if code.contains("refund") => {
            Err(Failure::new("invalid", "the shop refuses this refund"))
        }
        _ => answer.success().map(|_| Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{RetryAdvice, http::Response};

    use super::{ShopOrder, amount, minor, read};
    use crate::Settings;

    fn fixture() -> ShopOrder {
        let path = format!("{}/tests/order.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn an_order_is_read() {
        let settings = Settings {
            shop_url: "https://shop.example".into(),
            consumer_key: String::new(),
            pay_back: true,
        };
        let order = fixture().order(&settings);
        assert_eq!(
            (order.total.minor, order.total.currency.as_str()),
            (3_290, "EUR")
        );
        assert_eq!(order.placed_at, 1_790_000_000_000);
        assert_eq!(
            (order.lines[0].price.minor, order.lines[0].sku.as_str()),
            (1_450, "MUG-01")
        );
        assert_eq!(
            order.tracking,
            [("DHL".to_owned(), "00340434292135100186".to_owned())]
        );
        assert_eq!(order.actions, ["note", "refund", "cancel"]);
    }

    #[test]
    fn what_was_refunded_is_taken_off() {
        let mut order = fixture();
        assert_eq!(order.left_minor(), 3_290 - 500);
        order.refunds[0].total = "-32.90".into();
        assert_eq!(order.left_minor(), 0);
    }

    #[test]
    fn money_is_counted_in_its_smallest_unit() {
        assert_eq!(minor("299.00", "CNY"), Some(29_900));
        assert_eq!(minor("-5.5", "EUR"), Some(-550));
        assert_eq!(minor("1200", "JPY"), Some(1_200));
        assert_eq!(minor("1.2345", "EUR"), Some(123));
        assert_eq!(minor("1,2", "EUR"), None);
        assert_eq!(minor("", "EUR"), None);
        for (minor_units, currency) in [
            (5, "EUR"),
            (29_900, "CNY"),
            (7, "JPY"),
            (1_234, "KWD"),
            (-50, "EUR"),
        ] {
            assert_eq!(
                minor(&amount(minor_units, currency), currency),
                Some(minor_units)
            );
        }
    }

    #[test]
    fn errors_say_whether_trying_again_helps() {
        let of = |status, body: &str| {
            let answer = Response {
                status,
                headers: Vec::new(),
                body: body.as_bytes().to_vec(),
            };
            let failure = read(answer).unwrap_err();
            (failure.code, failure.advice)
        };
        assert_eq!(
            of(404, r#"{"code": "woocommerce_rest_shop_order_invalid_id"}"#).0,
            "not-found"
        );
        assert_eq!(of(404, "<html>").0, "settings");
        assert_eq!(of(401, "{}").1, RetryAdvice::RetryAfterReauth);
        assert_eq!(of(503, "<html>").1, RetryAdvice::Retry);
        assert_eq!(of(200, "<html>maintenance").0, "unexpected_answer");
    }
}
