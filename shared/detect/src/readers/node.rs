//! Handlers in JavaScript and TypeScript: functions that a module exports.

use crate::source_text::{Dialect, bracketed, clip, code_only, identifier, is_identifier, split_list};

const EXTENSIONS: [&str; 4] = ["js", "mjs", "cjs", "ts"];

/// Names that say it all, most usual first.
const HANDLER_NAMES: [&str; 3] = ["handler", "lambdaHandler", "lambda_handler"];

/// What the first parameter of a handler is called.
const EVENT_NAMES: [&str; 4] = ["event", "_event", "evt", "_evt"];

/// The extension of a module that may hold a handler; declarations and tests may not.
pub(crate) fn extension(name: &str) -> Option<&'static str> {
    let (stem, extension) = name.rsplit_once('.')?;
    if [".d", ".test", ".spec", ".config", ".stories"].iter().any(|end| stem.ends_with(end)) {
        return None;
    }
    EXTENSIONS.into_iter().find(|known| *known == extension)
}

/// A handler and how it takes its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handler {
    pub(crate) name: String,
    /// True if it takes a third parameter, through which it answers instead of returning a promise.
    pub(crate) has_callback: bool,
}

/// The one function of a module that is a Lambda handler. Any name will do for a function that takes an event and a
/// context; one that takes an event only could be for a click as well, unless the file is called like a handler's.
pub(crate) fn handler(text: &str, is_usual_file: bool) -> Option<Handler> {
    let code = code_only(text, Dialect::JavaScript);
    let exports = exports(&code);
    let named = HANDLER_NAMES.iter().find_map(|name| exports.iter().find(|export| export.name == *name));
    let mut taking_events = exports
        .iter()
        .take(MAX_EXPORTS)
        .filter(|export| export.takes_event(&code) && (is_usual_file || export.takes_context(&code)));
    let chosen = named.or_else(|| match (taking_events.next(), taking_events.next()) {
        (only, None) => only,
        _ => None,
    })?;
    Some(Handler { name: chosen.name.to_owned(), has_callback: chosen.parameters(&code).len() >= 3 })
}

/// Why a module that looks like one is no function.
pub(crate) fn near_miss(text: &str) -> Option<String> {
    let code = code_only(text, Dialect::JavaScript);
    let several: Vec<String> = exports(&code)
        .iter()
        .take(MAX_EXPORTS)
        .filter(|export| export.takes_event(&code))
        .map(|export| format!("`{}`", export.name))
        .collect();
    match several.as_slice() {
        [] => {}
        [only] => {
            return Some(format!(
                "exports {only}, which takes an event; if it is the function, export it as `handler`"
            ));
        }
        several => {
            let several = several.join(", ");
            return Some(format!(
                "exports several functions that take an event ({several}); name one of them `handler`"
            ));
        }
    }
    let whole = after(&code, "module.exports")
        .filter_map(assigned)
        .any(|value| parameters(value).first().is_some_and(|name| EVENT_NAMES.contains(&name.as_str())));
    whole.then(|| "exports a function without a name; export it as `handler`".to_owned())
}

/// Exports that are looked at more closely; a module of functions for Lambda has a handful.
const MAX_EXPORTS: usize = 50;

/// `export` statements that are read.
const MAX_STATEMENTS: usize = 2000;

/// Bytes of one list of exports, and of one declaration, that are read.
const MAX_LIST_BYTES: usize = 8 * 1024;
const MAX_DECLARATION_BYTES: usize = 2 * 1024;

struct Export<'code> {
    name: &'code str,
    value: Value<'code>,
}

/// Where the parameters stand. Looked up only when asked for: a bundle exports thousands of names.
enum Value<'code> {
    Here(&'code str),
    DeclaredAs(&'code str),
}

impl Export<'_> {
    fn parameters(&self, code: &str) -> Vec<String> {
        match self.value {
            Value::Here(value) => parameters(value),
            Value::DeclaredAs(name) => parameters(declared(code, name)),
        }
    }

    fn takes_event(&self, code: &str) -> bool {
        self.parameters(code).first().is_some_and(|first| EVENT_NAMES.contains(&first.as_str()))
    }

    fn takes_context(&self, code: &str) -> bool {
        self.parameters(code).get(1).is_some_and(|second| matches!(second.as_str(), "context" | "_context" | "ctx"))
    }
}

fn exports(code: &str) -> Vec<Export<'_>> {
    let mut found = Vec::new();
    // exports.name = …, module.exports.name = …
    for rest in after(code, "exports") {
        if let Some(name) = rest.strip_prefix('.').and_then(identifier)
            && let Some(value) = assigned(&rest[1 + name.len()..])
        {
            found.push(Export { name, value: Value::Here(value) });
        }
    }
    // module.exports = { name, other: … }
    let bodies = after(code, "module.exports").filter_map(assigned).filter_map(|value| value.strip_prefix('{'));
    for body in bodies.take(MAX_EXPORTS) {
        for part in split_list(bracketed(body)) {
            let part = part.strip_prefix("async ").unwrap_or(part);
            if let Some(name) = identifier(part) {
                let value = part[name.len()..].trim_start();
                let value = value.strip_prefix(':').map_or(value, str::trim_start);
                let value = if value.is_empty() { Value::DeclaredAs(name) } else { Value::Here(value) };
                found.push(Export { name, value });
            }
        }
    }
    // export const name = …, export async function name(…), export { name, other as name }
    for rest in after(code, "export").take(MAX_STATEMENTS).map(str::trim_start) {
        if let Some(body) = rest.strip_prefix('{') {
            for part in split_list(bracketed(clip(body, MAX_LIST_BYTES))) {
                let (local, name) = part.split_once(" as ").unwrap_or((part, part));
                if let Some(name) = identifier(name.trim()) {
                    found.push(Export { name, value: Value::DeclaredAs(local.trim()) });
                }
            }
            continue;
        }
        let rest = rest.strip_prefix("async ").map_or(rest, str::trim_start);
        for word in ["const ", "let ", "var ", "function "] {
            if let Some(rest) = rest.strip_prefix(word)
                && let Some(name) = identifier(rest.trim_start())
            {
                let value = &rest.trim_start()[name.len()..];
                let value = if word == "function " { value } else { assigned_typed(value) };
                found.push(Export { name, value: Value::Here(value) });
            }
        }
    }
    found
}

/// What follows each place where `word` stands on its own.
fn after<'code>(code: &'code str, word: &'static str) -> impl Iterator<Item = &'code str> {
    code.match_indices(word).filter_map(move |(at, _)| {
        let before = code[..at].chars().next_back();
        let rest = &code[at + word.len()..];
        let whole = !before.is_some_and(is_identifier) && !rest.starts_with(is_identifier);
        whole.then_some(rest)
    })
}

/// The value in `= value`; not in `== value` or `=> value`.
fn assigned(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('=').filter(|rest| !rest.starts_with(['=', '>'])).map(str::trim_start)
}

/// The value in `: Some<Type> = value` or `= value`.
fn assigned_typed(text: &str) -> &str {
    let text = clip(text, MAX_DECLARATION_BYTES);
    text.match_indices('=')
        .find_map(|(at, _)| {
            let value = assigned(&text[at..])?;
            (!text[..at].ends_with(['=', '<', '>', '!'])).then_some(value)
        })
        .unwrap_or_default()
}

/// What a name of this module was declared as.
fn declared<'code>(code: &'code str, name: &str) -> &'code str {
    for word in ["const", "let", "var", "function"] {
        for rest in after(code, word).map(str::trim_start) {
            if identifier(rest) == Some(name) {
                let value = &rest[name.len()..];
                return if word == "function" { value } else { assigned_typed(value) };
            }
        }
    }
    ""
}

/// The names in `async (a, b) =>`, `async function name(a, b)`, `(a: Type)`, `a =>`.
fn parameters(value: &str) -> Vec<String> {
    let value = value.trim_start();
    let value =
        value.strip_prefix("async").filter(|rest| !rest.starts_with(is_identifier)).map_or(value, str::trim_start);
    let value = value
        .strip_prefix("function")
        .map_or(value, |rest| rest.trim_start_matches(|c: char| c == '*' || c.is_whitespace() || is_identifier(c)));
    if let Some(list) = value.strip_prefix('(') {
        return split_list(bracketed(clip(list, MAX_DECLARATION_BYTES)))
            .into_iter()
            .filter_map(identifier)
            .map(str::to_owned)
            .collect();
    }
    match identifier(value) {
        Some(name) if value[name.len()..].trim_start().starts_with("=>") => vec![name.to_owned()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_are_found_however_they_are_exported() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(handler(text, true).map(|handler| handler.name).as_deref(), expected, "{text}");
        };
        check("exports.handler = async (event) => ({ statusCode: 200 });", Some("handler"));
        check("module.exports.handler = function (event, context, callback) {}", Some("handler"));
        check("module.exports = { handler };\nasync function handler(event) {}", Some("handler"));
        check("module.exports = {\n  async handler(event) {},\n};", Some("handler"));
        check("const run = async (event) => {};\nmodule.exports = { run, other: 1 };", Some("run"));
        check("export const handler = async (event) => {};", Some("handler"));
        check("export const handler: Handler<A, B> = async (event) => {};", Some("handler"));
        check("export async function handler(event: Event): Promise<void> {}", Some("handler"));
        check("const main = async event => {};\nexport { main as handler };", Some("handler"));
        check("export const handler = middy(base);", Some("handler"));
        check("exports.hello = async (event) => {};", Some("hello"));
        check("exports.hello = event => {};", Some("hello"));
        check("export const lambdaHandler = async () => {};", Some("lambdaHandler"));
        check("exports.get = (event) => {};\nexports.put = (event) => {};", None);
        check("exports.parse = (text) => {};", None);
        check("// exports.handler = async (event) => {};", None);
        check("const text = 'exports.handler = 1';", None);
        check("if (exports.handler == null) {}", None);
        check("module.exports = async (event) => {};", None);
        check("myexports.handler = (event) => {};", None);
        check("export default function (event) {}", None);
    }

    #[test]
    fn a_click_is_no_lambda_event() {
        assert_eq!(handler("exports.onClick = (event) => {};", false), None);
        assert!(handler("exports.onUpload = (event, context) => {};", false).is_some());
        assert!(handler("exports.handler = () => {};", false).is_some());
    }

    #[test]
    fn a_callback_is_noticed() {
        assert!(handler("exports.handler = function (event, context, callback) {}", true).unwrap().has_callback);
        assert!(handler("exports.handler = (e, c, done) => done()", true).unwrap().has_callback);
        assert!(!handler("exports.handler = async (event, context) => {}", true).unwrap().has_callback);
    }

    #[test]
    fn near_misses_say_what_to_change() {
        let check = |text: &str, expected: &str| assert!(near_miss(text).unwrap().contains(expected), "{text}");
        check("exports.get = (event) => {};\nexports.put = (event) => {};", "(`get`, `put`)");
        check("module.exports = async (event) => {};", "without a name");
        check("exports.onClick = (event) => {};", "if it is the function");
        assert_eq!(near_miss("exports.parse = (text) => {};"), None);
    }
}
