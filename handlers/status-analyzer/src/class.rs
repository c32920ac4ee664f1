//! The classes of errors that an analysis tells apart: the `type` of an error and the `category` of a fix.

use drydock_contract::api::Severity;
use drydock_stack::ReasonClass;
use std::fmt;

macro_rules! classes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $severity:ident;)+) => {
        /// What kind of error it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorClass {
            $($(#[$doc])* $variant,)+
        }

        impl ErrorClass {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in an analysis.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// How bad it is for the session that it ended.
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$variant => Severity::$severity,)+
                }
            }
        }
    };
}

classes! {
    /// A role lacks a permission. Nothing in the repository helps.
    IamPermission = "iam-permission", Critical;
    /// The credentials are not valid.
    Credentials = "credentials", Critical;
    /// A policy or hook of the account refuses it.
    AccountPolicy = "account-policy", Critical;
    /// An account limit is reached.
    Quota = "quota", Critical;
    /// The repository cannot be fetched.
    GitAccess = "git-access", Critical;
    /// The repository is larger or stranger than what is accepted.
    Repository = "repository", High;
    /// Nothing deployable was found, more than one thing was, or the tool is not supported.
    ProjectDetection = "project-detection", High;
    /// The template or one of its properties is wrong.
    TemplateValidation = "template-validation", High;
    /// A name is taken.
    ResourceExists = "resource-exists", High;
    /// A capability was not granted.
    Capability = "capability", High;
    /// Lambda refuses a function's package or settings.
    LambdaConfiguration = "lambda-configuration", High;
    /// The project's own code failed.
    CodeError = "code-error", High;
    /// Dependencies are not installed or cannot be.
    Dependency = "dependency", High;
    /// Something that is referred to is not there.
    MissingReference = "missing-reference", High;
    /// Something else still uses a resource.
    ResourceInUse = "resource-in-use", High;
    /// A resource does not become healthy.
    UnstableResource = "unstable-resource", High;
    /// It took too long.
    Timeout = "timeout", High;
    /// A test of what was deployed failed.
    TestFailure = "test-failure", High;
    /// Another operation worked on the same thing.
    Conflict = "conflict", Medium;
    /// Somebody or something could not be reached.
    Network = "network", Medium;
    /// An AWS service failed or asked to slow down.
    ServiceFailure = "service-failure", Medium;
    /// This version does not do that yet.
    NotAvailable = "not-available", Medium;
    /// None of the above.
    Unknown = "unknown", High;
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<ReasonClass> for ErrorClass {
    fn from(class: ReasonClass) -> Self {
        match class {
            ReasonClass::MissingPermission => Self::IamPermission,
            ReasonClass::AlreadyExists => Self::ResourceExists,
            ReasonClass::Quota => Self::Quota,
            ReasonClass::InvalidProperty | ReasonClass::TemplateInvalid => Self::TemplateValidation,
            ReasonClass::MissingCapability => Self::Capability,
            ReasonClass::LambdaConfiguration => Self::LambdaConfiguration,
            ReasonClass::NotFound => Self::MissingReference,
            ReasonClass::CustomResource => Self::CodeError,
            ReasonClass::Policy => Self::AccountPolicy,
            ReasonClass::InUse => Self::ResourceInUse,
            ReasonClass::Conflict => Self::Conflict,
            ReasonClass::NotStabilized => Self::UnstableResource,
            ReasonClass::Timeout => Self::Timeout,
            ReasonClass::Credentials => Self::Credentials,
            ReasonClass::Throttled | ReasonClass::ServiceFailure => Self::ServiceFailure,
            ReasonClass::NestedStack | ReasonClass::Cancelled | ReasonClass::Summary | ReasonClass::Unknown => {
                Self::Unknown
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn words_are_distinct_and_in_kebab_case() {
        let words: HashSet<&str> = ErrorClass::ALL.iter().map(|class| class.as_str()).collect();
        assert_eq!(words.len(), ErrorClass::ALL.len());
        assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    }
}
