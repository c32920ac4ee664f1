//! What a stack was asked to be that is deleted to be made again. CloudFormation forgets it with the stack, so a note in
//! the code bucket remembers it from before the deletion until the stack stands again: whoever is interrupted in between,
//! and runs the same command again, loses nothing.

use super::code_bucket::CodeBucket;
use anyhow::{Context, Result};
use drydock_stack::StackInfo;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What it was asked to be, beside its template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Former {
    /// Template parameters; one that CloudFormation hides is [`HIDDEN`](super::request::HIDDEN) here, too.
    pub parameters: BTreeMap<String, String>,
    /// Tags, without those that are AWS's own: it takes none of these from anybody else.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The service role that CloudFormation took on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
}

impl From<&StackInfo> for Former {
    fn from(stack: &StackInfo) -> Self {
        let own = stack.tags.iter().filter(|(name, _)| !name.starts_with("aws:"));
        Self {
            parameters: stack.parameters.clone(),
            tags: own.map(|(name, value)| (name.clone(), value.clone())).collect(),
            role_arn: stack.role_arn.clone(),
        }
    }
}

impl Former {
    /// Leaves the note. Without it the stack is not to be deleted.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn remember(&self, bucket: &CodeBucket, stack: &str) -> Result<()> {
        bucket.leave_note(&key(stack), &serde_json::to_string_pretty(self)?).await
    }

    /// What a stack of that name was that was deleted to be made again, and has not been yet.
    ///
    /// # Errors
    /// If AWS refuses, or the note is not understood.
    pub async fn remembered(bucket: &CodeBucket, stack: &str) -> Result<Option<Self>> {
        let key = key(stack);
        let Some(text) = bucket.note(&key).await? else { return Ok(None) };
        let note = serde_json::from_str(&text);
        note.map(Some).with_context(|| format!("{key} in the code bucket {} is not understood", bucket.name()))
    }

    /// Takes the note away, if there is one.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn forget(bucket: &CodeBucket, stack: &str) -> Result<()> {
        let key = key(stack);
        if bucket.note(&key).await?.is_none() {
            return Ok(());
        }
        bucket.remove_note(&key).await
    }
}

fn key(stack: &str) -> String {
    format!("remakes/{stack}.json")
}
