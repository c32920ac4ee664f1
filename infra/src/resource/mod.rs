//! The resource types that Drydock uses, each a plain struct with its handle.

use crate::expression::LogicalId;
use serde::Serialize;

/// Declares a resource type: its handle and the handle's references.
///
/// `Ref` gives what CloudFormation returns for the resource itself, a literal the attribute of that name.
macro_rules! resource {
    (
        $resource:ident $([const $constant:ident])? = $type:literal,
        $(#[$doc:meta])* $handle:ident { $($(#[$reference_doc:meta])* $reference:ident = $attribute:tt),* $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $handle<'s $(, const $constant: u32)?> {
            id: $crate::expression::LogicalId<'s>,
        }

        impl<'s $(, const $constant: u32)?> $handle<'s $(, $constant)?> {
            $(
                $(#[$reference_doc])*
                pub fn $reference(&self) -> $crate::Expression<'s> {
                    resource!(@reference self, $attribute)
                }
            )*
        }

        impl<'s $(, const $constant: u32)?> $crate::Resource<'s> for $resource<'s $(, $constant)?> {
            const TYPE: &'static str = $type;
            type Handle = $handle<'s $(, $constant)?>;

            fn handle(&self, id: $crate::expression::LogicalId<'s>) -> Self::Handle {
                $handle { id }
            }
        }
    };
    (@reference $self:ident, Ref) => { $crate::Expression::reference(&$self.id) };
    (@reference $self:ident, $attribute:literal) => { $crate::Expression::attribute(&$self.id, $attribute) };
}

mod alarm;
mod bucket;
mod event_source_mapping;
mod function;
mod http_api;
mod log_group;
mod managed_policy;
mod permission;
mod queue;
mod role;
mod rule;
mod secret;
mod state_machine;
mod table;
mod topic;

pub use alarm::{Alarm, AlarmHandle, Comparison, Dimension, MissingData, Statistic};
pub(crate) use bucket::bucket_by_name;
pub use bucket::{
    AbortIncompleteMultipartUpload, Bucket, BucketEncryption, BucketHandle, BucketPolicy, BucketPolicyHandle,
    LifecycleConfiguration, LifecycleRule, NoncurrentVersionExpiration, OwnershipControls, PublicAccessBlock,
    Versioning,
};
pub use event_source_mapping::{EventSourceMapping, EventSourceMappingHandle};
pub use function::{
    Environment, EphemeralStorage, Function, FunctionDeadLetters, FunctionHandle, LoggingConfig, RecursiveLoop, S3Code,
    Tracing,
};
pub use http_api::{
    AccessLogSettings, Api, ApiHandle, Authorizer, AuthorizerHandle, Integration, IntegrationHandle, JwtConfiguration,
    Route, RouteHandle, RouteKey, RouteSettings, Stage, StageHandle,
};
pub use log_group::{LogGroup, LogGroupHandle, Retention};
pub use managed_policy::{MAX_POLICY_CHARACTERS, ManagedPolicy, ManagedPolicyHandle};
pub use permission::{Permission, PermissionHandle};
pub use queue::{Queue, QueueHandle, QueueName, QueuePolicy, QueuePolicyHandle, Redrive, RedriveAllow};
pub use role::{Grants, Role, RoleHandle};
pub(crate) use role::{arn_in_this_account, policies_in_this_account, roles_in_this_account};
pub use rule::{EventPattern, Rule, RuleHandle, Target};
pub use secret::{Secret, SecretHandle};
pub use state_machine::{Definition, StateMachine, StateMachineHandle};
pub use table::{
    Attribute, AttributeType, GlobalSecondaryIndex, KeyElement, KeyType, PointInTimeRecovery, Projection,
    SseSpecification, Table, TableHandle, TimeToLive,
};
pub use topic::{Subscription, SubscriptionHandle, Topic, TopicHandle};

/// A resource type of CloudFormation. The struct's fields are its properties.
pub trait Resource<'s>: Serialize {
    /// Such as `AWS::SQS::Queue`.
    const TYPE: &'static str;
    /// Gives the references that this type has, and no others.
    type Handle;

    /// The handle of the resource once it has its id. Only a stack can call it, since only a stack makes ids.
    fn handle(&self, id: LogicalId<'s>) -> Self::Handle;

    /// What becomes of the data, for resources that hold any.
    fn removal(&self) -> Option<Removal> {
        None
    }
}

/// What becomes of a resource's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// When the stack is deleted.
    pub on_delete: Fate,
    /// When an update needs another resource in its place.
    pub on_replace: Fate,
}

/// Kept or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Fate {
    /// Gone.
    Delete,
    /// Kept, outside of the stack.
    Retain,
}

impl Removal {
    /// Deleting the stack is the operator's decision and takes the data along; an update must never lose it.
    pub const WITH_THE_STACK: Self = Self { on_delete: Fate::Delete, on_replace: Fate::Retain };
}
