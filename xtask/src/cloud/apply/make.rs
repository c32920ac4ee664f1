//! Making the change set, and what people read of it.

use super::Apply;
use crate::cloud::deployment::CODE_BUCKET;
use crate::cloud::follow::Detail;
use crate::cloud::former::Former;
use crate::cloud::preview::{Preview, Resolver, Templates};
use crate::cloud::request::{carried_over, parameters};
use crate::printer::harmless;
use anyhow::{Context, Result, bail};
use drydock_stack::{ChangeSet, ChangeSetOutcome, ChangeSetRequest, StackInfo, Template};
use infra::drydock::FUNCTIONS;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A change set that was made, or why there is none.
pub(super) enum Made {
    Ready(Box<ChangeSet>, Box<Preview>),
    Unchanged(Option<Box<StackInfo>>),
}

/// What a stack is asked to be, beside its template.
pub(super) struct Asked<'a> {
    pub(super) parameters: Cow<'a, BTreeMap<String, String>>,
    tags: Cow<'a, BTreeMap<String, String>>,
    role_arn: Option<String>,
}

impl Apply<'_> {
    /// What was asked for. A stack that is made again because its creation failed keeps what it is not told, like one
    /// that is updated.
    pub(super) fn asked<'s>(&'s self, former: Option<&'s Former>) -> Result<Asked<'s>> {
        let given = Asked {
            parameters: Cow::Borrowed(self.parameters),
            tags: Cow::Borrowed(self.tags),
            role_arn: self.role_arn.map(str::to_owned),
        };
        let Some(former) = former else { return Ok(given) };
        Ok(Asked {
            parameters: Cow::Owned(carried_over(self.template, former, self.parameters)?),
            tags: if self.tags.is_empty() { Cow::Borrowed(&former.tags) } else { given.tags },
            role_arn: given.role_arn.or_else(|| former.role_arn.clone()),
        })
    }

    /// Says what a stack keeps that is made again, but for the code.
    pub(super) fn tell_what_is_kept(&self, former: Option<&Former>) -> Result<()> {
        let asked = self.asked(former)?;
        let template: Value = serde_json::from_str(self.template).context("the template is not JSON")?;
        let told = |(name, value): &(&String, &String)| {
            let is_default = template["Parameters"][name.as_str()]["Default"].as_str() == Some(value);
            !is_default && !is_code(name) && !self.parameters.contains_key(*name)
        };
        let kept = asked.parameters.iter().filter(told).map(|(name, value)| format!("--parameter {name}={value}"));
        let tags = asked.tags.iter().filter(|_| self.tags.is_empty());
        let tags = tags.map(|(key, value)| format!("--tag {key}={value}"));
        let role = asked.role_arn.iter().filter(|_| self.role_arn.is_none()).map(|role| format!("--role-arn {role}"));
        let kept: Vec<String> = kept.chain(tags).chain(role).collect();
        if !kept.is_empty() {
            self.printer.step("Keeping", format_args!("of the stack that was deleted: {}", harmless(&kept.join(" "))));
        }
        Ok(())
    }

    /// `former` is what a stack was that is made again.
    pub(super) async fn make(&self, name: &str, stack: Option<StackInfo>, former: Option<&Former>) -> Result<Made> {
        let current = stack.as_ref().filter(|stack| !stack.status.is_shell());
        let asked = self.asked(former.filter(|_| current.is_none()))?;
        let request = self.request(name, current, &asked).await?;
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
        let templates = self.templates(standing.as_deref(), current, &asked)?;
        let preview = Preview::new(&change_set, &templates);
        Ok(Made::Ready(Box::new(change_set), Box::new(preview)))
    }

    fn templates(&self, standing: Option<&str>, current: Option<&StackInfo>, asked: &Asked<'_>) -> Result<Templates> {
        let (account, region) = self.place;
        let pseudo = [("AWS::StackName", self.stack), ("AWS::AccountId", account), ("AWS::Region", region)];
        let pseudo = pseudo.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let kept = current.map(|stack| stack.parameters.clone()).unwrap_or_default();
        let before = standing.and_then(|text| serde_json::from_str(text).ok());
        let before = before.map(|template: Value| Resolver::new(template, &kept, &pseudo));
        let after: Value = serde_json::from_str(self.template).context("the template is not JSON")?;
        let set = kept.into_iter().chain(asked.parameters.clone().into_owned()).collect();
        Ok(Templates { before, after: Resolver::new(after, &set, &pseudo) })
    }

    async fn request(&self, name: &str, current: Option<&StackInfo>, asked: &Asked<'_>) -> Result<ChangeSetRequest> {
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
            parameters: parameters(self.template, current, &asked.parameters)?,
            capabilities: vec!["CAPABILITY_IAM".to_owned(), "CAPABILITY_NAMED_IAM".to_owned()],
            role_arn: asked.role_arn.clone(),
            tags: asked.tags.clone().into_owned(),
            ..ChangeSetRequest::default()
        })
    }
}

fn is_code(parameter: &str) -> bool {
    parameter == CODE_BUCKET || FUNCTIONS.iter().any(|function| function.code_key_parameter == parameter)
}
