//! What may be done, asked of IAM's own simulator before anything is tried: by the caller, and by the service role that
//! CloudFormation acts as, if there is one.

use super::actions::{self, ACCOUNT_WIDE, PASS_ROLE};
use super::aws::Caller;
use super::{Finding, own};
use crate::cloud::Aws;
use crate::cloud::error::Explain;
use crate::commands::{Context, stack_engine};
use aws_sdk_iam::Client;
use aws_sdk_iam::error::SdkError;
use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyError;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use drydock_stack::Engine;
use std::collections::BTreeSet;

/// Actions in one question; the simulator takes 100.
const BATCH: usize = 50;
/// How many are named in one line.
const NAMED: usize = 12;
/// To whom CloudFormation passes the roles that it makes.
const PASSED_TO: [&str; 2] = ["lambda.amazonaws.com", "states.amazonaws.com"];

/// Asks for everything, each action for what the stack has of its service: whoever operates Drydock need not be allowed
/// more. Where CloudFormation acts as a service role, that role is asked for what it calls, and the caller only for the
/// rest.
pub async fn examine(context: &Context, aws: &Aws, caller: &Caller) -> Vec<Finding> {
    let (client, engine) = (Client::new(aws.config()), stack_engine(aws));
    let (principal, role, arns) = tokio::join!(
        principal(&client, caller),
        service_role(context, &engine),
        own::arns(aws, &engine, caller, context.stack()),
    );
    let question = Question { client: &client, stack: context.stack(), arns: &arns };
    let own = match (&principal, &role) {
        (None, _) => Finding::warning(
            CALLER,
            "the account's root user may do everything",
            "use a role or a user instead: nothing limits root, and it cannot be taken away",
        ),
        (Some(principal), None) => question.ask(CALLER, principal, &actions::all(), None).await,
        (Some(principal), Some(role)) => question.ask(CALLER, principal, &actions::of_commands(), Some(role)).await,
    };
    match &role {
        Some(role) => vec![own, question.ask(ROLE, role, &actions::of_cloudformation(), None).await],
        None => vec![own],
    }
}

const CALLER: &str = "permissions";
const ROLE: &str = "permissions of the service role";

/// The role that the next deployment names, or that the stack was deployed with last.
async fn service_role(context: &Context, engine: &Engine) -> Option<String> {
    if let Some(role) = context.config.value("role-arn") {
        return Some(role.to_owned());
    }
    // Whoever may not look at the stack is told so where it is looked at.
    engine.describe(context.stack()).await.ok().flatten().and_then(|stack| stack.role_arn)
}

/// What is asked about.
struct Question<'a> {
    client: &'a Client,
    stack: &'a str,
    /// What the stack is made of.
    arns: &'a [String],
}

impl Question<'_> {
    /// Asks for `actions`, each for what the stack has of its service, and for passing a service role to CloudFormation.
    async fn ask(
        &self,
        check: &'static str,
        principal: &str,
        actions: &[&'static str],
        service_role: Option<&str>,
    ) -> Finding {
        let Self { client, stack, arns } = *self;
        let all = actions.len() + usize::from(service_role.is_some());
        let refused = async {
            let mut refused = refused(client, principal, actions, arns).await?;
            if let Some(role) = service_role {
                let about = About::passing(role, "cloudformation.amazonaws.com");
                refused.extend(refused_for(client, principal, &[PASS_ROLE], &about).await?);
            }
            anyhow::Ok(refused)
        };
        match refused.await {
            Ok(refused) if refused.is_empty() => {
                Finding::good(check, format!("all of the {all} actions that {} take", what_for(check)))
            }
            Ok(refused) => {
                let more = refused.len().saturating_sub(NAMED);
                let mut text = format!("{} of {all} actions are refused: ", refused.len());
                text += &refused[..refused.len() - more].join(", ");
                if more > 0 {
                    text += &format!(" and {more} more (--json names all)");
                }
                let mut remedy = format!(
                    "let the account's administrator allow them to {principal}, for stack {stack} and what it is made of"
                );
                if let (CALLER, None) = (check, service_role) {
                    remedy += "; the rights to make resources can also lie with a CloudFormation service role (`role-arn` \
                               in drydock.toml, or --role-arn)";
                }
                let all = refused.into_iter().map(str::to_owned).collect();
                Finding { all, ..Finding::problem(check, text, remedy) }
            }
            Err(error) => Finding::unknown(
                check,
                format!("{error:#}"),
                "allow iam:SimulatePrincipalPolicy and iam:GetRole to find out; deploying does not need them",
            ),
        }
    }
}

fn what_for(check: &str) -> &'static str {
    if check == ROLE { "making, changing and deleting the stack's resources" } else { "deploying and operating" }
}

/// Whose policies are asked: the user, or the role behind a session. `None` for root.
async fn principal(client: &Client, caller: &Caller) -> Option<String> {
    let arn = &caller.arn;
    if arn.ends_with(":root") {
        return None;
    }
    let Some(role) = role_of_session(arn) else { return Some(arn.clone()) };
    // A session does not say the path of its role.
    let found = client.get_role().role_name(role).send().await.ok().and_then(|answer| answer.role);
    let Caller { account, .. } = caller;
    Some(found.map_or_else(|| format!("arn:{}:iam::{account}:role/{role}", caller.partition()), |role| role.arn))
}

/// `arn:aws:sts::123456789012:assumed-role/NAME/session`
fn role_of_session(arn: &str) -> Option<&str> {
    arn.split_once(":assumed-role/")?.1.split('/').next()
}

/// Which of the actions are allowed for none of these, or not for everything where there is nothing less. Which ARN an
/// action is about is IAM's business: one that is allowed for any of its service's is allowed.
async fn refused(
    client: &Client,
    principal: &str,
    actions: &[&'static str],
    arns: &[String],
) -> anyhow::Result<Vec<&'static str>> {
    let services: BTreeSet<&str> = actions.iter().filter_map(|action| action.split(':').next()).collect();
    let mut all = Vec::new();
    for service in services {
        let of_service = |text: &str, at: usize| text.split(':').nth(at) == Some(service);
        let of_service_all = actions.iter().copied().filter(|action| of_service(action, 0));
        let (wide, own): (Vec<&str>, Vec<&str>) = of_service_all.partition(|action| ACCOUNT_WIDE.contains(action));
        let (passes, own): (Vec<&str>, Vec<&str>) = own.into_iter().partition(|action| *action == PASS_ROLE);
        let of_service: Vec<&String> = arns.iter().filter(|arn| of_service(arn, 2)).collect();
        all.extend(refused_for_all(client, principal, &own, of_service.iter().map(|arn| About::resource(arn))).await?);
        for service in PASSED_TO {
            let about = of_service.iter().map(|arn| About::passing(arn, service));
            all.extend(refused_for_all(client, principal, &passes, about).await?);
        }
        if !wide.is_empty() {
            all.extend(refused_for(client, principal, &wide, &About::default()).await?);
        }
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// What an action is asked about.
#[derive(Default)]
struct About<'a> {
    /// Everything, if it is none.
    arn: Option<&'a str>,
    /// The service that a role is passed to. Policies name it, and the simulator knows nothing of it that it is not told:
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ContextEntry.html>
    passed_to: Option<&'a str>,
}

impl<'a> About<'a> {
    const fn resource(arn: &'a str) -> Self {
        Self { arn: Some(arn), passed_to: None }
    }

    const fn passing(role: &'a str, service: &'a str) -> Self {
        Self { arn: Some(role), passed_to: Some(service) }
    }
}

/// Which of them are allowed for none of these.
async fn refused_for_all<'a>(
    client: &Client,
    principal: &str,
    actions: &[&'static str],
    abouts: impl Iterator<Item = About<'a>>,
) -> anyhow::Result<Vec<&'static str>> {
    let mut refused = actions.to_vec();
    for about in abouts {
        if !refused.is_empty() {
            refused = refused_for(client, principal, &refused, &about).await?;
        }
    }
    Ok(refused)
}

/// Which of them are not allowed for one resource, or for everything.
async fn refused_for(
    client: &Client,
    principal: &str,
    actions: &[&'static str],
    about: &About<'_>,
) -> anyhow::Result<Vec<&'static str>> {
    let mut refused = Vec::new();
    let mut batches: Vec<&[&'static str]> = actions.chunks(BATCH).collect();
    while let Some(batch) = batches.pop() {
        match verdicts(client, principal, batch, about).await {
            Ok(verdicts) => refused.extend(batch.iter().filter(|action| {
                verdicts.iter().any(|verdict| {
                    verdict.eval_action_name == **action
                        && verdict.eval_decision != PolicyEvaluationDecisionType::Allowed
                })
            })),
            // The simulator takes only actions together that want the same said about the request.
            Err(error) if batch.len() > 1 && error.error_code() == Some("InvalidInput") => {
                batches.extend(batch.chunks(batch.len() / 2));
            }
            Err(error) => return Err(error.explain("IAM does not tell what is allowed")),
        }
    }
    Ok(refused)
}

async fn verdicts(
    client: &Client,
    principal: &str,
    actions: &[&'static str],
    about: &About<'_>,
) -> Result<Vec<EvaluationResult>, SdkError<SimulatePrincipalPolicyError>> {
    let passed_to = about.passed_to.map(|service| {
        let entry = ContextEntry::builder().context_key_name("iam:PassedToService").context_key_values(service);
        vec![entry.context_key_type(ContextKeyTypeEnum::String).build()]
    });
    let request = client.simulate_principal_policy().policy_source_arn(principal).set_context_entries(passed_to);
    let request = request.set_resource_arns(about.arn.map(|arn| vec![arn.to_owned()]));
    let request = request.set_action_names(Some(actions.iter().map(|action| (*action).to_owned()).collect()));
    request.into_paginator().items().send().collect().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_belongs_to_a_role() {
        assert_eq!(role_of_session("arn:aws:sts::123456789012:assumed-role/Admin/me"), Some("Admin"));
        assert_eq!(role_of_session("arn:aws:iam::123456789012:user/me"), None);
    }
}
