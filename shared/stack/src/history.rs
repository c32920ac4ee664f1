//! What happened to a stack: its events, read backwards from the last one as far as they are wanted.

use crate::engine::Engine;
use crate::error::StackError;
use crate::event::StackEvent;
use crate::root_cause::{begins_operation, operation};
use crate::stack::rfc3339;
use crate::status::ResourceStatus;
use aws_sdk_cloudformation::types as sdk;

/// How far back a history is read, in pages of up to 100 events.
const MAX_PAGES: usize = 50;

/// Operations after the one that is looked for. A stack's history is long, and whoever asks for an operation asks soon
/// after it began: a token that is not found by then was never used.
const MAX_LATER_OPERATIONS: usize = 2;

impl Engine {
    /// The events of the operation with that token (without one: of the last operation), oldest first. A stack that is
    /// gone has none, and neither has an operation after which more than two others were begun.
    ///
    /// # Errors
    /// Whatever keeps CloudFormation from answering.
    pub async fn operation_events(&self, stack: &str, token: Option<&str>) -> Result<Vec<StackEvent>, StackError> {
        let history = self.operation_history(stack, token).await?;
        Ok(operation(&history, token).into_iter().cloned().collect())
    }

    /// The end of the history, from that operation on.
    pub(crate) async fn operation_history(
        &self,
        stack: &str,
        token: Option<&str>,
    ) -> Result<Vec<StackEvent>, StackError> {
        let mut seen_own = false;
        let mut later = 0;
        self.history(stack, |event| match token {
            Some(token) => {
                let own = event.token.as_deref() == Some(token);
                seen_own |= own;
                later += usize::from(!own && begins_operation(event));
                later > MAX_LATER_OPERATIONS || (seen_own && !own && event.token.is_some())
            }
            None => begins_operation(event),
        })
        .await
    }

    /// The events of the last so many operations, oldest first.
    ///
    /// # Errors
    /// Whatever keeps CloudFormation from answering.
    pub async fn last_operations(&self, stack: &str, count: u32) -> Result<Vec<StackEvent>, StackError> {
        let mut begun = 0;
        self.history(stack, |event| {
            begun += u32::from(begins_operation(event));
            begun >= count
        })
        .await
    }

    /// Every event from `since` (RFC 3339 with milliseconds, UTC) on, oldest first.
    ///
    /// # Errors
    /// Whatever keeps CloudFormation from answering.
    pub async fn events_since(&self, stack: &str, since: &str) -> Result<Vec<StackEvent>, StackError> {
        let mut events = self.history(stack, |event| event.at.as_str() < since).await?;
        events.retain(|event| event.at.as_str() >= since);
        Ok(events)
    }

    /// Reads the history backwards up to and including the first event for which `is_enough` holds; oldest first.
    async fn history(
        &self,
        stack: &str,
        mut is_enough: impl FnMut(&StackEvent) -> bool,
    ) -> Result<Vec<StackEvent>, StackError> {
        let mut events = Vec::new();
        let mut next = None;
        'pages: for _ in 0..MAX_PAGES {
            let request = self.client.describe_stack_events().stack_name(stack).set_next_token(next);
            let page = match request.send().await.map_err(StackError::from_sdk) {
                Ok(page) => page,
                Err(StackError::NotFound(_)) => break,
                Err(error) => return Err(error),
            };
            for event in page.stack_events.unwrap_or_default().into_iter().map(stack_event) {
                let enough = is_enough(&event);
                events.push(event);
                if enough {
                    break 'pages;
                }
            }
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        events.reverse();
        Ok(events)
    }
}

fn stack_event(event: sdk::StackEvent) -> StackEvent {
    StackEvent {
        id: event.event_id.unwrap_or_default(),
        at: event.timestamp.as_ref().map(rfc3339).unwrap_or_default(),
        stack_id: event.stack_id.unwrap_or_default(),
        stack_name: event.stack_name.unwrap_or_default(),
        logical_id: event.logical_resource_id.unwrap_or_default(),
        physical_id: event.physical_resource_id.filter(|id| !id.is_empty()),
        resource_type: event.resource_type.unwrap_or_default(),
        status: ResourceStatus::parse(event.resource_status.as_ref().map_or("", |status| status.as_str())),
        reason: event.resource_status_reason.filter(|reason| !reason.is_empty()),
        token: event.client_request_token.filter(|token| !token.is_empty()),
    }
}
