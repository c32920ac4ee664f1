//! A small HTTP server whose answers are made by a function, and a sender that may reach it.

use drydock_sanity::guard::{Guard, GuardedResolver, SystemLookup};
use drydock_sanity::plan::{Auth, Bounds, CheckedPlan, Method, TestPlan, check};
use drydock_sanity::run::{Credentials, Limits, Outcome, Sender, Showing, StepResult, run};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// With the query.
    pub path: String,
    pub headers: String,
    pub body: String,
}

/// What is sent back.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub after: Duration,
}

pub fn json(status: u16, body: impl Into<String>) -> Reply {
    let headers = vec![("content-type", "application/json".to_owned())];
    Reply { status, headers, body: body.into(), after: Duration::ZERO }
}

pub type Answers = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// A running server and what it was asked.
pub struct Served {
    pub address: SocketAddr,
    pub asked: Arc<Mutex<Vec<Asked>>>,
}

impl Served {
    pub async fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answers, log) = (Arc::clone(&answers), Arc::clone(&log));
                tokio::spawn(async move {
                    let Some(request) = read(&mut stream).await else { return };
                    log.lock().unwrap().push(request.clone());
                    let reply = answers(&request);
                    tokio::time::sleep(reply.after).await;
                    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", reply.status);
                    for (name, value) in &reply.headers {
                        head += &format!("{name}: {value}\r\n");
                    }
                    head += &format!("content-length: {}\r\n\r\n", reply.body.len());
                    let body = if request.method == "HEAD" { "" } else { reply.body.as_str() };
                    let _ = stream.write_all((head + body).as_bytes()).await;
                });
            }
        });
        Self { address, asked }
    }

    /// What a plan calls it; the sender knows where it really is.
    pub const URL: &str = "https://api.example";

    pub fn guard(&self) -> Guard {
        Guard::new([Self::URL]).unwrap().with_engine(self.address)
    }

    pub fn sender(&self) -> Sender {
        let (guard, address) = (Arc::new(self.guard()), self.address);
        let client = drydock_aws::reqwest_builder(drydock_aws::Roots::Bundled)
            .unwrap()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(GuardedResolver::new(Arc::clone(&guard), SystemLookup)))
            .build()
            .unwrap();
        Sender {
            client,
            guard,
            addresses: Arc::new(move |url| {
                (url.replace(Self::URL, &format!("http://{address}")), Some("api.example".to_owned()))
            }),
            credentials: Arc::new(Key),
            answer_bytes: 64 * 1024,
        }
    }

    pub async fn run(&self, plan: &TestPlan, limits: Limits) -> Vec<StepResult> {
        let plan: CheckedPlan = check(plan.clone(), &self.guard(), Bounds::default()).unwrap();
        run(&plan, &self.sender(), limits).await
    }

    /// The requests that arrived, each as a line.
    pub fn lines(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }
}

/// Shows every API the same key.
struct Key;

impl Credentials for Key {
    fn lacks(&self, _: Auth, _: &str) -> Option<String> {
        None
    }

    fn headers<'a>(&'a self, auth: Auth, _: Method, _: &'a str, _: &'a [(String, String)], _: &'a [u8]) -> Showing<'a> {
        let headers = match auth {
            Auth::None | Auth::Other => vec![],
            // With a key besides.
            Auth::Bearer => {
                vec![("authorization".to_owned(), "Bearer k3y".to_owned()), ("x-api-key".to_owned(), "p4ss".to_owned())]
            }
            Auth::ApiKey | Auth::Iam => vec![("x-api-key".to_owned(), "k3y".to_owned())],
        };
        Box::pin(async move { Ok(headers) })
    }
}

async fn read(stream: &mut tokio::net::TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                let mut first = head.split(' ');
                let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
                return Some(Asked { method, path, headers: head.to_owned(), body: body.to_owned() });
            }
        }
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => bytes.extend_from_slice(&buffer[..count]),
            _ => return None,
        }
    }
}

/// `name: outcome` and the checks that failed.
pub fn shown(results: &[StepResult]) -> Vec<String> {
    let line = |result: &StepResult| {
        let outcome = match result.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Flaky => "flaky",
            Outcome::Skipped => "skipped",
        };
        let checks: Vec<String> =
            result.checks.iter().filter(|check| !check.passed).map(|check| format!(" {}", check.name)).collect();
        format!("{}: {outcome}{}", result.name, checks.concat())
    };
    results.iter().map(line).collect()
}

/// Limits that do not make tests slow.
pub fn limits() -> Limits {
    Limits { spacing: Duration::ZERO, patience: Duration::from_millis(1), ..Limits::default() }
}
