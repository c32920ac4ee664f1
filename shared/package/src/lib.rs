//! Packages a CloudFormation or SAM template that lies in a repository, as `aws cloudformation package` does: what
//! it names locally becomes artifacts for S3, and the template names those instead.
//!
//! A pure function from files to files: no network, no disk, and the same input gives the same bytes. The template
//! is changed only where a value is replaced, so comments, quotes, numbers such as `007` and everything else stay.

mod capabilities;
mod dependencies;
mod document;
mod edit;
mod error;
mod locations;
mod package;
mod parameters;
mod template;

pub use capabilities::Capability;
pub use dependencies::{Tool, Unbuilt};
pub use error::{PackageError, Place};
pub use package::{Artifact, Packaged, Settings, package, to_artifact, to_code_zip};
pub use parameters::{ParameterError, ParameterFile, ParameterFileError, ParameterValue, find_parameter_file, resolve};
pub use template::DeclaredParameter;
