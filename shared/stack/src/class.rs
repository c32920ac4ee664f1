//! The classes that failures fall into.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of failure it is, and so who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonClass {
    /// Whoever acts lacks a permission.
    MissingPermission,
    /// The name is taken.
    AlreadyExists,
    /// An account limit is reached.
    Quota,
    /// A property or parameter has a value that the service refuses.
    InvalidProperty,
    /// The template itself is wrong.
    TemplateInvalid,
    /// The template needs a capability that was not granted.
    MissingCapability,
    /// A Lambda function's code package or settings are refused.
    LambdaConfiguration,
    /// Something that is referred to is not there.
    NotFound,
    /// A custom resource's own code reported a failure.
    CustomResource,
    /// A hook or a policy of the account refused it.
    Policy,
    /// Something else still uses it.
    InUse,
    /// Another operation was working on the same thing.
    Conflict,
    /// The resource did not come to rest.
    NotStabilized,
    /// Nobody answered in time.
    Timeout,
    /// Too many requests.
    Throttled,
    /// The credentials are wrong or have expired.
    Credentials,
    /// The service failed.
    ServiceFailure,
    /// It failed inside a nested stack.
    NestedStack,
    /// Stopped because something else failed.
    Cancelled,
    /// A summary of failures told elsewhere.
    Summary,
    /// None of the above.
    Unknown,
}

impl ReasonClass {
    /// Every class.
    pub const ALL: [Self; 21] = [
        Self::MissingPermission,
        Self::AlreadyExists,
        Self::Quota,
        Self::InvalidProperty,
        Self::TemplateInvalid,
        Self::MissingCapability,
        Self::LambdaConfiguration,
        Self::NotFound,
        Self::CustomResource,
        Self::Policy,
        Self::InUse,
        Self::Conflict,
        Self::NotStabilized,
        Self::Timeout,
        Self::Throttled,
        Self::Credentials,
        Self::ServiceFailure,
        Self::NestedStack,
        Self::Cancelled,
        Self::Summary,
        Self::Unknown,
    ];

    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingPermission => "missing-permission",
            Self::AlreadyExists => "already-exists",
            Self::Quota => "quota",
            Self::InvalidProperty => "invalid-property",
            Self::TemplateInvalid => "template-invalid",
            Self::MissingCapability => "missing-capability",
            Self::LambdaConfiguration => "lambda-configuration",
            Self::NotFound => "not-found",
            Self::CustomResource => "custom-resource",
            Self::Policy => "policy",
            Self::InUse => "in-use",
            Self::Conflict => "conflict",
            Self::NotStabilized => "not-stabilized",
            Self::Timeout => "timeout",
            Self::Throttled => "throttled",
            Self::Credentials => "credentials",
            Self::ServiceFailure => "service-failure",
            Self::NestedStack => "nested-stack",
            Self::Cancelled => "cancelled",
            Self::Summary => "summary",
            Self::Unknown => "unknown",
        }
    }

    /// True if it only follows from another failure, and so never is the cause.
    pub const fn is_consequence(self) -> bool {
        matches!(self, Self::Cancelled | Self::Summary)
    }

    /// True if editing the repository can repair it; a quota, a permission of the deployer or an unwell service
    /// cannot be repaired there.
    pub const fn is_fixable_in_code(self) -> bool {
        matches!(
            self,
            Self::AlreadyExists
                | Self::InvalidProperty
                | Self::TemplateInvalid
                | Self::LambdaConfiguration
                | Self::NotFound
                | Self::CustomResource
                | Self::InUse
                | Self::NotStabilized
                | Self::NestedStack
                | Self::Unknown
        )
    }

    /// True if the same deployment may succeed later as it is.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Conflict | Self::Throttled | Self::ServiceFailure)
    }
}

impl fmt::Display for ReasonClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_ones_serde_writes() {
        for class in ReasonClass::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        }
    }

    #[test]
    fn what_passes_by_itself_is_not_repaired_in_code() {
        for class in ReasonClass::ALL {
            assert!(!(class.is_transient() && class.is_fixable_in_code()), "{class}");
        }
    }
}
