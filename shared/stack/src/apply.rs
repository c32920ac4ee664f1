//! Asking for a change set, waiting until it is ready, executing it or throwing it away.

use crate::change::Change;
use crate::change_set::{
    ChangeSet, ChangeSetOutcome, ChangeSetRequest, Execution, ListedChangeSet, ParameterValue, Template,
};
use crate::engine::{Engine, Patience};
use crate::error::StackError;
use crate::stack::{Deletion, StackInfo};
use crate::status::StackStatus;
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types as sdk;

impl Engine {
    /// Asks for a change set and waits until it is ready. Creates the stack's shell if there is no stack.
    ///
    /// Idempotent: under the same name it takes up the change set of an earlier, interrupted run, and under the same
    /// client token it sees that the work was executed already.
    ///
    /// # Errors
    /// What CloudFormation refuses at once (a template that does not parse, a missing capability, a stack that is being
    /// worked on), and whatever keeps it from answering. A refused request leaves nothing behind.
    pub async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<ChangeSetOutcome, StackError> {
        let stack = self.describe(&request.stack).await?;
        if let (Some(stack), Some(token)) = (&stack, &request.client_token)
            && stack.status != StackStatus::ReviewInProgress
            && !self.operation_events(&stack.id, Some(token)).await?.is_empty()
        {
            return Ok(ChangeSetOutcome::Executed { stack_id: stack.id.clone() });
        }
        if let Err(refused) = self.request_change_set(request, stack.as_ref()).await {
            // An earlier run of the same work may have made it: look before believing that it cannot be made.
            let exists = matches!(refused, StackError::Validation(_) | StackError::Conflict(_));
            let earlier = if exists { self.find_change_set(&request.stack, &request.name).await? } else { None };
            if earlier.is_none() {
                return Err(refused);
            }
        }
        let mut outcome = self.await_change_set(&request.stack, &request.name).await?;
        // An earlier run's, taken up because it has the same name or because CloudFormation remembers the token.
        if matches!(&outcome, ChangeSetOutcome::Ready(found) if found.execution == Execution::Obsolete) {
            self.delete_change_set(&request.stack, &request.name).await?;
            self.request_change_set(request, stack.as_ref()).await?;
            outcome = self.await_change_set(&request.stack, &request.name).await?;
        }
        match outcome {
            ChangeSetOutcome::Ready(found) if found.execution == Execution::Obsolete => {
                let ChangeSet { name, stack_name, .. } = found;
                Err(StackError::Conflict(format!("stack {stack_name} changed while change set {name} was made")))
            }
            outcome => Ok(outcome),
        }
    }

    async fn request_change_set(&self, asked: &ChangeSetRequest, stack: Option<&StackInfo>) -> Result<(), StackError> {
        let creates = stack
            .is_none_or(|stack| matches!(stack.status, StackStatus::ReviewInProgress | StackStatus::DeleteComplete));
        let kind = if creates { sdk::ChangeSetType::Create } else { sdk::ChangeSetType::Update };
        let request = self
            .client
            .create_change_set()
            .stack_name(&asked.stack)
            .change_set_name(&asked.name)
            .change_set_type(kind)
            .set_client_token(asked.client_token.clone())
            .set_role_arn(asked.role_arn.clone())
            .set_description(asked.description.clone())
            .set_parameters(Some(asked.parameters.iter().map(parameter).collect()))
            .set_tags((!asked.tags.is_empty()).then(|| asked.tags.iter().map(tag).collect()))
            .set_capabilities(Some(asked.capabilities.iter().map(|it| it.as_str().into()).collect()));
        let request = match &asked.template {
            Template::Previous => request.use_previous_template(true),
            Template::Body(body) => request.template_body(body),
            Template::Url(url) => request.template_url(url),
        };
        request.send().await.map(|_| ()).map_err(StackError::from_sdk)
    }

    /// Waits until a change set is ready (or obsolete) or has failed; a failed one is removed, and so is the shell of a
    /// stack that was made for it.
    async fn await_change_set(&self, stack: &str, name: &str) -> Result<ChangeSetOutcome, StackError> {
        let mut patience = Patience::new(self.pace);
        loop {
            let Some(output) = self.find_change_set(stack, name).await? else {
                return Err(StackError::NotFound(format!("change set {name} of stack {stack} is gone")));
            };
            match (execution(&output), output.status.as_ref().map(sdk::ChangeSetStatus::as_str)) {
                (Execution::Begun, _) => {
                    return Ok(ChangeSetOutcome::Executed { stack_id: output.stack_id.unwrap_or_default() });
                }
                (_, Some("CREATE_COMPLETE")) => {
                    return Ok(ChangeSetOutcome::Ready(self.complete_change_set(output).await?));
                }
                (_, Some("FAILED")) => {
                    let reason = self.why_change_set_failed(&output).await;
                    self.discard(stack, name).await?;
                    let outcome = if says_no_changes(&reason) { None } else { Some(reason) };
                    return Ok(outcome.map_or(ChangeSetOutcome::NoChanges, ChangeSetOutcome::Failed));
                }
                _ => patience.wait(&format!("change set {name} of stack {stack}")).await?,
            }
        }
    }

    /// The first page of a change set; `None` if there is none of that name.
    async fn find_change_set(&self, stack: &str, name: &str) -> Result<Option<DescribeChangeSetOutput>, StackError> {
        self.change_set_page(stack, name, None).await.map(Some).or_else(|error| match error {
            StackError::NotFound(_) => Ok(None),
            other => Err(other),
        })
    }

    async fn change_set_page(
        &self,
        stack: &str,
        name: &str,
        page: Option<String>,
    ) -> Result<DescribeChangeSetOutput, StackError> {
        let request = self.client.describe_change_set().stack_name(stack).change_set_name(name);
        request.include_property_values(true).set_next_token(page).send().await.map_err(StackError::from_sdk)
    }

    /// Reads the remaining pages.
    async fn complete_change_set(&self, first: DescribeChangeSetOutput) -> Result<ChangeSet, StackError> {
        let execution = execution(&first);
        let (stack_id, id) = (first.stack_id.unwrap_or_default(), first.change_set_id.unwrap_or_default());
        let mut changes = first.changes.unwrap_or_default();
        let mut next = first.next_token;
        while let Some(token) = next {
            let page = self.change_set_page(&stack_id, &id, Some(token)).await?;
            changes.extend(page.changes.unwrap_or_default());
            next = page.next_token;
        }
        let stack = self.describe(&stack_id).await?;
        Ok(ChangeSet {
            creates: stack.is_some_and(|stack| stack.status == StackStatus::ReviewInProgress),
            id,
            name: first.change_set_name.unwrap_or_default(),
            stack_id,
            stack_name: first.stack_name.unwrap_or_default(),
            execution,
            changes: changes.into_iter().filter_map(Change::from_sdk).collect(),
        })
    }

    /// Begins to execute a change set. Asking twice is no error: it is executed once.
    ///
    /// # Errors
    /// [`StackError::Conflict`] if the stack changed since; whatever keeps CloudFormation from answering.
    pub async fn execute(&self, change_set: &ChangeSet, token: &str) -> Result<(), StackError> {
        let request = self.client.execute_change_set().stack_name(&change_set.stack_id).change_set_name(&change_set.id);
        match request.client_request_token(token).send().await.map_err(StackError::from_sdk) {
            Ok(_) => Ok(()),
            Err(refused @ (StackError::Conflict(_) | StackError::NotFound(_))) => {
                let now = self.find_change_set(&change_set.stack_id, &change_set.id).await?;
                let begun = now.is_some_and(|output| execution(&output) == Execution::Begun)
                    || !self.operation_events(&change_set.stack_id, Some(token)).await?.is_empty();
                if begun { Ok(()) } else { Err(refused) }
            }
            Err(error) => Err(error),
        }
    }

    /// Removes a change set that will not be executed. One that is not there is no error; one that CloudFormation is
    /// still working out cannot be removed before it is done, and that is waited for.
    ///
    /// # Errors
    /// Whatever CloudFormation refuses it for.
    pub async fn delete_change_set(&self, stack: &str, name: &str) -> Result<(), StackError> {
        let mut patience = Patience::new(self.pace);
        loop {
            let request = self.client.delete_change_set().stack_name(stack).change_set_name(name);
            match request.send().await.map_err(StackError::from_sdk) {
                Ok(_) | Err(StackError::NotFound(_)) => return Ok(()),
                Err(refused @ StackError::Conflict(_)) => {
                    let now = self.find_change_set(stack, name).await?;
                    if now.is_some_and(|output| execution(&output) == Execution::Begun) {
                        return Err(refused);
                    }
                }
                Err(error) => return Err(error),
            }
            patience.wait(&format!("change set {name} of stack {stack}, to remove it")).await?;
        }
    }

    /// Removes a change set, and the stack too if it is only a shell in which nobody else has a change set: nothing of
    /// ours is left behind, and what another run has just begun to create stays.
    ///
    /// # Errors
    /// Whatever CloudFormation refuses it for.
    pub async fn discard(&self, stack: &str, name: &str) -> Result<(), StackError> {
        let found = self.describe(stack).await?;
        self.delete_change_set(stack, name).await?;
        let Some(shell) = found.filter(|found| found.status == StackStatus::ReviewInProgress) else { return Ok(()) };
        if self.has_change_sets(&shell.name, name).await? {
            return Ok(());
        }
        // A change set that was listed a moment ago may be executed by now: then it is a shell no more.
        match self.describe(&shell.id).await? {
            Some(now) if now.status == StackStatus::ReviewInProgress => {
                self.delete_stack(&shell.id, &Deletion::default()).await
            }
            _ => Ok(()),
        }
    }

    /// True if the stack has change sets other than this one. It may be listed for a moment after it was removed.
    async fn has_change_sets(&self, stack: &str, but: &str) -> Result<bool, StackError> {
        Ok(self.change_sets(stack).await?.iter().any(|listed| listed.name != but))
    }

    /// The change sets of a stack; none if there is no stack.
    ///
    /// # Errors
    /// Whatever keeps CloudFormation from answering.
    pub async fn change_sets(&self, stack: &str) -> Result<Vec<ListedChangeSet>, StackError> {
        let mut listed = Vec::new();
        let mut pages = None;
        loop {
            let request = self.client.list_change_sets().stack_name(stack).set_next_token(pages);
            let page = match request.send().await.map_err(StackError::from_sdk) {
                Ok(page) => page,
                Err(StackError::NotFound(_)) => return Ok(listed),
                Err(error) => return Err(error),
            };
            listed.extend(page.summaries.unwrap_or_default().into_iter().map(|it| ListedChangeSet {
                name: it.change_set_name.unwrap_or_default(),
                begun: it.execution_status.is_some_and(|status| status.as_str().starts_with("EXECUTE_")),
            }));
            pages = page.next_token;
            if pages.is_none() {
                return Ok(listed);
            }
        }
    }

    /// The reason, and what early validation found when the reason only points to it.
    async fn why_change_set_failed(&self, output: &DescribeChangeSetOutput) -> String {
        let reason = output.status_reason.clone().unwrap_or_else(|| "CloudFormation gave no reason".to_owned());
        if !reason.contains("EarlyValidation") && !reason.contains("DescribeEvents") {
            return reason;
        }
        let request = self.client.describe_events().set_change_set_name(output.change_set_id.clone());
        let only_failed = sdk::EventFilter::builder().failed_events(true).build();
        // The details are a courtesy of newer regions and need a permission of their own: without them, the reason.
        let Ok(events) = request.filters(only_failed).send().await else { return reason };
        let details: Vec<_> =
            events.operation_events.unwrap_or_default().iter().filter_map(validation_detail).collect();
        if details.is_empty() { reason } else { format!("{} ({reason})", details.join("; ")) }
    }
}

fn validation_detail(event: &sdk::OperationEvent) -> Option<String> {
    let said = event.validation_status_reason.as_deref()?;
    let place = event.validation_path.as_deref().or(event.logical_resource_id.as_deref());
    Some(place.map_or_else(|| said.to_owned(), |place| format!("{place}: {said}")))
}

/// CloudFormation has no status for "nothing to do"; it fails the change set with one of these texts.
fn says_no_changes(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

fn execution(output: &DescribeChangeSetOutput) -> Execution {
    match output.execution_status.as_ref().map(sdk::ExecutionStatus::as_str) {
        Some("AVAILABLE") => Execution::Available,
        Some("EXECUTE_IN_PROGRESS" | "EXECUTE_COMPLETE" | "EXECUTE_FAILED") => Execution::Begun,
        Some("OBSOLETE") => Execution::Obsolete,
        _ => Execution::Unavailable,
    }
}

fn parameter((name, value): (&String, &ParameterValue)) -> sdk::Parameter {
    let parameter = sdk::Parameter::builder().parameter_key(name);
    match value {
        ParameterValue::Value(value) => parameter.parameter_value(value).build(),
        ParameterValue::Previous => parameter.use_previous_value(true).build(),
    }
}

fn tag((key, value): (&String, &String)) -> sdk::Tag {
    sdk::Tag::builder().key(key).value(value).build()
}
