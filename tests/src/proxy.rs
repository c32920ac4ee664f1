//! A TCP proxy on loopback that a test can close, or that breaks off at a request: what a network or a killed program
//! does, at a moment that the test chooses.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A proxy. It ends with the test's runtime.
pub struct Proxy {
    address: SocketAddr,
    open: Arc<AtomicBool>,
    reached: Arc<Notify>,
}

impl Proxy {
    /// In front of `http://host:port…`; closed if it is not `open`.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn to(url: &str, open: bool) -> Self {
        Self::start(url, open, None).await
    }

    /// In front of `http://host:port…`, until a request has `text` in it. That request never arrives, and nothing does
    /// after it.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn until(url: &str, text: &str) -> Self {
        Self::start(url, true, Some(text.as_bytes().to_vec())).await
    }

    async fn start(url: &str, open: bool, end: Option<Vec<u8>>) -> Self {
        let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
        let (target, listener) = (authority.to_owned(), TcpListener::bind("127.0.0.1:0").await.expect("a port"));
        let address = listener.local_addr().expect("an address");
        let (open, reached) = (Arc::new(AtomicBool::new(open)), Arc::new(Notify::new()));
        let proxy = Self { address, open: Arc::clone(&open), reached: Arc::clone(&reached) };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if open.load(Ordering::SeqCst) {
                    let (open, reached) = (Arc::clone(&open), Arc::clone(&reached));
                    tokio::spawn(pass(client, target.clone(), end.clone(), open, reached));
                }
            }
        });
        proxy
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets connections through from now on.
    pub fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }

    /// Waits until the request has come at which it breaks off.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }
}

async fn pass(
    client: TcpStream,
    target: String,
    end: Option<Vec<u8>>,
    open: Arc<AtomicBool>,
    reached: Arc<Notify>,
) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = TcpStream::connect(target).await?.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from_client.read(&mut buffer).await?;
        if read == 0 {
            return to_server.shutdown().await;
        }
        // Small requests come in one piece, so nothing of this one has been passed on.
        if end.as_ref().is_some_and(|end| buffer[..read].windows(end.len()).any(|window| window == end)) {
            open.store(false, Ordering::SeqCst);
            reached.notify_one();
            return std::future::pending().await;
        }
        to_server.write_all(&buffer[..read]).await?;
    }
}
