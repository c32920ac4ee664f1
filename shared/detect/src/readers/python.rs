//! Handlers in Python: functions of a module's top level.

use crate::source_text::{Dialect, bracketed, clip, code_only, identifier, split_list};

/// Names that say it all, most usual first.
const HANDLER_NAMES: [&str; 3] = ["lambda_handler", "handler", "lambdaHandler"];

/// The one function of a module that is a Lambda handler.
pub(crate) fn handler(text: &str) -> Option<String> {
    let code = code_only(text, Dialect::Python);
    let definitions = definitions(&code);
    let assignments = assignments(&code);
    let named = HANDLER_NAMES.iter().find(|name| {
        assignments.contains(name)
            || definitions.iter().any(|definition| definition.name == **name && definition.takes_two())
    });
    if let Some(name) = named {
        return Some((*name).to_owned());
    }
    let mut taking_events = definitions.iter().filter(|definition| definition.takes_event());
    match (taking_events.next(), taking_events.next()) {
        (Some(only), None) => Some(only.name.to_owned()),
        _ => None,
    }
}

/// Why a module that looks like one is no function.
pub(crate) fn near_miss(text: &str) -> Option<String> {
    if handler(text).is_some() {
        return None;
    }
    let code = code_only(text, Dialect::Python);
    let several: Vec<String> = definitions(&code)
        .into_iter()
        .filter(Definition::takes_event)
        .map(|definition| format!("`{}`", definition.name))
        .collect();
    if several.len() > 1 {
        return Some(format!(
            "has several functions that take an event ({}); name one of them `lambda_handler`",
            several.join(", ")
        ));
    }
    let is_async = code.lines().filter_map(|line| line.strip_prefix("async def ")).filter_map(identifier);
    is_async
        .into_iter()
        .any(|name| HANDLER_NAMES.contains(&name))
        .then(|| "has an `async` handler, which the Python runtimes do not call; make it a plain function".to_owned())
}

/// Definitions of one module that are read.
const MAX_DEFINITIONS: usize = 2000;

/// Bytes of one list of parameters that are read.
const MAX_PARAMETERS_BYTES: usize = 2 * 1024;

struct Definition<'code> {
    name: &'code str,
    parameters: Vec<&'code str>,
}

impl Definition<'_> {
    fn takes_two(&self) -> bool {
        self.parameters.len() >= 2 || self.parameters.first().is_some_and(|first| first.starts_with('*'))
    }

    fn takes_event(&self) -> bool {
        let name = |at: usize| self.parameters.get(at).and_then(|parameter| identifier(parameter)).unwrap_or_default();
        matches!(name(0), "event" | "_event" | "evt")
            && matches!(name(1), "context" | "_context" | "ctx" | "_" | "_ctx")
    }
}

/// `def name(parameters)` at the beginning of a line.
fn definitions(code: &str) -> Vec<Definition<'_>> {
    let starts =
        code.match_indices("def ").filter(|(at, _)| *at == 0 || code[..*at].ends_with('\n')).take(MAX_DEFINITIONS);
    starts
        .filter_map(|(at, _)| {
            let rest = code[at + 4..].trim_start();
            let name = identifier(rest)?;
            let parameters = rest[name.len()..].trim_start().strip_prefix('(')?;
            Some(Definition { name, parameters: split_list(bracketed(clip(parameters, MAX_PARAMETERS_BYTES))) })
        })
        .collect()
}

/// `name = …` at the beginning of a line, such as `handler = Mangum(app)`.
fn assignments(code: &str) -> Vec<&str> {
    code.lines()
        .filter_map(|line| {
            let name = identifier(line)?;
            let rest = line[name.len()..].trim_start();
            (rest.starts_with('=') && !rest.starts_with("==")).then_some(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_are_functions_of_the_top_level() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(handler(text).as_deref(), expected, "{text}");
        check("def lambda_handler(event, context):\n    return {}", Some("lambda_handler"));
        check("import json\n\ndef handler(event: dict, context) -> dict:\n    pass", Some("handler"));
        check("def handler(\n    event,\n    context,\n):\n    pass", Some("handler"));
        check("def handler(*args):\n    pass", Some("handler"));
        check("def on_upload(event, context):\n    pass", Some("on_upload"));
        check("handler = Mangum(app)", Some("handler"));
        check("@logger.inject\ndef lambda_handler(event, _):\n    pass", Some("lambda_handler"));
        check("class A:\n    def handler(self, event, context):\n        pass", None);
        check("def get(event, context): ...\ndef put(event, context): ...", None);
        check("def handler(): ...", None);
        check("async def handler(event, context): ...", None);
        check("# def handler(event, context):", None);
        check("\"\"\"\ndef handler(event, context):\n\"\"\"", None);
        check("if handler == 1: pass", None);
    }

    #[test]
    fn near_misses_say_what_to_change() {
        let check = |text: &str, expected: &str| assert!(near_miss(text).unwrap().contains(expected), "{text}");
        check("async def handler(event, context): ...", "plain function");
        check("def get(event, context): ...\ndef put(event, context): ...", "(`get`, `put`)");
    }
}
