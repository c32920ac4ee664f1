//! Routes in JavaScript and TypeScript.

use super::lexer::View;
use super::{Route, joined, route_key, verb};
use crate::evidence::found::Verb;
use crate::plan::Method;
use std::collections::BTreeMap;

/// What a file must speak of for `x.get("/…", …)` to be a route.
const FRAMEWORKS: [&str; 12] = [
    "express",
    "fastify",
    "koa-router",
    "@koa/router",
    "hono",
    "restify",
    "itty-router",
    "lambda-api",
    "find-my-way",
    "polka",
    "@aws-lambda-powertools/event-handler",
    "claudia-api-builder",
];

/// Routers that are parameters or imported from another file.
const ROUTER_NAMES: [&str; 5] = ["app", "router", "server", "fastify", "api"];

pub(super) fn routes(view: View<'_>, text: &str) -> Vec<Route> {
    let framework =
        FRAMEWORKS.iter().any(|name| ["'", "\"", "/"].iter().any(|quote| text.contains(&format!("{quote}{name}"))));
    let mut routes = if framework { declared(view) } else { Vec::new() };
    routes.extend(handled(view));
    routes
}

/// `app.get('/a', …)`, `router.route('/a').get(…)`, `fastify.route({method, url})`.
fn declared(view: View<'_>) -> Vec<Route> {
    let prefixes = prefixes(view);
    let mut routes = Vec::new();
    for at in 0..view.len() {
        let (Some(object), true, Some(method), true) =
            (view.word(at), view.is_sign(at + 1, '.'), view.word(at + 2), view.is_sign(at + 3, '('))
        else {
            continue;
        };
        if !is_router(object, &prefixes) {
            continue;
        }
        let prefix = prefixes.get(object).map_or("", String::as_str);
        let line = view.line(at);
        let what = format!("{object}.{method}");
        let mut push = |verb: Verb, path: &str, line: usize| {
            routes.push(Route { verb, path: joined(prefix, path), line, what: what.clone() });
        };
        match (verb(method), method) {
            (Some(verb), _) => {
                // A getter of settings has no handler: `app.get('title')`.
                let is_route = view.is_sign(at + 5, ',');
                if let Some(path) = view.text(at + 4).filter(|path| is_path(path) && is_route) {
                    push(verb, path, line);
                }
            }
            (None, "route") if view.is_sign(at + 4, '{') => {
                let path =
                    view.member(at + 4, "url").or_else(|| view.member(at + 4, "path")).and_then(|at| view.text(at));
                let methods = view.member(at + 4, "method").map(|at| view.texts(at)).unwrap_or_default();
                for verb in methods.into_iter().filter_map(Verb::parse) {
                    if let Some(path) = path {
                        push(verb, path, line);
                    }
                }
            }
            (None, "route") => {
                if let Some(path) = view.text(at + 4).filter(|path| is_path(path)) {
                    for (verb, line) in chained(view, view.closing(at + 3)) {
                        push(verb, path, line);
                    }
                }
            }
            // Hono: app.on('GET', '/a', …)
            (None, "on") => {
                let methods = view.texts(at + 4);
                let path = view.inside(at + 3).skip(1).filter_map(|at| view.text(at)).find(|path| is_path(path));
                for verb in methods.into_iter().filter_map(Verb::parse) {
                    if let Some(path) = path {
                        push(verb, path, line);
                    }
                }
            }
            _ => {}
        }
    }
    routes
}

fn is_path(text: &str) -> bool {
    (text.starts_with('/') || text == "*") && !text.contains(char::is_whitespace) && !text.contains("://")
}

fn is_router(object: &str, prefixes: &BTreeMap<String, String>) -> bool {
    let lower = object.to_ascii_lowercase();
    prefixes.contains_key(object) || ROUTER_NAMES.iter().any(|name| lower == *name || lower.ends_with("router"))
}

/// Most methods that are chained: there are no more.
const MAX_CHAIN: usize = 10;

/// `.get(…).post(…)` behind the bracket at `at`.
fn chained(view: View<'_>, mut at: usize) -> Vec<(Verb, usize)> {
    let mut verbs = Vec::new();
    while verbs.len() < MAX_CHAIN && view.is_sign(at + 1, '.') && view.is_sign(at + 3, '(') {
        if let Some(verb) = view.word(at + 2).and_then(verb) {
            verbs.push((verb, view.line(at + 2)));
        }
        at = view.closing(at + 3);
    }
    verbs
}

/// The routers that are made in this file, and where they hang: `app.use('/x', router)`, `app.route('/x', router)`,
/// `new Router({prefix})`, `new Hono().basePath('/x')`, `register(plugin, {prefix})`.
fn prefixes(view: View<'_>) -> BTreeMap<String, String> {
    let mut prefixes = BTreeMap::new();
    for at in 0..view.len() {
        let (Some(name), true) = (view.word(at), view.is_sign(at + 1, '=')) else { continue };
        let mut from = at + 2;
        if matches!(view.word(from), Some("new" | "await")) {
            from += 1;
        }
        // require('fastify')({ … })
        if view.word(from) == Some("require") && view.is_sign(view.closing(from + 1) + 1, '(') {
            if view
                .text(from + 2)
                .is_some_and(|name| matches!(name, "express" | "fastify" | "lambda-api" | "hono" | "polka"))
            {
                prefixes.insert(name.to_owned(), String::new());
            }
            continue;
        }
        let mut makes = false;
        let mut open = from;
        while open < from + 12 && !view.is_sign(open, '(') && !view.is_sign(open, ';') {
            makes |= view.word(open).is_some_and(|word| {
                matches!(
                    word,
                    "express"
                        | "Router"
                        | "KoaRouter"
                        | "Hono"
                        | "OpenAPIHono"
                        | "fastify"
                        | "Fastify"
                        | "AutoRouter"
                        | "polka"
                        | "restify"
                        | "createAPI"
                )
            });
            open += 1;
        }
        if !makes || !view.is_sign(open, '(') {
            continue;
        }
        let end = view.closing(open);
        let mut prefix = String::new();
        if view.is_sign(open + 1, '{') {
            let own = view.member(open + 1, "prefix").or_else(|| view.member(open + 1, "base"));
            prefix = own.and_then(|at| view.text(at)).unwrap_or_default().to_owned();
        }
        if view.word(end + 2) == Some("basePath") {
            prefix = view.text(end + 4).unwrap_or_default().to_owned();
        }
        prefixes.insert(name.to_owned(), prefix);
    }
    hung(view, &mut prefixes);
    prefixes
}

fn hung(view: View<'_>, prefixes: &mut BTreeMap<String, String>) {
    for at in 0..view.len() {
        let is_use = matches!(view.word(at), Some("use" | "route")) && view.is_sign(at + 1, '(');
        let (true, Some(prefix)) = (is_use, view.text(at + 2).filter(|path| is_path(path))) else { continue };
        for inner in view.inside(at + 1).skip(1) {
            if let Some(router) = view.word(inner)
                && let Some(known) = prefixes.get_mut(router)
                && known.is_empty()
            {
                prefix.clone_into(known);
            }
        }
    }
}

/// A Lambda handler that looks at the request itself: `event.routeKey === 'GET /a'`, `case 'GET /a':`,
/// `event.path === '/a' && event.httpMethod === 'GET'`.
fn handled(view: View<'_>) -> Vec<Route> {
    super::python::compared(view, &["path", "rawPath", "resource"], &["httpMethod", "method"], key)
}

fn key(text: &str) -> Option<(Verb, String)> {
    route_key(text).filter(|(verb, _)| *verb != Verb::One(Method::Options))
}

#[cfg(test)]
mod tests {
    use crate::evidence::code::tests::routes;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(routes("app.ts", text), expected, "{text}");
    }

    #[test]
    fn express() {
        check(
            "const express = require('express');\nconst app = express();\nconst users = express.Router();\n\
             app.get('/items', list);\napp.route('/items/:id').get(one)\n  .delete(gone);\n\
             users.post('/', make);\napp.use('/users', auth, users);\napp.get('title');\napp.use('/static', serve);",
            &["GET /items 4", "GET /items/{id} 5", "DELETE /items/{id} 6", "POST /users 7"],
        );
    }

    #[test]
    fn a_router_of_its_own_file() {
        check(
            "import { Router } from 'express';\nexport const router = Router();\nrouter.put('/a/:b', f);",
            &["PUT /a/{b} 3"],
        );
    }

    #[test]
    fn fastify_koa_and_hono() {
        check(
            "const app = require('fastify')({logger: true});\napp.get('/a', async () => 1);\n\
             app.route({ method: ['POST', 'PUT'], url: '/b/:c', handler });",
            &["GET /a 2", "POST /b/{c} 3", "PUT /b/{c} 3"],
        );
        check(
            "import Router from '@koa/router';\nconst router = new Router({ prefix: '/v1' });\nrouter.del('/x/:y', f);",
            &["DELETE /v1/x/{y} 3"],
        );
        check(
            "import { Hono } from 'hono';\nconst app = new Hono().basePath('/api');\nconst books = new Hono();\n\
             app.get('/x', c => c.text('x'));\nbooks.get('/:id', f);\napp.route('/books', books);\napp.on(['PUT'], '/z', f);",
            &["GET /api/x 4", "GET /books/{id} 5", "PUT /api/z 7"],
        );
    }

    #[test]
    fn handlers_that_look_themselves() {
        check(
            "export const handler = async (event) => {\n  switch (event.routeKey) {\n    case 'GET /items':\n      return 1;\n\
             \n    case \"DELETE /items/{id}\": return 2;\n  }\n};",
            &["GET /items 3", "DELETE /items/{id} 6"],
        );
        check(
            "if (event.httpMethod === 'POST' && event.path === '/orders') {}\n\
             if (event.rawPath == '/health') {}\nif (path === '/x' && method === 'PUT') {}",
            &["POST /orders 1", "ANY /health 2", "PUT /x 3"],
        );
    }
}
