//! The walk over a template and those that it nests.

mod artifact;
mod pack;
mod value;

use crate::capabilities::{self, Capability};
use crate::dependencies::Unbuilt;
use crate::document::{Content, Document, Node};
use crate::edit::{Edits, Object, TooLong};
use crate::error::{PackageError, Place};
use crate::locations::{GLOBAL_CODE, INCLUDE, LOCATIONS, Location, Pack, REPOSITORY_METADATA};
use crate::template::{DeclaredParameter, Resource, parameters, resources};
pub use artifact::{Artifact, Settings, to_artifact, to_code_zip};
use drydock_contract::limits::MAX_TEMPLATE_BYTES;
use drydock_tree::Tree;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use value::{local_value, matching, needs_code};

/// Most bytes that are packed, before they are compressed: what fits a function with 2048 MB of memory, with the whole
/// repository beside it.
const MAX_PACKED: usize = 600 * 1024 * 1024;

/// Bytes that all templates together may take as data. One that there is no room for is not checked beforehand.
const MAX_PARTS: usize = 128 * 1024 * 1024;

/// Most levels of nested templates.
const MAX_LEVELS: usize = 10;

/// A template that can be given to CloudFormation once its artifacts are uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packaged {
    /// The text.
    pub template: String,
    /// Where the template itself will lie; it is one of the artifacts.
    pub template_url: String,
    /// What to upload, in the order of keys.
    pub artifacts: Vec<Artifact>,
    /// What must be acknowledged, nested templates included.
    pub capabilities: Vec<Capability>,
    /// What the template asks for.
    pub parameters: Vec<DeclaredParameter>,
    /// Macros that expand it.
    pub transforms: Vec<String>,
    /// It and the templates that it nests as data, by their paths in the repository, functions in their long form. Left out
    /// is one whose macros may make anything of it, one that is nested only under a condition, and one whose aliases write
    /// out to more than anybody writes.
    pub parts: BTreeMap<String, Value>,
    /// What may go wrong although the template is valid.
    pub warnings: Vec<String>,
}

/// Packages the template at `template_path`.
///
/// # Errors
/// If the template cannot be read, or names something local that is not there or cannot run as it is.
pub fn package(tree: &Tree, template_path: &str, settings: &Settings) -> Result<Packaged, PackageError> {
    let mut packager = Packager::new(tree, settings, MAX_PACKED);
    let root = packager.template(template_path)?;
    packager.parts.retain(|path, _| packager.certain.contains(path));
    Ok(Packaged {
        template: root.text,
        template_url: root.object.url,
        artifacts: packager.artifacts.into_iter().map(|(key, bytes)| Artifact { key, bytes }).collect(),
        capabilities: capabilities::as_list(&root.capabilities),
        parameters: root.parameters,
        transforms: root.transforms,
        parts: packager.parts,
        warnings: packager.warnings,
    })
}

/// A template that is done.
#[derive(Clone)]
struct Done {
    text: String,
    object: Object,
    capabilities: BTreeSet<Capability>,
    parameters: Vec<DeclaredParameter>,
    transforms: Vec<String>,
}

struct Packager<'tree> {
    tree: &'tree Tree,
    settings: &'tree Settings,
    artifacts: BTreeMap<String, Vec<u8>>,
    /// Zips by folder or file, so that ten functions of one folder make one.
    code: HashMap<String, Object>,
    /// What is missing from a folder's code, by the language that it is looked at as.
    missing: HashMap<(String, Option<&'static str>), Option<Unbuilt>>,
    /// Bytes that may be packed.
    limit: usize,
    /// Bytes of those that still may be.
    left: usize,
    templates: HashMap<String, Done>,
    /// Templates as data.
    parts: BTreeMap<String, Value>,
    /// Bytes that these may still take.
    room: usize,
    /// Those that are made under any condition.
    certain: BTreeSet<String>,
    /// True within a resource that is made under a condition.
    is_conditional: bool,
    /// The templates that are being packaged, outermost first.
    chain: Vec<String>,
    warnings: Vec<String>,
}

/// A template that is being packaged.
struct Work<'text> {
    path: &'text str,
    document: &'text Document<'text>,
    edits: Edits,
    capabilities: BTreeSet<Capability>,
}

/// What stands around a value.
struct Holder<'document> {
    name: &'document str,
    properties: Option<&'document Rc<Node>>,
    metadata: Option<&'document Rc<Node>>,
}

impl<'tree> Packager<'tree> {
    fn new(tree: &'tree Tree, settings: &'tree Settings, limit: usize) -> Self {
        Self {
            tree,
            settings,
            artifacts: BTreeMap::new(),
            code: HashMap::new(),
            missing: HashMap::new(),
            limit,
            left: limit,
            templates: HashMap::new(),
            parts: BTreeMap::new(),
            room: MAX_PARTS,
            certain: BTreeSet::new(),
            is_conditional: false,
            chain: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn template(&mut self, path: &str) -> Result<Done, PackageError> {
        if !self.is_conditional {
            self.certain.insert(path.to_owned());
        }
        if let Some(done) = self.templates.get(path) {
            return Ok(done.clone());
        }
        let text = self.tree.text(path).ok_or_else(|| PackageError::NoTemplate { template: path.to_owned() })?;
        check_size(path, text)?;
        let document = Document::parse(text).map_err(|error| PackageError::Syntax {
            template: path.to_owned(),
            line: error.line,
            problem: error.problem,
        })?;
        let section = document.get(&document.root, "Resources");
        if !section.is_some_and(|node| matches!(document.resolve(node).content, Content::Mapping { .. })) {
            return Err(PackageError::NotATemplate { template: path.to_owned() });
        }
        let transforms = capabilities::transforms(&document);
        let capabilities = capabilities::needed(&document, &transforms);
        if capabilities::is_as_written(&transforms) {
            self.parts.extend(document.to_json(&mut self.room).map(|parts| (path.to_owned(), parts)));
        }
        let mut work = Work { path, document: &document, edits: Edits::default(), capabilities };
        self.chain.push(path.to_owned());
        self.resources(&mut work)?;
        self.globals(&mut work)?;
        self.includes(&mut work)?;
        self.chain.pop();

        let text = work.edits.apply(&document, MAX_TEMPLATE_BYTES).map_err(|TooLong| too_large(path))?;
        check_size(path, &text)?;
        let object = self.artifact(text.clone().into_bytes(), "template");
        let parameters = parameters(&document);
        let done = Done { text, object, capabilities: work.capabilities, parameters, transforms };
        self.templates.insert(path.to_owned(), done.clone());
        Ok(done)
    }

    fn resources(&mut self, work: &mut Work<'_>) -> Result<(), PackageError> {
        let document = work.document;
        for resource in resources(document) {
            let holder = Holder {
                name: resource.name,
                properties: document.get(resource.body, "Properties"),
                metadata: document.get(resource.body, "Metadata"),
            };
            self.check_built(work, &resource, &holder)?;
            let outside = self.is_conditional;
            self.is_conditional |= document.get(resource.body, "Condition").is_some();
            for location in LOCATIONS.iter().filter(|location| location.resource == resource.kind) {
                self.property(work, &holder, location)?;
            }
            self.is_conditional = outside;
        }
        Ok(())
    }

    fn globals(&mut self, work: &mut Work<'_>) -> Result<(), PackageError> {
        let document = work.document;
        let section = |path: &[&str], name: &'static str| Holder {
            name,
            properties: document.at(&document.root, path),
            metadata: None,
        };
        self.property(work, &section(&["Globals", "Function"], GLOBAL_CODE.resource), &GLOBAL_CODE)?;
        let metadata = section(&["Metadata", "AWS::ServerlessRepo::Application"], "Metadata");
        for location in &REPOSITORY_METADATA {
            self.property(work, &metadata, location)?;
        }
        Ok(())
    }

    /// `Location` of `AWS::Include`, wherever the transform stands.
    fn includes(&mut self, work: &mut Work<'_>) -> Result<(), PackageError> {
        let document = work.document;
        let mut found = Vec::new();
        document.each_node(&mut |node| {
            if matches!(node.content, Content::Mapping { .. })
                && document.text_at(node, &["Name"]) == Some("AWS::Include")
                && let Some(parameters) = document.get(node, "Parameters")
            {
                found.push(Rc::clone(parameters));
            }
        });
        for parameters in &found {
            let holder = Holder { name: "AWS::Include", properties: Some(parameters), metadata: None };
            self.property(work, &holder, &INCLUDE)?;
        }
        Ok(())
    }

    /// Refuses what only `sam build` or a registry can make ready.
    fn check_built(&self, work: &Work<'_>, resource: &Resource<'_>, holder: &Holder<'_>) -> Result<(), PackageError> {
        let Some(metadata) = holder.metadata else { return Ok(()) };
        let document = work.document;
        let unbuilt = if let Some(method) = document.text_at(metadata, &["BuildMethod"]) {
            Some(("BuildMethod", Unbuilt::SamBuild { method: method.to_owned() }))
        } else {
            let image = document.get(metadata, "Dockerfile").or_else(|| document.get(metadata, "DockerContext"));
            let named = holder.properties.is_some_and(|properties| document.get(properties, "ImageUri").is_some());
            (image.is_some() && !named).then_some(("ImageUri", Unbuilt::Image))
        };
        let local = holder.properties.is_none_or(|properties| {
            ["Code", "CodeUri", "ContentUri", "Content"]
                .iter()
                .all(|name| document.get(properties, name).is_none_or(|value| local_value(document, value).is_some()))
        });
        match unbuilt {
            Some((property, unbuilt)) if local => {
                Err(PackageError::Unbuilt { at: Box::new(work.place(resource.name, property, metadata)), unbuilt })
            }
            _ => Ok(()),
        }
    }

    /// Packages one property of the table, wherever its path leads.
    fn property(&mut self, work: &mut Work<'_>, holder: &Holder<'_>, location: &Location) -> Result<(), PackageError> {
        let Some(properties) = holder.properties else { return Ok(()) };
        let document = work.document;
        let path: Vec<&str> = location.property.split('.').collect();
        let values = matching(document, properties, &path);
        if values.is_empty() && location.defaults_to_folder && needs_code(document, properties) {
            // Leaving the code out means the template's own folder, to AWS's tools.
            let at = work.place(holder.name, location.property, properties);
            let object = self.pack(work, holder, location, &at, ".")?;
            let mapping = document.resolve(properties);
            work.edits.add(document, mapping, location.property, &object, location.form);
        }
        for (name, node) in values {
            let node = Rc::clone(node);
            let at = work.place(holder.name, &name, &node);
            let value = match local_value(document, &node) {
                Some("") if location.defaults_to_folder => ".".to_owned(),
                Some("") => continue,
                Some(value) => value.to_owned(),
                None => {
                    self.warn_of_unseen(work, location, &at);
                    continue;
                }
            };
            let object = self.pack(work, holder, location, &at, &value)?;
            work.edits.replace(document, &node, &object, location.form);
        }
        Ok(())
    }

    /// A nested template that is not in the repository may do anything.
    fn warn_of_unseen(&mut self, work: &mut Work<'_>, location: &Location, at: &Place) {
        if location.pack == Pack::Template {
            work.capabilities.extend([Capability::NamedIam, Capability::AutoExpand]);
            self.warnings.push(format!("{at} nests a template that is not in the repository"));
        }
    }
}

impl Work<'_> {
    fn place(&self, resource: &str, property: &str, node: &Node) -> Place {
        Place {
            template: self.path.to_owned(),
            resource: resource.to_owned(),
            property: property.to_owned(),
            line: node.line,
        }
    }
}

fn check_size(path: &str, text: &str) -> Result<(), PackageError> {
    if text.len() > MAX_TEMPLATE_BYTES { Err(too_large(path)) } else { Ok(()) }
}

fn too_large(path: &str) -> PackageError {
    PackageError::TooLarge { template: path.to_owned(), limit: MAX_TEMPLATE_BYTES }
}
