//! The Git token, read from Secrets Manager when it is needed.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use drydock_contract::hosts::AllowedHosts;
use drydock_runtime::WorkError;
use drydock_source::Token;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tracing::error;

/// How long a token is kept in memory. A new one is in use that soon; a burst of sessions asks once.
const FRESH: Duration = Duration::from_secs(60);

/// The secret and what it was last seen to hold.
#[derive(Debug)]
pub struct GitToken {
    client: Client,
    arn: String,
    hosts: AllowedHosts,
    seen: Mutex<Option<(Instant, Option<Token>)>>,
}

impl GitToken {
    /// The secret with this ARN. A token that does not say for which host it is, is for the first of `hosts`.
    pub fn new(client: Client, arn: impl Into<String>, hosts: AllowedHosts) -> Self {
        Self { client, arn: arn.into(), hosts, seen: Mutex::new(None) }
    }

    /// The token; `None` if nothing has been stored yet, or nothing that is a token: public repositories need none.
    ///
    /// # Errors
    /// If Secrets Manager cannot be asked.
    pub async fn get(&self) -> Result<Option<Token>, WorkError> {
        let mut seen = self.seen.lock().await;
        if let Some((at, token)) = &*seen
            && at.elapsed() < FRESH
        {
            return Ok(token.clone());
        }
        let token = match self.client.get_secret_value().secret_id(&self.arn).send().await {
            Ok(secret) => secret.secret_string().and_then(|text| self.usable(text)),
            // A secret without any version is one that nobody has filled.
            Err(error)
                if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                None
            }
            Err(error) => {
                let reason = match (error.code(), error.message()) {
                    (Some(code), Some(message)) => format!("{code}: {message}"),
                    _ => DisplayErrorContext(&error).to_string(),
                };
                return Err(WorkError::Retry(format!("cannot read the Git token's secret: {reason}")));
            }
        };
        *seen = Some((Instant::now(), token.clone()));
        Ok(token)
    }
    fn usable(&self, text: &str) -> Option<Token> {
        Token::from_secret(text, &self.hosts).unwrap_or_else(|error| {
            error!(%error, "going on without a Git token");
            None
        })
    }
}
