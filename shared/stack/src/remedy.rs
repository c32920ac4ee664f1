//! What a reason means and what to do about it, in words.

use crate::class::ReasonClass;
use crate::reason::Reason;

impl Reason {
    /// What it means, in one sentence.
    pub fn meaning(&self) -> String {
        let subject = self.subject.as_deref();
        let property = self.property.as_deref();
        match self.class {
            ReasonClass::MissingPermission => {
                let action = self.action.as_deref().map_or_else(|| "what it needs".to_owned(), |it| format!("`{it}`"));
                let resource = subject.map(|it| format!(" on `{it}`")).unwrap_or_default();
                format!("The role that deploys is not allowed {action}{resource}.")
            }
            ReasonClass::AlreadyExists => match subject {
                Some(name) => format!("`{name}` is there already and does not belong to this stack."),
                None => "Something of the same name is there already and does not belong to this stack.".to_owned(),
            },
            ReasonClass::Quota => match subject {
                Some(what) => format!("The account has reached its limit of {what}."),
                None => "The account has reached a service limit.".to_owned(),
            },
            ReasonClass::InvalidProperty => match property {
                Some(property) => format!("The service refuses the value given for `{property}`."),
                None => "The service refuses a property's value.".to_owned(),
            },
            ReasonClass::MissingCapability => match property {
                Some(capability) => format!("The template needs `{capability}`, which was not granted."),
                None => "The template needs a capability that was not granted.".to_owned(),
            },
            ReasonClass::NotFound => match subject {
                Some(name) => format!("The template refers to `{name}`, which is not there."),
                None => "The template refers to something that is not there.".to_owned(),
            },
            class => sentence(class).to_owned(),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match (self.class, &self.action, &self.subject) {
            (ReasonClass::MissingPermission, Some(action), Some(resource)) => {
                format!("Allow `{action}` on `{resource}` to the role that deploys, or take it out of the template.")
            }
            (ReasonClass::MissingPermission, Some(action), None) => {
                format!("Allow `{action}` to the role that deploys, or take the resource out of the template.")
            }
            (ReasonClass::AlreadyExists, _, Some(name)) => format!(
                "Leave the name to CloudFormation (remove the name property), choose another than `{name}`, or delete the existing one."
            ),
            (class, ..) => remedy(class).to_owned(),
        }
    }
}

const fn sentence(class: ReasonClass) -> &'static str {
    match class {
        ReasonClass::MissingPermission => "The role that deploys lacks a permission.",
        ReasonClass::AlreadyExists => "The name is taken.",
        ReasonClass::Quota => "The account has reached a service limit.",
        ReasonClass::InvalidProperty => "The service refuses a property's value.",
        ReasonClass::TemplateInvalid => "CloudFormation does not accept the template.",
        ReasonClass::MissingCapability => "The template needs a capability that was not granted.",
        ReasonClass::LambdaConfiguration => "Lambda refuses the function's package or settings.",
        ReasonClass::NotFound => "The template refers to something that is not there.",
        ReasonClass::CustomResource => "The code behind a custom resource reported a failure.",
        ReasonClass::Policy => "A policy or hook of the account or organization refuses it.",
        ReasonClass::InUse => "Something else still uses the resource.",
        ReasonClass::Conflict => "Another operation was working on the same resource.",
        ReasonClass::NotStabilized => "The resource was made but did not come to rest.",
        ReasonClass::Timeout => "Nobody answered in the time that the template allows.",
        ReasonClass::Throttled => "AWS limited the rate of requests.",
        ReasonClass::Credentials => "The credentials are not valid (any more).",
        ReasonClass::ServiceFailure => "The AWS service failed on its side.",
        ReasonClass::NestedStack => "A nested stack failed.",
        ReasonClass::Cancelled => "It was stopped because another resource failed.",
        ReasonClass::Summary => "Other resources failed.",
        ReasonClass::Unknown => "The service gave this reason.",
    }
}

const fn remedy(class: ReasonClass) -> &'static str {
    match class {
        ReasonClass::MissingPermission => {
            "Allow it to the role that deploys, or take the resource out of the template."
        }
        ReasonClass::AlreadyExists => {
            "Leave the name to CloudFormation (remove the name property), choose another, or delete the existing one."
        }
        ReasonClass::Quota => "Ask for a higher limit in Service Quotas, or delete what is not needed any more.",
        ReasonClass::InvalidProperty => {
            "Correct the property in the template; the resource's reference lists what is allowed."
        }
        ReasonClass::TemplateInvalid => {
            "Correct the template; `cfn-lint` finds this class of errors before a deployment."
        }
        ReasonClass::MissingCapability => "Deploy with the capability that is named.",
        ReasonClass::LambdaConfiguration => "Correct the function's runtime, package, role or settings.",
        ReasonClass::NotFound => "Create it first, or correct the reference.",
        ReasonClass::CustomResource => {
            "Read the log of the function behind the custom resource; the stream is named in the reason."
        }
        ReasonClass::Policy => "Comply with the policy, or ask whoever owns it.",
        ReasonClass::InUse => "Remove what uses it first, or keep the resource with `DeletionPolicy: Retain`.",
        ReasonClass::Conflict => "Deploy again once the other operation has ended.",
        ReasonClass::NotStabilized => "Look at the resource's own events or logs for why it does not become healthy.",
        ReasonClass::Timeout => "Find out why the signal or answer does not come, or allow more time.",
        ReasonClass::Throttled => "Deploy again; if it comes back, make fewer resources at a time depend on nothing.",
        ReasonClass::Credentials => "Renew the credentials and deploy again.",
        ReasonClass::ServiceFailure => "Deploy again; if it comes back, look at the AWS Health Dashboard.",
        ReasonClass::NestedStack => "Look at the events of the nested stack.",
        ReasonClass::Cancelled | ReasonClass::Summary => "Repair the resource that failed first.",
        ReasonClass::Unknown => "Read the reason; the resource's reference explains its properties.",
    }
}
