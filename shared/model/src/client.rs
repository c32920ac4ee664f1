//! Asking the model, and asking again when that may help.

use crate::error::ModelError;
use crate::stream::{Assembler, Interrupted, Step};
use crate::{ApiKey, Conversation, Message, Price};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Where the model is and how it is asked. Everything here is configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Scheme, host and perhaps a path, without `/v1/messages`.
    pub base_url: String,
    /// The model's name.
    pub model: String,
    /// Most tokens of one answer.
    pub max_tokens: u32,
    /// How long the line may be silent.
    pub silence: Duration,
    /// How often a request is tried again.
    pub retries: u32,
    /// The first wait before another try; it doubles each time.
    pub backoff: Duration,
    /// What its tokens cost.
    pub price: Price,
}

impl Settings {
    /// The public API.
    pub const BASE_URL: &'static str = "https://api.anthropic.com";
    /// The model that is asked if nothing else is said.
    pub const MODEL: &'static str = "claude-sonnet-4-5";

    /// Empty texts, which is how unset variables look, mean the defaults. `price` is read by [`Price::parse`].
    ///
    /// # Errors
    /// If the address is neither https nor on loopback (a key is sent there), or the price is none, in words.
    pub fn new(base_url: &str, model: &str, price: &str) -> Result<Self, String> {
        let or = |text: &str, default: &str| {
            let text = text.trim();
            if text.is_empty() { default.to_owned() } else { text.to_owned() }
        };
        let base_url = or(base_url, Self::BASE_URL).trim_end_matches('/').to_owned();
        let url = reqwest::Url::parse(&base_url).map_err(|error| format!("`{base_url}` is no address: {error}"))?;
        let on_loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
        if url.scheme() != "https" && !(url.scheme() == "http" && on_loopback) {
            return Err(format!("`{base_url}`: the model key is only sent over https"));
        }
        let price = or(price, "3,15");
        Ok(Self {
            base_url,
            model: or(model, Self::MODEL),
            max_tokens: 8192,
            silence: Duration::from_secs(60),
            retries: 4,
            backoff: Duration::from_millis(500),
            price: Price::parse(&price).ok_or_else(|| {
                format!("`{price}` is no price: write USD for a million tokens of input and of output, such as 3,15")
            })?,
        })
    }
}

/// Longest wait between two tries, unless the service names one itself.
const MAX_BACKOFF: Duration = Duration::from_secs(20);

/// The API's version that this client speaks.
const VERSION: &str = "2023-06-01";

/// Longest text of the service that an error repeats, in characters.
const MAX_QUOTE: usize = 300;

/// Asks one model at one address with one key.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    key: ApiKey,
    settings: Settings,
}

impl Client {
    /// A client over a shared HTTP client, which must follow no redirects: a key goes to the configured address only.
    ///
    /// # Errors
    /// If there is no key.
    pub fn new(http: reqwest::Client, key: Option<ApiKey>, settings: Settings) -> Result<Self, ModelError> {
        Ok(Self { http, key: key.ok_or(ModelError::MissingKey)?, settings })
    }

    /// How it is configured.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Asks for the next message. With `tool`, the model must call that tool: so its answer has that tool's form.
    ///
    /// # Errors
    /// If there is no answer until `deadline`, however often it was tried.
    pub async fn ask(
        &self,
        conversation: &Conversation,
        tool: Option<&str>,
        deadline: Instant,
    ) -> Result<Message, ModelError> {
        let body = conversation.body(&self.settings.model, self.settings.max_tokens, tool).to_string();
        let mut backoff = self.settings.backoff;
        let mut tries = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let error = match timeout(left, self.once(body.clone())).await {
                Err(_) => return Err(ModelError::TimedOut),
                Ok(Ok(message)) => return Ok(message),
                Ok(Err(error)) => error,
            };
            let ModelError::Unavailable { retry_after, .. } = &error else { return Err(error) };
            let wait = retry_after.unwrap_or(backoff.min(MAX_BACKOFF));
            if tries == self.settings.retries || Instant::now() + wait >= deadline {
                return Err(error);
            }
            tracing::warn!(%error, wait_ms = wait.as_millis(), tries, "asking the model again");
            sleep(wait).await;
            backoff *= 2;
            tries += 1;
        }
    }

    async fn once(&self, body: String) -> Result<Message, ModelError> {
        let request = self
            .http
            .post(format!("{}/v1/messages", self.settings.base_url))
            .header("x-api-key", self.key.header())
            .header("anthropic-version", VERSION)
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let mut response = self.quiet(request.send()).await?;
        let request_id = text_header(response.headers(), "request-id");
        let kind = text_header(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default();
        if response.status() != StatusCode::OK {
            return Err(self.refusal(response, request_id).await);
        }
        if !kind.starts_with("text/event-stream") {
            // Something between us and the service collected the stream.
            let bytes = self.quiet(response.bytes()).await?;
            return serde_json::from_slice(&bytes).map_err(|error| ModelError::Protocol(error.to_string()));
        }
        let mut assembler = Assembler::default();
        while let Some(bytes) = self.quiet(response.chunk()).await? {
            match assembler.push(&bytes)? {
                Step::More => {}
                Step::Done(message) => return Ok(*message),
                Step::Interrupted(interrupted) => return Err(self.interruption(&interrupted, request_id)),
            }
        }
        Err(unavailable("the answer ended too early"))
    }

    /// Waits for `answer`, but not through a long silence.
    async fn quiet<T>(&self, answer: impl Future<Output = reqwest::Result<T>>) -> Result<T, ModelError> {
        match timeout(self.settings.silence, answer).await {
            Err(_) => Err(unavailable("it has fallen silent")),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                let mut innermost: &dyn std::error::Error = &error;
                while let Some(source) = innermost.source() {
                    innermost = source;
                }
                Err(unavailable(format!("{} cannot be reached: {innermost}", self.settings.base_url)))
            }
        }
    }

    async fn refusal(&self, response: Response, request_id: Option<String>) -> ModelError {
        let status = response.status().as_u16();
        let retry_after = text_header(response.headers(), "retry-after")
            .and_then(|seconds| seconds.parse().ok())
            .and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
        let bytes = match self.quiet(response.bytes()).await {
            Ok(bytes) => bytes,
            Err(error) => return error,
        };
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let raw = String::from_utf8_lossy(&bytes);
        let message = self.quote(answer["error"]["message"].as_str().unwrap_or(&raw));
        match status {
            401 | 403 => ModelError::RefusedKey { message },
            404 => ModelError::UnknownModel { model: self.settings.model.clone(), message },
            408 | 409 | 429 | 500.. => ModelError::Unavailable { message, request_id, retry_after },
            _ => ModelError::Refused { status, message, request_id },
        }
    }

    /// An error inside a stream that began with 200.
    fn interruption(&self, interrupted: &Interrupted, request_id: Option<String>) -> ModelError {
        let message = self.quote(&format!("{}: {}", interrupted.kind, interrupted.message));
        match interrupted.kind.as_str() {
            "authentication_error" | "permission_error" => ModelError::RefusedKey { message },
            "invalid_request_error" | "request_too_large" | "billing_error" => {
                ModelError::Refused { status: 200, message, request_id }
            }
            _ => ModelError::Unavailable { message, request_id, retry_after: None },
        }
    }

    /// What the service says, short, on one line and without the key.
    fn quote(&self, text: &str) -> String {
        let line: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        self.key.redact(&line).trim().chars().take(MAX_QUOTE).collect()
    }
}

fn unavailable(message: impl Into<String>) -> ModelError {
    ModelError::Unavailable { message: message.into(), request_id: None, retry_after: None }
}

fn text_header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_variables_mean_the_defaults_and_a_key_needs_tls() {
        let settings = Settings::new("", " ", "").unwrap();
        assert_eq!((settings.base_url.as_str(), settings.model.as_str()), (Settings::BASE_URL, Settings::MODEL));
        assert_eq!(Settings::new("http://127.0.0.1:1/", "m", "1,2").unwrap().base_url, "http://127.0.0.1:1");
        for bad in ["http://example.com", "ftp://x", "x", "http://127.0.0.1.example.com"] {
            assert!(Settings::new(bad, "", "").is_err(), "{bad}");
        }
        assert!(Settings::new("", "", "cheap").is_err());
    }
}
