//! Making the change set, and what people read of it.

use super::Apply;
use crate::cloud::follow::Detail;
use crate::cloud::preview::{Preview, Resolver, Templates};
use crate::cloud::request::parameters;
use anyhow::{Context, Result, bail};
use drydock_stack::{ChangeSet, ChangeSetOutcome, ChangeSetRequest, StackInfo, Template};
use serde_json::Value;

/// A change set that was made, or why there is none.
pub(super) enum Made {
    Ready(Box<ChangeSet>, Box<Preview>),
    Unchanged(Option<Box<StackInfo>>),
}

impl Apply<'_> {
    pub(super) async fn make(&self, name: &str, stack: Option<StackInfo>) -> Result<Made> {
        let current = stack.as_ref().filter(|stack| !stack.status.is_shell());
        let request = self.request(name, current).await?;
        let standing = async {
            // Only to show values, so without it the preview has none.
            match current.filter(|_| self.detail == Detail::Full) {
                Some(stack) => self.engine.template(&stack.id).await.ok(),
                None => None,
            }
        };
        let (outcome, standing) = tokio::join!(self.engine.create_change_set(&request), standing);
        let change_set = match outcome.context("cannot create the change set")? {
            ChangeSetOutcome::NoChanges => return Ok(Made::Unchanged(stack.map(Box::new))),
            ChangeSetOutcome::Failed(reason) => bail!("CloudFormation refuses the change set: {reason}"),
            ChangeSetOutcome::Executed { stack_id } => bail!("change set {name} of {stack_id} was executed by another"),
            ChangeSetOutcome::Ready(change_set) => change_set,
        };
        let templates = self.templates(standing.as_deref(), current)?;
        let preview = Preview::new(&change_set, &templates);
        Ok(Made::Ready(Box::new(change_set), Box::new(preview)))
    }

    fn templates(&self, standing: Option<&str>, current: Option<&StackInfo>) -> Result<Templates> {
        let (account, region) = self.place;
        let pseudo = [("AWS::StackName", self.stack), ("AWS::AccountId", account), ("AWS::Region", region)];
        let pseudo = pseudo.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let kept = current.map(|stack| stack.parameters.clone()).unwrap_or_default();
        let before = standing.and_then(|text| serde_json::from_str(text).ok());
        let before = before.map(|template: Value| Resolver::new(template, &kept, &pseudo));
        let after: Value = serde_json::from_str(self.template).context("the template is not JSON")?;
        let set = kept.into_iter().chain(self.parameters.clone()).collect();
        Ok(Templates { before, after: Resolver::new(after, &set, &pseudo) })
    }

    async fn request(&self, name: &str, current: Option<&StackInfo>) -> Result<ChangeSetRequest> {
        let template = if drydock_stack::check::needs_s3(self.template) {
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
            role_arn: self.role_arn.map(str::to_owned),
            tags: self.tags.clone(),
            ..ChangeSetRequest::default()
        })
    }
}
