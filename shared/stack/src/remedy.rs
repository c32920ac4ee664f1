//! What a reason means and what to do about it, in words.

use crate::reason::Reason;
use drydock_diagnosis::Class;

impl Reason {
    /// What it means, in one sentence.
    pub fn meaning(&self) -> String {
        let subject = self.subject.as_deref();
        let property = self.property.as_deref();
        match self.class {
            Class::IamPermission => {
                let action = self.action.as_deref().map_or_else(|| "what it needs".to_owned(), |it| format!("`{it}`"));
                let resource = subject.map(|it| format!(" on `{it}`")).unwrap_or_default();
                format!("The role that deploys is not allowed {action}{resource}.")
            }
            Class::ResourceExists => match subject {
                Some(name) => format!("`{name}` is there already and does not belong to this stack."),
                None => "Something of the same name is there already and does not belong to this stack.".to_owned(),
            },
            Class::Quota => match subject {
                Some(what) => format!("The account has reached its limit of {what}."),
                None => "The account has reached a service limit.".to_owned(),
            },
            Class::StackPolicy => match subject {
                Some(id) => format!("The stack's policy does not let an update replace or remove `{id}`."),
                None => self.class.meaning().to_owned(),
            },
            Class::TemplateValidation if property.is_some() => {
                format!("The service refuses the value given for `{}`.", property.unwrap_or_default())
            }
            Class::Capability => match property {
                Some(capability) => format!("The template needs `{capability}`, which was not granted."),
                None => "The template needs a capability that was not granted.".to_owned(),
            },
            Class::MissingReference => match subject {
                Some(name) => format!("The template refers to `{name}`, which is not there."),
                None => "The template refers to something that is not there.".to_owned(),
            },
            class => class.meaning().to_owned(),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match (self.class, &self.action, &self.subject) {
            (Class::IamPermission, Some(action), Some(resource)) => {
                format!("Allow `{action}` on `{resource}` to the role that deploys, or take it out of the template.")
            }
            (Class::IamPermission, Some(action), None) => {
                format!("Allow `{action}` to the role that deploys, or take the resource out of the template.")
            }
            (Class::ResourceExists, _, Some(name)) => format!(
                "Leave the name to CloudFormation (remove the name property), choose another than `{name}`, or delete the existing one."
            ),
            (class, ..) => class.remedy().to_owned(),
        }
    }
}
