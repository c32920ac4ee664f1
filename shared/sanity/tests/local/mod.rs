//! An API on loopback and a plan for it, for measurements: the runner reaches it as it reaches the embedded engine, in
//! place of a deployed host.

use drydock_sanity::guard::{Guard, GuardedResolver, SystemLookup};
use drydock_sanity::plan::{Auth, Bounds, CheckedPlan, Method, TestPlan, check};
use drydock_sanity::run::{Credentials, Sender, Showing};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The host that the plan names.
pub const HOST: &str = "https://api.example";

/// Serves a lamp to every request, until the program ends, with `filler` in it: JSON of any kind.
pub async fn serve(filler: &str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let body = format!(r#"{{"id": 7, "name": "a lamp", "filler": {filler}}}"#);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    let answer: Arc<[u8]> = [head.as_bytes(), body.as_bytes()].concat().into();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, answer.clone()));
        }
    });
    address
}

/// One connection, request after request.
async fn converse(stream: TcpStream, answer: Arc<[u8]>) {
    let _ = stream.set_nodelay(true);
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if !matches!(stream.read_line(&mut line).await, Ok(read) if read > 0) {
                return;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or_default();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).await.is_err() || stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// A plan of so many steps with every kind of check.
pub fn plan(steps: usize, guard: &Guard) -> CheckedPlan {
    let steps: Vec<_> = (0..steps)
        .map(|n| {
            json!({
                "id": format!("step-{n}"), "name": format!("GET /lamps/{n}"),
                "request": {"target": "api", "method": "GET", "path": format!("/lamps/{n}"), "query": {"expand": "all"}},
                "expect": {
                    "status": [200], "contentType": ["application/json"], "body": {"$.name": {"equals": "a lamp"}},
                    "schema": {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "integer"}}},
                    "maxResponseTimeMs": 5000,
                },
                "capture": {format!("id{n}"): {"body": "$.id"}},
            })
        })
        .collect();
    let plan: TestPlan =
        serde_json::from_value(json!({"version": 1, "targets": {"api": {"baseUrl": HOST}}, "steps": steps}))
            .expect("a plan");
    check(plan, guard, Bounds::default()).expect("a plan that may be run")
}

struct Nothing;

impl Credentials for Nothing {
    fn lacks(&self, _: Auth, _: &str) -> Option<String> {
        None
    }

    fn headers<'a>(&'a self, _: Auth, _: Method, _: &'a str, _: &'a [(String, String)], _: &'a [u8]) -> Showing<'a> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// A guard for the plan's host, for which `server` stands in.
pub fn guard(server: SocketAddr) -> Guard {
    Guard::new([HOST]).expect("a host").with_engine(server)
}

/// A sender that reaches `server` in place of the plan's host.
pub fn sender(server: SocketAddr) -> Sender {
    let guard = Arc::new(guard(server));
    let resolver = GuardedResolver::new(guard.clone(), SystemLookup);
    let builder = drydock_aws::reqwest_builder(drydock_aws::Roots::Bundled).expect("a client");
    Sender {
        client: builder.dns_resolver(Arc::new(resolver)).build().expect("a client"),
        guard,
        addresses: Arc::new(move |url: &str| (url.replacen(HOST, &format!("http://{server}"), 1), None)),
        credentials: Arc::new(Nothing),
        answer_bytes: 2 * 1024 * 1024,
    }
}

/// The most memory that this process has had, in bytes.
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()? * 1024)
}
