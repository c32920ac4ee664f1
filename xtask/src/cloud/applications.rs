//! What Drydock has deployed for users: stacks, and functions without a stack. Their names begin with `<stack>-app-`.

use super::Aws;
use super::deletion;
use super::error::Explain;
use super::follow::{Detail, Ended};
use super::stuck::ALL;
use super::view::warning;
use crate::json_api::{JsonApi, LOGS, Refused};
use crate::printer::Printer;
use anyhow::{Context, Result};
use drydock_stack::{Engine, StackInfo};
use serde_json::json;

/// What was deployed for users by one installation.
#[derive(Debug, Default)]
pub struct Applications {
    /// Stacks.
    pub stacks: Vec<StackInfo>,
    /// Names of functions that belong to none of them; each has a role of the same name, and logs.
    pub functions: Vec<String>,
}

impl Applications {
    /// Finds them.
    ///
    /// # Errors
    /// If AWS cannot be asked.
    pub async fn find(aws: &Aws, engine: &Engine, stack: &str) -> Result<Self> {
        let prefix = format!("{stack}-app-");
        let stacks = engine.stacks_named(&prefix).await.context("cannot list the stacks of users")?;
        let mut named = Vec::new();
        let mut pages = aws.lambda().list_functions().into_paginator().items().send();
        while let Some(function) = pages.next().await {
            let function = function.map_err(|error| error.explain("cannot list the functions of users"))?;
            let name = function.function_name.unwrap_or_default();
            if name.starts_with(&prefix) {
                named.push(name);
            }
        }
        let functions = without_those_of(engine, &stacks, named).await?;
        // A nested stack is part of the one that it is nested in, and goes with it.
        let stacks = stacks.into_iter().filter(|stack| stack.parent_id.is_none()).collect();
        Ok(Self { stacks, functions })
    }

    /// True if there are none.
    pub const fn is_empty(&self) -> bool {
        self.stacks.is_empty() && self.functions.is_empty()
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        let stacks = self.stacks.iter().map(|stack| format!("stack {}", stack.name));
        stacks.chain(self.functions.iter().map(|name| format!("function {name} with its role and its logs"))).collect()
    }

    /// Deletes them, one stack after the other. False if one could not be deleted; that has been said.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn delete(&self, printer: &Printer, aws: &Aws, engine: &Engine) -> Result<bool> {
        for stack in &self.stacks {
            printer.step("Deleting", format_args!("stack {}", stack.name));
            let token = deletion::begin(engine, &stack.id, &[]).await?;
            if let Ended::Bad { .. } = deletion::follow(printer, engine, &stack.id, &token, Detail::Full).await? {
                return Ok(false);
            }
        }
        for name in &self.functions {
            delete_function(printer, aws, name).await?;
            printer.step("Deleted", format_args!("function {name} with its role and its logs"));
        }
        Ok(true)
    }
}

/// Of these functions those that belong to no stack. A name does not tell: `drydock-app-shop-api` may be a function of
/// its own, or one of the stack `drydock-app-shop`.
async fn without_those_of(engine: &Engine, stacks: &[StackInfo], mut functions: Vec<String>) -> Result<Vec<String>> {
    for stack in stacks {
        if functions.is_empty() {
            break;
        }
        let resources = engine.resources(&stack.id, ALL).await;
        let resources = resources.with_context(|| format!("cannot list what stack {} has", stack.name))?;
        functions.retain(|name| resources.iter().all(|it| it.physical_id.as_deref() != Some(name)));
    }
    Ok(functions)
}

/// First what answers requests, last the function itself: whoever is interrupted finds it, and with it what is left to
/// delete.
async fn delete_function(printer: &Printer, aws: &Aws, name: &str) -> Result<()> {
    let lambda = aws.lambda();
    match lambda.delete_function_url_config().function_name(name).send().await {
        Err(error) if error.error_code() != Some("ResourceNotFoundException") => {
            return Err(error.explain(&format!("cannot delete the URL of the function {name}")));
        }
        _ => {}
    }
    delete_role(aws, name).await?;
    delete_logs(printer, aws, name).await?;
    let deleted = lambda.delete_function().function_name(name).send().await;
    deleted.map_err(|error| error.explain(&format!("cannot delete the function {name}"))).map(|_| ())
}

/// Logs hold nothing up: whoever may not delete them is told that they stay.
async fn delete_logs(printer: &Printer, aws: &Aws, name: &str) -> Result<()> {
    let group = format!("/aws/lambda/{name}");
    let asked = JsonApi::new(aws).await?.call(LOGS, "DeleteLogGroup", &json!({"logGroupName": group})).await;
    let Err(error) = asked else { return Ok(()) };
    match error.downcast_ref::<Refused>().map(|refused| refused.code.as_str()) {
        Some("ResourceNotFoundException") => Ok(()),
        Some("AccessDeniedException") => {
            warning(printer, &format!("the log group {group} stays: {error:#}"));
            Ok(())
        }
        _ => Err(error.context(format!("cannot delete the log group {group}"))),
    }
}

async fn delete_role(aws: &Aws, name: &str) -> Result<()> {
    let iam = aws_sdk_iam::Client::new(aws.config());
    let refused = |error: &dyn Explain| error.explain(&format!("cannot delete the role {name}"));
    let attached = match iam.list_attached_role_policies().role_name(name).send().await {
        Ok(attached) => attached,
        Err(error) if error.error_code() == Some("NoSuchEntity") => return Ok(()),
        Err(error) => return Err(refused(&error)),
    };
    for arn in attached.attached_policies().iter().filter_map(|policy| policy.policy_arn()) {
        let detached = iam.detach_role_policy().role_name(name).policy_arn(arn).send().await;
        detached.map_err(|error| refused(&error))?;
    }
    iam.delete_role().role_name(name).send().await.map_err(|error| refused(&error))?;
    Ok(())
}
