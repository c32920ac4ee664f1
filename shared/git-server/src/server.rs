//! The HTTP side: a listener on 127.0.0.1 with a thread of its own, so that it outlives the runtime of a single test.

use crate::backend::{self, Service};
use crate::repositories::path_of;
use crate::{GitServerError, git};
use base64::Engine as _;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// A client that does not finish its headers within this time is cut off.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// What to serve, and to whom.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The folder that [`Repositories`](crate::Repositories) filled.
    pub root: PathBuf,
    /// If set, only `Basic x-access-token:<token>` is let in, as with a token of GitHub's.
    pub token: Option<String>,
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct GitServer {
    port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl GitServer {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If git or its HTTP server is missing, or no port can be had.
    pub fn start(options: ServerOptions) -> Result<Self, GitServerError> {
        Self::listen(options, false)
    }

    /// The same, but whoever is let in may also push. Hooks that a test has put into a bare repository run then.
    ///
    /// # Errors
    /// As [`GitServer::start`].
    pub fn start_writable(options: ServerOptions) -> Result<Self, GitServerError> {
        Self::listen(options, true)
    }

    fn listen(options: ServerOptions, writable: bool) -> Result<Self, GitServerError> {
        let root = options.root.canonicalize();
        let service = Arc::new(Service {
            root: root.map_err(GitServerError::io(format!("open {}", options.root.display())))?,
            backend: git::http_backend()?,
            writable,
            authorization: options.token.map(|token| {
                let credentials = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"));
                format!("Basic {credentials}")
            }),
        });
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(GitServerError::io("listen on 127.0.0.1"))?;
        let port = listener.local_addr().map_err(GitServerError::io("read the port"))?.port();
        listener.set_nonblocking(true).map_err(GitServerError::io("set up the listener"))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(GitServerError::io("start the server"))?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("git-server".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = serve(listener, service) => {}
                        _ = stopped => {}
                    }
                });
            })
            .map_err(GitServerError::io("start the server"))?;
        Ok(Self { port, stop: Some(stop), thread: Some(thread) })
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The URL of `owner/name`.
    pub fn repository(&self, name: &str) -> String {
        format!("{}/{name}", self.url())
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only if the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic in there was reported when it happened.
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, service: Arc<Service>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    // Dropped with this future: every connection ends then, and with it the git process that it waits for.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: others will be closed.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let service = Arc::clone(&service);
        connections.spawn(async move {
            let answer = service_fn(move |request| {
                let service = Arc::clone(&service);
                async move { Ok::<_, Infallible>(backend::answer(&service, request).await) }
            });
            // An error here is a client that has gone away.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

impl Service {
    /// The bare repository and the rest of the path; `None` for what is not served.
    pub(crate) fn resolve<'a>(&self, path: &'a str) -> Option<(PathBuf, &'a str)> {
        let mut parts = path.strip_prefix('/')?.splitn(3, '/');
        let (owner, name, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let folder = path_of(&self.root, &format!("{owner}/{name}")).ok()?;
        folder.is_dir().then_some((folder, rest))
    }
}
