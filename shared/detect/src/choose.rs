//! The choice among candidates.

use crate::candidate::{Candidate, Owned};
use crate::error::{DetectError, alternative};
use crate::folders::{self, Standing};
use drydock_contract::detection::{Alternative, Detection, IacType};
use drydock_tree::Tree;
use std::collections::BTreeSet;

/// Most alternatives that are reported.
const MAX_ALTERNATIVES: usize = 20;

pub(crate) fn choose(
    tree: &Tree,
    base: &str,
    wanted: Option<IacType>,
    candidates: Vec<Candidate>,
    seen: Vec<String>,
) -> Result<Detection, DetectError> {
    let all = candidates;
    let projects = independent(&all, wanted);
    let (fitting, others): (Vec<&Candidate>, Vec<&Candidate>) =
        projects.into_iter().partition(|candidate| wanted.is_none_or(|wanted| fits(candidate, wanted)));
    if fitting.is_empty() {
        return Err(match wanted {
            Some(wanted) => {
                let candidates = others.iter().map(|candidate| alternative(candidate, "of another type")).collect();
                DetectError::NotThatType { wanted, root: base.to_owned(), candidates }
            }
            None => DetectError::Nothing { root: base.to_owned(), seen },
        });
    }
    let folder = project_folder(base, &fitting)?;
    let chosen = in_folder(&folder, &fitting)?;
    let mut alternatives: Vec<Alternative> = fitting
        .iter()
        .filter(|candidate| candidate.file != chosen.file)
        .filter_map(|candidate| Some(alternative(candidate, not_chosen(chosen, candidate)?)))
        .collect();
    alternatives.extend(others.iter().map(|candidate| alternative(candidate, "another type was asked for")));
    alternatives.truncate(MAX_ALTERNATIVES);
    let mut evidence = chosen.evidence.clone();
    evidence.extend(crate::lambda::evidence(tree, chosen));
    Ok(Detection {
        iac_type: wanted.unwrap_or(chosen.iac_type),
        root: chosen.root.clone(),
        entry_file: folders::relative(&chosen.file, &chosen.root).to_owned(),
        evidence,
        alternatives,
    })
}

/// SAM is CloudFormation with a transform: each may be asked for as the other.
fn fits(candidate: &Candidate, wanted: IacType) -> bool {
    candidate.iac_type == wanted || is_template(candidate.iac_type) && is_template(wanted)
}

fn is_template(kind: IacType) -> bool {
    matches!(kind, IacType::CloudFormation | IacType::Sam)
}

/// The candidates that are no part of another one. Whoever asks for function code gets it wherever it lies.
fn independent(all: &[Candidate], wanted: Option<IacType>) -> Vec<&Candidate> {
    let code_wanted = wanted == Some(IacType::SimpleLambda);
    // Whoever asks for a template means the one that was synthesized: there may be no other way to deploy it.
    let template_wanted = wanted.is_some_and(is_template);
    let is_part = |candidate: &Candidate| {
        all.iter().any(|other| {
            other.file != candidate.file
                && !(candidate.is_code() && code_wanted)
                && (owns(other, candidate) && !owns(candidate, other)
                    || !template_wanted && synthesized_by(other, candidate)
                    || holds_code(other, candidate))
        })
    };
    all.iter().filter(|candidate| !is_part(candidate)).collect()
}

fn owns(owner: &Candidate, candidate: &Candidate) -> bool {
    owner.owns.iter().any(|owned| match owned {
        Owned::Part(path) => {
            !candidate.is_code() && (*path == candidate.file || *path == candidate.root && *path != owner.root)
        }
        Owned::PartEnding(path) => {
            !candidate.is_code() && (candidate.file == *path || candidate.file.ends_with(&format!("/{path}")))
        }
        Owned::Code(path) => {
            candidate.is_code() && candidate.root != owner.root && folders::is_within(&candidate.file, path)
        }
    })
}

/// `cdk synth > template.yaml`, committed beside the application that it comes from.
fn synthesized_by(owner: &Candidate, candidate: &Candidate) -> bool {
    owner.iac_type == IacType::Cdk && candidate.synthesized && folders::is_within(&candidate.root, &owner.root)
}

/// Code in a folder below a template is that template's, named or not.
fn holds_code(owner: &Candidate, candidate: &Candidate) -> bool {
    !owner.is_code()
        && candidate.is_code()
        && candidate.root != owner.root
        && owner.standing == Standing::Project
        && folders::is_within(&candidate.root, &owner.root)
}

/// The folder that was asked for if it has a project; else the only folder below it that has one.
fn project_folder(base: &str, candidates: &[&Candidate]) -> Result<String, DetectError> {
    if candidates.iter().any(|candidate| candidate.root == base) {
        return Ok(base.to_owned());
    }
    // Projects before examples, and what brings up infrastructure before bare code.
    let choices =
        [(Standing::Project, false), (Standing::Project, true), (Standing::Aside, false), (Standing::Aside, true)];
    for (standing, code) in choices {
        let here: Vec<&Candidate> =
            candidates.iter().copied().filter(|one| one.standing == standing && one.is_code() == code).collect();
        let roots: BTreeSet<&str> = here.iter().map(|candidate| candidate.root.as_str()).collect();
        let inside = |root: &str| roots.iter().any(|other| *other != root && folders::is_within(root, other));
        let outermost: Vec<&str> = roots.iter().copied().filter(|root| !inside(root)).collect();
        match outermost.as_slice() {
            [] => {}
            [only] => return Ok((*only).to_owned()),
            several => {
                let listed: Vec<&Candidate> =
                    here.into_iter().filter(|candidate| several.contains(&candidate.root.as_str())).collect();
                return Err(DetectError::several(base, &listed));
            }
        }
    }
    Err(DetectError::Nothing { root: base.to_owned(), seen: Vec::new() })
}

/// Which kind of project a folder is for when files of several speak: the tool that drives the others first.
fn precedence(kind: IacType) -> u8 {
    match kind {
        IacType::Cdk => 0,
        IacType::Serverless => 1,
        IacType::Sam | IacType::CloudFormation => 2,
        IacType::Terraform => 3,
        IacType::SimpleLambda => 4,
    }
}

fn in_folder<'all>(folder: &str, candidates: &[&'all Candidate]) -> Result<&'all Candidate, DetectError> {
    let here = || candidates.iter().copied().filter(|candidate| candidate.root == folder);
    let first = here().map(|candidate| precedence(candidate.iac_type)).min();
    let family: Vec<&Candidate> = here().filter(|candidate| Some(precedence(candidate.iac_type)) == first).collect();
    let best = family.iter().map(|candidate| candidate.rank).min();
    let chosen: Vec<&Candidate> = family.iter().copied().filter(|candidate| Some(candidate.rank) == best).collect();
    let Some(one) = chosen.first() else {
        return Err(DetectError::Nothing { root: folder.to_owned(), seen: Vec::new() });
    };
    // Code in two languages under usual names is no question of names. A `bootstrap` runs the others.
    let rivals: Vec<&Candidate> = family
        .iter()
        .copied()
        .filter(|other| {
            other.language != one.language && one.rank > 0 && other.rank < UNUSUAL_NAME && one.rank < UNUSUAL_NAME
        })
        .collect();
    if chosen.len() > 1 {
        return Err(DetectError::several(folder, &chosen));
    }
    if !rivals.is_empty() {
        let all: Vec<&Candidate> = std::iter::once(*one).chain(rivals).collect();
        return Err(DetectError::several(folder, &all));
    }
    Ok(one)
}

/// From this rank on a file of code has a name that says nothing.
const UNUSUAL_NAME: u32 = 10_000;

/// Why `chosen` was preferred; `None` for what lies inside it and need not be told.
fn not_chosen(chosen: &Candidate, other: &Candidate) -> Option<String> {
    if other.root == chosen.root {
        let same_kind = precedence(other.iac_type) == precedence(chosen.iac_type);
        let name = folders::name(&chosen.file);
        return Some(if same_kind {
            format!("`{name}` is the more usual name")
        } else {
            format!("in the same folder {} comes before {}", chosen.iac_type, other.iac_type)
        });
    }
    if other.is_code()
        && !chosen.is_code()
        && folders::is_within(&other.root, &chosen.root)
        && chosen.standing == Standing::Project
        && chosen.root != "."
    {
        return None;
    }
    Some(if folders::is_within(&other.root, &chosen.root) {
        format!("the project in {} comes first; name the folder in projectRoot to choose it", place(&chosen.root))
    } else if other.standing == Standing::Aside {
        "it lies among examples, documentation or settings; name the folder in projectRoot to choose it".to_owned()
    } else {
        format!("function code alone comes after {}; name the folder in projectRoot to choose it", chosen.iac_type)
    })
}

fn place(root: &str) -> String {
    if root == "." { "the root folder".to_owned() } else { format!("`{root}`") }
}
