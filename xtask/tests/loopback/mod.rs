//! A server on loopback that stands where AWS would, or in front of what stands there: it answers from a list, passes
//! on, or loses a request or an answer at just the wrong moment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Such as `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The body as text; what is no text is replaced.
    pub body: String,
    raw: Vec<u8>,
}

impl Asked {
    /// The action of a request in the query protocol, such as `CreateChangeSet`; empty for others.
    pub fn action(&self) -> &str {
        self.body.strip_prefix("Action=").and_then(|rest| rest.split('&').next()).unwrap_or_default()
    }

    /// The access key that signed it, and the region for which: `Credential=KEY/DATE/REGION/…`.
    pub fn signer(&self) -> Option<(String, String)> {
        let head = String::from_utf8_lossy(&self.raw);
        let mut scope = head.split_once("Credential=")?.1.split('/');
        Some((scope.next()?.to_owned(), scope.nth(1)?.to_owned()))
    }
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// It goes on to what stands behind, and the answer back.
    Forward,
    /// It gets this status and body.
    Answer(u16, String),
    /// It goes on to what stands behind, and the answer never comes back.
    LoseAnswer,
    /// It goes nowhere, and no answer comes.
    LoseRequest,
}

/// The server. It ends when this is dropped.
pub struct Loopback {
    address: SocketAddr,
    lost: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Loopback {
    /// Starts it in front of `behind`, such as `http://127.0.0.1:4566`.
    pub async fn start(behind: Option<&str>, decide: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let address = listener.local_addr().expect("it is bound");
        let behind = behind.map(|url| url.trim_start_matches("http://").trim_end_matches('/').to_owned());
        let lost = Arc::new(AtomicUsize::new(0));
        let (counted, decide) = (Arc::clone(&lost), Arc::new(decide));
        let server = tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else { continue };
                let (behind, counted, decide) = (behind.clone(), Arc::clone(&counted), Arc::clone(&decide));
                tokio::spawn(async move {
                    // A client that was killed leaves a broken connection behind, and nobody to tell.
                    let _ = serve(client, behind.as_deref(), &counted, &*decide).await;
                });
            }
        });
        Self { address, lost, server }
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until it has lost a request or an answer.
    pub async fn has_lost_one(&self) {
        for _ in 0..6000 {
            if self.lost.load(Ordering::Acquire) > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no request came that was to be lost");
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(
    mut client: TcpStream,
    behind: Option<&str>,
    lost: &AtomicUsize,
    decide: &(dyn Fn(&Asked) -> Reply + Send + Sync),
) -> std::io::Result<()> {
    let asked = read(&mut client).await?;
    match decide(&asked) {
        Reply::Answer(status, body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            let body = if asked.method == "HEAD" { String::new() } else { body };
            client.write_all(format!("{head}{body}").as_bytes()).await
        }
        Reply::Forward => {
            let answer = forward(&asked, behind).await?;
            client.write_all(&answer).await
        }
        Reply::LoseAnswer => {
            forward(&asked, behind).await?;
            lose(lost).await
        }
        Reply::LoseRequest => lose(lost).await,
    }
}

async fn lose(lost: &AtomicUsize) -> std::io::Result<()> {
    lost.fetch_add(1, Ordering::Release);
    std::future::pending().await
}

/// One request with all of its body.
async fn read(client: &mut TcpStream) -> std::io::Result<Asked> {
    let mut raw = Vec::new();
    let mut buffer = vec![0; 65536];
    let (head, body_at) = loop {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        raw.extend_from_slice(&buffer[..count]);
        if let Some(end) = raw.windows(4).position(|window| window == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&raw[..end]).into_owned(), end + 4);
        }
    };
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.clone().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    if header("expect").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while raw.len() < body_at + length {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        raw.extend_from_slice(&buffer[..count]);
    }
    let mut words = head.lines().next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let body = String::from_utf8_lossy(&raw[body_at..]).into_owned();
    Ok(Asked { method, path, body, raw: alone(&raw, body_at) })
}

/// The same request as the only one of its connection, which needs no invitation to send its body.
fn alone(raw: &[u8], body_at: usize) -> Vec<u8> {
    let head = String::from_utf8_lossy(&raw[..body_at - 4]);
    let kept = head.split("\r\n").filter(|line| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        name != "connection" && name != "expect"
    });
    let head = kept.collect::<Vec<_>>().join("\r\n");
    [format!("{head}\r\nconnection: close\r\n\r\n").as_bytes(), &raw[body_at..]].concat()
}

async fn forward(asked: &Asked, behind: Option<&str>) -> std::io::Result<Vec<u8>> {
    let behind = behind.expect("something to forward to");
    let mut server = TcpStream::connect(behind).await?;
    server.write_all(&asked.raw).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    Ok(answer)
}
