//! Where a plugin fell over, in the names of its own source, as far as the component kept them.

use wasmtime::{FrameInfo, WasmBacktrace};

/// Functions that are named, from the one that fell over outwards.
const NAMES_MAX: usize = 4;

/// Longest name; the rest is cut.
const NAME_CHARS: usize = 120;

/// What a panic goes through, and what nobody wrote.
const NOT_THEIRS: [&str; 8] = [
    "core::", "std::", "alloc::", "<core::", "<std::", "<alloc::", "__rust", "rust_",
];

/// The functions that were running, innermost first.
pub(crate) fn of(error: &wasmtime::Error) -> Option<String> {
    let trace = error.downcast_ref::<WasmBacktrace>()?;
    named(trace.frames().iter().filter_map(FrameInfo::func_name))
}

fn named<'a>(functions: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<String> = functions.filter_map(theirs).take(NAMES_MAX).collect();
    (!names.is_empty()).then(|| names.join(" < "))
}

/// The name of a function that is the plugin's own. Linkers write names down as people read them, or mangled; those of C++ have
/// parameters. An engine of another language has thousands of functions that tell its author nothing.
fn theirs(symbol: &str) -> Option<String> {
    // `plugboard:plugin/routing@0.1.0#route`, into which a compiler may have put all that the author wrote.
    if let Some((interface, function)) = symbol.split_once('#') {
        let interface = interface.strip_prefix("plugboard:plugin/")?;
        let interface = interface.split('@').next().unwrap_or(interface);
        return Some(format!("{interface}.{function}"));
    }
    let name = format!("{:#}", rustc_demangle::demangle(symbol));
    let name = without_hash(&name);
    let path = name.contains("::") && !name.contains('(');
    if !path || NOT_THEIRS.iter().any(|it| name.starts_with(it)) {
        return None;
    }
    Some(name.chars().take(NAME_CHARS).collect())
}

/// `hello::parse::h0123456789abcdef` is `hello::parse`.
fn without_hash(name: &str) -> &str {
    let hash = |it: &str| it.len() == 16 && it.bytes().all(|it| it.is_ascii_hexdigit());
    match name.rsplit_once("::h") {
        Some((path, rest)) if hash(rest) => path,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn only_what_the_author_wrote_is_named_from_the_inside_out() {
        let stack = [
            "_ZN3std9panicking15begin_panic_raw17h0123456789abcdefE",
            "_ZN4core9panicking9panic_fmt17h0123456789abcdefE",
            "_ZN5hello5parse17h0123456789abcdefE",
            "js::Interpret(JSContext*, js::RunState&)",
            "cabi_realloc",
            "<hello::Plugin as hello::Ingress>::on_webhook::h0123456789abcdef",
            "plugboard:plugin/ingress@0.1.0#on-webhook",
        ];
        let named = named(stack.into_iter());
        assert_eq!(
            named.as_deref(),
            Some(
                "hello::parse < <hello::Plugin as hello::Ingress>::on_webhook < ingress.on-webhook"
            )
        );
        assert_eq!(super::named(["malloc"].into_iter()), None);
    }
}
