//! Looks a rule over before it is saved: errors with their line and column, and what is probably not meant.

use std::collections::HashSet;

use plugboard_plugin_sdk::script::{Kind, Problem};
use starlark::{
    analysis::AstModuleLint,
    docs::{DocItem, DocMember},
    syntax::AstModule,
};

use crate::{
    engine::{self, Compiled},
    values,
};

/// Parameters of both functions.
const PARAMETERS: usize = 3;

/// Compiles without calling; `Ok` holds warnings.
pub fn check(kind: Kind, source: &str) -> Result<Vec<Problem>, Vec<Problem>> {
    let rule = engine::compile(kind, source).map_err(|problem| vec![problem])?;
    check_signature(kind, source, &rule).map_err(|problem| vec![problem])?;
    let mut warnings = lints(source);
    warnings.extend(unknown_fields(kind, source));
    warnings.sort_by_key(|problem| (problem.line, problem.column));
    Ok(warnings)
}

fn check_signature(kind: Kind, source: &str, rule: &Compiled) -> Result<(), Problem> {
    let (name, parameters) = engine::signature(kind);
    let wrong = || Problem {
        message: format!("must be `def {name}({parameters}):`"),
        ..place(source, &format!("def {name}")).unwrap_or_else(|| engine::at_top(String::new()))
    };
    let DocItem::Member(DocMember::Function(function)) = rule.function().value().documentation()
    else {
        return Err(wrong());
    };
    let it = &function.params;
    let by_place = || it.pos_only.iter().chain(&it.pos_or_named);
    let needed = by_place().filter(|p| p.default_value.is_none()).count();
    let fits = needed <= PARAMETERS
        && (by_place().count() >= PARAMETERS || it.args.is_some())
        && it.named_only.iter().all(|p| p.default_value.is_some());
    if fits { Ok(()) } else { Err(wrong()) }
}

fn lints(source: &str) -> Vec<Problem> {
    let Ok(ast) = AstModule::parse("rule", source.to_owned(), &engine::dialect()) else {
        return Vec::new();
    };
    let names: HashSet<String> = engine::names().into_iter().collect();
    let lints = ast.lint(Some(&names)).into_iter();
    // The parameters are prescribed: nobody has to use all of them.
    let lints = lints.filter(|lint| lint.short_name != "unused-argument");
    lints
        .map(|lint| engine::at(&lint.location, lint.problem))
        .collect()
}

/// `conv.langauge` is found only when the rule runs, unless somebody looks.
fn unknown_fields(kind: Kind, source: &str) -> Vec<Problem> {
    let mut known = values::CONVERSATION.to_vec();
    let mut problems = Vec::new();
    match kind {
        Kind::Routing => known.extend(values::ROUTING),
        Kind::Escalation => look(source, "event.", values::EVENT, &mut problems),
    }
    look(source, "conv.", &known, &mut problems);
    problems
}

fn look(source: &str, prefix: &str, known: &[&str], problems: &mut Vec<Problem>) {
    for (line, text) in (1..).zip(source.lines()) {
        let code = text.split('#').next().unwrap_or_default();
        for (at, _) in code.match_indices(prefix) {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let inside =
                code[..at].ends_with(|c: char| word(c) || c == '.' || c == '"' || c == '\'');
            let rest = &code[at + prefix.len()..];
            let name = &rest[..rest.find(|c: char| !word(c)).unwrap_or(rest.len())];
            if inside || name.is_empty() || known.contains(&name) {
                continue;
            }
            let column = code[..at + prefix.len()].chars().count() + 1;
            problems.push(Problem {
                line,
                column: u32::try_from(column).unwrap_or(u32::MAX),
                message: format!(
                    "`{prefix}{name}` does not exist: there is {}",
                    known.join(", ")
                ),
            });
        }
    }
}

fn place(source: &str, text: &str) -> Option<Problem> {
    (1..).zip(source.lines()).find_map(|(line, it)| {
        let at = it.find(text)?;
        let column = u32::try_from(it[..at].chars().count() + 1).ok()?;
        Some(Problem {
            line,
            column,
            message: String::new(),
        })
    })
}
