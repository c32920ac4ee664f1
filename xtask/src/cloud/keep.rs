//! Keeping what holds data when its stack goes: CloudFormation leaves what its template says to retain, so the template
//! is made to say so first.

use super::code_bucket::CodeBucket;
use super::follow::{Detail, Ended, Follow, Wanted};
use super::preview::HOLDS_DATA;
use super::ready::must_be_ready;
use crate::printer::Printer;
use anyhow::{Context, Result, bail};
use drydock_stack::{
    ChangeSetOutcome, ChangeSetRequest, Engine, NextStep, ParameterValue, StackInfo, StackStatus, Template, check,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A bucket without its policy would take requests without TLS.
const GOES_WITH_DATA: &str = "AWS::S3::BucketPolicy";

/// True for resources that are kept.
pub fn is_kept(resource_type: &str) -> bool {
    HOLDS_DATA.contains(&resource_type) || resource_type == GOES_WITH_DATA
}

/// The template of a stack, which says what stays when the stack goes; `null` for an empty shell, which has none.
///
/// # Errors
/// If CloudFormation does not tell it, or it is not JSON.
pub async fn template(engine: &Engine, stack: &StackInfo) -> Result<Value> {
    if stack.status.is_shell() {
        return Ok(Value::Null);
    }
    let text = engine.template(&stack.id).await.context("cannot read the stack's template, which says what stays")?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            "what stays cannot be read from the stack's template, which is not JSON: another tool has deployed it. Deploy \
             it once with `cargo xtask deploy --stack-name {}`, then try again",
            stack.name
        )
    })
}

/// What CloudFormation leaves standing when a stack of this template goes, by logical id.
pub fn retained(template: &Value) -> BTreeSet<String> {
    let retains =
        |resource: &Value| matches!(resource["DeletionPolicy"].as_str(), Some("Retain" | "RetainExceptOnCreate"));
    let resources = template["Resources"].as_object().into_iter().flatten();
    resources.filter(|(_, resource)| retains(resource)).map(|(id, _)| id.clone()).collect()
}

/// Says why what holds data in such a stack can be kept no more, or not yet, and what to do.
///
/// # Errors
/// If it cannot.
pub fn must_be_possible(stack: &StackInfo) -> Result<()> {
    let StackInfo { name, status, .. } = stack;
    let why = match status.next_step() {
        _ if *status == StackStatus::DeleteFailed => return Ok(()),
        NextStep::Update | NextStep::Create => return Ok(()),
        NextStep::Wait if *status == StackStatus::DeleteInProgress => {
            format!("what it holds goes with it; follow that with `cargo xtask events --follow --stack-name {name}`")
        }
        NextStep::DeleteFirst => {
            "its creation failed, and CloudFormation can be told nothing of such a stack any more. Save what is worth \
             it, then destroy it without --keep-data"
                .to_owned()
        }
        _ => return must_be_ready(stack),
    };
    bail!("stack {name} is in {status}: {why}")
}

/// Has the stack retain what holds data. False if the stack could not be changed; that has been said.
///
/// # Errors
/// If CloudFormation refuses.
pub async fn keep(
    printer: &Printer,
    engine: &Engine,
    bucket: &CodeBucket,
    stack: &StackInfo,
    standing: Value,
) -> Result<bool> {
    let now = jiff::Timestamp::now();
    let template = retaining(standing, &now.to_string()).to_string();
    let template = if check::needs_s3(&template) {
        Template::Url(bucket.put_template(&template).await?)
    } else {
        Template::Body(template)
    };
    let name = format!("drydock-{}", now.as_millisecond());
    let request = ChangeSetRequest {
        stack: stack.name.clone(),
        name: name.clone(),
        client_token: Some(name.clone()),
        template,
        parameters: stack.parameters.keys().map(|name| (name.clone(), ParameterValue::Previous)).collect(),
        capabilities: vec!["CAPABILITY_IAM".to_owned(), "CAPABILITY_NAMED_IAM".to_owned()],
        ..ChangeSetRequest::default()
    };
    let change_set = match engine.create_change_set(&request).await.context("cannot have the data kept")? {
        ChangeSetOutcome::Ready(change_set) => change_set,
        ChangeSetOutcome::NoChanges => bail!("CloudFormation does not take up that the data is to be kept"),
        ChangeSetOutcome::Failed(reason) => bail!("CloudFormation refuses to keep the data: {reason}"),
        ChangeSetOutcome::Executed { .. } => bail!("the change set {name} was executed by another"),
    };
    engine.execute(&change_set, &name).await.context("cannot have the data kept")?;
    let stack_id = stack.id.as_str();
    let follow = Follow { printer, engine, stack_id, token: &name, detail: Detail::Brief, wanted: Wanted::Change };
    Ok(matches!(follow.run().await?, Ended::Good { .. }))
}

/// What to retain is no change to CloudFormation by itself, so something else changes with it.
/// See <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html>.
fn retaining(mut template: Value, now: &str) -> Value {
    for (_, resource) in template["Resources"].as_object_mut().into_iter().flatten() {
        if resource["Type"].as_str().is_some_and(is_kept) {
            resource["DeletionPolicy"] = json!("Retain");
            resource["UpdateReplacePolicy"] = json!("Retain");
            resource["Metadata"]["drydock:kept"] = json!(now);
        }
    }
    template
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_data_is_retained_and_nothing_else() {
        let template = json!({"Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Delete", "Metadata": {"a": 1}},
            "Policy": {"Type": "AWS::S3::BucketPolicy"},
            "Queue": {"Type": "AWS::SQS::Queue"}
        }});
        let kept = retaining(template, "now");
        let table = json!({"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain",
            "Metadata": {"a": 1, "drydock:kept": "now"}, "UpdateReplacePolicy": "Retain"});
        assert_eq!(kept["Resources"]["Table"], table);
        assert_eq!(kept["Resources"]["Policy"]["DeletionPolicy"], "Retain");
        assert_eq!(kept["Resources"]["Queue"], json!({"Type": "AWS::SQS::Queue"}));
        assert_eq!(retained(&kept), BTreeSet::from(["Policy".to_owned(), "Table".to_owned()]));
        assert_eq!(retained(&Value::Null), BTreeSet::new());
    }
}
