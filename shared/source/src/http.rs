//! gix's HTTP over the shared asynchronous client: a byte budget, a deadline, no redirect to another origin, and
//! the token sent only to the origin that it is meant for.
//!
//! gix hands errors on as text, so the first one is kept here as it was, for [`Wire::failure`].

use crate::error::{Credentials, Exceeded, SourceError};
use crate::text::printable;
use crate::{Deadline, Limits, Remote};
use gix_error::ResultExt;
use gix_transport::client::blocking_io::http::{GetResponse, Http, PostBodyDataKind, PostResponse};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode, Url};
use std::any::Any;
use std::error::Error as _;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::runtime::Handle;

/// Redirects followed within the origin: a host that renamed a repository needs one.
const MAX_REDIRECTS: usize = 3;

/// What an answer must be: the advertisement of a service, or its result.
const ADVERTISEMENT: &str = "advertisement";
const RESULT: &str = "result";

/// All requests of one fetch. Only for threads that may block.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Inner>);

struct Inner {
    client: reqwest::Client,
    runtime: Handle,
    host: String,
    authorization: Option<HeaderValue>,
    credentials: Credentials,
    deadline: Deadline,
    limit: u64,
    left: AtomicU64,
    redirected: Mutex<Option<String>>,
    failure: Mutex<Option<SourceError>>,
}

impl Wire {
    pub(crate) fn new(remote: &Remote, limits: &Limits, deadline: Deadline, runtime: Handle) -> Self {
        let token = remote.token.as_ref();
        let (authorization, credentials) = match (token, remote.repository.is_encrypted()) {
            (None, _) => (None, Credentials::None),
            (Some(token), true) => (Some(token.authorization()), Credentials::Refused),
            (Some(_), false) => (None, Credentials::NotEncrypted),
        };
        let host = remote.repository.as_str().split('/').nth(2).unwrap_or_default().to_owned();
        Self(Arc::new(Inner {
            client: remote.client.clone(),
            runtime,
            host,
            authorization,
            credentials,
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

    fn wait<T>(&self, answer: impl Future<Output = reqwest::Result<T>>) -> io::Result<T> {
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

    /// Sends one request, following redirects of a GET within the origin.
    fn send(&self, request: &Pending, expected: &str) -> io::Result<Response> {
        let mut url = Url::parse(&request.url).map_err(io::Error::other)?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.wait(self.build(request, url.clone()).send())?;
            let status = response.status();
            if status.is_redirection() && request.body.is_none() {
                url = self.follow(&url, &response)?;
                continue;
            }
            self.accept(status, &response, expected)?;
            if url.as_str() != request.url {
                *lock(&self.0.redirected) = url.as_str().split_once("/info/refs").map(|(base, _)| base.to_owned());
            }
            return Ok(response);
        }
        Err(self.fail(self.not_a_repository("too many redirects")))
    }

    fn build(&self, request: &Pending, url: Url) -> reqwest::RequestBuilder {
        let mut builder = match &request.body {
            Some(body) => self.0.client.post(url).body(body.clone()),
            None => self.0.client.get(url),
        };
        for (name, value) in request.headers.iter().filter_map(|header| header.split_once(':')) {
            builder = builder.header(name.trim(), value.trim());
        }
        match &self.0.authorization {
            Some(value) => builder.header(AUTHORIZATION, value),
            None => builder,
        }
    }

    /// Where a redirect leads, if that is the same scheme, host and port and still a repository's front door.
    fn follow(&self, from: &Url, response: &Response) -> io::Result<Url> {
        let target = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).and_then(|to| from.join(to).ok());
        let Some(target) = target else { return Err(self.fail(self.not_a_repository("a redirect to nowhere"))) };
        if target.origin() != from.origin() || !target.username().is_empty() || target.password().is_some() {
            let to = printable(&target.origin().ascii_serialization(), 200);
            return Err(self.fail(SourceError::Redirected { host: self.0.host.clone(), to }));
        }
        if !target.path().ends_with("/info/refs") {
            return Err(self.fail(self.not_a_repository("a redirect to a page")));
        }
        Ok(target)
    }

    fn accept(&self, status: StatusCode, response: &Response, expected: &str) -> io::Result<()> {
        let host = || self.0.host.clone();
        let error = match status.as_u16() {
            200 => {
                let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
                let content_type =
                    content_type.unwrap_or("no content type").split(';').next().unwrap_or_default().trim();
                if content_type == format!("application/x-{}-{expected}", service(response.url())) {
                    return Ok(());
                }
                self.not_a_repository(content_type)
            }
            401 | 403 => SourceError::AuthenticationRequired { host: host(), credentials: self.0.credentials },
            404 | 410 => SourceError::NotFound { host: host() },
            408 | 425 | 429 | 500..=599 => {
                SourceError::Unreachable { host: host(), reason: format!("it answered HTTP {status}") }
            }
            _ => self.not_a_repository(&format!("HTTP {status}")),
        };
        Err(self.fail(error))
    }

    fn not_a_repository(&self, reason: &str) -> SourceError {
        SourceError::NotARepository { host: self.0.host.clone(), reason: printable(reason, 100) }
    }

    fn spend(&self, bytes: usize) -> io::Result<()> {
        let spent = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.0
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(spent))
            .map(|_| ())
            .map_err(|_| self.fail(SourceError::Limit(Exceeded::WireBytes(self.0.limit))))
    }
}

/// Which of Git's services an address belongs to.
fn service(url: &Url) -> &'static str {
    if url.as_str().ends_with("git-receive-pack") { "git-receive-pack" } else { "git-upload-pack" }
}

/// The state is a value that is replaced as a whole: a thread that panicked left nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Pending {
    url: String,
    headers: Vec<String>,
    body: Option<Vec<u8>>,
}

/// One request: collected first, sent when its answer is first read.
enum Exchange {
    Pending(Pending),
    Answered { headers: Option<Vec<u8>>, body: Body },
    Failed,
}

#[derive(Clone)]
struct Shared {
    wire: Wire,
    exchange: Arc<Mutex<Exchange>>,
}

impl Shared {
    fn new(wire: &Wire, exchange: Exchange) -> Self {
        Self { wire: wire.clone(), exchange: Arc::new(Mutex::new(exchange)) }
    }

    fn answer<T>(&self, read: impl FnOnce(&mut Option<Vec<u8>>, &mut Body) -> io::Result<T>) -> io::Result<T> {
        let mut exchange = lock(&self.exchange);
        if let Exchange::Pending(_) = *exchange
            && let Exchange::Pending(request) = std::mem::replace(&mut *exchange, Exchange::Failed)
        {
            *exchange = answered(&self.wire, self.wire.send(&request, RESULT)?);
        }
        match &mut *exchange {
            Exchange::Answered { headers, body } => read(headers, body),
            Exchange::Pending(_) | Exchange::Failed => Err(io::Error::other("the request failed before")),
        }
    }
}

fn answered(wire: &Wire, response: Response) -> Exchange {
    let mut headers = Vec::new();
    for (name, value) in response.headers() {
        headers.extend([name.as_str().as_bytes(), b":", value.as_bytes(), b"\n"].concat());
    }
    Exchange::Answered { headers: Some(headers), body: Body { wire: wire.clone(), response, chunk: Cursor::default() } }
}

/// An answer as it arrives, counted.
struct Body {
    wire: Wire,
    response: Response,
    chunk: Cursor<Vec<u8>>,
}

impl Read for Body {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(out)?;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            match self.wire.wait(self.response.chunk())? {
                None => return Ok(0),
                Some(chunk) => {
                    self.wire.spend(chunk.len())?;
                    self.chunk = Cursor::new(chunk.to_vec());
                }
            }
        }
    }
}

/// What gix reads the headers of an answer from.
pub(crate) struct Headers {
    shared: Shared,
    lines: Option<Cursor<Vec<u8>>>,
}

impl Headers {
    fn lines(&mut self) -> io::Result<&mut Cursor<Vec<u8>>> {
        let lines = match self.lines.take() {
            Some(lines) => lines,
            None => Cursor::new(self.shared.answer(|headers, _| Ok(headers.take().unwrap_or_default()))?),
        };
        Ok(self.lines.insert(lines))
    }
}

impl Read for Headers {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.lines()?.read(out)
    }
}

impl BufRead for Headers {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.lines()?.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Some(lines) = &mut self.lines {
            lines.consume(amount);
        }
    }
}

/// What gix reads the body of an answer from.
pub(crate) struct AnswerBody(Shared);

impl Read for AnswerBody {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.answer(|_, body| body.read(out))
    }
}

/// What gix writes the body of a request to. Only the names of wanted objects go there, so it fits into memory.
pub(crate) struct RequestBody(Shared);

impl Write for RequestBody {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *lock(&self.0.exchange) {
            Exchange::Pending(Pending { body: Some(body), .. }) => {
                body.extend_from_slice(bytes);
                Ok(bytes.len())
            }
            _ => Err(io::Error::other("the request was already sent")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Http for Wire {
    type Headers = Headers;
    type ResponseBody = BufReader<AnswerBody>;
    type PostBody = RequestBody;

    fn get(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix_error::Result<GetResponse<Self::Headers, Self::ResponseBody>> {
        let request = Pending { url: url.to_owned(), headers: owned(headers), body: None };
        let response = self.send(&request, ADVERTISEMENT).or_error()?;
        let shared = Shared::new(self, answered(self, response));
        Ok(GetResponse {
            headers: Headers { shared: shared.clone(), lines: None },
            body: BufReader::new(AnswerBody(shared)),
        })
    }

    fn post(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _kind: PostBodyDataKind,
    ) -> gix_error::Result<PostResponse<Self::Headers, Self::ResponseBody, Self::PostBody>> {
        let request = Pending { url: url.to_owned(), headers: owned(headers), body: Some(Vec::new()) };
        let shared = Shared::new(self, Exchange::Pending(request));
        Ok(PostResponse {
            post_body: RequestBody(shared.clone()),
            headers: Headers { shared: shared.clone(), lines: None },
            body: BufReader::with_capacity(1 << 16, AnswerBody(shared)),
        })
    }

    fn configure(&mut self, _config: &dyn Any) -> gix_error::Result {
        Ok(())
    }

    fn redirected_base_url(&self) -> Option<String> {
        lock(&self.0.redirected).clone()
    }
}

fn owned(headers: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    headers.into_iter().map(|header| header.as_ref().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Token;
    use drydock_contract::hosts::AllowedHosts;
    use drydock_contract::input::RepositoryUrl;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    fn wire(repository: &str, limits: &Limits) -> Wire {
        let hosts = AllowedHosts::parse("git.example.com,http://127.0.0.1:*").unwrap();
        let remote = Remote {
            client: drydock_aws::reqwest_client(drydock_aws::Roots::Bundled).unwrap(),
            repository: RepositoryUrl::parse(repository, &hosts).unwrap(),
            token: Token::new("t0ken"),
        };
        let deadline =
            Deadline { at: Instant::now() + Duration::from_secs(9), passed: Arc::new(AtomicBool::new(false)) };
        Wire::new(&remote, limits, deadline, Handle::current())
    }

    #[tokio::test]
    async fn a_token_goes_over_tls_only() {
        let sent = |repository: &str| {
            let request = Pending { url: repository.to_owned(), headers: Vec::new(), body: None };
            let url = Url::parse(repository).unwrap();
            let request = wire(repository, &Limits::default()).build(&request, url).build().unwrap();
            request.headers().get(AUTHORIZATION).cloned()
        };
        let header = sent("https://git.example.com/o/n").unwrap();
        assert_eq!(header, "Basic eC1hY2Nlc3MtdG9rZW46dDBrZW4=");
        assert!(header.is_sensitive());
        assert_eq!(sent("http://127.0.0.1:8080/o/n"), None);
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
