//! What gix's transport reads and writes, over [`Wire`]: a request is collected first and sent when its answer is read.

use crate::http::{Pending, Wire, lock};
use gix_error::ResultExt;
use gix_transport::client::blocking_io::http::{GetResponse, Http, PostBodyDataKind, PostResponse};
use reqwest::Response;
use std::any::Any;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::sync::{Arc, Mutex};

/// What an answer must be: the advertisement of a service, or its result.
const ADVERTISEMENT: &str = "advertisement";
const RESULT: &str = "result";

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
        self.redirected()
    }
}

fn owned(headers: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    headers.into_iter().map(|header| header.as_ref().to_owned()).collect()
}
