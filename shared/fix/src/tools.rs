//! The tools, as the model sees them.

use crate::plan::Plan;
use serde_json::{Value, json};

/// All of them, in one order: the model's cache holds them as long as nothing changes.
pub(crate) fn definitions() -> Vec<Value> {
    let text = |description: &str| json!({"type": "string", "description": description});
    let path = || text("Path inside the repository, such as src/app.py.");
    vec![
        tool(
            "list",
            "List files below a folder with their sizes in bytes.",
            json!({"folder": text("A folder; empty for all.")}),
            &[],
        ),
        tool(
            "view",
            "Show a file with line numbers, or only the lines from first to last.",
            json!({
                "path": path(),
                "view_range": {
                    "type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2,
                    "description": "First and last line, from 1; -1 is the end.",
                },
            }),
            &["path"],
        ),
        tool(
            "grep",
            "Find lines that contain a text literally, as path:line:text.",
            json!({"text": text("What to look for."), "folder": text("Only below this folder.")}),
            &["text"],
        ),
        Plan::tool(),
        tool(
            "str_replace",
            "Replace old_str by new_str in a file. old_str must stand in the file exactly once, with its white space and \
             without line numbers.",
            json!({"path": path(), "old_str": text("What to replace."), "new_str": text("What to put there.")}),
            &["path", "old_str", "new_str"],
        ),
        tool(
            "create",
            "Write a new file.",
            json!({"path": path(), "file_text": text("All of its content.")}),
            &["path", "file_text"],
        ),
        tool("validate", "Check all changed files: what the change breaks and what it mends.", json!({}), &[]),
        tool(
            "finish",
            "End the work. Refused while the change breaks something or changes nothing.",
            json!({
                "title": text("What the change does, in the imperative, at most 70 characters."),
                "summary": text("For the reviewer: what was wrong and why this mends it."),
                "risk": {"type": "string", "enum": ["low", "medium", "high"]},
            }),
            &["title", "summary", "risk"],
        ),
        tool(
            "give_up",
            "End the work without a repair, if changing files of this repository cannot mend the fault.",
            json!({"reason": text("What is wrong and what a person must do.")}),
            &["reason"],
        ),
    ]
}

fn tool(name: &str, description: &str, properties: Value, required: &[&str]) -> Value {
    let mut schema = json!({"type": "object", "required": required, "additionalProperties": false});
    schema["properties"] = properties;
    json!({"name": name, "description": description, "input_schema": schema})
}
