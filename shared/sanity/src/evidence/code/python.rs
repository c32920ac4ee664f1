//! Routes in Python.

use super::lexer::View;
use super::{Route, joined, route_key, verb};
use crate::evidence::found::Verb;
use crate::plan::Method;
use std::collections::BTreeMap;

/// What makes an application or a router.
const MAKERS: [&str; 17] = [
    "Flask",
    "Blueprint",
    "FastAPI",
    "APIRouter",
    "Chalice",
    "APIGatewayRestResolver",
    "APIGatewayHttpResolver",
    "LambdaFunctionUrlResolver",
    "ALBResolver",
    "ApiGatewayResolver",
    "Router",
    "VPCLatticeResolver",
    "VPCLatticeV2Resolver",
    "Quart",
    "Starlette",
    "Bottle",
    "APIRouterV2",
];

pub(super) fn routes(view: View<'_>) -> Vec<Route> {
    let mut routes = decorated(view);
    routes.extend(compared(
        view,
        &["path", "rawPath", "raw_path", "resource"],
        &["httpMethod", "http_method", "method"],
        |text| route_key(text).filter(|(verb, _)| *verb != Verb::One(Method::Options)),
    ));
    routes
}

/// `@app.get("/a")`, `@app.route("/a", methods=["POST"])`, `app.add_url_rule("/a", …)`.
fn decorated(view: View<'_>) -> Vec<Route> {
    let prefixes = prefixes(view);
    let mut routes = Vec::new();
    for at in 0..view.len() {
        let decorator = view.is_sign(at, '@');
        let from = if decorator { at + 1 } else { at };
        // A decorator is looked at once, from its sign.
        if !decorator && at > 0 && view.is_sign(at - 1, '@') {
            continue;
        }
        let (Some(object), true, Some(method), true) =
            (view.word(from), view.is_sign(from + 1, '.'), view.word(from + 2), view.is_sign(from + 3, '('))
        else {
            continue;
        };
        let open = from + 3;
        let named = || view.member(open, "path").or_else(|| view.member(open, "rule")).and_then(|at| view.text(at));
        let path = view.text(open + 1).or_else(named).filter(|path| path.starts_with('/') || path.is_empty());
        let Some(path) = path else { continue };
        let is_usual = decorator && matches!(object, "app" | "router" | "api" | "bp" | "blueprint");
        if !(prefixes.contains_key(object) || is_usual) {
            continue;
        }
        let methods = view.member(open, "methods").or_else(|| view.member(open, "method"));
        let methods = methods.map(|at| view.texts(at)).unwrap_or_default();
        let verbs: Vec<Verb> = match (verb(method), method, decorator) {
            (Some(verb), _, true) => vec![verb],
            (None, "route" | "api_route", true) | (None, "add_url_rule" | "add_api_route", _) if methods.is_empty() => {
                vec![Verb::One(Method::Get)]
            }
            (None, "route" | "api_route", true) | (None, "add_url_rule" | "add_api_route", _) => {
                methods.into_iter().filter_map(Verb::parse).collect()
            }
            _ => continue,
        };
        let prefix = prefixes.get(object).map_or("", String::as_str);
        for verb in verbs {
            let what = format!("{}{object}.{method}", if decorator { "@" } else { "" });
            routes.push(Route { verb, path: joined(prefix, path), line: view.line(from), what });
        }
    }
    routes
}

/// The applications and routers of this file, and where they hang: `Blueprint(…, url_prefix="/x")`,
/// `APIRouter(prefix="/x")`, `app.register_blueprint(bp, url_prefix="/x")`, `app.include_router(router, prefix="/x")`.
fn prefixes(view: View<'_>) -> BTreeMap<String, String> {
    let mut prefixes: BTreeMap<String, String> = BTreeMap::new();
    let prefix = |open: usize| {
        let at = view.member(open, "prefix").or_else(|| view.member(open, "url_prefix"))?;
        view.text(at).map(str::to_owned)
    };
    for at in 0..view.len() {
        let (Some(name), true) = (view.word(at), view.is_sign(at + 1, '=')) else { continue };
        // `fastapi.APIRouter(`
        let maker = (at + 2..at + 6).find(|at| view.is_sign(*at + 1, '('));
        let Some(maker) = maker.filter(|at| view.word(*at).is_some_and(|word| MAKERS.contains(&word))) else {
            continue;
        };
        prefixes.insert(name.to_owned(), prefix(maker + 1).unwrap_or_default());
    }
    for at in 0..view.len() {
        if !matches!(view.word(at), Some("register_blueprint" | "include_router")) || !view.is_sign(at + 1, '(') {
            continue;
        }
        if let (Some(router), Some(outer)) = (view.word(at + 2), prefix(at + 1))
            && let Some(known) = prefixes.get_mut(router)
        {
            *known = joined(&outer, known);
        }
    }
    prefixes
}

/// Handlers that compare the request's path and method themselves, in either language: a route's key anywhere in a
/// comparison or a table, or a path and a method in one line.
pub(super) fn compared(
    view: View<'_>,
    paths: &[&str],
    methods: &[&str],
    key: impl Fn(&str) -> Option<(Verb, String)>,
) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut by_line: BTreeMap<usize, (Option<&str>, Option<Verb>)> = BTreeMap::new();
    for at in 0..view.len() {
        let Some(text) = view.text(at) else { continue };
        let line = view.line(at);
        if let Some((verb, path)) = key(text).filter(|_| stands_alone(view, at)) {
            routes.push(Route { verb, path, line, what: "a route's key".to_owned() });
            continue;
        }
        // == 'x', === 'x', `in ('x', …)` is too loose to be read.
        if !(view.is_sign(at.wrapping_sub(1), '=') && view.is_sign(at.wrapping_sub(2), '=')) {
            continue;
        }
        let mut before = at - 2;
        while before > 0 && view.is_sign(before, '=') {
            before -= 1;
        }
        // event['path'] == …, event.get("path") == …
        let subject = (before.saturating_sub(3)..=before).rev().find_map(|at| view.word(at).or_else(|| view.text(at)));
        let Some(subject) = subject else { continue };
        let seen = by_line.entry(line).or_default();
        if paths.contains(&subject) && text.starts_with('/') {
            seen.0 = Some(text);
        } else if methods.contains(&subject) {
            seen.1 = verb(text);
        }
    }
    for (line, (path, verb)) in by_line {
        if let Some(path) = path {
            let verb = verb.unwrap_or(Verb::Any);
            routes.push(Route { verb, path: path.to_owned(), line, what: "a comparison with the path".to_owned() });
        }
    }
    routes.sort_by_key(|route| route.line);
    routes
}

/// True if a text is compared, a case, or a key of a table: not part of a message.
fn stands_alone(view: View<'_>, at: usize) -> bool {
    let before = at.wrapping_sub(1);
    view.is_sign(before, '=')
        || view.is_sign(before, '[')
        || matches!(view.word(before), Some("case"))
        || view.is_sign(at + 1, ':')
}

#[cfg(test)]
mod tests {
    use crate::evidence::code::tests::routes;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(routes("app.py", text), expected, "{text}");
    }

    #[test]
    fn flask() {
        check(
            "from flask import Flask, Blueprint\napp = Flask(__name__)\nbp = Blueprint('b', __name__, url_prefix='/b')\n\
             @app.route('/items', methods=['GET', 'POST'])\ndef items(): ...\n@app.route('/')\ndef root(): ...\n\
             @bp.get('/<int:id>')\ndef one(id): ...\napp.register_blueprint(bp, url_prefix='/api')\napp.add_url_rule('/x', view_func=x)",
            &["GET /items 4", "POST /items 4", "GET / 6", "GET /api/b/{id} 8", "GET /x 11"],
        );
    }

    #[test]
    fn fastapi() {
        check(
            "from fastapi import FastAPI, APIRouter\napp = FastAPI()\nrouter = APIRouter(prefix='/users')\n\n\
             @router.delete('/{user_id}', status_code=204)\nasync def gone(user_id: str): ...\n\
             @app.api_route(\"/f/{rest:path}\", methods=[\"PUT\"])\ndef f(): ...\napp.include_router(router, prefix='/v1')",
            &["DELETE /v1/users/{user_id} 5", "PUT /f/{rest+} 7"],
        );
    }

    #[test]
    fn powertools_and_chalice() {
        check(
            "from aws_lambda_powertools.event_handler import APIGatewayRestResolver\napp = APIGatewayRestResolver()\n\
             @app.get('/todos/<todo_id>')\n@tracer.capture_method\ndef one(todo_id): ...\n@app.route('/x', method=['POST'])\ndef x(): ...",
            &["GET /todos/{todo_id} 3", "POST /x 6"],
        );
        check(
            "from chalice import Chalice\napp = Chalice(app_name='x')\n@app.route('/a/{b}', methods=['PUT'])\ndef a(b): ...",
            &["PUT /a/{b} 3"],
        );
    }

    #[test]
    fn handlers_that_look_themselves() {
        check(
            "def handler(event, context):\n    if event['routeKey'] == 'GET /items':\n        return 1\n\
             \x20   if event['httpMethod'] == 'POST' and event['path'] == '/orders': ...\n\
             \x20   if path == '/x' and event.get('httpMethod') == \"PUT\": ...\n\
             ROUTES = {'DELETE /items/{id}': gone}\nprint('GET /nothing')",
            &["GET /items 2", "POST /orders 4", "PUT /x 5", "DELETE /items/{id} 6"],
        );
        check("match event['routeKey']:\n    case 'GET /m':\n        pass", &["GET /m 2"]);
    }
}
