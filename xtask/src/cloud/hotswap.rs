//! Functions that get new code past CloudFormation, in seconds, while somebody develops.
//!
//! CloudFormation does not notice, so a note in the code bucket says which functions have other code than their stack
//! says. It is left before the first function is touched, and the next deployment sets every function in it right.

use super::Aws;
use super::code_bucket::CodeBucket;
use super::error::Explain;
use crate::printer::Printer;
use anyhow::{Context, Result, bail};
use drydock_stack::StackInfo;
use infra::drydock::{FUNCTIONS, FunctionSpec};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The longest that Lambda may take for a function.
const LIMIT: Duration = Duration::from_secs(120);

/// Functions whose code is not the one that their stack says, and the keys of what they have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swapped {
    /// Keys in the code bucket by the function's name in the template.
    pub functions: BTreeMap<String, String>,
}

impl Swapped {
    /// What the note of a stack says; nothing if there is none.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn read(bucket: &CodeBucket, stack: &str) -> Result<Self> {
        match bucket.note(&key(stack)).await? {
            Some(text) => serde_json::from_str(&text).with_context(|| format!("{} is not understood", key(stack))),
            None => Ok(Self::default()),
        }
    }

    async fn write(&self, bucket: &CodeBucket, stack: &str) -> Result<()> {
        if self.functions.is_empty() {
            return bucket.remove_note(&key(stack)).await;
        }
        let text = serde_json::to_string(self).context("a note is plain data")?;
        bucket.leave_note(&key(stack), &text).await
    }

    /// Their names with commas.
    pub fn names(&self) -> String {
        self.functions.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

fn key(stack: &str) -> String {
    format!("hotswaps/{stack}.json")
}

/// What a stack is to be like.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The template.
    pub template: &'a Value,
    /// The parameters that are asked for, the keys of the code among them.
    pub parameters: &'a BTreeMap<String, String>,
    /// Tags; none leaves those that it has.
    pub tags: &'a BTreeMap<String, String>,
    /// The service role of CloudFormation, if one is named.
    pub role_arn: Option<&'a str>,
    /// Whether it is protected from being deleted, if that is said.
    pub protected: Option<bool>,
}

/// The functions to swap, or everything that speaks against it.
///
/// # Errors
/// What else than code differs, in words.
pub fn plan(
    standing: &Value,
    wanted: &Wanted<'_>,
    stack: &StackInfo,
    swapped: &Swapped,
) -> Result<Vec<(FunctionSpec, String)>, Vec<String>> {
    let given = wanted.parameters;
    let mut against = template_differences(standing, wanted.template);
    let code: BTreeSet<&str> = FUNCTIONS.iter().map(|function| function.code_key_parameter).collect();
    for (name, value) in given.iter().filter(|(name, _)| !code.contains(name.as_str())) {
        if stack.parameters.get(name) != Some(value) {
            against.push(format!("the parameter {name} changes"));
        }
    }
    if !wanted.tags.is_empty() && *wanted.tags != stack.tags {
        against.push("the tags change".to_owned());
    }
    if wanted.role_arn.is_some_and(|role| stack.role_arn.as_deref() != Some(role)) {
        against.push("the service role changes".to_owned());
    }
    if wanted.protected.is_some_and(|protected| protected != stack.termination_protection) {
        against.push("the termination protection changes".to_owned());
    }
    if !against.is_empty() {
        return Err(against);
    }
    let stale = FUNCTIONS.iter().filter_map(|function| {
        let new = given.get(function.code_key_parameter)?;
        let by_stack = stack.parameters.get(function.code_key_parameter);
        let has = swapped.functions.get(function.logical_id).or(by_stack);
        (has != Some(new)).then(|| (*function, new.clone()))
    });
    Ok(stale.collect())
}

/// Which parts of a template differ, by name.
fn template_differences(standing: &Value, wanted: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let sections: BTreeSet<&String> =
        [standing, wanted].iter().filter_map(|it| it.as_object()).flatten().map(|(name, _)| name).collect();
    for section in sections {
        let (old, new) = (&standing[section], &wanted[section]);
        if old == new {
            continue;
        }
        let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
            found.push(format!("the template's {section} changes"));
            continue;
        };
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let changed = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
        found.extend(changed.map(|name| format!("{name} in the template's {section} changes")));
    }
    found
}

/// Gives functions their new code, all at the same time, and waits until Lambda runs it.
///
/// # Errors
/// If Lambda refuses or does not finish; the note then says what was begun.
pub async fn swap(
    printer: &Printer,
    aws: &Aws,
    bucket: &CodeBucket,
    stack: &StackInfo,
    mut swapped: Swapped,
    functions: &[(FunctionSpec, String)],
) -> Result<()> {
    for (function, key) in functions {
        swapped.functions.insert(function.logical_id.to_owned(), key.clone());
    }
    swapped.write(bucket, &stack.name).await?;
    update(printer, aws, bucket, &stack.name, functions).await?;
    // What is back at the code that the stack says needs no note any more.
    swapped.functions.retain(|name, key| {
        let function = FUNCTIONS.iter().find(|function| function.logical_id == name);
        function.and_then(|it| stack.parameters.get(it.code_key_parameter)) != Some(key)
    });
    swapped.write(bucket, &stack.name).await
}

/// Sets every function right that has other code than its stack says.
///
/// # Errors
/// If Lambda refuses or does not finish; the note stays.
pub async fn reconcile(
    printer: &Printer,
    aws: &Aws,
    bucket: &CodeBucket,
    stack: &StackInfo,
    swapped: &Swapped,
) -> Result<()> {
    let known = FUNCTIONS.iter().filter(|function| swapped.functions.contains_key(function.logical_id));
    let right = known.filter_map(|it| Some((*it, stack.parameters.get(it.code_key_parameter)?.clone())));
    update(printer, aws, bucket, &stack.name, &right.collect::<Vec<_>>()).await?;
    Swapped::default().write(bucket, &stack.name).await
}

async fn update(
    printer: &Printer,
    aws: &Aws,
    bucket: &CodeBucket,
    stack: &str,
    functions: &[(FunctionSpec, String)],
) -> Result<()> {
    let mut updates = tokio::task::JoinSet::new();
    for (function, key) in functions {
        let (lambda, place, key) = (aws.lambda(), bucket.name().to_owned(), key.clone());
        let name = format!("{stack}-{}", function.package);
        updates.spawn(async move { update_one(&lambda, &name, &place, &key).await.map(|()| name) });
    }
    while let Some(updated) = updates.join_next().await {
        let name = updated.context("an update was cut off")??;
        printer.step("Swapped", format_args!("the code of {name}"));
    }
    Ok(())
}

async fn update_one(lambda: &aws_sdk_lambda::Client, name: &str, bucket: &str, key: &str) -> Result<()> {
    let refused = |error: &dyn Explain| error.explain(&format!("cannot give {name} new code"));
    let request = lambda.update_function_code().function_name(name).s3_bucket(bucket).s3_key(key);
    request.send().await.map_err(|error| refused(&error))?;
    let start = Instant::now();
    loop {
        let now =
            lambda.get_function_configuration().function_name(name).send().await.map_err(|error| refused(&error))?;
        match now.last_update_status.as_ref().map(aws_sdk_lambda::types::LastUpdateStatus::as_str) {
            Some("InProgress") if start.elapsed() < LIMIT => tokio::time::sleep(Duration::from_millis(250)).await,
            Some("InProgress") => bail!("{name} does not come to run its new code; Lambda is still at it"),
            Some("Failed") => bail!(
                "{name} does not come to run its new code: {}",
                now.last_update_status_reason.as_deref().unwrap_or("Lambda gives no reason")
            ),
            _ => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{Recorded, answer};
    use drydock_stack::StackStatus;
    use serde_json::json;

    /// What comes of an update about which Lambda says this, one look after the other, and how often it was asked.
    async fn updated(states: &[Value]) -> (Result<(), String>, usize) {
        let begun = json!({"FunctionName": "demo", "LastUpdateStatus": "InProgress"});
        let recorded = Recorded::serve(std::iter::once(&begun).chain(states).cloned().map(answer).collect()).await;
        let ended = update_one(&recorded.aws().await.lambda(), "demo", "bucket", "key").await;
        (ended.map_err(|error| error.to_string()), recorded.operations().len())
    }

    #[tokio::test]
    async fn an_update_is_waited_for_until_the_new_code_runs() {
        let state = |word: &str| json!({"FunctionName": "demo", "LastUpdateStatus": word});
        let going_on = state("InProgress");
        assert_eq!(updated(&[going_on.clone(), going_on.clone(), state("Successful")]).await, (Ok(()), 4));
        let mut failed = state("Failed");
        let named = |reason: &str| Err(format!("demo does not come to run its new code: {reason}"));
        assert_eq!(updated(&[going_on.clone(), failed.clone()]).await, (named("Lambda gives no reason"), 3));
        failed["LastUpdateStatusReason"] = json!("the zip is empty");
        assert_eq!(updated(&[failed]).await, (named("the zip is empty"), 2));
        let (lost, _) = updated(&[going_on]).await;
        assert!(lost.unwrap_err().starts_with("cannot give demo new code: "), "it is not taken for done");
    }

    fn stack(key: &str) -> StackInfo {
        let parameters = [("CodeBucket", "bucket"), (FUNCTIONS[0].code_key_parameter, key), ("Mode", "a")];
        StackInfo {
            id: "id".into(),
            name: "demo".into(),
            status: StackStatus::CreateComplete,
            status_reason: None,
            created_at: None,
            updated_at: None,
            outputs: BTreeMap::new(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            tags: BTreeMap::new(),
            change_set_id: None,
            role_arn: None,
            termination_protection: false,
            parent_id: None,
        }
    }

    fn wanted<'a>(template: &'a Value, given: &'a BTreeMap<String, String>) -> Wanted<'a> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        Wanted { template, parameters: given, tags: &NONE, role_arn: None, protected: None }
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn keys(planned: Result<Vec<(FunctionSpec, String)>, Vec<String>>) -> Vec<String> {
        planned.unwrap().into_iter().map(|(_, key)| key).collect()
    }

    #[test]
    fn only_functions_whose_code_differs_are_swapped() {
        let template = json!({"Resources": {"A": 1}});
        let swapped = Swapped { functions: given(&[(FUNCTIONS[0].logical_id, "new")]) };
        let new = given(&[(FUNCTIONS[0].code_key_parameter, "new"), ("CodeBucket", "bucket")]);
        let old = given(&[(FUNCTIONS[0].code_key_parameter, "old")]);
        let nothing = Swapped::default();
        assert_eq!(keys(plan(&template, &wanted(&template, &new), &stack("old"), &nothing)), ["new"]);
        assert_eq!(keys(plan(&template, &wanted(&template, &new), &stack("new"), &nothing)), [""; 0]);
        // What was swapped before counts as what is there.
        assert_eq!(keys(plan(&template, &wanted(&template, &new), &stack("old"), &swapped)), [""; 0]);
        assert_eq!(keys(plan(&template, &wanted(&template, &old), &stack("old"), &swapped)), ["old"]);
    }

    #[test]
    fn whatever_else_differs_speaks_against_it() {
        let (before, after) =
            (json!({"Resources": {"A": 1, "B": 1}}), json!({"Resources": {"A": 2, "C": 1}, "Outputs": {}}));
        let mode = given(&[("Mode", "b")]);
        let against = plan(&before, &wanted(&after, &mode), &stack("old"), &Swapped::default()).unwrap_err();
        assert_eq!(
            against,
            [
                "the template's Outputs changes",
                "A in the template's Resources changes",
                "B in the template's Resources changes",
                "C in the template's Resources changes",
                "the parameter Mode changes"
            ]
        );
    }

    #[test]
    fn what_is_set_on_the_stack_itself_speaks_against_it_if_it_differs() {
        let (template, nothing) = (json!({}), BTreeMap::new());
        let mut standing = stack("old");
        (standing.tags, standing.role_arn) = (given(&[("team", "a")]), Some("role".to_owned()));
        let check = |change: &dyn Fn(&mut Wanted<'_>), expected: &[&str]| {
            let mut wanted = wanted(&template, &nothing);
            change(&mut wanted);
            let planned = plan(&template, &wanted, &standing, &Swapped::default());
            assert_eq!(planned.err().unwrap_or_default(), expected);
        };
        let (same, other) = (given(&[("team", "a")]), given(&[("team", "b")]));
        let tagged = |tags: &BTreeMap<String, String>| {
            let wanted = Wanted { tags, ..wanted(&template, &nothing) };
            plan(&template, &wanted, &standing, &Swapped::default()).err().unwrap_or_default()
        };
        assert_eq!(tagged(&same), [""; 0]);
        assert_eq!(tagged(&other), ["the tags change"]);
        check(&|wanted| wanted.role_arn = Some("role"), &[]);
        check(&|wanted| wanted.role_arn = Some("other"), &["the service role changes"]);
        check(&|wanted| wanted.protected = Some(false), &[]);
        check(&|wanted| wanted.protected = Some(true), &["the termination protection changes"]);
    }
}
