//! Bringing a stack to what a template says: change set, confirmation, execution.

use super::code_bucket::CodeBucket;
use super::follow::{Detail, Ended, follow};
use super::show;
use crate::interrupt;
use crate::outcome::Outcome;
use crate::printer::{Printer, Tone};
use anyhow::{Context, Result, bail};
use drydock_stack::{
    Change, ChangeSetOutcome, ChangeSetRequest, Deletion, Engine, NextStep, ParameterValue, StackInfo, StackStatus,
    Template,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};

/// What a stack is to become.
pub struct Apply<'a> {
    /// Where output goes.
    pub printer: &'a Printer,
    /// The stack engine.
    pub engine: &'a Engine,
    /// The stack's name.
    pub stack: &'a str,
    /// The template.
    pub template: &'a str,
    /// For a template that is too large for a request.
    pub bucket: &'a CodeBucket,
    /// Parameters that are set; the others keep their value, or begin with their default.
    pub parameters: &'a BTreeMap<String, String>,
    /// Do not ask.
    pub yes: bool,
    /// How much to tell.
    pub detail: Detail,
}

/// How it went.
#[derive(Debug)]
pub struct Applied {
    /// How it ended.
    pub outcome: Outcome,
    /// What the change set said it would do; empty if there was nothing to do.
    pub changes: Vec<Change>,
    /// The stack afterwards, if there is one.
    pub stack: Option<StackInfo>,
    /// Why it failed.
    pub cause: Option<Box<drydock_stack::RootCause>>,
}

/// What an interruption finds: nothing, a change set that waits for an answer, an operation that goes on without us.
const NOTHING: u8 = 0;
const CHANGE_SET: u8 = 1;
const EXECUTING: u8 = 2;

impl Apply<'_> {
    /// Does it. With [`Detail::Full`] a person is there: they are asked, and Ctrl-C leaves things in order.
    ///
    /// # Errors
    /// If CloudFormation refuses, or cannot be reached. A deployment that was executed and failed is an outcome.
    pub async fn run(&self) -> Result<Applied> {
        let name = format!("drydock-{}", jiff::Timestamp::now().as_millisecond());
        let phase = AtomicU8::new(NOTHING);
        if self.detail == Detail::Brief {
            return self.apply(&name, &phase).await;
        }
        tokio::select! {
            applied = self.apply(&name, &phase) => applied,
            () = interrupt::requested() => self.interrupted(&name, phase.load(Ordering::Relaxed)).await,
        }
    }

    async fn interrupted(&self, name: &str, phase: u8) -> Result<Applied> {
        self.printer.diagnostic("");
        match phase {
            EXECUTING => self.printer.warning(format_args!(
                "the deployment goes on in AWS; run the same command again to follow it, or look with \
                 `cargo xtask status --stack-name {}`",
                self.stack
            )),
            CHANGE_SET => {
                self.engine.discard(self.stack, name).await.context("cannot remove the change set again")?;
                self.printer.warning("interrupted; nothing was changed and the change set is removed");
            }
            _ => self.printer.warning("interrupted; nothing was changed"),
        }
        Ok(self.ended(Outcome::Interrupted))
    }

    async fn apply(&self, name: &str, phase: &AtomicU8) -> Result<Applied> {
        let Some(current) = self.ready().await? else { return Ok(self.ended(Outcome::Declined)) };
        let request = self.request(name, current.stack.as_ref()).await?;
        if self.detail == Detail::Full {
            self.printer.step("Preparing", format_args!("a change set for stack {}", self.stack));
        }
        phase.store(CHANGE_SET, Ordering::Relaxed);
        let change_set = match self.engine.create_change_set(&request).await.context("cannot create the change set")? {
            ChangeSetOutcome::NoChanges => {
                return Ok(Applied { stack: current.stack, ..self.ended(Outcome::Success) });
            }
            ChangeSetOutcome::Failed(reason) => bail!("CloudFormation refuses the change set: {reason}"),
            ChangeSetOutcome::Executed { stack_id } => bail!("change set {name} of {stack_id} was executed by another"),
            ChangeSetOutcome::Ready(change_set) => change_set,
        };
        let ended = |outcome| Applied { changes: change_set.changes.clone(), ..self.ended(outcome) };
        if self.detail == Detail::Full {
            let changes = format!("\n{}\n", show::changes(self.printer, &change_set.changes));
            if self.yes {
                self.printer.progress(changes);
            } else {
                self.printer.diagnostic(changes); // Nobody is asked to agree to what --quiet hides.
            }
            let question = if change_set.creates { "Create this stack?" } else { "Apply these changes?" };
            if !self.confirmed(question).await {
                self.engine.discard(self.stack, name).await.context("cannot remove the change set again")?;
                return Ok(ended(Outcome::Declined));
            }
        }
        phase.store(EXECUTING, Ordering::Relaxed);
        self.engine.execute(&change_set, name).await.context("cannot execute the change set")?;
        Ok(match follow(self.printer, self.engine, &change_set.stack_id, name, self.detail).await? {
            Ended::Good(stack) => Applied { stack, ..ended(Outcome::Success) },
            Ended::Bad { stack, cause } => Applied { stack, cause, ..ended(Outcome::Failed) },
        })
    }

    const fn ended(&self, outcome: Outcome) -> Applied {
        Applied { outcome, changes: Vec::new(), stack: None, cause: None }
    }

    /// Brings the stack to where a change set can be made for it; `None` if somebody said no.
    async fn ready(&self) -> Result<Option<Ready>> {
        loop {
            let stack = self.engine.describe(self.stack).await.context("cannot look at the stack")?;
            let Some(status) = stack.as_ref().map(|stack| stack.status.clone()) else {
                return Ok(Some(Ready { stack: None }));
            };
            let id = stack.as_ref().map_or("", |stack| stack.id.as_str());
            match status.next_step() {
                NextStep::Create => return Ok(Some(Ready { stack: None })),
                NextStep::Update => return Ok(Some(Ready { stack })),
                NextStep::Wait => {
                    self.printer.step("Following", format_args!("the operation that is going on ({status})"));
                    follow(self.printer, self.engine, id, "", self.detail).await?;
                }
                NextStep::DeleteFirst if status == StackStatus::DeleteFailed => bail!(
                    "a deletion of stack {0} did not finish, and what is left may hold data. Finish it with\n  \
                     cargo xtask destroy --stack-name {0}\n\
                     and deploy again",
                    self.stack
                ),
                NextStep::DeleteFirst => {
                    self.printer.warning(format_args!(
                        "stack {} is in {status}: its creation failed, and what is left must be deleted before it can be created again",
                        self.stack
                    ));
                    if !self.confirmed("Delete what is left of it?").await {
                        return Ok(None);
                    }
                    self.engine.delete_stack(id, &Deletion::default()).await.context("cannot delete the stack")?;
                    if let Ended::Bad { .. } = follow(self.printer, self.engine, id, "", self.detail).await? {
                        bail!(
                            "what is left of stack {0} cannot be deleted; `cargo xtask destroy --stack-name {0}` says more",
                            self.stack
                        );
                    }
                }
                NextStep::ContinueRollback => bail!(
                    "stack {0} is in {status}: an update failed and could not be undone. Repair what the events name, then run\n  \
                     aws cloudformation continue-update-rollback --stack-name {0}\n\
                     and deploy again",
                    self.stack
                ),
                NextStep::Unknown => bail!("stack {} is in {status}, which this version does not know", self.stack),
            }
        }
    }

    async fn request(&self, name: &str, current: Option<&StackInfo>) -> Result<ChangeSetRequest> {
        let template = if self.template.len() > Template::MAX_BODY_BYTES {
            Template::Url(self.bucket.put_template(self.template).await?)
        } else {
            Template::Body(self.template.to_owned())
        };
        Ok(ChangeSetRequest {
            stack: self.stack.to_owned(),
            name: name.to_owned(),
            client_token: Some(name.to_owned()),
            template,
            parameters: parameters(self.template, current, self.parameters)?,
            capabilities: vec!["CAPABILITY_IAM".to_owned(), "CAPABILITY_NAMED_IAM".to_owned()],
            ..ChangeSetRequest::default()
        })
    }

    async fn confirmed(&self, question: &str) -> bool {
        confirmed(self.printer, self.yes, question).await
    }
}

/// Asks a question that `--yes` answers. Without a terminal the answer is no, and how to say yes.
pub async fn confirmed(printer: &Printer, yes: bool, question: &str) -> bool {
    if yes {
        return true;
    }
    match printer.ask(format!("{question} {}", printer.err(Tone::Faint, "[y/N]"))).await {
        Some(answer) => matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"),
        None => {
            printer.error("nobody can be asked here: there is no terminal; pass --yes to go on without being asked");
            false
        }
    }
}

struct Ready {
    stack: Option<StackInfo>,
}

/// What was asked for, and for the rest what the stack has already: an update does not reset what it is not told.
fn parameters(
    template: &str,
    current: Option<&StackInfo>,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, ParameterValue>> {
    let template: Value = serde_json::from_str(template).context("the template is not JSON")?;
    let known = template["Parameters"].as_object().cloned().unwrap_or_default();
    let unknown: Vec<&str> = given.keys().map(String::as_str).filter(|name| !known.contains_key(*name)).collect();
    if !unknown.is_empty() {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        bail!("the template has no parameter {}; it has {}", unknown.join(", "), names.join(", "));
    }
    let kept = known
        .keys()
        .filter(|name| current.is_some_and(|stack| stack.parameters.contains_key(*name)))
        .map(|name| (name.clone(), ParameterValue::Previous));
    let set = given.iter().map(|(name, value)| (name.clone(), ParameterValue::Value(value.clone())));
    Ok(kept.chain(set).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_stack::StackStatus;

    const TEMPLATE: &str = r#"{"Parameters": {"Old": {"Type": "String"}, "New": {"Type": "String", "Default": ""}}}"#;

    fn stack(parameters: &[(&str, &str)]) -> StackInfo {
        StackInfo {
            id: "id".into(),
            name: "name".into(),
            status: StackStatus::CreateComplete,
            status_reason: None,
            created_at: None,
            updated_at: None,
            outputs: BTreeMap::new(),
            parameters: parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            tags: BTreeMap::new(),
            change_set_id: None,
            role_arn: None,
            termination_protection: false,
        }
    }

    #[test]
    fn an_update_keeps_what_it_is_not_told() {
        let standing = stack(&[("Old", "1"), ("Gone", "2")]);
        let kept = parameters(TEMPLATE, Some(&standing), &BTreeMap::new()).unwrap();
        assert_eq!(kept, BTreeMap::from([("Old".to_owned(), ParameterValue::Previous)]));
        let given = BTreeMap::from([("Old".to_owned(), "3".to_owned())]);
        let set = parameters(TEMPLATE, Some(&standing), &given).unwrap();
        assert_eq!(set["Old"], ParameterValue::Value("3".to_owned()));
        assert!(parameters(TEMPLATE, None, &BTreeMap::new()).unwrap().is_empty());
    }

    #[test]
    fn an_unknown_parameter_is_named_with_those_that_exist() {
        let given = BTreeMap::from([("Odl".to_owned(), "3".to_owned())]);
        let error = parameters(TEMPLATE, None, &given).unwrap_err().to_string();
        assert_eq!(error, "the template has no parameter Odl; it has Old, New");
    }
}
