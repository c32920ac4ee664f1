//! Requests of one visit over the shared asynchronous client: a byte budget, a deadline, no redirect to another
//! origin, and the token only where and when [`Access`] says so.
//!
//! gix hands errors on as text, so the first one is kept here as it was, for [`Wire::failure`].

use crate::access::{self, Access};
use crate::answer::Asked;
use crate::error::{Exceeded, SourceError};
use crate::text::printable;
use crate::{Deadline, Limits, Remote};
use reqwest::header::AUTHORIZATION;
use reqwest::{Response, Url};
use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::runtime::Handle;

/// Redirects followed within the origin: a host that renamed a repository needs one.
const MAX_REDIRECTS: usize = 3;

/// All requests of one fetch. Only for threads that may block.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Inner>);

struct Inner {
    client: reqwest::Client,
    runtime: Handle,
    host: String,
    access: Access,
    deadline: Deadline,
    limit: u64,
    left: AtomicU64,
    redirected: Mutex<Option<String>>,
    failure: Mutex<Option<SourceError>>,
}

impl Wire {
    pub(crate) fn new(remote: &Remote, limits: &Limits, deadline: Deadline, runtime: Handle) -> Self {
        let access = Access::new(remote.token.as_ref(), &remote.repository);
        Self::with(access, remote, limits, deadline, runtime)
    }

    fn with(access: Access, remote: &Remote, limits: &Limits, deadline: Deadline, runtime: Handle) -> Self {
        Self(Arc::new(Inner {
            client: remote.client.clone(),
            runtime,
            host: access::host(&remote.repository).to_owned(),
            access,
            deadline,
            limit: limits.wire_bytes,
            left: AtomicU64::new(limits.wire_bytes),
            redirected: Mutex::new(None),
            failure: Mutex::new(None),
        }))
    }

    /// What went wrong first, if anything did.
    pub(crate) fn failure(&self) -> Option<SourceError> {
        lock(&self.0.failure).clone()
    }

    /// Keeps the error and gives gix one to stop at.
    fn fail(&self, error: SourceError) -> io::Error {
        let text = error.to_string();
        lock(&self.0.failure).get_or_insert(error);
        io::Error::other(text)
    }

    pub(crate) fn wait<T>(&self, answer: impl Future<Output = reqwest::Result<T>>) -> io::Result<T> {
        self.0.deadline.check().map_err(|error| self.fail(error))?;
        let left = self.0.deadline.at.saturating_duration_since(Instant::now());
        match self.0.runtime.block_on(async { tokio::time::timeout(left, answer).await }) {
            Err(_) => Err(self.fail(SourceError::TimedOut)),
            Ok(Err(error)) => Err(self.fail(self.unreachable(&error.without_url()))),
            Ok(Ok(answer)) => Ok(answer),
        }
    }

    /// The innermost cause is the one that says "refused" or "name not known".
    fn unreachable(&self, error: &reqwest::Error) -> SourceError {
        let mut innermost: &dyn std::error::Error = error;
        let mut reason = error.to_string();
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        if error.source().is_some() {
            reason = format!("{reason}: {innermost}");
        }
        SourceError::Unreachable { host: self.0.host.clone(), reason: printable(&reason, 200) }
    }

    /// Where the repository has moved to, if it has.
    pub(crate) fn redirected(&self) -> Option<String> {
        lock(&self.0.redirected).clone()
    }

    /// Sends one request, as nobody if that will do, following redirects of a GET within the origin.
    pub(crate) fn send(&self, request: &Pending, expected: &str) -> io::Result<Response> {
        let first = Url::parse(&request.url).map_err(io::Error::other)?;
        let asked = Asked { host: &self.0.host, credentials: self.0.access.credentials };
        let mut as_nobody = None;
        let mut url = first.clone();
        let mut redirects = 0;
        loop {
            let response = self.wait(self.build(request, url.clone()).send())?;
            let (status, headers) = (response.status(), response.headers());
            let refused = if !status.is_redirection() || request.body.is_some() {
                match asked.accept(&url, status, headers, expected) {
                    Ok(()) => {
                        if url != first {
                            *lock(&self.0.redirected) =
                                url.as_str().split_once("/info/refs").map(|(base, _)| base.to_owned());
                        }
                        return Ok(response);
                    }
                    Err(refused) => refused,
                }
            } else if redirects == MAX_REDIRECTS {
                asked.not_a_repository("too many redirects")
            } else {
                match asked.follow(&url, headers) {
                    Ok(target) => {
                        redirects += 1;
                        url = target;
                        continue;
                    }
                    Err(refused) => refused,
                }
            };
            if self.0.access.identify(&refused) {
                as_nobody = Some(refused);
                (url, redirects) = (first.clone(), 0);
            } else {
                return Err(self.fail(access::telling(as_nobody, refused)));
            }
        }
    }

    fn build(&self, request: &Pending, url: Url) -> reqwest::RequestBuilder {
        let mut builder = match &request.body {
            Some(body) => self.0.client.post(url).body(body.clone()),
            None => self.0.client.get(url),
        };
        for (name, value) in request.headers.iter().filter_map(|header| header.split_once(':')) {
            builder = builder.header(name.trim(), value.trim());
        }
        match self.0.access.header() {
            Some(value) => builder.header(AUTHORIZATION, value),
            None => builder,
        }
    }

    pub(crate) fn spend(&self, bytes: usize) -> io::Result<()> {
        let spent = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.0
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(spent))
            .map(|_| ())
            .map_err(|_| self.fail(SourceError::Limit(Exceeded::WireBytes(self.0.limit))))
    }
}

/// The state is a value that is replaced as a whole: a thread that panicked left nothing half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request as far as it is known.
pub(crate) struct Pending {
    pub(crate) url: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Option<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Credentials, Token};
    use drydock_contract::hosts::AllowedHosts;
    use drydock_contract::input::RepositoryUrl;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    /// Asks `repository` as if it stood at git.example.com, where the token belongs.
    fn wire(repository: &str, limits: &Limits) -> Wire {
        let hosts = AllowedHosts::parse("git.example.com,http://127.0.0.1:*").unwrap();
        let remote = Remote {
            client: drydock_aws::reqwest_client(drydock_aws::Roots::Bundled).unwrap(),
            repository: RepositoryUrl::parse(repository, &hosts).unwrap(),
            token: Token::new("t0ken", "git.example.com"),
        };
        let home = RepositoryUrl::parse("https://git.example.com/o/n", &hosts).unwrap();
        let deadline =
            Deadline { at: Instant::now() + Duration::from_secs(9), passed: Arc::new(AtomicBool::new(false)) };
        Wire::with(Access::new(remote.token.as_ref(), &home), &remote, limits, deadline, Handle::current())
    }

    const FOUND: &str = "200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement";
    const REFUSED: &str = "401 Unauthorized";

    /// Answers with `as_nobody`, or with `with_token` whoever shows one; returns what came of it and how many asked
    /// without and with a token.
    async fn asked(as_nobody: &str, with_token: &str) -> (Result<(), SourceError>, usize, usize) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers = [as_nobody, with_token]
            .map(|head| format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        let counts = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
        let counted = Arc::clone(&counts);
        std::thread::spawn(move || {
            for mut client in listener.incoming().map_while(Result::ok) {
                let mut buffer = vec![0; 8192];
                let read = client.read(&mut buffer).unwrap();
                let head = String::from_utf8_lossy(&buffer[..read]).to_ascii_lowercase();
                let who = usize::from(head.contains("authorization: basic "));
                counted[who].fetch_add(1, Ordering::SeqCst);
                client.write_all(answers[who].as_bytes()).unwrap();
            }
        });
        let base = format!("http://127.0.0.1:{port}/o/n");
        let wire = wire(&base, &Limits::default());
        let request =
            Pending { url: format!("{base}/info/refs?service=git-upload-pack"), headers: Vec::new(), body: None };
        let result = tokio::task::spawn_blocking(move || match wire.send(&request, "advertisement") {
            Ok(_) => Ok(()),
            Err(_) => Err(wire.failure().unwrap()),
        });
        let count = |who: usize| usize::try_from(counts[who].load(Ordering::SeqCst)).unwrap();
        (result.await.unwrap(), count(0), count(1))
    }

    #[tokio::test]
    async fn a_public_repository_never_sees_the_token() {
        assert_eq!(asked(FOUND, REFUSED).await, (Ok(()), 1, 0));
    }

    #[tokio::test]
    async fn a_private_repository_sees_the_token_once_it_asks() {
        let login = "302 Found\r\nLocation: /login";
        let limited = "429 Too Many Requests\r\nRetry-After: 60";
        for refusal in [REFUSED, "403 Forbidden", "404 Not Found", login, limited] {
            assert_eq!(asked(refusal, FOUND).await, (Ok(()), 1, 1), "{refusal}");
        }
    }

    #[tokio::test]
    async fn a_token_that_is_refused_says_nothing_about_the_repository() {
        let check = async |as_nobody: &str, with_token: &str, code: &str| {
            let (result, nobody, token) = asked(as_nobody, with_token).await;
            assert_eq!((result.unwrap_err().code(), nobody, token), (code, 1, 1), "{as_nobody}, {with_token}");
        };
        check(REFUSED, REFUSED, "authentication-required").await;
        check("404 Not Found", REFUSED, "repository-not-found").await;
        check("429 Too Many Requests", REFUSED, "host-busy").await;
        check(REFUSED, "403 Forbidden\r\nX-RateLimit-Remaining: 0", "host-busy").await;
        let (result, ..) = asked(REFUSED, REFUSED).await;
        let Err(SourceError::AuthenticationRequired { credentials, .. }) = result else { panic!("{result:?}") };
        assert_eq!(credentials, Credentials::Refused);
    }

    #[tokio::test]
    async fn a_host_that_is_down_is_not_shown_the_token() {
        let (result, nobody, token) = asked("503 Service Unavailable", FOUND).await;
        assert_eq!((result.unwrap_err().code(), nobody, token), ("unreachable", 1, 0));
    }

    #[tokio::test]
    async fn the_budget_is_for_all_answers_together() {
        let wire = wire("https://git.example.com/o/n", &Limits { wire_bytes: 10, ..Limits::default() });
        assert!(wire.spend(6).is_ok());
        assert!(wire.spend(4).is_ok());
        assert!(wire.spend(1).is_err());
        assert_eq!(wire.failure(), Some(SourceError::Limit(Exceeded::WireBytes(10))));
    }
}
