//! Terraform: HCL syntax, and names inside a module that nothing declares.

use crate::Finding;
use drydock_tree::Tree;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body};
use hcl_edit::visit::{Visit, visit_traversal};
use std::collections::BTreeSet;

/// Providers whose resources are told from variables of `for` expressions by their names.
const PROVIDERS: [&str; 8] = ["aws", "archive", "random", "null", "local", "tls", "time", "external"];

/// The module, or the one finding that keeps a file from being read.
fn parse(file: &str, text: &str) -> Result<Body, Box<Finding>> {
    text.parse::<Body>().map_err(|error| {
        let line = u32::try_from(error.location().line()).ok();
        Box::new(Finding::error(file, line, "terraform-syntax", error.message()))
    })
}

/// Syntax of one file.
pub(crate) fn check(file: &str, text: &str) -> Vec<Finding> {
    parse(file, text).err().map(|finding| *finding).into_iter().collect()
}

/// References in the module `folder` to what it does not declare. Empty if any of its files cannot be read: what
/// that file declares is not known then.
pub(crate) fn dangling(tree: &Tree, folder: &str) -> Vec<Finding> {
    let mut bodies = Vec::new();
    for (name, file) in tree.below(folder) {
        if name.contains('/') || !name.ends_with(".tf") {
            continue;
        }
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let Some(body) = std::str::from_utf8(&file.data).ok().and_then(|text| parse(&path, text).ok()) else {
            return Vec::new();
        };
        bodies.push((path, body));
    }
    let declared: BTreeSet<String> = bodies.iter().flat_map(|(_, body)| body.blocks().flat_map(declares)).collect();
    let mut findings = Vec::new();
    for (path, body) in &bodies {
        let mut references = References::default();
        references.visit_body(body);
        for name in references.0.into_iter().filter(|name| !declared.contains(name)) {
            let message = format!("`{name}` is not declared in this module");
            findings.push(Finding::error(path, None, "terraform-reference", message).at(name));
        }
    }
    findings
}

/// The names that a block brings: `var.x`, `local.x`, `module.x`, `data.t.x` or `t.x`.
fn declares(block: &Block) -> Vec<String> {
    let labels: Vec<&str> = block.labels.iter().map(hcl_edit::structure::BlockLabel::as_str).collect();
    match (block.ident.as_str(), labels.as_slice()) {
        ("variable", [name]) => vec![format!("var.{name}")],
        ("module", [name]) => vec![format!("module.{name}")],
        ("data", [kind, name]) => vec![format!("data.{kind}.{name}")],
        ("resource", [kind, name]) => vec![format!("{kind}.{name}")],
        ("locals", _) => block.body.attributes().map(|attribute| format!("local.{}", attribute.key.as_str())).collect(),
        _ => Vec::new(),
    }
}

/// The names that expressions use.
#[derive(Default)]
struct References(BTreeSet<String>);

impl Visit for References {
    fn visit_traversal(&mut self, node: &Traversal) {
        if let Expression::Variable(root) = &node.expr {
            let mut path = node.operators.iter().map_while(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            });
            let root = root.as_str();
            let name = match root {
                "var" | "local" | "module" => path.next().map(|name| format!("{root}.{name}")),
                "data" => path.next().zip(path.next()).map(|(kind, name)| format!("data.{kind}.{name}")),
                kind if is_resource_type(kind) => path.next().map(|name| format!("{kind}.{name}")),
                _ => None,
            };
            self.0.extend(name);
        }
        visit_traversal(self, node);
    }
}

fn is_resource_type(name: &str) -> bool {
    name.split_once('_').is_some_and(|(provider, rest)| !rest.is_empty() && PROVIDERS.contains(&provider))
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_tree::File;

    #[test]
    fn syntax_is_checked_with_its_line() {
        assert_eq!(check("main.tf", "resource \"a\" \"b\" {\n  x = 1\n}\n"), []);
        assert_eq!(check("main.tf", "resource \"a\" \"b\" {\n  x =\n}\n")[0].line, Some(2));
    }

    #[test]
    fn what_a_module_does_not_declare_is_named() {
        let check = |text: &str, expected: &[&str]| {
            let tree: Tree = [
                ("infra/main.tf".to_owned(), File::new(text)),
                ("infra/vars.tf".to_owned(), File::new("variable \"name\" {}\nlocals {\n  tags = {}\n}\n")),
                ("infra/other/x.tf".to_owned(), File::new("variable \"elsewhere\" {}\n")),
            ]
            .into_iter()
            .collect();
            let found: Vec<String> = dangling(&tree, "infra").into_iter().map(|finding| finding.place).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("resource \"aws_sqs_queue\" \"q\" {\n  name = var.name\n  tags = local.tags\n}\n", &[]);
        check("output \"u\" {\n  value = aws_sqs_queue.q.url\n}\n", &["aws_sqs_queue.q"]);
        check(
            "output \"u\" {\n  value = \"x-${var.nmae}-${data.aws_region.r.name}\"\n}\n",
            &["data.aws_region.r", "var.nmae"],
        );
        check(
            "output \"u\" {\n  value = module.m.x\n}\nlocals {\n  a = [for k in var.name : k.id]\n}\n",
            &["module.m"],
        );
        check("output \"u\" {\n  value = var.elsewhere\n}\n", &["var.elsewhere"]);
        check("output \"u\" {\n  value = \n}\n", &[]);
    }
}
