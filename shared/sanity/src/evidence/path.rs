//! Paths in the one form that is used here: `/items/{id}`, `/{rest+}` for everything below.

/// Puts a path of any framework into that form: `:id`, `<int:id>`, `{id:path}`, `*` and missing slashes.
pub(super) fn normal(path: &str) -> String {
    let path = path.trim();
    if matches!(path, "$default" | "*" | "/*") {
        return "/{proxy+}".to_owned();
    }
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(part).collect();
    let tail = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    format!("/{}{tail}", parts.join("/"))
}

fn part(part: &str) -> String {
    // Flask and Chalice: <id>, <int:id>, <path:rest>
    if let Some(inner) = part.strip_prefix('<').and_then(|part| part.strip_suffix('>')) {
        let (kind, name) = inner.split_once(':').unwrap_or(("", inner));
        return parameter(name, kind.starts_with("path"));
    }
    // API Gateway, OpenAPI, FastAPI, Hono: {id}, {rest+}, {rest:path}
    if let Some(inner) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        let (name, kind) = inner.split_once(':').unwrap_or((inner, ""));
        return parameter(name.trim_end_matches('+'), name.ends_with('+') || kind == "path");
    }
    // Express, Fastify, Koa, Hono: :id, :id?, :id(\d+), :id{[0-9]+}, *, *rest
    if let Some(inner) = part.strip_prefix(':') {
        let end = inner.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inner.len());
        return parameter(&inner[..end], inner.ends_with('*'));
    }
    match part.strip_prefix('*') {
        Some(name) => parameter(if name.is_empty() { "proxy" } else { name }, true),
        None => part.to_owned(),
    }
}

fn parameter(name: &str, greedy: bool) -> String {
    let name: String = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')).collect();
    let name = if name.is_empty() { "value".to_owned() } else { name };
    format!("{{{name}{}}}", if greedy { "+" } else { "" })
}

/// True if the part is a parameter, or has one in it.
pub(super) fn is_parameter(part: &str) -> bool {
    part.contains('{')
}

/// True if the path takes everything below a place.
pub(super) fn is_greedy(path: &str) -> bool {
    path.trim_end_matches('/').ends_with("+}")
}

/// The path without its parameters' names and without a slash at its end.
pub(super) fn shape(path: &str) -> String {
    let part = |part| match part {
        part if is_greedy(part) => "{+}",
        part if is_parameter(part) => "{}",
        part => part,
    };
    path.trim_end_matches('/').split('/').map(part).collect::<Vec<_>>().join("/")
}

/// True if a request to `asked` (parts of which may be filled or `{{placeholders}}`) is one for `route`.
pub(super) fn matches(route: &str, asked: &str) -> bool {
    let parts = |path: &'_ str| path.trim_end_matches('/').split('/').skip(1).map(str::to_owned).collect::<Vec<_>>();
    let (route, asked) = (parts(route), parts(asked));
    let greedy = route.last().is_some_and(|last| is_greedy(last));
    let fixed = if greedy { route.len() - 1 } else { route.len() };
    (if greedy { asked.len() >= fixed } else { asked.len() == fixed })
        && route[..fixed].iter().zip(&asked).all(|(route, asked)| is_parameter(route) || route == asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frameworks_paths_take_one_form() {
        let check = |from: &str, to: &str| assert_eq!(normal(from), to);
        check("items", "/items");
        check("/items/", "/items/");
        check("", "/");
        check("/", "/");
        check("/items/:id", "/items/{id}");
        check("/items/:id(\\d+)/x", "/items/{id}/x");
        check("/items/:id{[0-9]+}", "/items/{id}");
        check("/items/:id?", "/items/{id}");
        check("/items/<id>", "/items/{id}");
        check("/items/<int:item_id>/", "/items/{item_id}/");
        check("/f/<path:rest>", "/f/{rest+}");
        check("/f/{rest:path}", "/f/{rest+}");
        check("/{proxy+}", "/{proxy+}");
        check("$default", "/{proxy+}");
        check("/f/*", "/f/{proxy+}");
        check("/f/*rest", "/f/{rest+}");
    }

    #[test]
    fn requests_match_routes() {
        let check =
            |route: &str, asked: &str, expected: bool| assert_eq!(matches(route, asked), expected, "{route} {asked}");
        check("/items/{id}", "/items/{{id}}", true);
        check("/items/{id}", "/items/7/", true);
        check("/items/{id}", "/items", false);
        check("/items/{id}", "/items/7/x", false);
        check("/{proxy+}", "/", true);
        check("/{proxy+}", "/a/b", true);
        check("/a/{proxy+}", "/b/c", false);
        check("/", "/", true);
    }
}
