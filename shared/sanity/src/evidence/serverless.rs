//! Routes of Serverless Framework services: events `http` and `httpApi`, and `url`, of `serverless.yml` and the files
//! that it includes, and of services that are programs.

mod program;

use super::found::{Api, Found, Verb};
use super::path;
use super::text::{self, Repository, folder, join, lines_of_keys, origin};
use crate::endpoint::{Origin, OriginKind};
use crate::plan::Auth;
use serde_json::Value;

/// Extensions of handlers, in the order in which they are tried.
const EXTENSIONS: [&str; 9] = ["js", "ts", "mjs", "cjs", "mts", "py", "rb", "go", "java"];

pub(super) fn endpoints(repository: &Repository<'_>) -> Vec<Found> {
    let files = repository.files(&["yml", "yaml", "json"]);
    let services = files.filter(|path| is_named(path, &["yml", "yaml", "json"]));
    let mut found: Vec<Found> = services.flat_map(|file| in_service(repository, file)).collect();
    found.extend(program::endpoints(repository));
    found
}

/// True for `serverless.` with one of these extensions.
fn is_named(path: &str, extensions: &[&str]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_prefix("serverless.").is_some_and(|extension| extensions.contains(&extension))
}

fn in_service(repository: &Repository<'_>, file: &str) -> Vec<Found> {
    let Some(service) = repository.text(file).and_then(text::parse) else { return Vec::new() };
    // `functions` may be a list of maps, and each of these may stand in a file of its own.
    let functions = service.get("functions").cloned().unwrap_or_default();
    let (functions, from) = included(repository, file, functions, file);
    let parts = match functions {
        Value::Array(parts) => parts.into_iter().map(|part| included(repository, file, part, &from)).collect(),
        functions => vec![(functions, from)],
    };
    let mut found = Vec::new();
    for (part, from) in &parts {
        let lines = repository.text(from).map(lines_of_keys).unwrap_or_default();
        for (name, function) in part.as_object().into_iter().flatten() {
            let (function, own) = included(repository, file, function.clone(), from);
            let line = if own == *from { lines.get(name.as_str()).copied() } else { None };
            let handler = function.get("handler").and_then(Value::as_str);
            found.extend(of_function(&Definition {
                name,
                function: &function,
                origin: origin(OriginKind::Template, &own, line, &format!("functions.{name}")),
                file: handler.and_then(|handler| handler_file(repository, file, handler)),
                partial: false,
            }));
        }
    }
    found
}

/// `${file(path)}` and `${file(path):key}` with what stands there, and the file that it is from. Paths begin at the
/// service's folder.
fn included(repository: &Repository<'_>, service: &str, value: Value, from: &str) -> (Value, String) {
    let read = |text: &str| {
        let (path, rest) = text.trim().strip_prefix("${file(")?.strip_suffix('}')?.split_once(')')?;
        let path = join(folder(service), path.trim());
        let whole = text::parse(repository.text(&path)?)?;
        let keys = rest.strip_prefix(':').unwrap_or_default();
        let mut part = &whole;
        for key in keys.split('.').filter(|key| !key.is_empty()) {
            part = part.get(key)?;
        }
        Some((part.clone(), path))
    };
    match value.as_str().and_then(read) {
        Some(found) => found,
        None => (value, from.to_owned()),
    }
}

/// A function as a service defines it.
struct Definition<'a> {
    name: &'a str,
    function: &'a Value,
    origin: Origin,
    /// The file of its handler.
    file: Option<String>,
    partial: bool,
}

/// The routes of a function: its events, and its own address.
fn of_function(definition: &Definition<'_>) -> Vec<Found> {
    let Definition { name, function, origin, file, partial } = definition;
    let event = |api: &str, verb: Verb, path: &str, auth: Auth| Found {
        partial: *partial,
        auth: Some(auth),
        file: file.clone(),
        function: Some(logical_id(name)),
        ..Found::new(Api::Logical(api.to_owned()), verb, path::normal(path), origin.clone())
    };
    let mut found = Vec::new();
    for one in function.get("events").and_then(Value::as_array).into_iter().flatten() {
        found.extend(route(one.get("http")).map(|(verb, path, auth)| event("ApiGatewayRestApi", verb, &path, auth)));
        found.extend(route(one.get("httpApi")).map(|(verb, path, auth)| event("HttpApi", verb, &path, auth)));
    }
    if let Some(url) = function.get("url").filter(|url| **url != Value::Bool(false) && !url.is_null()) {
        let iam = url.get("authorizer").and_then(Value::as_str) == Some("aws_iam");
        let auth = if iam { Auth::Iam } else { Auth::None };
        found.push(event(&logical_id(name), Verb::Any, "$default", auth));
    }
    found
}

/// `GET /a`, `GET a`, `*`, or `{path, method, authorizer, private}`.
fn route(event: Option<&Value>) -> Option<(Verb, String, Auth)> {
    let event = event?;
    if let Some(text) = event.as_str() {
        let (method, path) = text.trim().split_once(' ').unwrap_or(("*", text));
        return Some((Verb::parse(method)?, slashed(path), Auth::None));
    }
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    let iam = |value: &Value| {
        let word = value.as_str().or_else(|| value.get("type")?.as_str());
        word.is_some_and(|word| word.eq_ignore_ascii_case("aws_iam"))
    };
    let auth = match event.get("authorizer") {
        Some(authorizer) if iam(authorizer) => Auth::Iam,
        Some(Value::Null) | None if event.get("private") == Some(&Value::Bool(true)) => Auth::ApiKey,
        Some(Value::Null) | None => Auth::None,
        Some(_) => Auth::Bearer,
    };
    Some((Verb::parse(text("method").unwrap_or("*"))?, slashed(text("path").unwrap_or("*")), auth))
}

fn slashed(path: &str) -> String {
    let path = path.trim();
    if matches!(path, "*" | "$default") { path.to_owned() } else { format!("/{}", path.trim_start_matches('/')) }
}

/// The name of a function's resource: `get-items` is `GetDashitemsLambdaFunction`
/// (<https://www.serverless.com/framework/docs/providers/aws/guide/resources>).
fn logical_id(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let name = format!("{first}{}", chars.as_str()).replace('-', "Dash").replace('_', "Underscore");
    format!("{name}LambdaFunction")
}

/// The file of a handler such as `src/items.list`, seen from the service's folder.
fn handler_file(repository: &Repository<'_>, service: &str, handler: &str) -> Option<String> {
    let module = handler.rsplit_once('.').map_or(handler, |(module, _)| module);
    with_extension(repository, &join(folder(service), module))
}

fn with_extension(repository: &Repository<'_>, path: &str) -> Option<String> {
    EXTENSIONS.iter().map(|extension| format!("{path}.{extension}")).find(|path| repository.has(path))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::evidence::text::tests::in_repository;

    /// The routes of these files, and each as a line.
    pub(super) fn routes(files: &[(&str, &str)]) -> (Vec<Found>, Vec<String>) {
        let found = in_repository(files, endpoints);
        let shown = |found: &Found| {
            let (auth, file) = (found.auth.unwrap_or_default(), found.file.as_deref().unwrap_or_default());
            format!("{:?} {} {auth:?} {file:?}", found.verb, found.path)
        };
        let shown = found.iter().map(shown).collect();
        (found, shown)
    }

    #[test]
    fn functions_may_stand_in_files_of_their_own() {
        let service = "service: shop\nfunctions:\n  - ${file(src/items/functions.yml)}\n  - {orders: '${file(src/orders.yml):list.one}'}\n";
        let items = "get-items:\n  handler: src/items/main.list\n  events: [{http: GET items}]\n";
        let orders = "list:\n  one:\n    handler: src/orders.main\n    events: [{httpApi: 'PUT /orders'}]\n";
        let (found, shown) = routes(&[
            ("api/serverless.yml", service),
            ("api/src/items/functions.yml", items),
            ("api/src/orders.yml", orders),
            ("api/src/items/main.js", ""),
            ("api/src/orders.py", ""),
        ]);
        let items = "One(Get) /items None \"api/src/items/main.js\"";
        assert_eq!(shown, [items, "One(Put) /orders None \"api/src/orders.py\""]);
        assert_eq!(found[0].origin.place, "api/src/items/functions.yml:1: functions.get-items");
        assert_eq!(found[1].origin.place, "api/src/orders.yml: functions.orders");
    }

    #[test]
    fn events_are_routes() {
        let service = "
service: shop
provider: {name: aws, runtime: nodejs22.x}
functions:
  get-items:
    handler: src/items.list
    events:
      - http: GET items
      - http: {path: items/{id}, method: delete, private: true}
      - httpApi: 'POST /orders'
      - httpApi: '*'
      - http: {path: /me, method: get, authorizer: aws_iam}
      - httpApi: {path: /you, method: put, authorizer: {name: jwt}}
      - schedule: rate(1 day)
  hook:
    handler: hook.main
    url: true
"
        .replace("{path: items/{id},", "{path: 'items/{id}',");
        let (found, shown) = routes(&[("serverless.yml", service.as_str()), ("src/items.ts", ""), ("hook.py", "")]);
        assert_eq!(
            shown,
            [
                "One(Get) /items None \"src/items.ts\"",
                "One(Delete) /items/{id} ApiKey \"src/items.ts\"",
                "One(Post) /orders None \"src/items.ts\"",
                "Any /{proxy+} None \"src/items.ts\"",
                "One(Get) /me Iam \"src/items.ts\"",
                "One(Put) /you Bearer \"src/items.ts\"",
                "Any /{proxy+} None \"hook.py\"",
            ]
        );
        assert_eq!(found[0].function.as_deref(), Some("GetDashitemsLambdaFunction"));
        assert_eq!(found[0].origin.place, "serverless.yml:5: functions.get-items");
    }
}
