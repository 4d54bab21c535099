//! The customers' phones: a page for each provider, to talk by hand.

/// The list of providers.
pub(crate) fn index(names: &[&str]) -> String {
    let links: Vec<String> = names
        .iter()
        .map(|name| format!("<li><a href=\"/{name}/\">{name}</a></li>"))
        .collect();
    include_str!("index.html").replace("{{links}}", &links.concat())
}

/// A phone.
pub(crate) fn page(name: &str) -> String {
    let person = match name {
        "telegram" => "42",
        "whatsapp" => "8613800138000",
        "woocommerce" => "zhang.wei@example.com",
        "wecom" => "wmFakeCustomer01",
        "wechat" => "oFakeFollower01",
        "dingtalk" => "staff01",
        _ => "customer-1",
    };
    include_str!("phone.html")
        .replace("{{provider}}", name)
        .replace("{{person}}", person)
}
