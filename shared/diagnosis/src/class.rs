//! The classes of failures: what each means, how bad it is, who can do something about it and what.

use drydock_contract::api::Severity;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What it takes to get past a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cure {
    /// Editing files of the repository.
    Code,
    /// Another request: another branch, folder or parameter.
    Request,
    /// Somebody who may change the account, the Git host or this installation.
    Person,
    /// Nothing but time: the same deployment may succeed later.
    Time,
}

impl Cure {
    /// Who or what helps, in a few words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "editing the repository",
            Self::Request => "another request",
            Self::Person => "a person",
            Self::Time => "trying again later",
        }
    }
}

/// A class, for people. `meaning` and `remedy` are sentences.
struct Row {
    word: &'static str,
    severity: Severity,
    cure: Cure,
    meaning: &'static str,
    remedy: &'static str,
}

macro_rules! classes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $severity:ident, $cure:ident, $meaning:literal, $remedy:literal;)+) => {
        /// What kind of failure it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Class {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl Class {
            /// Every class, those that only a person can do something about first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            const fn row(self) -> Row {
                match self {
                    $(Self::$variant => Row {
                        word: $word,
                        severity: Severity::$severity,
                        cure: Cure::$cure,
                        meaning: $meaning,
                        remedy: $remedy,
                    },)+
                }
            }
        }
    };
}

classes! {
    /// Whoever deploys lacks a permission. Nothing in the repository helps.
    IamPermission = "iam-permission", Critical, Person,
        "The role that deploys lacks a permission.",
        "Allow it to the role that deploys, or take the resource out of the template.";
    /// The credentials are not valid.
    Credentials = "credentials", Critical, Person,
        "The credentials are not valid (any more).",
        "Renew the credentials and deploy again.";
    /// A policy, boundary or hook of the account refuses it.
    AccountPolicy = "account-policy", Critical, Person,
        "A policy or hook of the account or organization refuses it.",
        "Comply with the policy, or ask whoever owns it.";
    /// The stack's own policy refuses the update.
    StackPolicy = "stack-policy", High, Person,
        "The stack's policy does not let an update replace or remove the resource.",
        "Leave the resource as it is, or lift the stack policy for this one update (for Drydock's own stack: `cargo xtask deploy --allow-data-loss`).";
    /// An account limit is reached.
    Quota = "quota", Critical, Person,
        "The account has reached a service limit.",
        "Ask for a higher limit in Service Quotas, or delete what is not needed any more.";
    /// The repository cannot be read or written.
    GitAccess = "git-access", Critical, Person,
        "The Git host does not give access to the repository or the branch.",
        "Check the address and the branch, and that the stored token may use them.";
    /// The repository is larger or stranger than what is accepted.
    Repository = "repository", High, Person,
        "The repository is empty, too large or not in a form that can be fetched.",
        "Bring the repository within the limits, then deploy again.";
    /// The template needs something acknowledged that was not.
    Capability = "capability", High, Person,
        "The template needs a capability that was not granted.",
        "Deploy with the capability that is named.";
    /// The model cannot be asked.
    ModelAccess = "model-access", High, Person,
        "The model that repairs cannot be asked: there is no key, or it is refused.",
        "Store a valid model key.";
    /// The fixer gave up.
    RepairFailed = "repair-failed", High, Person,
        "No repair was found.",
        "Repair it by hand with what was found.";
    /// Nothing deployable was found, or more than one thing was.
    ProjectDetection = "project-detection", High, Request,
        "It is not clear what of the repository is to be deployed.",
        "Name the folder in `projectRoot` and the tool in `iacType`.";
    /// What was asked for cannot be done as it was asked for.
    InvalidRequest = "invalid-request", High, Request,
        "The request asks for something that the project does not have or that is not allowed.",
        "Send the request again with another value.";
    /// This installation does not do that.
    NotAvailable = "not-available", Medium, Request,
        "This installation does not do that.",
        "Use what is available.";
    /// The template or one of its properties is wrong.
    TemplateValidation = "template-validation", High, Code,
        "The template or one of its properties is not accepted.",
        "Correct the template; the resource's reference lists what is allowed.";
    /// A name is taken.
    ResourceExists = "resource-exists", High, Code,
        "Something of the same name is there already and does not belong to this stack.",
        "Leave the name to CloudFormation (remove the name property), choose another, or delete the existing one.";
    /// Something that is referred to is not there.
    MissingReference = "missing-reference", High, Code,
        "The template refers to something that is not there.",
        "Create it first, or correct the reference.";
    /// Something else still uses a resource.
    ResourceInUse = "resource-in-use", High, Code,
        "Something else still uses the resource.",
        "Remove what uses it first, or keep the resource with `DeletionPolicy: Retain`.";
    /// Lambda refuses a function's package or settings.
    LambdaConfiguration = "lambda-configuration", High, Code,
        "Lambda refuses the function's package or settings.",
        "Correct the function's runtime, package, role or settings.";
    /// What was deployed may not do what its code does.
    FunctionPermission = "function-permission", High, Code,
        "The deployed code's own role lacks a permission.",
        "Allow it to the function's role in the template.";
    /// The project's own code failed.
    CodeError = "code-error", High, Code,
        "The project's own code failed.",
        "Correct the code at the place that is named.";
    /// Dependencies are not installed or cannot be.
    Dependency = "dependency", High, Code,
        "A package that the code needs is missing or cannot be installed.",
        "Declare the dependency and bring it along, or correct its version.";
    /// The project cannot be built or synthesized.
    Build = "build", High, Code,
        "The project cannot be built.",
        "Correct what the compiler or the tool names.";
    /// A custom resource's own code reported a failure.
    CustomResource = "custom-resource", High, Code,
        "The code behind a custom resource reported a failure.",
        "Read the log of the function behind the custom resource; the stream is named in the reason.";
    /// The function ran out of its own time.
    FunctionTimeout = "function-timeout", High, Code,
        "The function did not end in the time that the template gives it.",
        "Find what it waits for, or raise its `Timeout`.";
    /// The function ran out of memory or disk.
    FunctionMemory = "function-memory", High, Code,
        "The function ran out of memory or disk.",
        "Raise its `MemorySize` or `EphemeralStorage`, or let it use less.";
    /// A resource does not become healthy.
    UnstableResource = "unstable-resource", High, Code,
        "The resource was made but did not come to rest.",
        "Look at the resource's own events or logs for why it does not become healthy.";
    /// A nested stack failed, and only that is known.
    NestedStack = "nested-stack", High, Code,
        "A nested stack failed.",
        "Look at the events of the nested stack.";
    /// A test of what was deployed failed.
    TestFailure = "test-failure", High, Code,
        "What is deployed answers otherwise than it should.",
        "Make the failing test pass.";
    /// It took too long.
    Timeout = "timeout", High, Time,
        "It did not end in the time that there was.",
        "Find what was waited for; deploy again if that was a passing delay.";
    /// Another operation worked on the same thing.
    Conflict = "conflict", Medium, Time,
        "Another operation was working on the same resource.",
        "Deploy again once the other operation has ended.";
    /// Somebody or something could not be reached.
    Network = "network", Medium, Time,
        "Another host could not be reached.",
        "Check that the host is up and reachable, then deploy again.";
    /// Too many requests.
    Throttling = "throttling", Medium, Time,
        "The service limited the rate of requests.",
        "Deploy again; if it comes back, let fewer resources be made at a time.";
    /// A service failed on its side.
    ServiceFailure = "service-failure", Medium, Time,
        "The service failed on its side.",
        "Deploy again; if it comes back, look at the AWS Health Dashboard.";
    /// Stopped because something else failed.
    Cancelled = "cancelled", Low, Code,
        "It was stopped because another resource failed.",
        "Repair the resource that failed first.";
    /// A summary of failures that are told elsewhere.
    Summary = "summary", Low, Code,
        "Other resources failed.",
        "Repair the resource that failed first.";
    /// None of the above.
    Unknown = "unknown", High, Code,
        "The reason is none that is known here.",
        "Read the reason; the resource's reference explains its properties.";
}

impl Class {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        self.row().word
    }

    /// Reads the word back; `None` for anything else.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.as_str() == word)
    }

    /// How bad it is for the session that it ended.
    pub const fn severity(self) -> Severity {
        self.row().severity
    }

    /// What it takes to get past it.
    pub const fn cure(self) -> Cure {
        self.row().cure
    }

    /// True if editing the repository can repair it.
    pub fn is_fixable_in_code(self) -> bool {
        self.cure() == Cure::Code
    }

    /// What it means, in a sentence.
    pub const fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// What to do about it, in a sentence.
    pub const fn remedy(self) -> &'static str {
        self.row().remedy
    }

    /// True if it only follows from another failure, and so never is the cause.
    pub const fn is_consequence(self) -> bool {
        matches!(self, Self::Cancelled | Self::Summary)
    }

    /// What the same words mean where running code has said them: there a refused request is the template's fault,
    /// because it made the role, and a host that does not answer is one that the code was pointed to.
    #[must_use]
    pub const fn in_running_code(self) -> Self {
        match self {
            Self::IamPermission => Self::FunctionPermission,
            Self::Timeout => Self::FunctionTimeout,
            Self::Network | Self::Credentials | Self::Conflict | Self::ResourceExists | Self::Unknown => {
                Self::CodeError
            }
            other => other,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn words_are_distinct_and_the_ones_serde_writes() {
        let words: HashSet<&str> = Class::ALL.iter().map(|class| class.as_str()).collect();
        assert_eq!(words.len(), Class::ALL.len());
        for class in Class::ALL {
            assert!(class.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{class}");
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
            assert_eq!(Class::parse(class.as_str()), Some(*class));
        }
    }

    #[test]
    fn every_class_is_explained_in_sentences() {
        for class in Class::ALL {
            for sentence in [class.meaning(), class.remedy()] {
                assert!(sentence.ends_with('.') && sentence.starts_with(char::is_uppercase), "{class}: {sentence}");
            }
        }
    }

    #[test]
    fn what_no_edit_repairs_is_not_tried() {
        use Class::*;
        for class in [
            IamPermission,
            Credentials,
            AccountPolicy,
            StackPolicy,
            Quota,
            GitAccess,
            ModelAccess,
            Network,
            ServiceFailure,
            Throttling,
            NotAvailable,
            ProjectDetection,
        ] {
            assert!(!class.is_fixable_in_code(), "{class}");
        }
        for class in [TemplateValidation, FunctionPermission, CodeError, TestFailure, FunctionTimeout, Unknown] {
            assert!(class.is_fixable_in_code(), "{class}");
        }
    }

    #[test]
    fn what_running_code_says_is_its_own_fault() {
        for class in Class::ALL {
            let told = class.in_running_code();
            assert_eq!(told.in_running_code(), told, "{class}");
        }
        assert_eq!(Class::IamPermission.in_running_code(), Class::FunctionPermission);
    }
}
