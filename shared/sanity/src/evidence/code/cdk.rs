//! Routes that an AWS CDK application defines, in TypeScript, JavaScript or Python: `addRoutes`, `addResource` and
//! `addMethod`, `HttpRoute`, `LambdaRestApi`. What a program computes cannot be read; what it writes down can.

use super::lexer::{Language, View};
use super::{Route, joined};
use crate::evidence::found::Verb;
use std::collections::BTreeMap;

/// True if a program defines infrastructure.
pub(super) fn is_definition(text: &str) -> bool {
    text.contains("aws-cdk-lib") || text.contains("aws_cdk") || text.contains("@aws-cdk/")
}

/// Longest chain of calls that is followed.
const MAX_CHAIN: usize = 30;

pub(super) fn routes(view: View<'_>, language: Language) -> Vec<Route> {
    let python = language == Language::Python;
    let mut routes = Vec::new();
    // The path of each resource, by the name of the variable that holds it.
    let mut resources: BTreeMap<String, String> = BTreeMap::new();
    for at in 0..view.len() {
        let Some(word) = view.word(at).filter(|_| view.is_sign(at + 1, '(')) else { continue };
        let line = view.line(at);
        match word {
            "addRoutes" | "add_routes" | "HttpRoute" => {
                let open = if python { at + 1 } else { options(view, at + 1) };
                let Some(path) = view.member(open, "path").and_then(|at| view.text(at)) else { continue };
                let methods = view.member(open, "methods").map(|at| methods(view, at)).unwrap_or_default();
                let methods = if methods.is_empty() { vec![Verb::Any] } else { methods };
                routes.extend(methods.into_iter().map(|verb| route(verb, path, line, word)));
            }
            // HttpRouteKey.with('/a', HttpMethod.GET)
            "with" | "with_" if view.text(at + 2).is_some_and(|path| path.starts_with('/')) => {
                let path = view.text(at + 2).unwrap_or_default();
                let verb = methods(view, at + 4).first().copied().unwrap_or(Verb::Any);
                routes.push(route(verb, path, line, word));
            }
            "addResource" | "add_resource" | "resourceForPath" | "resource_for_path" => {
                if let (Some(part), Some(parent)) = (view.text(at + 2), parent(view, at, &resources, MAX_CHAIN))
                    && let Some(name) = assigned(view, at)
                {
                    resources.insert(name.to_owned(), joined(&parent, &format!("/{}", part.trim_start_matches('/'))));
                }
            }
            "addMethod" | "add_method" => {
                if let (Some(verb), Some(path)) =
                    (view.text(at + 2).and_then(Verb::parse), parent(view, at, &resources, MAX_CHAIN))
                {
                    let path = if path.is_empty() { "/".to_owned() } else { path };
                    routes.push(route(verb, &path, line, word));
                }
            }
            "addProxy" | "add_proxy" => {
                if let Some(parent) = parent(view, at, &resources, MAX_CHAIN) {
                    routes.push(route(Verb::Any, &joined(&parent, "/{proxy+}"), line, word));
                }
            }
            "LambdaRestApi" => {
                let open = if python { at + 1 } else { options(view, at + 1) };
                let word_of = view.member(open, "proxy").and_then(|at| view.word(at));
                if !matches!(word_of, Some("false" | "False")) {
                    routes.push(route(Verb::Any, "/{proxy+}", line, word));
                }
            }
            "addFunctionUrl" | "add_function_url" => routes.push(route(Verb::Any, "/{proxy+}", line, word)),
            _ => {}
        }
    }
    routes
}

fn route(verb: Verb, path: &str, line: usize, what: &str) -> Route {
    Route { verb, path: path.to_owned(), line, what: what.to_owned() }
}

/// The object in a call's brackets, or the brackets themselves.
fn options(view: View<'_>, open: usize) -> usize {
    let end = view.inside(open).end;
    let mut at = open + 1;
    while at < end {
        if view.is_sign(at, '{') {
            return at;
        }
        at = if view.is_sign(at, '(') || view.is_sign(at, '[') { view.closing(at) + 1 } else { at + 1 };
    }
    open
}

/// `HttpMethod.GET`, or a list of such.
fn methods(view: View<'_>, at: usize) -> Vec<Verb> {
    let is_list = view.is_sign(at, '[');
    let end = if is_list { view.inside(at).end } else { at + 6 };
    let mut verbs = Vec::new();
    let mut at = at;
    while at < end && (is_list || verbs.is_empty()) {
        if view.word(at).is_some_and(|word| word.ends_with("HttpMethod")) && view.is_sign(at + 1, '.') {
            verbs.extend(view.word(at + 2).and_then(Verb::parse));
            at += 2;
        }
        at += 1;
    }
    verbs
}

/// The path of what stands before `.addResource(`: `api.root`, a variable, or another call in the same chain.
fn parent(view: View<'_>, at: usize, resources: &BTreeMap<String, String>, left: usize) -> Option<String> {
    if left == 0 || at < 2 || !view.is_sign(at - 1, '.') {
        return None;
    }
    match view.word(at - 2) {
        Some("root") => Some(String::new()),
        Some(name) => resources.get(name).cloned(),
        // api.root.addResource('a').addResource('b')
        None if view.is_sign(at - 2, ')') => {
            let open = view.opening(at - 2)?;
            let inner = open.checked_sub(1)?;
            let part = view.text(open + 1)?;
            let is_resource = matches!(
                view.word(inner),
                Some("addResource" | "add_resource" | "resourceForPath" | "resource_for_path")
            );
            is_resource
                .then(|| parent(view, inner, resources, left - 1))
                .flatten()
                .map(|parent| joined(&parent, &format!("/{}", part.trim_start_matches('/'))))
        }
        None => None,
    }
}

/// The variable that a call's result is given to.
fn assigned<'t>(view: View<'t>, at: usize) -> Option<&'t str> {
    // Back to the begin of the chain: words, dots and brackets.
    let mut from = at;
    for _ in 0..MAX_CHAIN * 6 {
        if from == 0 {
            break;
        }
        let before = from - 1;
        if view.is_sign(before, ')') {
            from = view.opening(before)?;
        } else if view.is_sign(before, '.') || view.word(before).is_some() && !view.is_sign(before + 1, '=') {
            from = before;
        } else {
            break;
        }
    }
    view.is_sign(from.checked_sub(1)?, '=').then(|| view.word(from.checked_sub(2)?)).flatten()
}

#[cfg(test)]
mod tests {
    use crate::evidence::code::tests::routes;

    #[test]
    fn typescript() {
        assert_eq!(
            routes(
                "lib/stack.ts",
                "import * as cdk from 'aws-cdk-lib';\nconst items = api.root.addResource('items');\nitems.addMethod('GET', x);\n\
                 const item = items.addResource('{id}');\nitem.addMethod('DELETE');\napi.root.addMethod('ANY');\n\
                 api.root.addResource('a').addResource('b').addMethod('PUT', new LambdaIntegration(f));\n\
                 http.addRoutes({\n  path: '/books',\n  methods: [HttpMethod.GET, apigwv2.HttpMethod.POST],\n  integration,\n});\n\
                 http.addRoutes({ path: '/all', integration });\nf.addFunctionUrl({ authType: NONE });"
            ),
            [
                "GET /items 3",
                "DELETE /items/{id} 5",
                "ANY / 6",
                "PUT /a/b 7",
                "GET /books 8",
                "POST /books 8",
                "ANY /all 13",
                "ANY /{proxy+} 14"
            ]
        );
    }

    #[test]
    fn python() {
        assert_eq!(
            routes(
                "app/stack.py",
                "from aws_cdk import Stack\nitems = api.root.add_resource(\"items\")\nitems.add_method(\"POST\", x)\n\
                 http.add_routes(path=\"/books\", methods=[apigwv2.HttpMethod.GET], integration=i)\n\
                 apigw.LambdaRestApi(self, \"Api\", handler=f)\napigw.LambdaRestApi(self, \"B\", handler=f, proxy=False)"
            ),
            ["POST /items 3", "GET /books 4", "ANY /{proxy+} 5"]
        );
    }
}
