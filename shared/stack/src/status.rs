//! Statuses of stacks and resources: whether something still moves, and whether it ended well.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! statuses {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`")] $variant,)+
            /// A word that this version does not know.
            Other(String),
        }

        impl $name {
            /// Every status that is known.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// The word that CloudFormation writes.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }

            /// Reads CloudFormation's word; one that is not known is kept.
            pub fn parse(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                Self::parse(&word)
            }
        }

        impl From<$name> for String {
            fn from(status: $name) -> Self {
                status.as_str().to_owned()
            }
        }
    };
}

statuses! {
    /// Where a stack stands.
    /// See <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html>.
    StackStatus {
        ReviewInProgress = "REVIEW_IN_PROGRESS",
        CreateInProgress = "CREATE_IN_PROGRESS",
        CreateComplete = "CREATE_COMPLETE",
        CreateFailed = "CREATE_FAILED",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        RollbackComplete = "ROLLBACK_COMPLETE",
        RollbackFailed = "ROLLBACK_FAILED",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        UpdateCompleteCleanupInProgress = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateComplete = "UPDATE_COMPLETE",
        UpdateFailed = "UPDATE_FAILED",
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        UpdateRollbackCompleteCleanupInProgress = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
        ImportInProgress = "IMPORT_IN_PROGRESS",
        ImportComplete = "IMPORT_COMPLETE",
        ImportRollbackInProgress = "IMPORT_ROLLBACK_IN_PROGRESS",
        ImportRollbackComplete = "IMPORT_ROLLBACK_COMPLETE",
        ImportRollbackFailed = "IMPORT_ROLLBACK_FAILED",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteComplete = "DELETE_COMPLETE",
        DeleteFailed = "DELETE_FAILED",
    }
}

statuses! {
    /// Where a resource stands, or the operation that an event tells about.
    ResourceStatus {
        CreateInProgress = "CREATE_IN_PROGRESS",
        CreateComplete = "CREATE_COMPLETE",
        CreateFailed = "CREATE_FAILED",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        UpdateComplete = "UPDATE_COMPLETE",
        UpdateFailed = "UPDATE_FAILED",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteComplete = "DELETE_COMPLETE",
        DeleteFailed = "DELETE_FAILED",
        DeleteSkipped = "DELETE_SKIPPED",
        ImportInProgress = "IMPORT_IN_PROGRESS",
        ImportComplete = "IMPORT_COMPLETE",
        ImportFailed = "IMPORT_FAILED",
        ImportRollbackInProgress = "IMPORT_ROLLBACK_IN_PROGRESS",
        ImportRollbackComplete = "IMPORT_ROLLBACK_COMPLETE",
        ImportRollbackFailed = "IMPORT_ROLLBACK_FAILED",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        RollbackComplete = "ROLLBACK_COMPLETE",
        RollbackFailed = "ROLLBACK_FAILED",
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
    }
}

/// What a new version of a stack needs first, given where the stack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// No stack, or only the shell that a change set made: create.
    Create,
    /// A standing stack: update.
    Update,
    /// A creation that failed left a shell that cannot be updated: delete it, then create.
    DeleteFirst,
    /// Another operation runs: follow it to its end, then look again.
    Wait,
    /// An update failed and was left as it failed: roll it back. CloudFormation executes no other change set before,
    /// unless that one is not to be rolled back either.
    RollBack,
    /// An update could not be rolled back: continue the rollback, naming the resources to skip.
    ContinueRollback,
    /// Resources could not be taken into the stack, and that could not be undone: there is no request that goes on with
    /// it, so somebody must look at it.
    Stuck,
    /// The status is not known to this version.
    Unknown,
}

impl StackStatus {
    /// True while CloudFormation works on the stack. `REVIEW_IN_PROGRESS` is not: it waits for a person.
    pub fn is_in_progress(&self) -> bool {
        *self != Self::ReviewInProgress && self.as_str().ends_with("_IN_PROGRESS")
    }

    /// True once CloudFormation is done with it, well or badly.
    pub fn is_terminal(&self) -> bool {
        !self.as_str().ends_with("_IN_PROGRESS")
    }

    /// True if the last operation did what it was asked to do. A rollback, even a complete one, is not good.
    pub fn is_good(&self) -> bool {
        matches!(
            self,
            Self::CreateComplete
                | Self::UpdateComplete
                | Self::UpdateCompleteCleanupInProgress
                | Self::ImportComplete
                | Self::DeleteComplete
        )
    }

    /// True if the operation failed or is being undone because it failed.
    pub fn is_bad(&self) -> bool {
        let word = self.as_str();
        word.ends_with("_FAILED") || word.contains("ROLLBACK")
    }

    /// True if it is only a shell that a change set made: it has no template and no parameters.
    pub fn is_shell(&self) -> bool {
        *self == Self::ReviewInProgress
    }

    /// What a new version of the stack needs first.
    pub fn next_step(&self) -> NextStep {
        match self {
            Self::ReviewInProgress | Self::DeleteComplete => NextStep::Create,
            Self::CreateFailed | Self::RollbackComplete | Self::RollbackFailed | Self::DeleteFailed => {
                NextStep::DeleteFirst
            }
            Self::CreateComplete
            | Self::UpdateComplete
            | Self::UpdateRollbackComplete
            | Self::ImportComplete
            | Self::ImportRollbackComplete => NextStep::Update,
            Self::UpdateFailed => NextStep::RollBack,
            Self::UpdateRollbackFailed => NextStep::ContinueRollback,
            Self::ImportRollbackFailed => NextStep::Stuck,
            other if other.is_in_progress() => NextStep::Wait,
            _ => NextStep::Unknown,
        }
    }
}

impl ResourceStatus {
    /// True while CloudFormation works on the resource.
    pub fn is_in_progress(&self) -> bool {
        self.as_str().ends_with("_IN_PROGRESS")
    }

    /// True once CloudFormation is done with it, well or badly.
    pub fn is_terminal(&self) -> bool {
        !self.is_in_progress()
    }

    /// True if it ended well. `DELETE_SKIPPED` (retained on purpose) is.
    pub fn is_good(&self) -> bool {
        self.is_terminal() && !self.is_failure() && !matches!(self, Self::Other(_))
    }

    /// True for every `…_FAILED`.
    pub fn is_failure(&self) -> bool {
        self.as_str().ends_with("_FAILED")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for status in StackStatus::KNOWN {
            assert_eq!(&StackStatus::parse(status.as_str()), status);
            assert!(
                status.is_in_progress() != (status.is_terminal() || *status == StackStatus::ReviewInProgress),
                "{status}"
            );
            assert!(!(status.is_good() && status.is_bad()), "{status}");
            assert_ne!(status.next_step(), NextStep::Unknown, "{status}");
        }
        for status in ResourceStatus::KNOWN {
            assert_eq!(&ResourceStatus::parse(status.as_str()), status);
            assert_eq!(status.is_in_progress(), !status.is_terminal(), "{status}");
        }
        let new = StackStatus::parse("SHRUG_IN_PROGRESS");
        assert!(new.is_in_progress() && !new.is_good());
        assert_eq!(serde_json::to_value(&new).unwrap(), "SHRUG_IN_PROGRESS");
    }

    #[test]
    fn a_status_says_what_it_means() {
        let check = |word: &str, terminal: bool, good: bool, bad: bool, next: NextStep| {
            let status = StackStatus::parse(word);
            let found = (status.is_terminal(), status.is_good(), status.is_bad(), status.next_step());
            assert_eq!(found, (terminal, good, bad, next), "{word}");
        };
        check("REVIEW_IN_PROGRESS", false, false, false, NextStep::Create);
        check("CREATE_IN_PROGRESS", false, false, false, NextStep::Wait);
        check("CREATE_COMPLETE", true, true, false, NextStep::Update);
        check("ROLLBACK_IN_PROGRESS", false, false, true, NextStep::Wait);
        check("ROLLBACK_COMPLETE", true, false, true, NextStep::DeleteFirst);
        check("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", false, true, false, NextStep::Wait);
        check("UPDATE_ROLLBACK_COMPLETE", true, false, true, NextStep::Update);
        check("UPDATE_FAILED", true, false, true, NextStep::RollBack);
        check("UPDATE_ROLLBACK_FAILED", true, false, true, NextStep::ContinueRollback);
        check("IMPORT_ROLLBACK_COMPLETE", true, false, true, NextStep::Update);
        check("IMPORT_ROLLBACK_FAILED", true, false, true, NextStep::Stuck);
        check("DELETE_COMPLETE", true, true, false, NextStep::Create);
        check("DELETE_FAILED", true, false, true, NextStep::DeleteFirst);
        check("SHRUG", true, false, false, NextStep::Unknown);
    }

    #[test]
    fn a_skipped_deletion_is_good() {
        assert!(ResourceStatus::DeleteSkipped.is_good());
        assert!(ResourceStatus::UpdateRollbackFailed.is_failure());
        assert!(!ResourceStatus::parse("WHAT").is_good());
    }
}
