//! Terraform's own words. What the services behind it say is sorted with everybody's.

use super::{Rule, rule};
use crate::Class::{Conflict, Dependency, MissingReference, TemplateValidation, UnstableResource};

const LANGUAGE: &str = "https://developer.hashicorp.com/terraform/language";
const RESOURCES: &str = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs";
const VARIABLES: &str = "https://developer.hashicorp.com/terraform/language/values/variables";

pub(super) const RULES: &[Rule] = &[
    rule(Conflict, &["error acquiring the state lock"]),
    rule(TemplateValidation, &["error: unsupported argument"])
        .change("Remove or rename the argument that the message names.")
        .read(RESOURCES),
    rule(TemplateValidation, &["error: missing required argument"])
        .change("Add the argument that the message names.")
        .read(RESOURCES),
    rule(TemplateValidation, &["reference to undeclared"])
        .change("Correct the name, or declare what is referred to.")
        .read(LANGUAGE),
    rule(TemplateValidation, &["error: invalid resource type"]).change("Correct the resource type.").read(RESOURCES),
    rule(TemplateValidation, &["error: unsupported attribute"])
        .change("Use an attribute that the resource has.")
        .read(RESOURCES),
    rule(TemplateValidation, &["error: unsupported block type"])
        .change("Remove the block, or use the resource that replaced it.")
        .read(RESOURCES),
    rule(TemplateValidation, &["error: no value for required variable"])
        .change("Give the variable a default.")
        .example("variable \"domain\" {\n  default = \"example.com\"\n}")
        .read(VARIABLES),
    rule(TemplateValidation, &["error: cycle:"])
        .change("Break the circle: move one reference into a resource of its own, such as a security group rule."),
    rule(TemplateValidation, &["error: duplicate", "configuration"]).change("Rename or remove one of the two."),
    rule(TemplateValidation, &["duplicate variable declaration"]).change("Declare the variable once."),
    rule(TemplateValidation, &["duplicate output definition"]).change("Declare the output once."),
    rule(TemplateValidation, &["error: unclosed configuration block"])
        .change("Close the block that begins at the line that the message names."),
    rule(TemplateValidation, &["error: argument or block definition required"])
        .change("Correct the syntax at the line that the message names.")
        .read(LANGUAGE),
    rule(TemplateValidation, &["error: invalid count argument"])
        .change("Let `count` depend on values that are known before anything is made."),
    rule(TemplateValidation, &["error: invalid for_each argument"])
        .change("Let `for_each` depend on values that are known before anything is made."),
    rule(TemplateValidation, &["backend initialization required"]),
    rule(MissingReference, &["no file exists at"])
        .change("Commit the file, or correct the path; it is relative to the module's folder."),
    rule(MissingReference, &["error: reading zip file"])
        .change("Let an `archive_file` make the zip, or commit it.")
        .read("https://registry.terraform.io/providers/hashicorp/archive/latest/docs/data-sources/file"),
    rule(Dependency, &["error: module not installed"]).change("Correct the module's `source`."),
    rule(Dependency, &["inconsistent dependency lock file"])
        .change("Bring .terraform.lock.hcl in step with `required_providers`."),
    rule(Dependency, &["failed to query available provider packages"])
        .change("Correct the provider's source and version in `required_providers`."),
    rule(Dependency, &["unsupported terraform core version"]).change("Widen `required_version`."),
    rule(UnstableResource, &["timeout while waiting for state to become"]),
    rule(UnstableResource, &["unexpected state", "wanted target"]),
];
