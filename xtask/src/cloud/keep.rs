//! Keeping what holds data when its stack goes: CloudFormation leaves what its template says to retain, so the template
//! is made to say so first.

use super::code_bucket::CodeBucket;
use super::follow::{Detail, Ended, Follow, Wanted};
use super::preview::HOLDS_DATA;
use crate::printer::Printer;
use anyhow::{Context, Result, bail};
use drydock_stack::{ChangeSetOutcome, ChangeSetRequest, Engine, ParameterValue, StackInfo, Template, check};
use serde_json::{Value, json};

/// A bucket without its policy would take requests without TLS.
const GOES_WITH_DATA: &str = "AWS::S3::BucketPolicy";

/// True for resources that are kept.
pub fn is_kept(resource_type: &str) -> bool {
    HOLDS_DATA.contains(&resource_type) || resource_type == GOES_WITH_DATA
}

/// Has the stack retain what holds data. False if the stack could not be changed; that has been said.
///
/// # Errors
/// If CloudFormation refuses, or the stack's template is not JSON.
pub async fn keep(printer: &Printer, engine: &Engine, bucket: &CodeBucket, stack: &StackInfo) -> Result<bool> {
    let standing = engine.template(&stack.id).await.context("cannot read the stack's template")?;
    let now = jiff::Timestamp::now();
    let standing: Value = serde_json::from_str(&standing).context("the stack's template is not JSON")?;
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
    }
}
