//! The contract as data: every function that plugins export, with the shapes of what goes in and comes out. Read from the
//! WIT itself, so that cases are completed and compared by the names and types that authors see.

mod bytes;
pub(crate) mod complete;
mod fit;

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use wit_parser::{Resolve, SourceMap, Type, TypeDefKind};

pub(crate) use bytes::{Given, unhex};
pub(crate) use complete::{Defaults, complete};
pub(crate) use fit::{Difference, Differences, fits, fits_any, raw_fits};

/// The files of the contract, by name.
pub(crate) const FILES: [(&str, &str); 3] = [
    (
        "types.wit",
        include_str!("../../../plugin-sdk/wit/since-v0.1/types.wit"),
    ),
    (
        "host.wit",
        include_str!("../../../plugin-sdk/wit/since-v0.1/host.wit"),
    ),
    (
        "worlds.wit",
        include_str!("../../../plugin-sdk/wit/since-v0.1/worlds.wit"),
    ),
];

/// Names that the WIT shortens.
const LONG_NAMES: [(&str, &str); 6] = [
    ("r", "request"),
    ("c", "conversation"),
    ("w", "webhook"),
    ("m", "message"),
    ("e", "event"),
    ("f", "frame"),
];

/// The form of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Bool,
    Integer,
    Float,
    Text,
    /// Text that is JSON.
    Json,
    Bytes,
    List(Box<Shape>),
    Tuple(Vec<Shape>),
    Option(Box<Shape>),
    Record {
        name: String,
        fields: Vec<(String, Shape)>,
    },
    Variant(Vec<(String, Option<Shape>)>),
    Enum(Vec<String>),
    /// What a function gives back; nothing where a side holds nothing.
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
}

/// One function that plugins export.
#[derive(Clone, Debug)]
pub(crate) struct Exported {
    /// `routing.route`.
    pub(crate) full_name: String,
    /// Arguments by name, in order.
    pub(crate) params: Vec<(String, Shape)>,
    /// What it gives back.
    pub(crate) result: Option<Shape>,
}

impl Exported {
    /// Whether it can refuse.
    pub(crate) fn fails(&self) -> bool {
        matches!(self.result, Some(Shape::Result(..)))
    }
}

/// The contract.
pub(crate) struct Contract {
    functions: BTreeMap<String, Exported>,
    /// What `commands.execute` takes.
    pub(crate) command: Shape,
    /// What happens on channels.
    pub(crate) event: Shape,
}

/// The newest minor.
pub(crate) fn contract() -> &'static Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::read);
    &CONTRACT
}

impl Contract {
    fn read() -> Self {
        let mut map = SourceMap::default();
        for (name, source) in FILES {
            map.push(Path::new(name), source);
        }
        let Ok(group) = map.parse() else {
            panic!("the contract is WIT, plugins are built from it");
        };
        let mut resolve = Resolve::default();
        resolve
            .push_group(group)
            .expect("the contract names nothing outside of it");
        let mut functions = BTreeMap::new();
        // An interface is a plugin's own when some world exports it, and the host's when some world imports it.
        let exported: Vec<_> = resolve
            .worlds
            .iter()
            .flat_map(|(_, world)| world.exports.values())
            .filter_map(|item| match item {
                wit_parser::WorldItem::Interface { id, .. } => Some(*id),
                _ => None,
            })
            .collect();
        for (id, interface) in &resolve.interfaces {
            let Some(name) = interface.name.as_ref().filter(|_| exported.contains(&id)) else {
                continue;
            };
            for (function, it) in &interface.functions {
                let params = it.params.iter().map(|param| {
                    let long = LONG_NAMES.iter().find(|(short, _)| *short == param.name);
                    let name = long.map_or(param.name.as_str(), |(_, long)| long);
                    (name.to_owned(), shape(&resolve, param.ty))
                });
                let exported = Exported {
                    full_name: format!("{name}.{function}"),
                    params: params.collect(),
                    result: it.result.map(|ty| shape(&resolve, ty)),
                };
                functions.insert(function.clone(), exported);
            }
        }
        let named = |interface: &str, name: &str| {
            let mut interfaces = resolve.interfaces.iter();
            let found = interfaces.find(|(_, it)| it.name.as_deref() == Some(interface));
            let id = found.and_then(|(_, it)| it.types.get(name));
            shape(
                &resolve,
                Type::Id(*id.expect("the contract has this type since 0.1")),
            )
        };
        Self {
            command: named("commands", "command"),
            event: named("types", "channel-event"),
            functions,
        }
    }

    /// The function of this name: `route`, or `routing.route`.
    pub(crate) fn function(&self, name: &str) -> Option<&Exported> {
        let short = name.rsplit('.').next().unwrap_or(name);
        let found = self.functions.get(short)?;
        (short == name || found.full_name == name).then_some(found)
    }

    /// Names of all functions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }
}

fn shape(resolve: &Resolve, ty: Type) -> Shape {
    let boxed = |ty: Type| Box::new(shape(resolve, ty));
    let id = match ty {
        Type::Bool => return Shape::Bool,
        Type::F32 | Type::F64 => return Shape::Float,
        Type::String | Type::Char => return Shape::Text,
        Type::Id(id) => id,
        _ => return Shape::Integer,
    };
    let def = &resolve.types[id];
    match &def.kind {
        TypeDefKind::Type(_) if def.name.as_deref() == Some("json") => Shape::Json,
        TypeDefKind::Type(inner) => shape(resolve, *inner),
        TypeDefKind::List(Type::U8) => Shape::Bytes,
        TypeDefKind::List(inner) => Shape::List(boxed(*inner)),
        TypeDefKind::Option(inner) => Shape::Option(boxed(*inner)),
        TypeDefKind::Tuple(tuple) => {
            Shape::Tuple(tuple.types.iter().map(|it| shape(resolve, *it)).collect())
        }
        TypeDefKind::Record(record) => Shape::Record {
            name: def.name.clone().unwrap_or_default(),
            fields: record
                .fields
                .iter()
                .map(|it| (it.name.clone(), shape(resolve, it.ty)))
                .collect(),
        },
        TypeDefKind::Variant(variant) => Shape::Variant(
            variant
                .cases
                .iter()
                .map(|it| (it.name.clone(), it.ty.map(|ty| shape(resolve, ty))))
                .collect(),
        ),
        TypeDefKind::Enum(it) => {
            Shape::Enum(it.cases.iter().map(|case| case.name.clone()).collect())
        }
        TypeDefKind::Result(it) => Shape::Result(it.ok.map(boxed), it.err.map(boxed)),
        other => panic!("the contract has no {}", other.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Shape, contract};

    #[test]
    fn every_function_of_a_plugin_is_found_by_its_short_and_its_full_name() {
        assert_eq!(contract().names().count(), 25);
        let route = contract().function("route").unwrap();
        assert_eq!(route.full_name, "routing.route");
        assert_eq!(route.params[0].0, "request");
        assert!(contract().function("routing.route").is_some());
        assert!(contract().function("panel.route").is_none());
        // What the host offers is no function of a plugin.
        assert!(contract().function("fetch").is_none());
        let act = contract().function("act").unwrap();
        assert_eq!(
            act.params[2],
            ("args".to_owned(), Shape::Json),
            "an alias of an alias is still JSON"
        );
    }
}
