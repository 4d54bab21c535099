//! Bindings as the generator writes them, one module for each interface, so that a component exports what it implements
//! and nothing else. Use what the crate's root offers instead.

/// Generates the export side of one interface; types that the host side has already are shared with it.
macro_rules! piece {
    ($module:ident, $feature:literal, $wit:literal, { $($shared:literal: $path:path),* $(,)? }) => {
        #[cfg(any(feature = $feature, not(target_arch = "wasm32")))]
        pub mod $module {
            wit_bindgen::generate!({
                path: "wit/since-v0.1",
                inline: $wit,
                with: { $($shared: $path),* },
                generate_all,
                generate_unused_types: true,
                additional_derives: [PartialEq],
                pub_export_macro: true,
                export_macro_name: "export_piece",
                runtime_path: "crate::__wit_bindgen::rt",
            });
        }
    };
}

/// Everything that the host offers. A component imports only what it calls.
pub mod host {
    wit_bindgen::generate!({
        path: "wit/since-v0.1",
        inline: "
            package plugboard:sdk-host;
            world host {
                import plugboard:plugin/types@0.1.0;
                import plugboard:plugin/log@0.1.0;
                import plugboard:plugin/config@0.1.0;
                import plugboard:plugin/secrets@0.1.0;
                import plugboard:plugin/http@0.1.0;
                import plugboard:plugin/blobs@0.1.0;
                import plugboard:plugin/kv@0.1.0;
                import plugboard:plugin/clock@0.1.0;
                import plugboard:plugin/random@0.1.0;
                import plugboard:plugin/timers@0.1.0;
                import plugboard:plugin/commands@0.1.0;
                import plugboard:plugin/intake@0.1.0;
            }
        ",
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq],
        runtime_path: "crate::__wit_bindgen::rt",
    });
}

piece!(
    lifecycle,
    "lifecycle",
    "package plugboard:sdk-lifecycle; world lifecycle { export plugboard:plugin/lifecycle@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types }
);
piece!(
    ingress,
    "ingress",
    "package plugboard:sdk-ingress; world ingress { export plugboard:plugin/ingress@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types }
);
piece!(
    channel,
    "channel",
    "package plugboard:sdk-channel; world channel { export plugboard:plugin/channel@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types }
);
piece!(
    poller,
    "poller",
    "package plugboard:sdk-poller; world poller { export plugboard:plugin/poller@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types }
);
piece!(
    socket,
    "socket",
    "package plugboard:sdk-socket; world socket { export plugboard:plugin/socket-session@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types, "plugboard:plugin/http@0.1.0": crate::bindings::host::plugboard::plugin::http }
);
piece!(
    routing,
    "routing",
    "package plugboard:sdk-routing; world routing { export plugboard:plugin/routing@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types }
);
piece!(
    escalation,
    "escalation",
    "package plugboard:sdk-escalation; world escalation { export plugboard:plugin/escalation@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types }
);
piece!(
    script,
    "script",
    "package plugboard:sdk-script; world script { export plugboard:plugin/script@0.1.0; }",
    {}
);
piece!(
    assistant,
    "assistant",
    "package plugboard:sdk-assistant; world assistant { export plugboard:plugin/assistant@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types }
);
piece!(
    commerce,
    "commerce",
    "package plugboard:sdk-commerce; world commerce { export plugboard:plugin/commerce@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types }
);
piece!(
    hooks,
    "hooks",
    "package plugboard:sdk-hooks; world hooks { export plugboard:plugin/hooks@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types }
);
piece!(
    panel,
    "panel",
    "package plugboard:sdk-panel; world panel { export plugboard:plugin/panel@0.1.0; }",
    { "plugboard:plugin/types@0.1.0": crate::bindings::host::plugboard::plugin::types }
);

/// Each function compiles for types that implement the interface.
#[cfg(not(target_arch = "wasm32"))]
pub mod implemented {
    macro_rules! implemented {
        ($($piece:ident $interface:ident),* $(,)?) => {$(
            pub fn $piece<T: super::$piece::exports::plugboard::plugin::$interface::Guest>() {}
        )*};
    }
    implemented!(
        lifecycle lifecycle, ingress ingress, channel channel, poller poller, socket socket_session, routing routing,
        escalation escalation, script script, assistant assistant, commerce commerce, hooks hooks, panel panel,
    );
}
