//! Routes of Serverless Framework services: events `http`, `httpApi` and `url` of `serverless.yml`.

use super::found::{Api, Found, Verb};
use super::path;
use super::text::{self, Repository, join, lines_of_keys, origin};
use crate::endpoint::OriginKind;
use crate::plan::Auth;
use serde_json::Value;

/// Extensions of handlers, in the order in which they are tried.
const EXTENSIONS: [&str; 9] = ["js", "ts", "mjs", "cjs", "mts", "py", "rb", "go", "java"];

pub(super) fn endpoints(repository: &Repository<'_>) -> Vec<Found> {
    let files = repository.files(&["yml", "yaml", "json"]);
    let services = files.filter(|path| {
        matches!(path.rsplit('/').next(), Some("serverless.yml" | "serverless.yaml" | "serverless.json"))
    });
    services.flat_map(|file| in_service(repository, file)).collect()
}

fn in_service(repository: &Repository<'_>, file: &str) -> Vec<Found> {
    let Some(text) = repository.text(file) else { return Vec::new() };
    let Some(service) = text::parse(text) else { return Vec::new() };
    let (mut found, lines) = (Vec::new(), lines_of_keys(text));
    // `functions` may be a list of maps.
    let functions: Vec<&Value> = match service.get("functions") {
        Some(Value::Array(parts)) => parts.iter().collect(),
        Some(functions) => vec![functions],
        None => Vec::new(),
    };
    for (name, function) in functions.into_iter().filter_map(Value::as_object).flatten() {
        let handler = handler_file(repository, file, function);
        let event = |api: &str, verb: Verb, path: &str, auth: Auth| Found {
            api: Api::Logical(api.to_owned()),
            verb,
            path: path::normal(path),
            origin: origin(OriginKind::Template, file, lines.get(name.as_str()).copied(), &format!("functions.{name}")),
            partial: false,
            auth: Some(auth),
            operation: None,
            file: handler.clone(),
            function: Some(logical_id(name)),
        };
        for one in function.get("events").and_then(Value::as_array).into_iter().flatten() {
            found
                .extend(route(one.get("http")).map(|(verb, path, auth)| event("ApiGatewayRestApi", verb, &path, auth)));
            found.extend(route(one.get("httpApi")).map(|(verb, path, auth)| event("HttpApi", verb, &path, auth)));
        }
        if let Some(url) = function.get("url").filter(|url| **url != Value::Bool(false)) {
            let iam = url.get("authorizer").and_then(Value::as_str) == Some("aws_iam");
            let auth = if iam { Auth::Iam } else { Auth::None };
            found.push(event(&logical_id(name), Verb::Any, "$default", auth));
        }
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

fn handler_file(repository: &Repository<'_>, file: &str, function: &Value) -> Option<String> {
    let handler = function.get("handler")?.as_str()?;
    let module = handler.rsplit_once('.').map_or(handler, |(module, _)| module);
    let path = join(text::folder(file), module);
    EXTENSIONS.iter().map(|extension| format!("{path}.{extension}")).find(|path| repository.has(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Deployed, Inputs};
    use drydock_tree::{File, Tree};

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
        let tree: Tree = [("serverless.yml", service.as_str()), ("src/items.ts", ""), ("hook.py", "")]
            .into_iter()
            .map(|(path, text)| (path.to_owned(), File::new(text)))
            .collect();
        let deployed = Deployed::default();
        let inputs = Inputs {
            tree: &tree,
            root: "",
            entry_file: None,
            stack_details: None,
            resources: None,
            deployed: &deployed,
        };
        let found = endpoints(&Repository::new(&inputs));
        let shown = |found: &Found| {
            format!(
                "{:?} {} {:?} {:?}",
                found.verb,
                found.path,
                found.auth.unwrap_or_default(),
                found.file.as_deref().unwrap_or_default()
            )
        };
        assert_eq!(
            found.iter().map(shown).collect::<Vec<_>>(),
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
