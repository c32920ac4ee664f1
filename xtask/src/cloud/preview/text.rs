//! The preview as text.

use super::words::brief;
use super::{Detail, Kind, Preview, Resource};
use crate::printer::Tone;
use drydock_stack::Replacement;
use serde_json::Value;

/// Puts a colour on a text, or leaves it.
pub type Paint<'a> = &'a dyn Fn(Tone, &str) -> String;

/// Where the words end that say what is done.
const MARGIN: usize = 11;

/// Everything that a change set does, in order of danger, then who may do what, then how many of what.
pub fn render(preview: &Preview, paint: Paint<'_>) -> String {
    let mut lines = Vec::new();
    for parameter in &preview.parameters {
        let word = format!("{:>MARGIN$}", "parameter");
        lines.push(format!("{} {}", paint(Tone::Busy, &word), change(parameter, paint)));
    }
    if !preview.parameters.is_empty() {
        lines.push(String::new());
    }
    let (follow, changed): (Vec<&Resource>, Vec<&Resource>) =
        preview.resources.iter().partition(|resource| resource.kind == Kind::Follow);
    let width = changed.iter().map(|it| it.logical_id.chars().count()).max().unwrap_or(0);
    for resource in &changed {
        lines.push(head(resource, width, paint) + &data(resource, paint));
        let own = resource.details.iter().filter(|detail| !detail.security);
        lines.extend(own.map(|detail| format!("{:MARGIN$}   {}", "", change(detail, paint))));
    }
    if !follow.is_empty() {
        let names: Vec<&str> = follow.iter().map(|resource| resource.logical_id.as_str()).collect();
        let line =
            format!("{:>MARGIN$} as they are, for what they refer to is not replaced: {}", "stay", names.join(", "));
        lines.push(paint(Tone::Faint, &line));
    }
    lines.extend(who_may_do_what(preview, paint).into_iter().flat_map(|text| [String::new(), text]));
    lines.extend([String::new(), summary(&preview.resources)]);
    lines.join("\n")
}

/// What changes in who may do what; `None` if nothing does.
pub fn who_may_do_what(preview: &Preview, paint: Paint<'_>) -> Option<String> {
    let changed = || preview.resources.iter().filter(|resource| resource.kind != Kind::Follow);
    let width = changed().map(|it| it.logical_id.chars().count()).max().unwrap_or(0);
    let mut lines = vec![paint(Tone::Strong, "Who may do what"), String::new()];
    lines.extend(changed().filter(|it| it.security).flat_map(|resource| permissions(resource, width, paint)));
    (lines.len() > 2).then(|| lines.join("\n"))
}

fn word(kind: Kind) -> (&'static str, Tone) {
    match kind {
        Kind::Follow => ("stay", Tone::Faint),
        Kind::Add => ("add", Tone::Good),
        Kind::Import => ("import", Tone::Good),
        Kind::Change => ("change", Tone::Busy),
        Kind::Depends => ("depends", Tone::Warning),
        Kind::MayReplace => ("may replace", Tone::Warning),
        Kind::LetGo => ("let go", Tone::Warning),
        Kind::Replace => ("REPLACE", Tone::Bad),
        Kind::Remove => ("REMOVE", Tone::Bad),
    }
}

fn head(resource: &Resource, width: usize, paint: Paint<'_>) -> String {
    let (word, tone) = word(resource.kind);
    let mark = paint(tone, &format!("{word:>MARGIN$}"));
    let kind = paint(Tone::Faint, &resource.resource_type);
    format!("{mark} {:width$}  {kind}", resource.logical_id)
}

/// What becomes of the data that a resource holds, for the end of its line; nothing if it stays where it is.
fn data(resource: &Resource, paint: Paint<'_>) -> String {
    let told = match (resource.loses_data, resource.data_stays, resource.kind) {
        (true, false, _) => "  with all that it holds",
        (true, true, Kind::Replace) => "  by an empty one; the old one stays in the account",
        (true, true, _) => "  with all that it holds, which stays in the account",
        (false, ..) if resource.is_at_risk() => "  by an empty one",
        (false, ..) => return String::new(),
    };
    paint(Tone::Bad, told)
}

/// `MemorySize: 256 → 512  (because of Size)`.
fn change(detail: &Detail, paint: Paint<'_>) -> String {
    let mut text = match (&detail.before, &detail.after) {
        (Value::Null, Value::Null) => detail.path.clone(),
        (before, Value::Null) if !detail.certain => format!("{}: {} → known later", detail.path, brief(before)),
        (before, Value::Null) => format!("{}: - {}", detail.path, paint(Tone::Bad, &brief(before))),
        (Value::Null, after) => format!("{}: + {}", detail.path, paint(Tone::Good, &brief(after))),
        (before, after) => {
            let (before, after) = (paint(Tone::Bad, &brief(before)), paint(Tone::Good, &brief(after)));
            format!("{}: {before} → {after}", detail.path)
        }
    };
    if let Some(cause) = &detail.caused_by {
        text.push_str(&paint(Tone::Faint, &format!("  because of {cause}")));
    }
    match detail.replacement {
        Replacement::Yes => text.push_str(&paint(Tone::Bad, "  REPLACES the resource")),
        Replacement::Maybe => text.push_str(&paint(Tone::Warning, "  may replace the resource")),
        Replacement::No => {}
    }
    text
}

fn permissions(resource: &Resource, width: usize, paint: Paint<'_>) -> Vec<String> {
    let mut lines = vec![head(resource, width, paint)];
    let indented =
        |tone, sign: &str, text: &str| format!("{:MARGIN$}   {}", "", paint(tone, &format!("{sign} {text}")));
    lines.extend(resource.no_longer_allows.iter().map(|line| indented(Tone::Bad, "-", line)));
    lines.extend(resource.allows.iter().map(|line| indented(Tone::Good, "+", line)));
    let own = resource.details.iter().filter(|detail| detail.security);
    lines.extend(own.map(|detail| format!("{:MARGIN$}   {}", "", change(detail, paint))));
    lines
}

/// One line that says how many of what.
pub fn summary(resources: &[Resource]) -> String {
    let count = |kinds: &[Kind]| resources.iter().filter(|resource| kinds.contains(&resource.kind)).count();
    let parts = [
        (count(&[Kind::Add]), "to add"),
        (count(&[Kind::Import]), "to import"),
        (count(&[Kind::Change, Kind::Depends]), "to change"),
        (count(&[Kind::MayReplace]), "to change and perhaps replace"),
        (count(&[Kind::LetGo]), "to let go"),
        (count(&[Kind::Replace]), "to REPLACE"),
        (count(&[Kind::Remove]), "to REMOVE"),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if said.is_empty() { "no resource changes".to_owned() } else { said.join(", ") }
}
