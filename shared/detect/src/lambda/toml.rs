//! The few lines of TOML that matter here: keys of one table, and lists of strings.

/// Keys and raw values of a table such as `project`. Values that span lines (lists) are joined.
pub(crate) fn table<'text>(text: &'text str, name: &str) -> Vec<(&'text str, String)> {
    let mut entries: Vec<(&str, String)> = Vec::new();
    let mut inside = false;
    let mut open = false;
    for line in text.lines().map(str::trim) {
        if open {
            if let Some((_, value)) = entries.last_mut() {
                value.push_str(line);
                open = is_open(value) && value.len() < MAX_LIST_BYTES;
            }
        } else if line.starts_with('[') {
            inside = line.trim_start_matches('[').split(']').next().is_some_and(|found| found.trim() == name);
        } else if inside
            && !line.starts_with('#')
            && let Some((key, value)) = line.split_once('=')
        {
            entries.push((key.trim().trim_matches('"'), value.trim().to_owned()));
            open = is_open(value);
        }
    }
    entries
}

/// Bytes of a list that spans lines, at most.
const MAX_LIST_BYTES: usize = 64 * 1024;

fn is_open(value: &str) -> bool {
    value.trim_start().starts_with('[') && value.matches('[').count() > value.matches(']').count()
}

/// The string in a raw value, or in its `version` if it is a table.
pub(crate) fn string(value: &str) -> Option<&str> {
    let value = value.trim();
    let value = if value.starts_with('{') { value.split_once("version")?.1 } else { value };
    let start = value.find(['"', '\''])?;
    let quote = value[start..].chars().next()?;
    value[start + 1..].split(quote).next()
}

/// The strings in a raw list.
pub(crate) fn strings(list: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = list;
    while let Some(start) = rest.find(['"', '\'']) {
        let quote = if rest[start..].starts_with('"') { '"' } else { '\'' };
        let Some((inner, after)) = rest[start + 1..].split_once(quote) else { break };
        found.push(inner);
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_up_to_the_next() {
        let text = "[project]\nname = \"x\"\ndependencies = [\n  \"a[b]>=1\",\n  'c',\n]\n[tool.poetry.dependencies]\npython = \"^3.12\"\nd = { version = \"1\", optional = true }\n";
        let project = table(text, "project");
        assert_eq!(project.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["name", "dependencies"]);
        assert_eq!(strings(&project[1].1), ["a[b]>=1", "c"]);
        let poetry = table(text, "tool.poetry.dependencies");
        assert_eq!(string(&poetry[0].1), Some("^3.12"));
        assert_eq!(string(&poetry[1].1), Some("1"));
        assert_eq!(table(text, "other"), []);
    }
}
