//! What the definition leaves open as `${Name}`, and the deployment fills in.

/// Something in the account that the workflow works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The queue that `deployer-clone-detect` reads; a deployment begins there.
    CloneDetectQueue,
    /// The queue that `fixer-lambda` reads.
    FixerQueue,
    /// The queue that `sanity-tester-lambda` reads.
    SanityTesterQueue,
    /// The table of sessions.
    SessionsTable,
    /// The function that decides and concludes.
    StatusAnalyzer,
}

impl Place {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::CloneDetectQueue, Self::FixerQueue, Self::SanityTesterQueue, Self::SessionsTable, Self::StatusAnalyzer];

    /// The name that is filled in: of queues their URL, of the table its name, of the function its ARN.
    pub const fn substitution(self) -> &'static str {
        match self {
            Self::CloneDetectQueue => "CloneDetectQueueUrl",
            Self::FixerQueue => "FixerQueueUrl",
            Self::SanityTesterQueue => "SanityTesterQueueUrl",
            Self::SessionsTable => "SessionsTable",
            Self::StatusAnalyzer => "StatusAnalyzerArn",
        }
    }

    /// As it stands in the definition: `${Name}`.
    pub fn placeholder(self) -> String {
        format!("${{{}}}", self.substitution())
    }

    /// Which one a text in the definition stands for.
    pub fn of(placeholder: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.placeholder() == placeholder)
    }
}

/// One of something for every place. A place that is not given does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places<T> {
    /// [`Place::CloneDetectQueue`]
    pub clone_detect_queue: T,
    /// [`Place::FixerQueue`]
    pub fixer_queue: T,
    /// [`Place::SanityTesterQueue`]
    pub sanity_tester_queue: T,
    /// [`Place::SessionsTable`]
    pub sessions_table: T,
    /// [`Place::StatusAnalyzer`]
    pub status_analyzer: T,
}

impl<T> Places<T> {
    /// The one of that place.
    pub const fn at(&self, place: Place) -> &T {
        match place {
            Place::CloneDetectQueue => &self.clone_detect_queue,
            Place::FixerQueue => &self.fixer_queue,
            Place::SanityTesterQueue => &self.sanity_tester_queue,
            Place::SessionsTable => &self.sessions_table,
            Place::StatusAnalyzer => &self.status_analyzer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_read_back() {
        for place in Place::ALL {
            assert_eq!(Place::of(&place.placeholder()), Some(place));
        }
        assert_eq!(Place::of("${Elsewhere}"), None);
        assert_eq!(Place::of("SessionsTable"), None);
    }
}
