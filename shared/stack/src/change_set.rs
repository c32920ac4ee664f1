//! Change sets as data: what is asked for, and what comes of it.

use crate::change::Change;
use std::collections::BTreeMap;

/// What a stack is to become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSetRequest {
    /// Name of the stack; created if there is none.
    pub stack: String,
    /// Name of the change set. Asking again under the same name gives the same change set.
    pub name: String,
    /// The token that the execution will carry. If the stack's events carry it already, the change set was executed
    /// by an earlier run of the same work.
    pub client_token: Option<String>,
    /// The template.
    pub template: Template,
    /// Template parameters; those not named take their default.
    pub parameters: BTreeMap<String, ParameterValue>,
    /// Such as `CAPABILITY_NAMED_IAM`.
    pub capabilities: Vec<String>,
    /// The service role that CloudFormation takes on; without it, the caller's own permissions.
    pub role_arn: Option<String>,
    /// Stack tags. None given leaves those of a standing stack as they are.
    pub tags: BTreeMap<String, String>,
    /// For people who look at it in the console.
    pub description: Option<String>,
}

/// Where the template is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Template {
    /// The one that the stack has.
    #[default]
    Previous,
    /// Itself, up to [`Template::MAX_BODY_BYTES`].
    Body(String),
    /// In S3: `https://…`, up to 1 MB.
    Url(String),
}

impl Template {
    /// Largest template in a request, in bytes; a larger one goes through S3.
    pub const MAX_BODY_BYTES: usize = 51_200;
}

/// A template parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// This.
    Value(String),
    /// The one that the stack has.
    Previous,
}

/// What came of asking for a change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSetOutcome {
    /// It can be executed.
    Ready(ChangeSet),
    /// It was executed before, by an earlier run of the same work: only its end is to be awaited.
    Executed {
        /// ARN of the stack.
        stack_id: String,
    },
    /// The stack is what it is to become, and nothing was left behind. There is no operation to follow: a look at the
    /// stack without a token shows it as it stands.
    NoChanges,
    /// CloudFormation refuses it, with why. Nothing was left behind.
    Failed(String),
}

/// A change set that CloudFormation has worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    /// ARN.
    pub id: String,
    /// Name.
    pub name: String,
    /// ARN of the stack.
    pub stack_id: String,
    /// Name of the stack.
    pub stack_name: String,
    /// True if the stack is only a shell that waits for this change set.
    pub creates: bool,
    /// Whether it can be executed.
    pub execution: Execution,
    /// What it would do.
    pub changes: Vec<Change>,
}

/// Whether a change set can be or was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// It can be.
    Available,
    /// It is, or was.
    Begun,
    /// Something else changed the stack since; a new change set is needed.
    Obsolete,
    /// Not ready, or never will be.
    Unavailable,
}

/// A change set in the list of those that a stack has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedChangeSet {
    /// Name.
    pub name: String,
    /// True if it is being or was executed.
    pub begun: bool,
}
