//! The parts of a CloudFormation template: resources and parameters.

use crate::document::{Content, Document, Node};
use std::collections::HashSet;
use std::rc::Rc;

/// A resource of the template.
pub(crate) struct Resource<'document> {
    pub name: &'document str,
    /// Such as `AWS::SQS::Queue`; empty if it is missing.
    pub kind: &'document str,
    pub body: &'document Rc<Node>,
}

/// All resources, those inside of `Fn::ForEach` loops included.
pub(crate) fn resources<'document>(document: &'document Document<'_>) -> Vec<Resource<'document>> {
    let mut found = Vec::new();
    if let Some(section) = document.get(&document.root, "Resources") {
        collect(document, section, &mut found, &mut HashSet::new());
    }
    found
}

fn collect<'document>(
    document: &'document Document<'_>,
    section: &'document Rc<Node>,
    found: &mut Vec<Resource<'document>>,
    seen: &mut HashSet<*const Node>,
) {
    // Loops that repeat each other's body by aliases have nothing new the second time, and no end in sight.
    if !seen.insert(Rc::as_ptr(document.resolve(section))) {
        return;
    }
    for (name, body) in document.entries(section) {
        match &document.resolve(body).content {
            Content::Sequence(parts) if name.starts_with("Fn::ForEach::") => {
                if let Some(fragment) = parts.get(2) {
                    collect(document, fragment, found, seen);
                }
            }
            _ => found.push(Resource { name, kind: document.text_at(body, &["Type"]).unwrap_or_default(), body }),
        }
    }
}

/// A parameter that the template declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredParameter {
    /// Its name.
    pub name: String,
    /// True if it may be left out.
    pub has_default: bool,
    /// True if its value must not be shown.
    pub no_echo: bool,
}

/// The template's `Parameters` section.
pub(crate) fn parameters(document: &Document<'_>) -> Vec<DeclaredParameter> {
    let Some(section) = document.get(&document.root, "Parameters") else { return Vec::new() };
    document
        .entries(section)
        .into_iter()
        .map(|(name, body)| DeclaredParameter {
            name: name.to_owned(),
            has_default: document.get(body, "Default").is_some(),
            no_echo: document.text_at(body, &["NoEcho"]).is_some_and(|text| text.eq_ignore_ascii_case("true")),
        })
        .collect()
}
