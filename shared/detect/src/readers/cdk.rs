//! AWS CDK applications: a `cdk.json` that says how to run them.

use super::Text;
use crate::candidate::Candidate;
use drydock_contract::detection::IacType;
use serde_json::Value;

pub(crate) fn read(file: &Text<'_>) -> Option<Candidate> {
    let app = app(file)?;
    let shown: String = app.chars().take(80).collect();
    Some(Candidate::new(
        IacType::Cdk,
        file.folder(),
        file.path,
        file.standing,
        format!("runs the application `{shown}`"),
    ))
}

/// The command in `app`, if the file is a `cdk.json` that has one.
pub(crate) fn app(file: &Text<'_>) -> Option<String> {
    if file.name() != "cdk.json" {
        return None;
    }
    let settings: Value = serde_json::from_str(file.text).ok()?;
    settings.get("app")?.as_str().map(str::trim).filter(|app| !app.is_empty()).map(str::to_owned)
}
