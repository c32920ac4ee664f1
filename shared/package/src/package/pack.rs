//! From a file or folder to an object in S3.

use super::value::{extension, inside};
use super::{Artifact, Holder, MAX_LEVELS, Packager, Settings, Work, to_artifact};
use crate::capabilities::Capability;
use crate::dependencies;
use crate::edit::Object;
use crate::error::{PackageError, Place};
use crate::locations::{INCLUDE, Location, Pack};
use drydock_tree::{File, Tree};

impl Packager<'_> {
    /// Makes of `value` what the location wants and says where that will lie.
    pub(super) fn pack(
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

    /// Takes in an object to upload.
    pub(super) fn artifact(&mut self, bytes: Vec<u8>, extension: &str) -> Object {
        let Artifact { key, bytes } = to_artifact(self.settings, bytes, extension);
        let Settings { bucket, s3_url, .. } = self.settings;
        let object = Object { bucket: bucket.clone(), url: format!("{s3_url}/{bucket}/{key}"), key };
        self.artifacts.insert(object.key.clone(), bytes);
        object
    }
}

fn includes_iam(file: &File) -> bool {
    String::from_utf8_lossy(&file.data).contains("AWS::IAM::")
}
