//! What goes and what stays, shown before anybody is asked.

use super::Work;
use crate::cloud::applications::Applications;
use crate::cloud::preview::HOLDS_DATA;
use crate::cloud::stuck::standing;
use crate::cloud::view::warning;
use crate::printer::Tone;
use drydock_stack::{StackResource, StackStatus};

impl Work<'_> {
    /// What goes, then what stays, each in the stack's order.
    pub(super) fn preview(&self, applications: &Applications) {
        let printer = &self.context.printer;
        if self.context.options.yes && (printer.is_quiet() || printer.is_json()) {
            return;
        }
        let stack = self.stack;
        printer.diagnostic(format_args!("Stack {} in {} ({}):\n", stack.name, self.aws.region(), stack.status));
        let mut resources: Vec<&StackResource> = standing(self.resources).collect();
        resources.sort_by_key(|resource| self.stays(resource));
        for resource in resources {
            let (word, tone) = if self.stays(resource) { ("keep", Tone::Good) } else { ("DELETE", Tone::Bad) };
            let id = resource.physical_id.as_deref().unwrap_or("");
            let kind = printer.err(Tone::Faint, &resource.resource_type);
            let holds = HOLDS_DATA.contains(&resource.resource_type.as_str());
            let contents = if holds && !self.stays(resource) {
                printer.err(Tone::Bad, " with all that it holds")
            } else {
                String::new()
            };
            let mark = printer.err(tone, format_args!("{word:>11}"));
            printer.diagnostic(format_args!("{mark} {:<30} {kind} {id}{contents}", resource.logical_id));
        }
        printer.diagnostic("");
        if stack.status == StackStatus::CreateInProgress {
            warning(printer, "the stack is being created; what is made until it is deleted goes, too");
            printer.diagnostic("");
        }
        self.preview_applications(applications);
        printer.diagnostic("The code bucket stays: other stacks may use it.\n");
    }

    fn preview_applications(&self, applications: &Applications) {
        let printer = &self.context.printer;
        if applications.is_empty() {
            return;
        }
        let (word, tone) = if self.options.with_applications { ("DELETE", Tone::Bad) } else { ("keep", Tone::Good) };
        for name in applications.names() {
            printer.diagnostic(format_args!("{} {name}", printer.err(tone, format_args!("{word:>11}"))));
        }
        if !self.options.with_applications {
            let mut advice = "What Drydock has deployed for users stays.".to_owned();
            if !applications.stacks.is_empty() {
                advice.push_str(
                    " CloudFormation acts for those stacks as a role that goes with this stack: to delete them later \
                     takes another role (aws cloudformation delete-stack --role-arn). To delete them now, pass \
                     --with-applications.",
                );
            }
            printer.diagnostic("");
            warning(printer, &advice);
        }
        printer.diagnostic("");
    }
}
