//! AWS's own validator over our template, before AWS is asked.
//!
//! It is not linked in: it takes minutes to build, 15 MB and a second to start, and the template that a checkout gives
//! is nearly always the one in the snapshot, which the tests have validated. Only another one is validated here, once,
//! by a program that is built then.

use crate::build::cargo;
use crate::build::target::Toolchain;
use crate::printer::{Printer, harmless};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The template as people have agreed to it; its test fails if the template is another.
const SNAPSHOT: &str = "infra/tests/snapshots/template__the_template_reads_as_it_should.snap";

/// The program among the examples of `shared/gate` that validates.
const VALIDATOR: &str = "validate";

/// What the validator finds, as far as it is shown.
#[derive(Debug, Deserialize)]
struct Finding {
    rule: String,
    message: String,
    severity: String,
    #[serde(default)]
    place: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", harmless(&self.place), harmless(&self.message), self.rule)
    }
}

/// Validates a template unless a test or an earlier run has.
///
/// # Errors
/// If it has errors, or the validator cannot be built.
pub async fn validate(printer: &Printer, workspace: &Workspace, template: &infra::Template) -> Result<()> {
    if std::fs::read_to_string(workspace.root().join(SNAPSHOT)).is_ok_and(|text| holds(&text, &template.to_yaml())) {
        return Ok(());
    }
    let text = template.to_json();
    let done = workspace.local().join("validated").join(hex::encode(Sha256::digest(&text)));
    if done.exists() {
        return Ok(());
    }
    printer.step("Validating", "the template: it is another than the one that the tests have validated");
    refuse(printer, &errors(workspace, &text).await?)?;
    // Only to save time, so it may fail.
    let _ = done.parent().map(std::fs::create_dir_all).transpose().and_then(|_| std::fs::write(&done, ""));
    Ok(())
}

/// What AWS would refuse the template for.
async fn errors(workspace: &Workspace, template: &str) -> Result<Vec<Finding>> {
    let mut findings = ask(workspace, template).await?;
    findings.retain(|finding| finding.severity == "error");
    Ok(findings)
}

/// Tells each error in a line, and ends the deployment if there is one.
fn refuse(printer: &Printer, errors: &[Finding]) -> Result<()> {
    for error in errors {
        printer.error(error);
    }
    if errors.is_empty() { Ok(()) } else { bail!("AWS would refuse the template") }
}

async fn ask(workspace: &Workspace, template: &str) -> Result<Vec<Finding>> {
    let mut child = Command::new(validator(workspace).await?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("cannot run the template validator")?;
    let mut input = child.stdin.take().context("the validator takes no input")?;
    let text = template.to_owned();
    let sent = tokio::spawn(async move { input.write_all(text.as_bytes()).await });
    let output = child.wait_with_output().await.context("cannot wait for the validator")?;
    // A validator that did not start has read nothing, and its end says why.
    let _ = sent.await;
    if !output.status.success() {
        bail!("the template validator does not run ({})", output.status);
    }
    serde_json::from_slice(&output.stdout).context("the template validator says something else than findings")
}

/// Builds the validator. With the features of the whole workspace, as the tests build it: whoever has run them has it.
async fn validator(workspace: &Workspace) -> Result<PathBuf> {
    let mut command = Toolchain::new(None).cargo();
    command
        .current_dir(workspace.root())
        .args(["build", "--quiet", "--locked", "--ignore-rust-version", "--message-format=json-render-diagnostics"])
        .args(["--workspace", "--example", VALIDATOR]);
    let program = cargo::run(&mut command, "the template validator does not build").await?.remove(VALIDATOR);
    program.with_context(|| format!("cargo built no program named {VALIDATOR}"))
}

/// True if a snapshot file holds exactly that text.
fn holds(snapshot: &str, text: &str) -> bool {
    let content = snapshot.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    content.is_some_and(|(_, content)| content.trim_end() == text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_holds_what_stands_below_its_head() {
        let snapshot = "---\nsource: a.rs\nexpression: b\n---\nA: 1\nB: 2\n";
        assert!(holds(snapshot, "A: 1\nB: 2"));
        assert!(!holds(snapshot, "A: 1\nB: 3"));
        assert!(!holds("A: 1\nB: 2\n", "A: 1\nB: 2"));
    }

    #[tokio::test]
    async fn a_slip_is_refused_with_its_place_and_rule() {
        let template = infra::drydock::template().to_json();
        let slip = template.replacen("\"MemorySize\"", "\"MemorySise\"", 1);
        let found = errors(&Workspace::find(), &slip).await.unwrap();
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(told.join("\n"), @"StatusAnalyzer.Properties.MemorySise: Additional properties are not allowed ('MemorySise' was unexpected. Did you mean 'MemorySize'?) (F3002)");
        let printer = Printer::new(true, false, true);
        assert!(refuse(&printer, &found).is_err() && refuse(&printer, &[]).is_ok());
    }

    #[test]
    fn the_snapshot_is_where_it_is_looked_for() {
        let text = std::fs::read_to_string(Workspace::find().root().join(SNAPSHOT)).unwrap();
        assert!(holds(&text, text.split_once("\n---\n").unwrap().1));
    }
}
