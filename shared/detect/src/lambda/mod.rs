//! How function code without a template is run: everything `CreateFunction` wants to know, from the code itself.

mod dependencies;
mod runtime;
mod toml;
mod versions;

use crate::candidate::Candidate;
use crate::folders;
use crate::readers::{custom_runtime, node_handler, python};
use drydock_contract::detection::{Detection, Evidence, IacType};
use drydock_tree::Tree;

/// What a simple Lambda function is created with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimpleLambdaPlan {
    /// Such as `nodejs22.x`.
    pub runtime: String,
    /// Such as `src/index.handler`, relative to [`SimpleLambdaPlan::root`].
    pub handler: String,
    /// Folder inside the repository whose files are the function's code, `.` for the root.
    pub root: String,
    /// The handler's file, relative to the root.
    pub entry: String,
    /// What its machine code is for; arm64 if it has none.
    pub architecture: Architecture,
    /// Why the code cannot run as it stands in the repository, and what to do; `None` if it can.
    pub needs_install: Option<String>,
    /// Which files decided on the runtime.
    pub evidence: Vec<Evidence>,
}

/// An instruction set of Lambda's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// `arm64`
    Arm64,
    /// `x86_64`
    X86_64,
}

impl Architecture {
    /// As the Lambda API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

/// The project is no function that can be created from its code alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Another kind of project.
    #[error("a {0} project is not deployed as a simple Lambda function")]
    NotSimple(IacType),
    /// The file that detection named does not hold a handler.
    #[error("`{0}` has no handler that Lambda could call")]
    NoHandler(String),
}

/// Reads how the function of a simple-lambda `detection` is run.
///
/// # Errors
/// If it is another kind of project, or its entry file holds no handler.
pub fn simple_lambda(tree: &Tree, detection: &Detection) -> Result<SimpleLambdaPlan, PlanError> {
    if detection.iac_type != IacType::SimpleLambda {
        return Err(PlanError::NotSimple(detection.iac_type));
    }
    plan(tree, &detection.root, &detection.entry_file)
}

/// The runtime's evidence for a function that was just chosen.
pub(crate) fn evidence(tree: &Tree, chosen: &Candidate) -> Vec<Evidence> {
    if !chosen.is_code() {
        return Vec::new();
    }
    plan(tree, &chosen.root, folders::relative(&chosen.file, &chosen.root))
        .map(|plan| plan.evidence)
        .unwrap_or_default()
}

fn plan(tree: &Tree, root: &str, entry: &str) -> Result<SimpleLambdaPlan, PlanError> {
    let path = folders::join(root, entry);
    let no_handler = || PlanError::NoHandler(path.clone());
    let file = tree.get(&path).ok_or_else(no_handler)?;
    let text = tree.text(&path).unwrap_or_default();
    let (stem, extension) = entry.rsplit_once('.').unwrap_or((entry, ""));
    let (runtime, handler, needs_install) = match extension {
        "py" => {
            let handler = python::handler(text).ok_or_else(no_handler)?;
            (runtime::python(tree, root, &path), handler, dependencies::python(tree, root, entry))
        }
        "js" | "mjs" | "cjs" | "ts" => {
            let handler = node_handler(&path, text).ok_or_else(no_handler)?;
            let needs_install = if extension == "ts" {
                Some(format!(
                    "`{path}` is TypeScript, which Lambda does not run: compile it and commit the JavaScript file, or \
                     deploy it with a SAM template"
                ))
            } else {
                dependencies::node(tree, root, entry)
            };
            (runtime::node(tree, root, &path, handler.has_callback), handler.name, needs_install)
        }
        _ => {
            custom_runtime(&file.data).ok_or_else(no_handler)?;
            let runtime = runtime::Choice { name: "provided.al2023", evidence: Vec::new() };
            return Ok(SimpleLambdaPlan {
                runtime: runtime.name.to_owned(),
                handler: "bootstrap".to_owned(),
                root: root.to_owned(),
                entry: entry.to_owned(),
                architecture: architecture(tree, root),
                needs_install: None,
                evidence: runtime.evidence,
            });
        }
    };
    Ok(SimpleLambdaPlan {
        runtime: runtime.name.to_owned(),
        handler: format!("{stem}.{handler}"),
        root: root.to_owned(),
        entry: entry.to_owned(),
        architecture: architecture(tree, root),
        needs_install,
        evidence: runtime.evidence,
    })
}

/// That of the first machine code below `root`: the `bootstrap` itself, or a native module.
fn architecture(tree: &Tree, root: &str) -> Architecture {
    let native = |path: &str| {
        let name = folders::name(path);
        name == "bootstrap" || name.ends_with(".node") || name.ends_with(".so") || name.contains(".so.")
    };
    tree.below(root)
        .filter(|(path, _)| native(path))
        .find_map(|(_, file)| elf_architecture(&file.data))
        .unwrap_or(Architecture::Arm64)
}

/// Reads `e_machine` of an ELF header (<https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>).
fn elf_architecture(data: &[u8]) -> Option<Architecture> {
    match data {
        [0x7f, b'E', b'L', b'F', rest @ ..] => match rest.get(14..16)? {
            [0x3e, 0] => Some(Architecture::X86_64),
            [0xb7, 0] => Some(Architecture::Arm64),
            _ => None,
        },
        _ => None,
    }
}
