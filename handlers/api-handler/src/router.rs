//! Which route a request is for.

use drydock_contract::SessionKind;

/// The routes that this function serves. The two analyze routes belong to the status analyzer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// One of the four `POST` routes that open a session.
    Open(SessionKind),
    /// `GET /status/{sessionId}`, with the id as it stands in the path.
    Status(String),
    /// `GET /deployments`
    Deployments,
    /// `POST /deployments/{sessionId}/cancel`
    Cancel(String),
    /// `DELETE /deployments/{sessionId}`
    Teardown(String),
}

/// Finds the route; `None` if there is none.
pub fn route(method: &str, path: &str) -> Option<Route> {
    match (method, path) {
        ("POST", "/deploy") => Some(Route::Open(SessionKind::Deploy)),
        ("POST", "/fix") => Some(Route::Open(SessionKind::Fixer)),
        ("POST", "/sanity-test") => Some(Route::Open(SessionKind::Sanity)),
        ("POST", "/sdlc-deploy") => Some(Route::Open(SessionKind::Sdlc)),
        ("GET", "/deployments") => Some(Route::Deployments),
        ("GET", _) => session(path.strip_prefix("/status/")?).map(Route::Status),
        ("POST", _) => session(path.strip_prefix("/deployments/")?.strip_suffix("/cancel")?).map(Route::Cancel),
        ("DELETE", _) => session(path.strip_prefix("/deployments/")?).map(Route::Teardown),
        _ => None,
    }
}

/// One part of a path.
fn session(part: &str) -> Option<String> {
    (!part.is_empty() && !part.contains('/')).then(|| part.to_owned())
}

/// The path of the route that opens a session of `kind`.
pub const fn path_of(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Deploy => "/deploy",
        SessionKind::Fixer => "/fix",
        SessionKind::Sanity => "/sanity-test",
        SessionKind::Sdlc => "/sdlc-deploy",
        SessionKind::Teardown => "/deployments/{sessionId}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_by_method_and_path() {
        for kind in SessionKind::ALL.into_iter().filter(|kind| *kind != SessionKind::Teardown) {
            assert_eq!(route("POST", path_of(kind)), Some(Route::Open(kind)));
            assert_eq!(route("GET", path_of(kind)), None);
        }
        assert_eq!(route("GET", "/deployments"), Some(Route::Deployments));
        assert_eq!(route("GET", "/status/abc"), Some(Route::Status("abc".to_owned())));
        assert_eq!(route("POST", "/deployments/abc/cancel"), Some(Route::Cancel("abc".to_owned())));
        assert_eq!(route("DELETE", "/deployments/abc"), Some(Route::Teardown("abc".to_owned())));
    }

    #[test]
    fn anything_else_is_no_route() {
        for (method, path) in [
            ("GET", "/"),
            ("GET", ""),
            ("GET", "/status"),
            ("GET", "/status/"),
            ("GET", "/status/a/b"),
            ("POST", "/status/a"),
            ("PUT", "/deploy"),
            ("POST", "/deploy/"),
            ("POST", "/deployments"),
            ("POST", "/deployments/cancel"),
            ("POST", "/deployments//cancel"),
            ("POST", "/deployments/a/b/cancel"),
            ("GET", "/deployments/a/cancel"),
            ("DELETE", "/deployments"),
            ("DELETE", "/deployments/"),
            ("DELETE", "/deployments/a/cancel"),
            ("DELETE", "/status/a"),
            ("POST", "/analyze"),
        ] {
            assert_eq!(route(method, path), None, "{method} {path}");
        }
    }
}
