//! A session's log lines.

use crate::{Store, StoreError, keys, time};
use aws_sdk_dynamodb::types::AttributeValue;
use drydock_contract::{SessionId, Stage};
use serde::{Deserialize, Serialize};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// RFC 3339 with milliseconds.
    pub at: String,
    /// Who wrote it.
    pub stage: Stage,
    /// What happened.
    pub text: String,
}

/// Longest line, in characters; what is cut off is said.
const MAX_CHARS: usize = 4000;

impl Store {
    /// Adds a line.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn log(&self, id: &SessionId, stage: Stage, text: &str) -> Result<(), StoreError> {
        let key = uuid::Uuid::new_v4().simple().to_string();
        self.log_once(id, stage, &time::now(), &key[..8], text).await
    }

    /// Adds a line that has a name of its own, such as a stack event's id: written twice, it is still one line.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn log_once(
        &self,
        id: &SessionId,
        stage: Stage,
        at: &str,
        key: &str,
        text: &str,
    ) -> Result<(), StoreError> {
        let line = LogLine { at: at.to_owned(), stage, text: clip(text) };
        let mut item: crate::Item =
            serde_dynamo::to_item(&line).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        item.extend(keys::item(id, &format!("{}{at}#{key}", keys::LOG)));
        item.insert("expiresAt".to_owned(), AttributeValue::N(time::expires_at().to_string()));
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await.map_err(StoreError::aws)?;
        Ok(())
    }

    /// The newest `limit` lines, oldest first.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn logs(&self, id: &SessionId, limit: usize) -> Result<Vec<LogLine>, StoreError> {
        let mut lines = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("sessionId = :id AND begins_with(entry, :log)")
                .expression_attribute_values(":id", keys::text(id.as_str()))
                .expression_attribute_values(":log", keys::text(keys::LOG))
                .scan_index_forward(false)
                .limit(i32::try_from(limit - lines.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(StoreError::aws)?;
            for item in page.items.unwrap_or_default() {
                let line = serde_dynamo::from_item(item);
                lines.push(line.map_err(|error| StoreError::Corrupt(format!("log line of {id}: {error}")))?);
            }
            start = page.last_evaluated_key.filter(|_| lines.len() < limit);
            if start.is_none() {
                lines.reverse();
                return Ok(lines);
            }
        }
    }
}

fn clip(text: &str) -> String {
    let kept: String = text.chars().take(MAX_CHARS).collect();
    let cut = text.chars().count() - kept.chars().count();
    if cut == 0 { kept } else { format!("{kept} … ({cut} more characters)") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_and_say_so() {
        assert_eq!(clip("short"), "short");
        let cut = clip(&"é".repeat(MAX_CHARS + 2));
        assert!(cut.ends_with("… (2 more characters)"), "{cut}");
    }
}
