//! What was deployed when, so that a version that was good can be had back.
//!
//! Each deployment leaves a record in the code bucket, where its template and its packages stay, too:
//! `deployments/<stack>/<id of the stack>/<time>-<version>.json`. A version is a template with its parameters, and the
//! code's keys are among these: whoever deploys the same again deploys the same version.

use super::Aws;
use super::apply::{Applied, Apply};
use super::code_bucket::{CodeBucket, template_key};
use super::follow::Detail;
use super::request::HIDDEN;
use super::view::warning;
use crate::outcome::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context as _, Result, bail};
use drydock_stack::StackInfo;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Digits of a version's name: no two of a stack's versions share so many.
const DIGITS: usize = 12;
/// The fewest digits that name a version.
const FEWEST: usize = 4;
/// Records that are read; further back nobody goes.
const MOST: usize = 50;

/// A deployment that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The version's name.
    pub version: String,
    /// When it was done, RFC 3339 in UTC.
    pub at: String,
    /// Who did it, as an ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The checkout that it came from, in Git's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// True if it was going back to what had been deployed before.
    #[serde(default)]
    pub rollback: bool,
    /// The template's key in the code bucket.
    pub template: String,
    /// Template parameters.
    pub parameters: BTreeMap<String, String>,
    /// Tags of the stack.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// The records of a stack, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The last ones.
    pub records: Vec<Record>,
}

impl History {
    /// Reads the records of a stack. One of the same name that was deleted had its own.
    ///
    /// # Errors
    /// If AWS refuses, or a record is not understood.
    pub async fn read(bucket: &CodeBucket, stack: &StackInfo) -> Result<Self> {
        let keys = keys(bucket, &stack.name).await?;
        let own: Vec<String> = of_stack(keys, stack).collect();
        let mut reading = tokio::task::JoinSet::new();
        for (at, key) in own.into_iter().rev().take(MOST).enumerate() {
            let bucket = bucket.clone();
            reading.spawn(async move { (at, key.clone(), bucket.note(&key).await) });
        }
        let mut records = BTreeMap::new();
        while let Some(read) = reading.join_next().await {
            let (at, key, text) = read.context("reading was cut off")?;
            let Some(text) = text? else { continue };
            let record: Record = serde_json::from_str(&text).with_context(|| format!("{key} is not understood"))?;
            records.insert(at, record);
        }
        Ok(Self { records: records.into_values().rev().collect() })
    }

    /// What stands, if it is on record: the last deployment, unless something else has changed the stack since.
    pub fn standing(&self, stack: &StackInfo) -> Option<&Record> {
        self.records.last().filter(|last| last.parameters == visible(stack))
    }

    /// The earlier version that stands, or is being brought up, and is not the last on record: whoever went back to it
    /// was interrupted.
    pub fn unfinished(&self, stack: &StackInfo) -> Option<&Record> {
        let now = visible(stack);
        self.records.iter().rev().skip(1).find(|record| record.parameters == now)
    }

    /// The version before the one that stands. After a rollback that is the one before the version that it went back
    /// to, so whoever goes back again does not come to the version that they left.
    pub fn previous(&self) -> Option<&Record> {
        let last = self.records.last()?;
        let deployed = self.records.iter().rposition(|record| record.version == last.version && !record.rollback);
        let base = deployed.unwrap_or(0);
        self.records[..base].iter().rev().find(|record| record.version != last.version)
    }

    /// The version of that name, or of the only name that begins so.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub fn named(&self, name: &str) -> Result<&Record> {
        let mut found: Vec<&Record> = self.records.iter().rev().filter(|it| it.version.starts_with(name)).collect();
        found.dedup_by(|left, right| left.version == right.version);
        let different = found.iter().any(|it| it.version != found[0].version);
        match found.as_slice() {
            [newest, ..] if name.len() >= FEWEST && !different => Ok(newest),
            [] => bail!("no version {name} is on record; `cargo xtask rollback --list` shows those that are"),
            _ => bail!("{name} names more than one version; give more of its digits, as `rollback --list` shows them"),
        }
    }
}

/// Deploys, and leaves a record of it once it has succeeded. The command line's own deployments only: what the embedded
/// engine is set up with has no history.
///
/// # Errors
/// As [`Apply::run`]. Without a record what was deployed is no less deployed, so that is a warning.
pub async fn recorded(aws: &Aws, workspace: &Workspace, apply: &Apply<'_>, rollback: bool) -> Result<Applied> {
    if apply.detail == Detail::Brief {
        return apply.run().await;
    }
    // What is on record is asked for meanwhile, and takes no time of its own.
    let (applied, keys) = tokio::join!(apply.run(), keys(apply.bucket, apply.stack));
    let applied = applied?;
    if let (Outcome::Success, Some(stack)) = (applied.outcome, &applied.stack) {
        let version = version(apply.template, &visible(stack));
        // An earlier run that was killed may have deployed it and left no record.
        let last = keys.map(|keys| of_stack(keys, stack).last());
        let is_known = last.map_or(true, |last| last.is_some_and(|key| key.ends_with(&format!("-{version}.json"))));
        if applied.changed || !is_known {
            let left = leave(aws, workspace, apply, stack, version, rollback).await;
            if let Err(error) = left {
                warning(apply.printer, &format!("`rollback` will not know of this deployment: {error:#}"));
            }
        }
    }
    Ok(applied)
}

async fn leave(
    aws: &Aws,
    workspace: &Workspace,
    apply: &Apply<'_>,
    stack: &StackInfo,
    version: String,
    rollback: bool,
) -> Result<()> {
    let (by, source) = tokio::join!(aws.caller(), source(workspace));
    // A small template has gone with the request.
    apply.bucket.put_template(apply.template).await?;
    let now = jiff::Timestamp::now();
    let record = Record {
        at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        by,
        source,
        rollback,
        template: template_key(apply.template),
        parameters: visible(stack),
        tags: stack.tags.clone(),
        version,
    };
    let time = now.strftime("%Y%m%dT%H%M%S%3fZ");
    let key = format!("{}/{time}-{}.json", folder(stack), record.version);
    apply.bucket.leave_note(&key, &serde_json::to_string_pretty(&record)?).await
}

/// The keys of all records under a stack's name.
async fn keys(bucket: &CodeBucket, stack: &str) -> Result<Vec<String>> {
    bucket.notes(&format!("deployments/{stack}/")).await
}

/// Of these keys those of one stack, oldest first.
fn of_stack(keys: Vec<String>, stack: &StackInfo) -> impl Iterator<Item = String> {
    let folder = format!("{}/", folder(stack));
    keys.into_iter().filter(move |key| key.starts_with(&folder))
}

fn folder(stack: &StackInfo) -> String {
    // arn:aws:cloudformation:us-east-1:123456789012:stack/NAME/ID
    format!("deployments/{}/{}", stack.name, stack.id.rsplit('/').next().unwrap_or_default())
}

/// The parameters of a stack without those that CloudFormation hides: a deployment leaves them as they are.
fn visible(stack: &StackInfo) -> BTreeMap<String, String> {
    let pairs = stack.parameters.iter().filter(|(_, value)| *value != HIDDEN);
    pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn version(template: &str, parameters: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    for text in std::iter::once(template).chain(parameters.iter().flat_map(|(name, value)| [name.as_str(), value])) {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    let mut name = hex::encode(hash.finalize());
    name.truncate(DIGITS);
    name
}

/// The checkout, as Git describes it: a tag with the distance to it, or the commit; `-dirty` if files were changed.
/// `None` without Git or a commit.
async fn source(workspace: &Workspace) -> Option<String> {
    let described = tokio::process::Command::new("git")
        .args(["describe", "--tags", "--always", "--dirty", "--abbrev=12"])
        .current_dir(workspace.root())
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .ok()?;
    let text = String::from_utf8(described.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| described.status.success() && !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(versions: &str) -> History {
        let record = |word: &str| Record {
            version: word.trim_start_matches('<').to_owned(),
            at: String::new(),
            by: None,
            source: None,
            rollback: word.starts_with('<'),
            template: String::new(),
            parameters: BTreeMap::new(),
            tags: BTreeMap::new(),
        };
        History { records: versions.split_whitespace().map(record).collect() }
    }

    #[test]
    fn the_version_before_the_one_that_stands() {
        let check = |versions: &str, expected: Option<&str>| {
            let history = history(versions);
            assert_eq!(history.previous().map(|record| record.version.as_str()), expected, "{versions}");
        };
        check("", None);
        check("a", None);
        check("a b", Some("a"));
        check("a b b", Some("a"));
        check("a b a", Some("b"));
        // `<` for a rollback: what was left by it is never the previous one of where it led.
        check("a b <a", None);
        check("a b c <b", Some("a"));
        check("a b c <b <a", None);
        check("a b <a c", Some("a"));
        check("a b <a c <a", None);
        check("a b <a c d <c", Some("a"));
        check("a b a c <a", Some("b"));
        // The record of what it went back to is too far back to be read.
        check("b <a", None);
    }

    #[test]
    fn versions_are_found_by_the_digits_that_tell_them_apart() {
        let history = history("aaaa1111 aaaa2222 bbbb1111 aaaa1111 b");
        let named = |name: &str| history.named(name).map(|it| it.version.clone()).map_err(|error| error.to_string());
        assert_eq!(named("aaaa1"), Ok("aaaa1111".to_owned()));
        assert_eq!(named("bbbb"), Ok("bbbb1111".to_owned()));
        assert!(named("aaaa").unwrap_err().starts_with("aaaa names more than one version"));
        assert!(named("bbb").unwrap_err().starts_with("bbb names more than one version"), "too few to be sure");
        assert!(named("cccc").unwrap_err().starts_with("no version cccc is on record"));
    }

    #[test]
    fn a_version_is_its_template_and_its_parameters() {
        let one = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        let name = version("{}", &one);
        assert_eq!((name.len(), &name), (DIGITS, &version("{}", &one)));
        let other = [
            version("{ }", &one),
            version("{}", &BTreeMap::new()),
            version("{}", &BTreeMap::from([("A1".to_owned(), String::new())])),
        ];
        assert!(other.iter().all(|other| *other != name));
    }
}
