//! The macro that turns a type into a component.

/// Exports worlds: `export!(MyShop: commerce_source, side_panel);`, once in a crate, at its root.
///
/// | world | traits | feature |
/// | --- | --- | --- |
/// | `channel_webhook` | [`Lifecycle`](crate::lifecycle::Lifecycle), [`Ingress`](crate::web::Ingress), [`Channel`](crate::messaging::Channel) | `channel-webhook` |
/// | `channel_polling` | those and [`Poller`](crate::polling::Poller) | `channel-polling` |
/// | `channel_socket` | those of `channel_webhook` and [`Session`](crate::socket::Session) | `channel-socket` |
/// | `routing` | [`RoutingPolicy`](crate::routing::RoutingPolicy) | `routing-policy` |
/// | `escalation` | [`EscalationPolicy`](crate::escalation::EscalationPolicy) | `escalation-policy` |
/// | `script_engine` | both and [`ScriptEngine`](crate::script::ScriptEngine) | `script-engine` |
/// | `reply_assistant` | `Lifecycle`, [`Assistant`](crate::assistant::Assistant) | `reply-assistant` |
/// | `commerce_source` | `Lifecycle`, [`Commerce`](crate::commerce::Commerce), `Ingress`, `Poller` | `commerce-source` |
/// | `event_hook` | `Lifecycle`, [`Hook`](crate::hooks::Hook) | `event-hook` |
/// | `side_panel` | `Lifecycle`, [`Panel`](crate::panel::Panel) | `side-panel` |
///
/// "could not find `routing` in `bindings`" means that the world's feature is missing in `Cargo.toml`.
#[macro_export]
macro_rules! export {
    ($plugin:ident: $($world:ident),+ $(,)?) => {
        $crate::__export_worlds!($plugin [] $($world)+);
    };
}

/// Name and version from the plugin's `Cargo.toml`.
#[macro_export]
macro_rules! info {
    () => {
        $crate::lifecycle::Info {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_worlds {
    ($plugin:ident $alive:tt) => {};
    ($plugin:ident $alive:tt routing $($rest:ident)*) => {
        $crate::__export_pieces!($plugin routing);
        $crate::__export_worlds!($plugin $alive $($rest)*);
    };
    ($plugin:ident $alive:tt escalation $($rest:ident)*) => {
        $crate::__export_pieces!($plugin escalation);
        $crate::__export_worlds!($plugin $alive $($rest)*);
    };
    ($plugin:ident $alive:tt script_engine $($rest:ident)*) => {
        $crate::__export_pieces!($plugin routing escalation script);
        $crate::__export_worlds!($plugin $alive $($rest)*);
    };
    // Every other world has a life; it is exported with the first of them.
    ($plugin:ident [] $($rest:ident)+) => {
        $crate::__export_pieces!($plugin lifecycle);
        $crate::__export_worlds!($plugin [alive] $($rest)+);
    };
    ($plugin:ident [alive] channel_webhook $($rest:ident)*) => {
        $crate::__export_pieces!($plugin ingress channel);
        $crate::__export_worlds!($plugin [alive] $($rest)*);
    };
    ($plugin:ident [alive] channel_polling $($rest:ident)*) => {
        $crate::__export_pieces!($plugin ingress channel poller);
        $crate::__export_worlds!($plugin [alive] $($rest)*);
    };
    ($plugin:ident [alive] channel_socket $($rest:ident)*) => {
        $crate::__export_pieces!($plugin ingress channel socket);
        $crate::__export_worlds!($plugin [alive] $($rest)*);
    };
    ($plugin:ident [alive] reply_assistant $($rest:ident)*) => {
        $crate::__export_pieces!($plugin assistant);
        $crate::__export_worlds!($plugin [alive] $($rest)*);
    };
    ($plugin:ident [alive] commerce_source $($rest:ident)*) => {
        $crate::__export_pieces!($plugin commerce ingress poller);
        $crate::__export_worlds!($plugin [alive] $($rest)*);
    };
    ($plugin:ident [alive] event_hook $($rest:ident)*) => {
        $crate::__export_pieces!($plugin hooks);
        $crate::__export_worlds!($plugin [alive] $($rest)*);
    };
    ($plugin:ident [alive] side_panel $($rest:ident)*) => {
        $crate::__export_pieces!($plugin panel);
        $crate::__export_worlds!($plugin [alive] $($rest)*);
    };
    ($plugin:ident $alive:tt $world:ident $($rest:ident)*) => {
        compile_error!(concat!("there is no world `", stringify!($world), "`"));
    };
}

// Off WebAssembly the exported names mean nothing to linkers: there it is only checked that the traits are implemented.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_pieces {
    ($plugin:ident $($piece:ident)+) => {$(
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::$piece::export_piece!($plugin with_types_in $crate::bindings::$piece);
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = $crate::bindings::implemented::$piece::<$plugin>;
    )+};
}
