//! For tests: something that answers AWS calls in the order in which its answers were recorded.

use crate::cloud::Aws;
use aws_config::Region;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde_json::{Map, Value};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A server on loopback. It ends with the test's runtime.
pub struct Recorded {
    endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// An answer that means success.
pub fn answer(body: Value) -> (u16, Value) {
    (200, body)
}

impl Recorded {
    /// Gives these answers, and none after them.
    pub async fn serve(answers: Vec<(u16, Value)>) -> Self {
        let mut answers = answers.into_iter();
        Self::answering(move |_| answers.next().unwrap_or((500, Value::Null))).await
    }

    /// Gives each operation its own answers, the last one for ever; one that has none is done without a word.
    pub async fn by_operation(answers: Vec<(&'static str, Vec<(u16, Value)>)>) -> Self {
        let mut answers: HashMap<&str, VecDeque<_>> =
            answers.into_iter().map(|(operation, answers)| (operation, answers.into())).collect();
        Self::answering(move |operation| {
            let own = answers.get_mut(operation);
            let next = own.and_then(|own| if own.len() > 1 { own.pop_front() } else { own.front().cloned() });
            next.unwrap_or_else(|| answer(Value::Object(Map::new())))
        })
        .await
    }

    async fn answering(next: impl FnMut(&str) -> (u16, Value) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, seen) = (Arc::new(Mutex::new(next)), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
                let next = move |operation: String| {
                    seen.lock().expect("not poisoned").push(operation.clone());
                    let mut answers = answers.lock().expect("not poisoned");
                    (*answers)(&operation)
                };
                tokio::spawn(conversation(stream, next));
            }
        });
        Self { endpoint, asked }
    }

    /// The way to it.
    pub async fn aws(&self) -> Aws {
        let credentials = Credentials::from_keys("test", "test", None);
        let config = drydock_aws::loader(drydock_aws::Roots::Bundled)
            .expect("an HTTP client")
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.endpoint)
            .credentials_provider(credentials.clone())
            .retry_config(RetryConfig::disabled())
            .load()
            .await
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Aws::new(config).expect("a region")
    }

    /// The operations that were asked for, in order.
    pub fn operations(&self) -> Vec<String> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

/// Requests and answers on one connection. The operation is what follows the dot in `x-amz-target`.
async fn conversation(stream: TcpStream, mut next: impl FnMut(String) -> (u16, Value)) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut operation, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            match name.to_ascii_lowercase().as_str() {
                "x-amz-target" => operation = value.rsplit('.').next().unwrap_or_default().trim().to_owned(),
                "content-length" => length = value.trim().parse().ok()?,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let (status, answer) = next(operation);
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        stream.write_all(format!("{head}{answer}").as_bytes()).await.ok()?;
    }
}
