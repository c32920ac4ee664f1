//! Requests that are led astray by what answers them or by what a name resolves to: none gets through, and each
//! stands in the result.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

#[expect(dead_code, reason = "other tests use the rest")]
mod local;

use drydock_sanity::guard::{GuardedResolver, Lookup};
use drydock_sanity::plan::{Bounds, CheckedPlan, TestPlan, check};
use drydock_sanity::run::{CheckName, Limits, Outcome, Sender, StepResult, run};
use serde_json::json;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn one_step() -> CheckedPlan {
    let plan: TestPlan = serde_json::from_value(json!({
        "version": 1, "targets": {"api": {"baseUrl": local::HOST}},
        "steps": [{"id": "s", "name": "GET /x", "request": {"target": "api", "method": "GET", "path": "/x"},
                   "retry": {"attempts": 2, "delayMs": 0, "reason": "eventual-consistency"}}],
    }))
    .unwrap();
    let server = "127.0.0.1:9".parse().unwrap();
    check(plan, &local::guard(server), Bounds::default()).unwrap()
}

async fn result(sender: &Sender) -> StepResult {
    let limits = Limits { spacing: Duration::ZERO, ..Limits::default() };
    let mut results = run(&one_step(), sender, limits).await;
    results.remove(0)
}

/// Answers every request with a redirect, and counts them.
async fn redirecting(location: &str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let location = location.replace("{engine}", &address.to_string());
    let (count, answer) = (
        asked.clone(),
        format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
    );
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, asked)
}

#[tokio::test]
async fn no_redirect_leads_away() {
    // Elsewhere on the Internet is where many an API sends people, and no fault; it is not followed, and said.
    for location in ["https://evil.example/", "//evil.example/x", "https://api.example:8443/"] {
        check_redirect(location, Outcome::Passed).await;
    }
    for location in [
        "https://api.example@evil.example/",
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "https://169.254.169.254/",
        "https://2852039166/",
        "https://0251.0376.0251.0376/",
        "https://0xa9fea9fe/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fd00:ec2::254]/",
        "https://127.1/",
        // The engine's own interface, which answers more than what was deployed.
        "http://{engine}/_aws/secrets",
        "file:///etc/passwd",
    ] {
        check_redirect(location, Outcome::Failed).await;
    }
}

async fn check_redirect(location: &str, outcome: Outcome) {
    let (server, asked) = redirecting(location).await;
    let result = result(&local::sender(server)).await;
    assert_eq!(result.outcome, outcome, "{location}: {result:#?}");
    let check = result.checks.iter().find(|check| check.name == CheckName::RedirectAllowed);
    let check = check.unwrap_or_else(|| panic!("{location}: {result:#?}"));
    assert_eq!(check.passed, outcome == Outcome::Passed, "{location}: {check:?}");
    assert!(check.actual.starts_with("a redirect that was not followed: "), "{location}: {check:?}");
    assert_eq!(asked.load(Ordering::SeqCst), usize::try_from(result.tries).unwrap(), "{location}");
}

/// Says something else each time.
struct Changing(Vec<&'static str>, AtomicUsize);

impl Lookup for Changing {
    fn lookup(&self, _: &str) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + '_>> {
        let turn = self.1.fetch_add(1, Ordering::SeqCst);
        let address = format!("{}:0", self.0[turn.min(self.0.len() - 1)]).parse().unwrap();
        Box::pin(async move { Ok(vec![address]) })
    }
}

/// A sender for which nothing stands in: it resolves the plan's host by `answers`. It connects from loopback, whence no
/// packet goes to any other address: what is public for the guard is asked by nobody.
fn resolving(answers: &[&'static str]) -> Sender {
    let sender = local::sender("127.0.0.1:9".parse().unwrap());
    let resolver = GuardedResolver::new(sender.guard.clone(), Changing(answers.to_vec(), AtomicUsize::new(0)));
    let builder = drydock_aws::reqwest_builder(drydock_aws::Roots::Bundled).unwrap();
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let client = builder.local_address(loopback).dns_resolver(Arc::new(resolver)).build().unwrap();
    Sender { client, addresses: Arc::new(|url: &str| (url.to_owned(), None)), ..sender }
}

#[tokio::test]
async fn no_name_leads_inside() {
    for (address, what) in [
        ("127.0.0.1", "loopback"),
        ("169.254.169.254", "link-local"),
        ("10.0.0.7", "private"),
        ("172.16.5.4", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("0.0.0.0", "this host"),
        ("[::1]", "not global unicast"),
        ("[::ffff:10.0.0.7]", "an IPv4 address in IPv6 form"),
        ("[fd00:ec2::254]", "not global unicast"),
        ("[fe80::1]", "not global unicast"),
        ("[64:ff9b::a9fe:a9fe]", "not global unicast"),
        ("[2002:a9fe:a9fe::1]", "wraps an IPv4 address"),
    ] {
        let result = result(&resolving(&[address])).await;
        assert_eq!(result.outcome, Outcome::Failed, "{address}");
        let check = &result.checks[0];
        assert_eq!(check.name, CheckName::Reachable, "{address}");
        assert!(check.actual.contains("resolves to") && check.actual.contains(what), "{address}: {}", check.actual);
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_judged_each_time() {
    // What it resolves to at first may be asked, and cannot be reached; what it resolves to then may not.
    let first = result(&resolving(&["8.8.8.8"])).await;
    assert!(!first.checks[0].actual.contains("resolves to"), "{:?}", first.checks);
    let result = result(&resolving(&["8.8.8.8", "169.254.169.254"])).await;
    assert_eq!(result.outcome, Outcome::Failed);
    assert!(result.checks[0].actual.contains("resolves to 169.254.169.254"), "{:?}", result.checks);
}
