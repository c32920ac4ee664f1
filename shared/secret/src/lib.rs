//! Secrets of Secrets Manager, read when they are needed.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use drydock_aws::explain;
use drydock_runtime::WorkError;
use std::fmt;

/// The secret with one ARN. Its value is never kept: a new one is in use at once.
#[derive(Clone)]
pub struct Secret {
    client: Client,
    arn: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secret").field(&self.arn).finish()
    }
}

impl Secret {
    /// The secret with this ARN.
    pub fn new(client: Client, arn: impl Into<String>) -> Self {
        Self { client, arn: arn.into() }
    }

    /// What it holds; `None` if nobody has put anything into it.
    ///
    /// # Errors
    /// If Secrets Manager cannot be asked.
    pub async fn get(&self) -> Result<Option<String>, WorkError> {
        match self.client.get_secret_value().secret_id(&self.arn).send().await {
            Ok(secret) => Ok(secret.secret_string().and_then(usable)),
            // A secret without any version is one that nobody has filled.
            Err(error)
                if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(WorkError::Retry(format!("cannot read a secret: {}", explain(&error)))),
        }
    }
}

/// What a secret holds before an operator has stored something in it.
const PLACEHOLDERS: [&str; 5] = ["", "none", "unset", "placeholder", "{}"];

fn usable(text: &str) -> Option<String> {
    let text = text.trim();
    let is_placeholder = PLACEHOLDERS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_placeholder || text.chars().any(char::is_control) { None } else { Some(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_no_secret() {
        for text in ["", " \n", "none", "UNSET", "{}", "two\nlines"] {
            assert_eq!(usable(text), None, "{text:?}");
        }
        assert_eq!(usable(" sk-ant-x\n").as_deref(), Some("sk-ant-x"));
    }
}
