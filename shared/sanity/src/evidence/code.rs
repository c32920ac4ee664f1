//! Routes that code declares: Express, Fastify, Koa, Hono and Lambda handlers in JavaScript and TypeScript; Flask,
//! FastAPI, Powertools for AWS Lambda, Chalice and Lambda handlers in Python; and in both, definitions of the AWS CDK.

mod cdk;
mod javascript;
mod lexer;
mod python;

use super::found::{Api, Found, Verb};
use super::path;
use super::text::{Repository, origin};
use crate::endpoint::OriginKind;
pub(super) use lexer::{Language, Program, View};

/// Extensions of programs.
pub(super) const JAVASCRIPT: [&str; 7] = ["js", "mjs", "cjs", "ts", "mts", "cts", "tsx"];
const PYTHON: [&str; 1] = ["py"];

/// Most bytes of code that are read in all.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A route as code declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Route {
    verb: Verb,
    path: String,
    line: usize,
    /// What declares it: `app.get`, `@app.route`, `routeKey`.
    what: String,
}

/// True if the file is a program, in whatever language.
pub(super) fn is_code(path: &str) -> bool {
    let others = ["rb", "go", "java", "kt", "cs", "rs"];
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    JAVASCRIPT.contains(&extension) || PYTHON.contains(&extension) || others.contains(&extension)
}

pub(super) fn endpoints(repository: &Repository<'_>) -> Vec<Found> {
    let (mut found, mut left) = (Vec::new(), MAX_BYTES);
    for (extensions, language) in [(&JAVASCRIPT[..], Language::JavaScript), (&PYTHON[..], Language::Python)] {
        for file in repository.files(extensions) {
            // Declarations of types and what a build made hold no routes of their own.
            if file.ends_with(".d.ts") || file.ends_with(".min.js") {
                continue;
            }
            if let Some(text) = repository.text(file).filter(|text| text.len() <= left) {
                left -= text.len();
                found.extend(in_file(file, text, language));
            }
        }
    }
    found
}

fn in_file(file: &str, text: &str, language: Language) -> Vec<Found> {
    let program = Program::new(text, language);
    let view = program.view();
    if cdk::is_definition(text) {
        let routes = cdk::routes(view, language);
        return routes.into_iter().map(|route| found(file, &route, OriginKind::Template, false)).collect();
    }
    let routes = match language {
        Language::JavaScript => javascript::routes(view, text),
        Language::Python => python::routes(view),
    };
    routes.into_iter().map(|route| found(file, &route, OriginKind::Code, true)).collect()
}

fn found(file: &str, route: &Route, kind: OriginKind, answers: bool) -> Found {
    Found {
        partial: !answers,
        file: answers.then(|| file.to_owned()),
        ..Found::new(
            Api::Unknown,
            route.verb,
            path::normal(&route.path),
            origin(kind, file, Some(route.line), &route.what),
        )
    }
}

/// The method that a word names, in the case that frameworks write it.
fn verb(word: &str) -> Option<Verb> {
    match word {
        "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "all" | "any" | "GET" | "POST" | "PUT"
        | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" | "ANY" | "ALL" => Verb::parse(word),
        "del" => Verb::parse("delete"),
        _ => None,
    }
}

/// Joins a prefix and a path, either of which may be empty.
fn joined(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    if prefix.is_empty() {
        path.to_owned()
    } else if path == "/" {
        prefix.to_owned()
    } else {
        format!("{prefix}/{}", path.trim_start_matches('/'))
    }
}

/// `GET /items/{id}` and `$default`: the key of an HTTP API's route.
fn route_key(text: &str) -> Option<(Verb, String)> {
    let (method, path) = text.split_once(' ')?;
    let verb = Verb::parse(method).filter(|_| method.bytes().all(|byte| byte.is_ascii_uppercase()))?;
    (path.starts_with('/') && !path.contains(char::is_whitespace)).then(|| (verb, path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verb, path and line of each route of a file.
    pub(super) fn routes(file: &str, text: &str) -> Vec<String> {
        let language = if file.ends_with(".py") { Language::Python } else { Language::JavaScript };
        let shown = |found: Found| {
            let line = found.origin.place.split(':').nth(1).unwrap_or_default().to_owned();
            let verb = match found.verb {
                Verb::One(method) => method.as_str(),
                Verb::Any => "ANY",
            };
            format!("{verb} {} {line}", found.path)
        };
        in_file(file, text, language).into_iter().map(shown).collect()
    }

    #[test]
    fn prefixes_and_keys_are_read() {
        assert_eq!(joined("/a/", "/b"), "/a/b");
        assert_eq!(joined("", "/b"), "/b");
        assert_eq!(joined("/a", "/"), "/a");
        assert_eq!(route_key("GET /a"), Some((Verb::parse("get").unwrap(), "/a".to_owned())));
        assert_eq!(route_key("Get the /a"), None);
    }

    #[test]
    fn a_file_without_routes_has_none() {
        assert_eq!(routes("a.js", "fetch('/x'); map.get('/y'); console.log('GET /z is nice')"), [""; 0]);
        assert_eq!(routes("a.py", "requests.get('/x')\nd.get('/y')\n# @app.get('/z')\n"), [""; 0]);
    }
}
