//! The walk over a template and those that it nests.

use crate::capabilities::{self, Capability};
use crate::dependencies::{self, Unbuilt};
use crate::document::{Content, Document, Node};
use crate::edit::{Edits, Object, TooLong};
use crate::error::{PackageError, Place};
use crate::locations::{GLOBAL_CODE, INCLUDE, LOCATIONS, Location, Pack, REPOSITORY_METADATA};
use crate::template::{DeclaredParameter, Resource, parameters, resources};
use drydock_tree::{File, Tree};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// Most bytes of a template in S3 (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>).
const MAX_TEMPLATE: usize = 1_000_000;

/// Most levels of nested templates.
const MAX_LEVELS: usize = 10;

/// Where artifacts will lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The bucket.
    pub bucket: String,
    /// What keys begin with, such as `packages/`.
    pub key_prefix: String,
    /// Where the bucket's region answers, without a slash at the end: `https://s3.eu-central-1.amazonaws.com`.
    pub s3_url: String,
}

/// An object to upload, unless it is there: its key says its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Prefix, SHA-256 in hexadecimal, file extension.
    pub key: String,
    /// The content.
    pub bytes: Vec<u8>,
}

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
    /// What may go wrong although the template is valid.
    pub warnings: Vec<String>,
}

/// Packages the template at `template_path`.
///
/// # Errors
/// If the template cannot be read, or names something local that is not there or cannot run as it is.
pub fn package(tree: &Tree, template_path: &str, settings: &Settings) -> Result<Packaged, PackageError> {
    let mut packager = Packager {
        tree,
        settings,
        artifacts: BTreeMap::new(),
        code: HashMap::new(),
        templates: HashMap::new(),
        chain: Vec::new(),
        warnings: Vec::new(),
    };
    let root = packager.template(template_path)?;
    Ok(Packaged {
        template: root.text,
        template_url: root.object.url,
        artifacts: packager.artifacts.into_iter().map(|(key, bytes)| Artifact { key, bytes }).collect(),
        capabilities: capabilities::as_list(&root.capabilities),
        parameters: root.parameters,
        transforms: root.transforms,
        warnings: packager.warnings,
    })
}

/// An artifact of `bytes` under their SHA-256, as all artifacts are named.
pub fn to_artifact(settings: &Settings, bytes: Vec<u8>, extension: &str) -> Artifact {
    let dot = if extension.is_empty() { "" } else { "." };
    let key = format!("{}{}{dot}{extension}", settings.key_prefix, hex::encode(Sha256::digest(&bytes)));
    Artifact { key, bytes }
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
    templates: HashMap<String, Done>,
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

impl Packager<'_> {
    fn template(&mut self, path: &str) -> Result<Done, PackageError> {
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
        let mut work = Work { path, document: &document, edits: Edits::default(), capabilities };
        self.chain.push(path.to_owned());
        self.resources(&mut work)?;
        self.globals(&mut work)?;
        self.includes(&mut work)?;
        self.chain.pop();

        let text = work.edits.apply(&document, MAX_TEMPLATE).map_err(|TooLong| too_large(path))?;
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
            for location in LOCATIONS.iter().filter(|location| location.resource == resource.kind) {
                self.property(work, &holder, location)?;
            }
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

    fn pack(
        &mut self,
        work: &mut Work<'_>,
        holder: &Holder<'_>,
        location: &Location,
        at: &Place,
        value: &str,
    ) -> Result<Object, PackageError> {
        let Some(path) = inside(work.path, value) else {
            return Err(PackageError::Outside { at: Box::new(at.clone()), value: value.to_owned() });
        };
        let file = self.tree.get(&path);
        if file.is_none() && !self.tree.has_folder(&path) {
            let (value, looked_for) = (value.to_owned(), if path.is_empty() { ".".to_owned() } else { path });
            return Err(PackageError::Missing { at: Box::new(at.clone()), value, looked_for });
        }
        match (location.pack, file) {
            (Pack::Template, Some(_)) => self.nested(work, at, &path),
            (Pack::File, Some(file)) => {
                if location.resource == INCLUDE.resource && includes_iam(file) {
                    work.capabilities.insert(Capability::NamedIam);
                }
                Ok(self.artifact(file.data.clone(), &extension(&path)))
            }
            (Pack::Template | Pack::File, None) => {
                Err(PackageError::Folder { at: Box::new(at.clone()), value: value.to_owned() })
            }
            (Pack::Code, _) => Ok(self.zipped(&path)),
            (Pack::Runnable, _) => {
                self.check_dependencies(work, holder, at, &path)?;
                Ok(self.zipped(&path))
            }
        }
    }

    fn nested(&mut self, work: &mut Work<'_>, at: &Place, path: &str) -> Result<Object, PackageError> {
        if self.chain.iter().any(|outer| outer == path) {
            let chain = self.chain.iter().cloned().chain([path.to_owned()]).collect();
            return Err(PackageError::Cycle { at: Box::new(at.clone()), template: path.to_owned(), chain });
        }
        if self.chain.len() >= MAX_LEVELS {
            return Err(PackageError::TooDeep { at: Box::new(at.clone()), limit: MAX_LEVELS });
        }
        let done = self.template(path)?;
        work.capabilities.extend(done.capabilities);
        work.capabilities.insert(Capability::AutoExpand);
        Ok(done.object)
    }

    fn check_dependencies(
        &mut self,
        work: &Work<'_>,
        holder: &Holder<'_>,
        at: &Place,
        path: &str,
    ) -> Result<(), PackageError> {
        // A file is a zip or jar that somebody built, or a single source without packages.
        if self.tree.get(path).is_some() {
            return Ok(());
        }
        let document = work.document;
        let own = |name: &str| {
            let global = || document.at(&document.root, &["Globals", "Function", name]);
            holder.properties.and_then(|properties| document.get(properties, name)).or_else(global)
        };
        let text = |name: &str| own(name).and_then(|node| document.resolve(node).text());
        let Some(unbuilt) = dependencies::missing(&self.tree.under(path), text("Runtime"), text("Handler")) else {
            return Ok(());
        };
        if own("Layers").is_some() {
            // The layers may bring what the code does not.
            self.warnings.push(format!("{at}: {unbuilt}, unless its layers bring it"));
            return Ok(());
        }
        Err(PackageError::Unbuilt { at: Box::new(at.clone()), unbuilt })
    }

    /// The zip of a folder or file; what is a zip already stays as it is.
    fn zipped(&mut self, path: &str) -> Object {
        if let Some(object) = self.code.get(path) {
            return object.clone();
        }
        let bytes = match self.tree.get(path) {
            None => self.tree.under(path).to_zip(),
            Some(file) if file.data.starts_with(b"PK\x03\x04") => file.data.clone(),
            Some(file) => {
                let name = path.rsplit('/').next().unwrap_or(path).to_owned();
                Tree::from_iter([(name, file.clone())]).to_zip()
            }
        };
        let object = self.artifact(bytes, "zip");
        self.code.insert(path.to_owned(), object.clone());
        object
    }

    fn artifact(&mut self, bytes: Vec<u8>, extension: &str) -> Object {
        let Artifact { key, bytes } = to_artifact(self.settings, bytes, extension);
        let Settings { bucket, s3_url, .. } = self.settings;
        let object = Object { bucket: bucket.clone(), url: format!("{s3_url}/{bucket}/{key}"), key };
        self.artifacts.insert(object.key.clone(), bytes);
        object
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
    if text.len() > MAX_TEMPLATE { Err(too_large(path)) } else { Ok(()) }
}

fn too_large(path: &str) -> PackageError {
    PackageError::TooLarge { template: path.to_owned(), limit: MAX_TEMPLATE }
}

/// Values at the end of a path of keys, `*` for any, with the path that led there.
fn matching<'node>(
    document: &'node Document<'_>,
    node: &'node Rc<Node>,
    path: &[&str],
) -> Vec<(String, &'node Rc<Node>)> {
    let Some((key, rest)) = path.split_first() else { return vec![(String::new(), node)] };
    document
        .entries(node)
        .into_iter()
        .filter(|(name, _)| *key == "*" || name == key)
        .flat_map(|(name, value)| {
            matching(document, value, rest).into_iter().map(move |(below, value)| {
                (if below.is_empty() { name.to_owned() } else { format!("{name}.{below}") }, value)
            })
        })
        .collect()
}

/// The text of a value that may be a local path: not what is computed, not what has a place already.
/// Empty for a value that is left out.
fn local_value<'node>(document: &'node Document<'_>, node: &'node Rc<Node>) -> Option<&'node str> {
    let node = document.resolve(node);
    if node.is_null() {
        return Some("");
    }
    let elsewhere = ["s3://", "http://", "https://"];
    node.text().filter(|text| !elsewhere.iter().any(|scheme| text.starts_with(scheme)) && !text.contains("{{resolve:"))
}

/// True for a function whose code is said nowhere.
fn needs_code(document: &Document<'_>, properties: &Rc<Node>) -> bool {
    let globals = document.at(&document.root, &["Globals", "Function"]);
    let said = |name: &str| {
        document.get(properties, name).is_some() || globals.is_some_and(|globals| document.get(globals, name).is_some())
    };
    !["InlineCode", "ImageUri", "PackageType", "CodeUri"].iter().any(|name| said(name))
}

/// The path in the repository that `value` names in the template at `template`; `None` if it leaves the repository.
fn inside(template: &str, value: &str) -> Option<String> {
    if value.starts_with('/') {
        return None;
    }
    let folder = template.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in value.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The ending of a file's name if it is a plain word, to be read by people in the bucket.
fn extension(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((_, ending)) if ending.len() <= 10 && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            ending.to_owned()
        }
        _ => String::new(),
    }
}

fn includes_iam(file: &File) -> bool {
    String::from_utf8_lossy(&file.data).contains("AWS::IAM::")
}
