//! Servers that answer with something else than a repository: redirects, pages, errors.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod world;

use drydock_source::{Limits, SourceError, fetch, resolve};
use std::time::Duration;
use world::{FakeServer, World, remote};

#[tokio::test]
async fn a_renamed_repository_is_followed_within_its_host() {
    let world = World::new();
    let commit = world.publish("o/new", "main", &[("a.txt", "a\n")]);
    let moved = "HTTP/1.1 301 Moved Permanently\r\nLocation: /o/new/info/refs?service=git-upload-pack\r\nContent-Length: 0\r\n\r\n";
    let front = FakeServer::answering("/o/old/", moved, Some(world.server.port()));
    let fetched = fetch(&remote(front.port, "o/old"), "main", &Limits::default()).await.unwrap();
    assert_eq!(fetched.commit.as_str(), commit);
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_never_followed() {
    let elsewhere = FakeServer::answering("/", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", None);
    let to = format!("http://127.0.0.1:{}", elsewhere.port);
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {to}/o/n/info/refs\r\nContent-Length: 0\r\n\r\n");
    let front = FakeServer::answering("/", &answer, None);
    let error = resolve(&remote(front.port, "o/n"), "main", &Limits::default()).await.unwrap_err();
    assert_eq!(error, SourceError::Redirected { host: format!("127.0.0.1:{}", front.port), to });
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn other_answers_say_what_they_are() {
    let check = async |answer: &str, code: &str, retryable: bool, expected: &str| {
        let front = FakeServer::answering("/", answer, None);
        let error = resolve(&remote(front.port, "o/n"), "main", &Limits::default()).await.unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), (code, retryable), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    };
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\nhi";
    check(page, "not-a-repository", false, "text/html").await;
    let login = "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n";
    check(login, "not-a-repository", false, "a redirect to a page").await;
    let circle = "HTTP/1.1 302 Found\r\nLocation: /o/n/info/refs\r\nContent-Length: 0\r\n\r\n";
    check(circle, "not-a-repository", false, "too many redirects").await;
    let busy = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    check(busy, "unreachable", true, "503").await;
    let limited = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n";
    check(limited, "host-busy", true, "429").await;
    let later = "HTTP/1.1 403 Forbidden\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n";
    check(later, "host-busy", true, "to be tried again after 60").await;
    let used_up = "HTTP/1.1 403 Forbidden\r\nX-RateLimit-Remaining: 0\r\nContent-Length: 0\r\n\r\n";
    check(used_up, "host-busy", true, "403").await;
    let left = "HTTP/1.1 403 Forbidden\r\nX-RateLimit-Remaining: 10\r\nContent-Length: 0\r\n\r\n";
    check(left, "authentication-required", false, "no token is stored").await;
    let refused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    check(refused, "authentication-required", false, "no token is stored").await;
    let nonsense =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\nContent-Length: 4\r\n\r\nzzzz";
    check(nonsense, "git-protocol", false, "cannot be understood").await;
    let cut =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\nContent-Length: 400\r\n\r\n00";
    check(cut, "unreachable", true, "cannot be reached").await;
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let silent = FakeServer::answering("/", "", None);
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    let start = std::time::Instant::now();
    assert_eq!(resolve(&remote(silent.port, "o/n"), "main", &limits).await, Err(SourceError::TimedOut));
    assert!(start.elapsed() < Duration::from_secs(3));
}
