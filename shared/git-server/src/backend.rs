//! One request: who may ask, what is served, and the CGI conversation with `git http-backend`
//! (<https://www.rfc-editor.org/rfc/rfc3875>).

use crate::git;
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, BodyStream, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use tokio_util::io::ReaderStream;

/// How long either side may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// More than git ever writes before the body.
const MAX_HEADER_BYTES: u64 = 64 * 1024;

/// What every request needs to know.
pub struct Service {
    /// Folder of the repositories.
    pub root: PathBuf,
    /// Path of `git-http-backend`.
    pub backend: PathBuf,
    /// The one value of `Authorization` that is let in; `None` lets everybody in.
    pub authorization: Option<String>,
    /// True if whoever is let in may also push.
    pub writable: bool,
}

type Answer = Response<UnsyncBoxBody<Bytes, io::Error>>;

/// Answers a request; every error becomes a status.
pub async fn answer(service: &Service, request: Request<Incoming>) -> Answer {
    if let Some(expected) = &service.authorization
        && request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes) != Some(expected.as_bytes())
    {
        let mut answer = plain(StatusCode::UNAUTHORIZED, "authentication required\n");
        answer.headers_mut().insert("WWW-Authenticate", HeaderValue::from_static("Basic realm=\"git\""));
        return answer;
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let Some((repository, rest)) = service.resolve(request.uri().path()) else {
        return plain(StatusCode::NOT_FOUND, "no such repository\n");
    };
    let served = match (request.method(), rest) {
        (&Method::GET, "info/refs") => {
            query == "service=git-upload-pack" || (service.writable && query == "service=git-receive-pack")
        }
        (&Method::POST, "git-upload-pack") => true,
        (&Method::POST, "git-receive-pack") => service.writable,
        _ => false,
    };
    if !served {
        return plain(StatusCode::FORBIDDEN, "only fetching is served, by the smart protocol\n");
    }
    let translated = repository.join(rest);
    let result = timeout(SILENCE, converse(service, request, &translated, &query)).await;
    match result.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "git http-backend is silent"))) {
        Ok(answer) => answer,
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error}\n")),
    }
}

fn plain(status: StatusCode, text: &str) -> Answer {
    let body = Full::new(Bytes::copy_from_slice(text.as_bytes())).map_err(|never| match never {});
    let mut answer = Response::new(body.boxed_unsync());
    *answer.status_mut() = status;
    answer
}

/// Starts the program, feeds it the request's body on the side and returns as soon as its headers are read.
async fn converse(
    service: &Service,
    request: Request<Incoming>,
    translated: &std::path::Path,
    query: &str,
) -> io::Result<Answer> {
    let header = |name: HeaderName| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let mut child = Command::new(&service.backend)
        .env_clear()
        .envs(git::shielded_environment())
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_TRANSLATED", translated)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", request.method().as_str())
        .env("CONTENT_TYPE", header(CONTENT_TYPE))
        .env("CONTENT_LENGTH", header(CONTENT_LENGTH))
        .env("HTTP_CONTENT_ENCODING", header(CONTENT_ENCODING))
        .env("GIT_PROTOCOL", header(HeaderName::from_static("git-protocol")))
        .env("REMOTE_ADDR", "127.0.0.1")
        // Whom git takes for known it lets push.
        .envs(service.writable.then_some(("REMOTE_USER", "drydock")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let stdin = child.stdin.take().expect("stdin was asked for");
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout was asked for"));
    tokio::spawn(feed(request.into_body(), stdin));
    let mut answer = read_headers(&mut stdout).await?;
    *answer.body_mut() = StreamBody::new(body(stdout, child).map_ok(Frame::data)).boxed_unsync();
    Ok(answer)
}

/// Passes the body on piece by piece. When either side gives up, the program sees the end of its input.
async fn feed(body: Incoming, mut stdin: ChildStdin) {
    let mut pieces = BodyStream::new(body);
    while let Ok(Ok(Some(frame))) = timeout(SILENCE, pieces.try_next()).await {
        if let Ok(data) = frame.into_data()
            && !matches!(timeout(SILENCE, stdin.write_all(&data)).await, Ok(Ok(())))
        {
            return;
        }
    }
}

async fn read_headers(stdout: &mut BufReader<ChildStdout>) -> io::Result<Answer> {
    let bad = |what: &str| io::Error::other(format!("git http-backend wrote {what}"));
    let mut answer = plain(StatusCode::OK, "");
    let mut limited = stdout.take(MAX_HEADER_BYTES);
    loop {
        let mut line = String::new();
        if limited.read_line(&mut line).await? == 0 {
            return Err(bad("no complete headers"));
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(answer);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("a line that is no header"))?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().unwrap_or_default();
            *answer.status_mut() = code.parse().map_err(|_| bad("a status that is no number"))?;
        } else {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("a bad header name"))?;
            let value = HeaderValue::from_str(value).map_err(|_| bad("a bad header value"))?;
            answer.headers_mut().insert(name, value);
        }
    }
}

/// What is left of the output. The process lives as long as the stream: it is killed when the client goes away.
fn body(stdout: BufReader<ChildStdout>, child: Child) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold((ReaderStream::with_capacity(stdout, 64 * 1024), child), |(mut pieces, child)| async move {
        let piece = timeout(SILENCE, pieces.try_next()).await.map_err(io::Error::from)??;
        Ok(piece.map(|piece| (piece, (pieces, child))))
    })
}
