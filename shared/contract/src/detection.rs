//! What kind of project a repository holds.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The tool that a project is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IacType {
    /// Function code without a template.
    SimpleLambda,
    /// A CloudFormation template.
    #[serde(rename = "cloudformation")]
    CloudFormation,
    /// A template with the `AWS::Serverless` transform.
    Sam,
    /// An AWS CDK application.
    Cdk,
    /// Terraform or OpenTofu configuration.
    Terraform,
    /// A Serverless Framework service.
    Serverless,
}

impl IacType {
    /// Every type.
    pub const ALL: [Self; 6] =
        [Self::SimpleLambda, Self::CloudFormation, Self::Sam, Self::Cdk, Self::Terraform, Self::Serverless];

    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SimpleLambda => "simple-lambda",
            Self::CloudFormation => "cloudformation",
            Self::Sam => "sam",
            Self::Cdk => "cdk",
            Self::Terraform => "terraform",
            Self::Serverless => "serverless",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for IacType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One project found in a repository, and why it was taken for what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detection {
    /// What it is.
    #[serde(rename = "type")]
    pub iac_type: IacType,
    /// Folder inside the repository with `/` between parts, `.` for the repository's own root.
    pub root: String,
    /// The file that the deployment starts from (a template, `cdk.json`, the handler's file), relative to `root`.
    pub entry_file: String,
    /// What was seen, file by file, most telling first.
    pub evidence: Vec<Evidence>,
    /// What else it could have been.
    pub alternatives: Vec<Alternative>,
}

impl Detection {
    /// Path of the entry file inside the repository.
    pub fn path(&self) -> String {
        match self.root.as_str() {
            "" | "." => self.entry_file.clone(),
            root => format!("{root}/{}", self.entry_file),
        }
    }
}

/// One thing seen in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Path inside the repository.
    pub file: String,
    /// What it says, in words.
    pub reason: String,
}

/// A reading that was not chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// What it would have been.
    #[serde(rename = "type")]
    pub iac_type: IacType,
    /// Folder inside the repository.
    pub root: String,
    /// Path of the file that speaks for it.
    pub file: String,
    /// Why another was preferred.
    pub reason: String,
}
