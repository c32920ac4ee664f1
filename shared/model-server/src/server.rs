//! The HTTP side: a listener on 127.0.0.1 with a thread of its own, so that it outlives the runtime of a single test.

use crate::script::{Answer, Script};
use crate::sse;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, channel::Channel};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// What a client sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Path of the URL, with its query.
    pub path: String,
    /// The header `x-api-key`.
    pub key: String,
    /// The body.
    pub body: Value,
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct ModelServer {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What every request needs to know.
struct Service {
    script: Script,
    key: Option<String>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl ModelServer {
    /// Listens on a free port of 127.0.0.1 and lets everybody in.
    ///
    /// # Errors
    /// If no port can be had.
    pub fn start(script: Script) -> io::Result<Self> {
        Self::start_with(script, None)
    }

    /// Listens on a free port of 127.0.0.1 and, if `key` is given, answers 401 to any other.
    ///
    /// # Errors
    /// If no port can be had.
    pub fn start_with(script: Script, key: Option<&str>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        listener.set_nonblocking(true)?;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let service = Arc::new(Service { script, key: key.map(str::to_owned), requests: Arc::clone(&requests) });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("model-server".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, service) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { port, requests, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was asked so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }
}

impl Drop for ModelServer {
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, service: Arc<Service>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let service = Arc::clone(&service);
        connections.spawn(async move {
            let answer = service_fn(move |request| {
                let service = Arc::clone(&service);
                async move { answer(&service, request).await }
            });
            // An error here is a client that has gone away, or a stream that the script cuts off.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

async fn answer(service: &Service, request: hyper::Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path_and_query().map_or_else(String::new, |path| path.as_str().to_owned());
    let key = request.headers().get("x-api-key").and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    let bytes = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if service.key.as_ref().is_some_and(|expected| *expected != key) {
        return Ok(error(401, "authentication_error", &format!("invalid x-api-key {key}"), None));
    }
    let at = {
        let mut requests = lock(&service.requests);
        requests.push(Request { path, key, body: body.clone() });
        requests.len() - 1
    };
    let mut answer = service.script.answer(at);
    while let Answer::Reply(make) = answer {
        answer = make(&body);
    }
    Ok(match answer {
        Answer::Message(blocks) => {
            let calls_tools = blocks.iter().any(|block| block["type"] == "tool_use");
            stream(
                sse::whole(&message(at, &body, blocks, if calls_tools { "tool_use" } else { "end_turn" })),
                End::Well,
            )
        }
        Answer::Stopped(reason, blocks) => stream(sse::whole(&message(at, &body, blocks, reason)), End::Well),
        Answer::Error(status, kind, retry_after) => error(status, kind, "scripted", retry_after),
        Answer::Interrupted(kind) => {
            stream(sse::begun(&message(at, &body, Vec::new(), "end_turn")) + &sse::error(kind), End::Well)
        }
        Answer::CutOff => stream(sse::begun(&message(at, &body, Vec::new(), "end_turn")), End::CutOff),
        Answer::Silent => stream(sse::begun(&message(at, &body, Vec::new(), "end_turn")), End::Never),
        Answer::Raw(content_type, text) => response(StatusCode::OK, content_type, full(text.to_owned())),
        Answer::Reply(_) => unreachable!("replies were made answers above"),
    })
}

/// A message as the API describes it, with usage that grows with what was sent: what has a breakpoint comes from the
/// cache from the second request on.
fn message(at: usize, request: &Value, mut blocks: Vec<Value>, stop: &str) -> Value {
    for (index, block) in blocks.iter_mut().enumerate() {
        if block["type"] == "tool_use" && block["id"] == "" {
            block["id"] = format!("toolu_{at}_{index}").into();
        }
    }
    let tokens = request.to_string().len() / 4;
    let written: usize = blocks.iter().map(|block| block.to_string().len() / 4).sum();
    let (fresh, cached) = if at == 0 { (tokens, 0) } else { (tokens / 10, tokens - tokens / 10) };
    json!({
        "id": format!("msg_{at}"), "type": "message", "role": "assistant", "model": request["model"],
        "content": blocks, "stop_reason": stop, "stop_sequence": null,
        "usage": {
            "input_tokens": fresh, "output_tokens": written,
            "cache_creation_input_tokens": 0, "cache_read_input_tokens": cached,
        },
    })
}

enum End {
    Well,
    CutOff,
    Never,
}

fn stream(text: String, end: End) -> Response<Body> {
    let body = match end {
        End::Well => full(text),
        End::CutOff | End::Never => {
            let (mut sender, channel) = Channel::<Bytes, io::Error>::new(2);
            tokio::spawn(async move {
                // An error here is a client that has gone away.
                let _ = sender.send_data(Bytes::from(text)).await;
                match end {
                    End::Never => tokio::time::sleep(Duration::from_secs(600)).await,
                    End::Well | End::CutOff => tokio::time::sleep(Duration::from_millis(20)).await,
                }
                sender.abort(io::Error::other("scripted"));
            });
            channel.boxed_unsync()
        }
    };
    response(StatusCode::OK, "text/event-stream; charset=utf-8", body)
}

fn error(status: u16, kind: &str, text: &str, retry_after: Option<&'static str>) -> Response<Body> {
    let body = json!({"type": "error", "error": {"type": kind, "message": text}}).to_string();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = response(status, "application/json", full(body));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", hyper::header::HeaderValue::from_static(seconds));
    }
    response
}

fn full(text: String) -> Body {
    Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed_unsync()
}

fn response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert("content-type", hyper::header::HeaderValue::from_static(content_type));
    headers.insert("request-id", hyper::header::HeaderValue::from_static("req_scripted"));
    response
}
