//! One reading of some files as one project.

use crate::folders::Standing;
use drydock_contract::detection::{Evidence, IacType};

/// A project that might be meant.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) iac_type: IacType,
    /// Folder inside the repository, `.` for its root.
    pub(crate) root: String,
    /// The file that it starts from, as a path inside the repository.
    pub(crate) file: String,
    /// How telling the file's name is among others of the same kind in the same folder; smaller is more.
    pub(crate) rank: u32,
    /// For function code: which runtimes it is for. Two of them in one folder leave a choice.
    pub(crate) language: Option<Language>,
    pub(crate) standing: Standing,
    /// Most telling first.
    pub(crate) evidence: Vec<Evidence>,
    /// Files and folders that belong to it and are no projects of their own.
    pub(crate) owns: Vec<Owned>,
    /// True if the CDK wrote it.
    pub(crate) synthesized: bool,
}

/// Something that another project refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owned {
    /// A template or a module, by its path or folder.
    Part(String),
    /// A template that is named by the end of its path only, behind a bucket's URL.
    PartEnding(String),
    /// Function code, by its file or folder.
    Code(String),
}

/// What function code is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// For the Node.js runtimes.
    Node,
    /// For the Python runtimes.
    Python,
    /// With a `bootstrap` of its own.
    Custom,
}

impl Candidate {
    pub(crate) fn new(
        iac_type: IacType,
        root: &str,
        file: &str,
        standing: Standing,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            iac_type,
            root: root.to_owned(),
            file: file.to_owned(),
            rank: 0,
            language: None,
            standing,
            evidence: vec![evidence(file, reason)],
            owns: Vec::new(),
            synthesized: false,
        }
    }

    pub(crate) fn is_code(&self) -> bool {
        self.iac_type == IacType::SimpleLambda
    }
}

/// One thing seen in one file. Reasons quote what strangers wrote: they stay on one line of sensible length.
pub(crate) fn evidence(file: &str, reason: impl Into<String>) -> Evidence {
    let reason: String = reason.into();
    let clean = |character: char| if character.is_control() { ' ' } else { character };
    Evidence { file: file.to_owned(), reason: reason.chars().take(MAX_REASON).map(clean).collect() }
}

/// Characters of a reason, at most.
const MAX_REASON: usize = 300;
