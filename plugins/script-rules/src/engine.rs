//! Compiles rules, and keeps them.

use std::cell::RefCell;

use plugboard_plugin_sdk::{
    log,
    script::{Kind, Problem},
};
use starlark::{
    PrintHandler,
    codemap::FileSpan,
    environment::{FrozenModule, Globals, GlobalsBuilder, LibraryExtension, Module},
    eval::Evaluator,
    syntax::{AstModule, Dialect},
    values::{OwnedFrozenValue, Value},
};

use crate::words;

/// Longest source of a rule.
pub const SOURCE_BYTES_MAX: usize = 32 * 1024;

/// Deepest nesting of calls: far more than a rule needs, far less than the stack of an instance.
const CALLS_DEEP: usize = 50;

/// Compiled rules that an instance keeps: a chain and what is being tried beside it.
const KEPT: usize = 16;

/// A rule that can be called.
#[derive(Clone)]
pub struct Compiled {
    function: OwnedFrozenValue,
}

thread_local! {
    static GLOBALS: Globals = globals();
    static RULES: RefCell<Vec<(Kind, String, Compiled)>> = const { RefCell::new(Vec::new()) };
}

fn globals() -> Globals {
    GlobalsBuilder::extended_by(&[
        LibraryExtension::StructType,
        LibraryExtension::Filter,
        LibraryExtension::Map,
        LibraryExtension::Json,
        LibraryExtension::Print,
    ])
    .with(words::register)
    .build()
}

/// Names that every rule can use.
pub(crate) fn names() -> Vec<String> {
    GLOBALS.with(|globals| {
        globals
            .names()
            .map(|name| name.as_str().to_owned())
            .collect()
    })
}

/// The language: Starlark with lambdas and f-strings; no `load`, there is nothing to load.
pub(crate) fn dialect() -> Dialect {
    Dialect {
        enable_f_strings: true,
        enable_keyword_only_arguments: true,
        enable_load: false,
        enable_top_level_stmt: true,
        ..Dialect::Standard
    }
}

/// Name of the function that a rule of a kind must have, and of its parameters.
pub(crate) fn signature(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Routing => ("route", "conv, candidates, now"),
        Kind::Escalation => ("escalate", "conv, event, now"),
    }
}

/// The compiled rule, compiled now if this instance has not seen it yet.
pub(crate) fn cached(kind: Kind, source: &str) -> Result<Compiled, Problem> {
    let known = RULES.with_borrow(|rules| {
        let found = rules.iter().find(|(k, s, _)| *k == kind && s == source);
        found.map(|(_, _, rule)| rule.clone())
    });
    if let Some(rule) = known {
        return Ok(rule);
    }
    let rule = compile(kind, source)?;
    RULES.with_borrow_mut(|rules| {
        if rules.len() == KEPT {
            rules.remove(0);
        }
        rules.push((kind, source.to_owned(), rule.clone()));
    });
    Ok(rule)
}

/// Compiles a rule. What stands outside functions runs now, once.
pub fn compile(kind: Kind, source: &str) -> Result<Compiled, Problem> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(at_top(format!(
            "a rule has at most {SOURCE_BYTES_MAX} bytes"
        )));
    }
    let ast = AstModule::parse("rule", source.to_owned(), &dialect()).map_err(problem)?;
    let module = freeze(ast)?;
    let (name, parameters) = signature(kind);
    match module.get_option(name) {
        Ok(Some(function)) => Ok(Compiled { function }),
        _ => Err(at_top(format!(
            "a rule needs a function `def {name}({parameters}):`"
        ))),
    }
}

fn freeze(ast: AstModule) -> Result<FrozenModule, Problem> {
    Module::with_temp_heap(|module| {
        {
            let mut evaluator = Evaluator::new(&module);
            evaluator.set_print_handler(&Lines);
            bound(&mut evaluator);
            GLOBALS
                .with(|globals| evaluator.eval_module(ast, globals).map(|_| ()))
                .map_err(problem)?;
        }
        module
            .freeze()
            .map_err(|error| at_top(format!("{error:?}")))
    })
}

impl Compiled {
    /// Calls the function with arguments that `arguments` makes, and hands what it returns to `read`.
    pub(crate) fn call<T>(
        &self,
        arguments: impl for<'v> FnOnce(starlark::values::Heap<'v>) -> [Value<'v>; 3],
        read: impl for<'v> FnOnce(Value<'v>, starlark::values::Heap<'v>) -> Result<T, String>,
    ) -> Result<T, String> {
        Module::with_temp_heap(|module| {
            let heap = module.heap();
            let mut evaluator = Evaluator::new(&module);
            evaluator.set_print_handler(&Lines);
            bound(&mut evaluator);
            let function = heap.access_owned_frozen_value(&self.function);
            let answer = evaluator
                .eval_function(function, &arguments(heap), &[])
                .map_err(|error| line(&problem(error)))?;
            read(answer, heap)
        })
    }

    pub(crate) fn function(&self) -> &OwnedFrozenValue {
        &self.function
    }
}

fn bound(evaluator: &mut Evaluator) {
    evaluator
        .set_max_callstack_size(CALLS_DEEP)
        .expect("the bound is set once, before anything runs");
}

/// `print` writes lines for the plugin's page.
struct Lines;

impl PrintHandler for Lines {
    fn println(&self, text: &str) -> starlark::Result<()> {
        log::info(text);
        Ok(())
    }
}

/// An error with its place.
pub(crate) fn problem(error: starlark::Error) -> Problem {
    let text = error.without_diagnostic().to_string();
    let message = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned();
    match error.span() {
        Some(span) => at(span, message),
        None => at_top(message),
    }
}

/// A problem at the beginning of a span; lines and columns count from 1.
pub(crate) fn at(span: &FileSpan, message: String) -> Problem {
    let begin = span.resolve_span().begin;
    let number = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
    Problem {
        line: number(begin.line),
        column: number(begin.column),
        message,
    }
}

pub(crate) fn at_top(message: String) -> Problem {
    Problem {
        line: 1,
        column: 1,
        message,
    }
}

/// A problem in one line.
pub(crate) fn line(problem: &Problem) -> String {
    format!(
        "line {}, column {}: {}",
        problem.line, problem.column, problem.message
    )
}
