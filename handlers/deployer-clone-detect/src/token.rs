//! The Git token, read from Secrets Manager when it is needed.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use drydock_runtime::WorkError;
use drydock_source::Token;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long a token is kept in memory. A new one is in use that soon; a burst of sessions asks once.
const FRESH: Duration = Duration::from_secs(60);

/// The secret and what it was last seen to hold.
#[derive(Debug)]
pub struct GitToken {
    client: Client,
    arn: String,
    seen: Mutex<Option<(Instant, Option<Token>)>>,
}

impl GitToken {
    /// The secret with this ARN.
    pub fn new(client: Client, arn: impl Into<String>) -> Self {
        Self { client, arn: arn.into(), seen: Mutex::new(None) }
    }

    /// The token; `None` if nothing has been stored yet.
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
            Ok(secret) => secret.secret_string().and_then(usable),
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
}

/// What a secret holds before an operator has stored a token in it.
const PLACEHOLDERS: [&str; 5] = ["", "none", "unset", "placeholder", "{}"];

fn usable(text: &str) -> Option<Token> {
    let text = text.trim();
    // A header takes no control characters, and a token has none.
    let is_placeholder = PLACEHOLDERS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_placeholder || text.chars().any(char::is_control) { None } else { Token::new(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_no_token() {
        for text in ["", " \n", "none", "UNSET", "placeholder", "{}", "two\nlines"] {
            assert_eq!(usable(text), None, "{text:?}");
        }
        assert!(usable(" ghp_abc\n").is_some());
    }
}
