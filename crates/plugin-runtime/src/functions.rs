//! Every function that plugins export, with the types on both sides.
//!
//! The types are compared with a component's own when it is loaded, so that a difference is named then and not in the
//! middle of a call.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use wasmtime::component::{
    ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower, types::ComponentItem,
};

use crate::{
    error::CallError,
    limits::Class,
    state::State,
    types::{
        Batch, Capabilities, Card, ContactView, ConversationView, Decision, Dial, EscalationAnswer,
        EscalationRequest, Failure, Frame, HookEvent, Info, Order, Outbound, Problem, RouteRequest,
        ScriptKind, Sent, SocketStep, Suggestion, Turn, Webhook, WebhookReply, code,
    },
};

/// One exported function.
pub(crate) trait Function: Send + Sync + 'static {
    /// `routing.route`.
    const NAME: &'static str;
    /// Place in the table.
    const INDEX: usize;
    /// Which time it has.
    const CLASS: Class;
    /// What it is given.
    type Params: ComponentNamedList + Lower + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What it gives back.
    type Raw: Lift + Finish + Serialize + Send + Sync + 'static;
}

/// What a function gives back, as an answer or a refusal.
pub(crate) trait Finish {
    type Answer;
    fn finish(self) -> Result<Self::Answer, CallError>;
}

/// Why a plugin says no.
trait Reason {
    fn failure(self) -> Failure;
}

impl Reason for Failure {
    fn failure(self) -> Failure {
        self
    }
}

impl Reason for String {
    fn failure(self) -> Failure {
        Failure::lasting(code::REFUSED, self)
    }
}

impl<T, E: Reason> Finish for Result<T, E> {
    type Answer = T;

    fn finish(self) -> Result<T, CallError> {
        self.map_err(|error| CallError::Refused(error.failure()))
    }
}

/// The warnings of a script that can run, or what keeps it from running.
pub type Checked = Result<Vec<Problem>, Vec<Problem>>;

impl Finish for Checked {
    type Answer = Self;

    fn finish(self) -> Result<Self, CallError> {
        Ok(self)
    }
}

macro_rules! as_it_is {
    ($($ty:ty),*) => {$(
        impl Finish for $ty {
            type Answer = Self;

            fn finish(self) -> Result<Self, CallError> {
                Ok(self)
            }
        }
    )*};
}

as_it_is!(Info, Capabilities);

/// Where the functions of one component are; `None` for those that it does not export.
pub(crate) type Exports = [Option<ComponentExportIndex>; COUNT];

macro_rules! functions {
    ($($name:ident = $interface:literal . $export:literal [$class:ident] ($($param:ty),*) -> $raw:ty;)*) => {
        #[derive(Clone, Copy)]
        enum Place {
            $($name,)*
        }

        /// How many functions there are.
        pub(crate) const COUNT: usize = [$(Place::$name),*].len();

        /// Their names, by place.
        #[cfg(test)]
        pub(crate) const NAMES: [&str; COUNT] = [$(concat!($interface, ".", $export)),*];

        $(
            pub(crate) struct $name;

            impl Function for $name {
                const NAME: &'static str = concat!($interface, ".", $export);
                const INDEX: usize = Place::$name as usize;
                const CLASS: Class = Class::$class;
                type Params = ($($param,)*);
                type Raw = $raw;
            }
        )*

        /// Finds every function of the interfaces that a component exports, and compares the types.
        pub(crate) fn find(pre: &InstancePre<State>) -> Result<Exports, String> {
            let mut exports = [None; COUNT];
            $(
                exports[Place::$name as usize] = find_one::<$name>(pre, $interface, $export)?;
            )*
            Ok(exports)
        }

        /// Does something with the function of this name.
        macro_rules! with_function {
            ($wanted:expr, $function:ident => $body:expr) => {
                match $wanted {
                    $(
                        <$crate::functions::$name as $crate::functions::Function>::NAME => {
                            type $function = $crate::functions::$name;
                            Some($body)
                        }
                    )*
                    _ => None,
                }
            };
        }
        pub(crate) use with_function;
    };
}

functions! {
    Describe = "lifecycle"."describe" [Lifecycle] () -> Info;
    Start = "lifecycle"."start" [Start] () -> Result<(), Failure>;
    Migrate = "lifecycle"."migrate" [Lifecycle] (String) -> Result<(), Failure>;
    Health = "lifecycle"."health" [Lifecycle] () -> Result<String, Failure>;
    OnTimer = "lifecycle"."on-timer" [Timer] (String, String) -> Result<(), Failure>;
    OnWebhook = "ingress"."on-webhook" [Webhook] (Webhook) -> Result<WebhookReply, Failure>;
    DescribeChannel = "channel"."describe-channel" [Lifecycle] () -> Capabilities;
    SendMessage = "channel"."send" [Send] (Outbound) -> Result<Sent, Failure>;
    Connect = "channel"."connect" [Connect] () -> Result<String, Failure>;
    Disconnect = "channel"."disconnect" [Connect] () -> Result<(), Failure>;
    Poll = "poller"."poll" [Poll] (Option<Vec<u8>>) -> Result<Batch, Failure>;
    SocketOpen = "socket-session"."open" [Socket] (u32) -> Result<Dial, Failure>;
    SocketOnOpen = "socket-session"."on-open" [Socket] (Vec<u8>) -> Result<SocketStep, Failure>;
    SocketOnFrame = "socket-session"."on-frame" [Socket] (Vec<u8>, Frame) -> Result<SocketStep, Failure>;
    SocketOnTick = "socket-session"."on-tick" [Socket] (Vec<u8>) -> Result<SocketStep, Failure>;
    Route = "routing"."route" [Route] (Arc<RouteRequest>) -> Result<Decision, String>;
    Escalate = "escalation"."escalate" [Escalate] (Arc<EscalationRequest>) -> Result<EscalationAnswer, String>;
    CheckScript = "script"."check" [Check] (ScriptKind, String) -> Checked;
    Suggest = "assistant"."suggest" [Suggest] (ConversationView, Vec<Turn>, u8) -> Result<Vec<Suggestion>, Failure>;
    FindOrders = "commerce"."find-orders" [Orders] (ContactView, Option<String>, u8) -> Result<Vec<Order>, Failure>;
    GetOrder = "commerce"."get-order" [Orders] (String) -> Result<Option<Order>, Failure>;
    Act = "commerce"."act" [Orders] (String, String, String, String) -> Result<String, Failure>;
    OnEvent = "hooks"."on-event" [Hook] (HookEvent) -> Result<(), Failure>;
    Render = "panel"."render" [Panel] (ConversationView, String) -> Result<Card, Failure>;
    OnAction = "panel"."on-action" [Panel] (ConversationView, String, String, String) -> Result<Card, Failure>;
}

fn find_one<F: Function>(
    pre: &InstancePre<State>,
    interface: &str,
    export: &str,
) -> Result<Option<ComponentExportIndex>, String> {
    let component = pre.component();
    let name = format!("plugboard:plugin/{interface}@0.1.0");
    let Some(instance) = component.get_export_index(None, &*name) else {
        return Ok(None);
    };
    let Some((item, index)) = component.get_export(Some(&instance), export) else {
        return Err(format!("{name} lacks the function {export:?}"));
    };
    let ComponentItem::ComponentFunc(function) = item else {
        return Err(format!("{export:?} of {name} is no function"));
    };
    function
        .typecheck::<F::Params, (F::Raw,)>(&pre.instance_type())
        .map_err(|error| format!("{name}, function {export:?}: {error:#}"))?;
    Ok(Some(index))
}

#[cfg(test)]
mod tests {
    use super::{COUNT, NAMES};

    #[test]
    fn every_function_of_the_contract_is_in_the_table() {
        let worlds = include_str!("../../plugin-sdk/wit/since-v0.1/worlds.wit");
        let mut found = Vec::new();
        let mut interface = "";
        for line in worlds.lines() {
            if let Some(rest) = line.strip_prefix("interface ") {
                interface = rest.trim_end_matches([' ', '{']);
            } else if let Some((name, _)) = line.trim().split_once(": func(") {
                found.push(format!("{interface}.{name}"));
            }
        }
        assert_eq!(found, NAMES);
        assert_eq!(found.len(), COUNT);
    }
}
