//! The stack policy: an update may change what holds data, but neither replace nor delete it, unless the operator says
//! so for that one deployment.

use super::preview::HOLDS_DATA;
use anyhow::{Context, Result};
use drydock_stack::Engine;
use serde_json::{Value, json};

/// Everything but replacing and deleting what holds data.
pub fn protecting() -> Value {
    json!({"Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": ["Update:Replace", "Update:Delete"],
            "Principal": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"ResourceType": HOLDS_DATA}}
        }
    ]})
}

/// Everything, for a deployment that is to lose data.
pub fn open() -> Value {
    json!({"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]})
}

/// Sets the protecting policy if another or none is set.
///
/// # Errors
/// If CloudFormation refuses.
pub async fn ensure(engine: &Engine, stack: &str) -> Result<()> {
    let standing = engine.policy(stack).await.context("cannot look at the stack policy")?;
    let standing = standing.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    if standing.as_ref() == Some(&protecting()) {
        return Ok(());
    }
    engine.set_policy(stack, &protecting().to_string()).await.context("cannot set the stack policy")
}
