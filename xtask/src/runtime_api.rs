//! Lambda's Runtime API on loopback: one event for a handler, and what it does with it.
//!
//! See <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>. Only what a handler asks for is here, over
//! plain HTTP/1.1.

use anyhow::{Context, Result};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What the handler did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It asked for an event.
    Next(Instant),
    /// It answered the event.
    Response(Instant, String),
    /// It reported an error, in starting or with the event.
    Error(String),
}

/// The largest request that is read.
const MOST: usize = 8 << 20;

/// Listens on a free port of loopback and gives `event` to whoever asks first. What happens arrives in the channel.
///
/// # Errors
/// If no port can be had.
pub async fn serve(event: String) -> Result<(SocketAddr, mpsc::UnboundedReceiver<Seen>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen on loopback")?;
    let address = listener.local_addr().context("cannot read the port")?;
    let (seen, seer) = mpsc::unbounded_channel();
    let event: Arc<str> = event.into();
    tokio::spawn(async move {
        let mut given = false;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = seen.closed() => return,
            };
            let Ok((stream, _)) = accepted else { continue };
            // Handlers ask for events over one connection; another one only carries answers.
            tokio::spawn(connection(stream, Arc::clone(&event), std::mem::replace(&mut given, true), seen.clone()));
        }
    });
    Ok((address, seer))
}

async fn connection(stream: TcpStream, event: Arc<str>, mut given: bool, seen: mpsc::UnboundedSender<Seen>) {
    let mut stream = BufReader::new(stream);
    while let Ok(Some((target, body))) = request(&mut stream).await {
        let now = Instant::now();
        let told = if target.ends_with("/invocation/next") {
            Seen::Next(now)
        } else if target.ends_with("/response") {
            Seen::Response(now, body)
        } else {
            Seen::Error(body)
        };
        let next = matches!(told, Seen::Next(_));
        if seen.send(told).is_err() {
            return;
        }
        if next && std::mem::replace(&mut given, true) {
            seen.closed().await; // There is no second event: the handler waits, as it does in Lambda.
            return;
        }
        let answer = if next { invocation(&event) } else { accepted() };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Reads a request: what it asks for, and its body.
async fn request(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<(String, String)>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let target = line.split(' ').nth(1).unwrap_or("").to_owned();
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
            _ => {}
        }
    }
    let body = if chunked { chunks(stream).await? } else { exactly(stream, length).await? };
    Ok(Some((target, String::from_utf8_lossy(&body).into_owned())))
}

async fn exactly(stream: &mut BufReader<TcpStream>, length: usize) -> std::io::Result<Vec<u8>> {
    let mut body = vec![0; length.min(MOST)];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

async fn chunks(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        stream.read_line(&mut size).await?;
        let length = usize::from_str_radix(size.trim().split(';').next().unwrap_or(""), 16).unwrap_or(0);
        let chunk = exactly(stream, length).await?;
        let mut end = String::new();
        stream.read_line(&mut end).await?;
        if chunk.is_empty() || body.len() > MOST {
            return Ok(body);
        }
        body.extend(chunk);
    }
}

fn invocation(event: &str) -> String {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + Duration::from_secs(300);
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\nLambda-Runtime-Deadline-Ms: {}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:smoke\r\n\
         Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n\r\n{event}",
        event.len(),
        deadline.as_millis()
    )
}

fn accepted() -> String {
    let body = r#"{"status":"OK"}"#;
    format!("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_handler_gets_one_event_and_its_answer_is_seen() {
        let (address, mut seen) = serve("{\"a\":1}".to_owned()).await.unwrap();
        let mut client = BufReader::new(TcpStream::connect(address).await.unwrap());
        client.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            client.read_line(&mut head).await.unwrap();
        }
        assert!(head.contains("Content-Length: 7\r\n"), "{head}");
        assert_eq!(exactly(&mut client, 7).await.unwrap(), b"{\"a\":1}");
        let answer = "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
                      2\r\nok\r\n0\r\n\r\n";
        client.write_all(answer.as_bytes()).await.unwrap();
        assert!(matches!(seen.recv().await, Some(Seen::Next(_))));
        assert!(matches!(seen.recv().await, Some(Seen::Response(_, body)) if body == "ok"));
    }

    #[tokio::test]
    async fn an_error_at_the_start_is_seen() {
        let (address, mut seen) = serve(String::new()).await.unwrap();
        let mut client = TcpStream::connect(address).await.unwrap();
        let report = "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: 2\r\n\r\nno";
        client.write_all(report.as_bytes()).await.unwrap();
        assert_eq!(seen.recv().await, Some(Seen::Error("no".to_owned())));
    }
}
