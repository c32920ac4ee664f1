//! Why a template cannot be packaged, and what to do about it.

use crate::dependencies::Unbuilt;
use std::fmt;

/// A value in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path of the template in the repository.
    pub template: String,
    /// The resource's name, or the section if it is none.
    pub resource: String,
    /// Path below `Properties`.
    pub property: String,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}, {}.{}", self.template, self.line, self.resource, self.property)
    }
}

/// A template that cannot be packaged. Trying again cannot help: the repository must change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// The template itself is not in the repository.
    #[error("the template {template} is not in the repository, or is no UTF-8 text")]
    NoTemplate {
        /// Path that was looked for.
        template: String,
    },
    /// Neither YAML nor JSON.
    #[error("{template} line {line} cannot be read: {problem}")]
    Syntax {
        /// Path of the template.
        template: String,
        /// From 1.
        line: usize,
        /// The parser's words.
        problem: String,
    },
    /// It can be read, but has no resources.
    #[error("{template} is no CloudFormation template: it has no `Resources` mapping")]
    NotATemplate {
        /// Path of the template.
        template: String,
    },
    /// A value names something that is not there.
    #[error("{at} names `{value}`, but there is no {looked_for} in the repository")]
    Missing {
        /// The value's place.
        at: Box<Place>,
        /// As written.
        value: String,
        /// Path in the repository.
        looked_for: String,
    },
    /// A value leaves the repository.
    #[error("{at} names `{value}`, which lies outside the repository")]
    Outside {
        /// The value's place.
        at: Box<Place>,
        /// As written.
        value: String,
    },
    /// A folder where a file must be.
    #[error("{at} names the folder `{value}`, but a file is needed")]
    Folder {
        /// The value's place.
        at: Box<Place>,
        /// As written.
        value: String,
    },
    /// Code that cannot run as it lies in the repository.
    #[error("{at}: {unbuilt}")]
    Unbuilt {
        /// The value's place.
        at: Box<Place>,
        /// What is missing.
        unbuilt: Unbuilt,
    },
    /// A template that contains itself.
    #[error("{at} nests {template}, which contains it: {}", chain.join(" -> "))]
    Cycle {
        /// The value's place.
        at: Box<Place>,
        /// The nested template.
        template: String,
        /// The templates on the way.
        chain: Vec<String>,
    },
    /// Templates nested deeper than anybody writes by hand.
    #[error("{at} nests templates deeper than {limit} levels")]
    TooDeep {
        /// The value's place.
        at: Box<Place>,
        /// The limit.
        limit: usize,
    },
    /// More files than can be packed.
    #[error("what {template} and its nested templates name has more than {limit} bytes together")]
    TooMuch {
        /// Path of the template that went beyond the limit.
        template: String,
        /// The limit.
        limit: usize,
    },
    /// More than CloudFormation takes.
    #[error("{template} has more than {limit} bytes, the most that CloudFormation takes")]
    TooLarge {
        /// Path of the template.
        template: String,
        /// The limit.
        limit: usize,
    },
}

impl PackageError {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unbuilt { .. } => "dependencies-not-installed",
            Self::Missing { .. } | Self::Outside { .. } | Self::Folder { .. } => "local-file-missing",
            Self::TooMuch { .. } => "package-too-large",
            _ => "template-invalid",
        }
    }

    /// The file, line and property at fault.
    pub fn location(&self) -> String {
        match self {
            Self::NoTemplate { template }
            | Self::NotATemplate { template }
            | Self::TooMuch { template, .. }
            | Self::TooLarge { template, .. } => template.clone(),
            Self::Syntax { template, line, .. } => format!("{template} line {line}"),
            Self::Missing { at, .. }
            | Self::Outside { at, .. }
            | Self::Folder { at, .. }
            | Self::Unbuilt { at, .. }
            | Self::Cycle { at, .. }
            | Self::TooDeep { at, .. } => at.to_string(),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::NoTemplate { .. } => "Commit the template, or name its folder as `projectRoot`.".to_owned(),
            Self::Syntax { .. } => "Correct the syntax in that line.".to_owned(),
            Self::NotATemplate { .. } => "Add the resources, or deploy another folder with `projectRoot`.".to_owned(),
            Self::Missing { looked_for, .. } if looks_built(looked_for) => {
                format!("{looked_for} looks like the output of a build: build it and commit the result.")
            }
            Self::Missing { .. } => {
                "Commit the file, or correct the path; it is relative to the template's folder.".to_owned()
            }
            Self::Outside { .. } => "Move what it names into the repository and use a relative path.".to_owned(),
            Self::Folder { .. } => "Name the file itself.".to_owned(),
            Self::Unbuilt { unbuilt, .. } => unbuilt.remedy(),
            Self::Cycle { .. } | Self::TooDeep { .. } => "Take the nested stack out of that template.".to_owned(),
            Self::TooMuch { .. } => {
                "Let each function name only the folder of its own code, and keep large files out of \
                it."
                .to_owned()
            }
            Self::TooLarge { .. } => "Split the template into nested stacks.".to_owned(),
        }
    }
}

/// True for the folders and files that build tools write.
fn looks_built(path: &str) -> bool {
    const FOLDERS: [&str; 9] = [".aws-sam", "bin", "build", "dist", "node_modules", "obj", "out", "publish", "target"];
    path.split('/').any(|part| FOLDERS.contains(&part)) || path.ends_with(".zip") || path.ends_with(".jar")
}
