//! What a reviewer should look at, whatever the model says of its change.

use crate::diff::changed;
use drydock_tree::Tree;
use std::collections::BTreeSet;

/// Most remarks.
const MAX: usize = 8;

/// Addresses that the repository did not know, and permissions for everything.
pub(crate) fn of(before: &Tree, after: &Tree) -> Vec<String> {
    let mut remarks = Vec::new();
    for path in changed(before, after) {
        let (old, new) = (before.text(path).unwrap_or_default(), after.text(path).unwrap_or_default());
        let known = hosts(old);
        for host in hosts(new).difference(&known) {
            let elsewhere =
                before.iter().filter_map(|(path, _)| before.text(path)).any(|text| text.contains(host.as_str()));
            if !elsewhere {
                remarks.push(format!("{path} speaks of a new address, {host}"));
            }
        }
        if wildcards(new) > wildcards(old) {
            remarks.push(format!("{path} grants every action or every resource of a service"));
        }
        if public(new) > public(old) {
            remarks.push(format!("{path} opens something to everybody"));
        }
    }
    remarks.truncate(MAX);
    remarks
}

/// Hosts of addresses in a text.
fn hosts(text: &str) -> BTreeSet<String> {
    text.match_indices("://")
        .filter_map(|(at, _)| {
            let rest = &text[at + 3..];
            let end = rest.find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '.' | '-')));
            let host = &rest[..end.unwrap_or(rest.len())];
            (host.contains('.') && !host.ends_with("amazonaws.com")).then(|| host.to_lowercase())
        })
        .collect()
}

fn wildcards(text: &str) -> usize {
    text.lines()
        .map(|line| line.split_whitespace().collect::<String>().replace(['"', '\'', '[', ']', ','], ""))
        .filter(|line| {
            let line = line.trim_start_matches('-').to_lowercase();
            ["action:*", "actions=*", "action=*", "resource:*", "resources=*", "*"].contains(&line.as_str())
                || (line.starts_with("action:") && line.ends_with(":*"))
        })
        .count()
}

fn public(text: &str) -> usize {
    [
        "AuthType: NONE",
        "\"AuthType\": \"NONE\"",
        "0.0.0.0/0",
        "Principal: \"*\"",
        "Principal: '*'",
        "\"Principal\": \"*\"",
        "PublicRead",
    ]
    .iter()
    .map(|sign| text.matches(sign).count())
    .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_tree::File;

    #[test]
    fn what_widens_is_named() {
        let check = |old: &str, new: &str, expected: &[&str]| {
            let tree = |text: &str| -> Tree { [("t.yaml".to_owned(), File::new(text))].into_iter().collect() };
            let found = of(&tree(old), &tree(new));
            assert_eq!(found.len(), expected.len(), "{found:?}");
            assert!(found.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{found:?}");
        };
        check("", "a: 1\n", &[]);
        check("u: https://a.example/x\n", "u: https://a.example/y\n", &[]);
        check("", "u: https://evil.example/x\n", &["evil.example"]);
        check("", "u: https://sqs.eu-west-1.amazonaws.com/\n", &[]);
        check("Action: s3:GetObject\n", "Action: 's3:*'\n", &["every action"]);
        check("", "Resource: '*'\n", &["every action"]);
        check("Resource: '*'\n", "Resource: \"*\"\nx: 1\n", &[]);
        check("", "CidrIp: 0.0.0.0/0\n", &["everybody"]);
    }
}
