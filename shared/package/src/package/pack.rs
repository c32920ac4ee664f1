//! From a file or folder to an object in S3.

use super::value::{extension, inside};
use super::{Artifact, Holder, MAX_LEVELS, Packager, Settings, Work, to_artifact, to_code_zip};
use crate::capabilities::Capability;
use crate::dependencies::{self, Unbuilt};
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
                self.take(work, file.data.len())?;
                Ok(self.artifact(file.data.clone(), &extension(&path)))
            }
            (Pack::Template | Pack::File, None) => {
                Err(PackageError::Folder { at: Box::new(at.clone()), value: value.to_owned() })
            }
            (Pack::Code, _) => self.zipped(work, &path),
            (Pack::Runnable, _) => {
                self.check_dependencies(work, holder, at, &path)?;
                self.zipped(work, &path)
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
        let (runtime, handler) = (text("Runtime"), text("Handler"));
        let has = |file: &str| self.tree.get(format!("{path}/{file}").trim_start_matches('/')).is_some();
        let unbuilt = if dependencies::is_uncompiled(runtime, handler, has) {
            Some(dependencies::TYPESCRIPT)
        } else {
            self.missing(path, runtime.map(dependencies::family))
        };
        let Some(unbuilt) = unbuilt else { return Ok(()) };
        if own("Layers").is_some() {
            // The layers may bring what the code does not.
            self.warnings.push(format!("{at}: {unbuilt}, unless its layers bring it"));
            return Ok(());
        }
        Err(PackageError::Unbuilt { at: Box::new(at.clone()), unbuilt })
    }

    /// What is missing from a folder's code, found once for all functions that share it.
    fn missing(&mut self, path: &str, family: Option<&'static str>) -> Option<Unbuilt> {
        let key = (path.to_owned(), family);
        self.missing.entry(key).or_insert_with(|| dependencies::missing(&self.tree.under(path), family)).clone()
    }

    /// The zip of a folder or file; what is a zip already stays as it is.
    fn zipped(&mut self, work: &Work<'_>, path: &str) -> Result<Object, PackageError> {
        if let Some(object) = self.code.get(path) {
            return Ok(object.clone());
        }
        let bytes = match self.tree.get(path) {
            None => self.tree.below(path).map(|(_, file)| file.data.len()).sum(),
            Some(file) => file.data.len(),
        };
        self.take(work, bytes)?;
        let bytes = match self.tree.get(path) {
            None => to_code_zip(self.tree.under(path)),
            Some(file) if file.data.starts_with(b"PK\x03\x04") => file.data.clone(),
            Some(file) => {
                let name = path.rsplit('/').next().unwrap_or(path).to_owned();
                to_code_zip(Tree::from_iter([(name, file.clone())]))
            }
        };
        let object = self.artifact(bytes, "zip");
        self.code.insert(path.to_owned(), object.clone());
        Ok(object)
    }

    /// Counts what is packed, before it is: folders inside of each other make many packages of few files.
    fn take(&mut self, work: &Work<'_>, bytes: usize) -> Result<(), PackageError> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or_else(|| PackageError::TooMuch { template: work.path.to_owned(), limit: self.limit })?;
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Packages with `limit`; `functions` are their names and folders. The zips' keys, or what was wrong.
    fn check(files: &[(&str, &str)], functions: &[&str], limit: usize, expected: Result<usize, &str>) {
        let template: String = functions
            .iter()
            .enumerate()
            .map(|(index, folder)| {
                let properties = format!("{{Runtime: python3.13, Handler: app.h, Code: {folder}}}");
                format!("  F{index}: {{Type: AWS::Lambda::Function, Properties: {properties}}}\n")
            })
            .collect();
        let template = format!("Resources:\n{template}");
        let files = files.iter().copied().chain([("t.yaml", template.as_str())]);
        let tree: Tree = files.map(|(path, text)| (path.to_owned(), File::new(text))).collect();
        let settings = Settings { bucket: "b".into(), key_prefix: "p/".into(), s3_url: "https://s3".into() };
        let mut packager = Packager::new(&tree, &settings, limit);
        let found = packager.template("t.yaml").map(|_| packager.missing.len()).map_err(|error| error.to_string());
        assert_eq!(found.as_ref().map_err(String::as_str), expected.as_ref().map_err(|told| *told), "{functions:?}");
    }

    #[test]
    fn what_is_packed_has_a_limit_and_each_folder_counts_once() {
        let files = [("a/app.py", "12345"), ("a/b/app.py", "12345")];
        let too_much = "what t.yaml and its nested templates name has more than 14 bytes together";
        check(&files, &["a"], 10, Ok(1));
        check(&files, &["a", "a/", "./a"], 10, Ok(1));
        check(&files, &["a", "a/b"], 15, Ok(2));
        check(&files, &["a", "a/b"], 14, Err(too_much));
    }

    #[test]
    fn a_bootstrap_can_always_be_executed() {
        for (path, folder) in [("a/bootstrap", "a"), ("bootstrap", "bootstrap")] {
            let tree: Tree = [(path.to_owned(), File::new("#!/bin/sh\n")), ("a/x".to_owned(), File::new("x"))]
                .into_iter()
                .chain([(
                    "t.yaml".to_owned(),
                    File::new(format!(
                        "Resources: {{L: {{Type: AWS::Lambda::LayerVersion, Properties: {{Content: {folder}}}}}}}"
                    )),
                )])
                .collect();
            let settings = Settings { bucket: "b".into(), key_prefix: "p/".into(), s3_url: "https://s3".into() };
            let mut packager = Packager::new(&tree, &settings, 1000);
            packager.template("t.yaml").unwrap();
            let zip = packager.artifacts.iter().find(|(key, _)| key.ends_with(".zip")).unwrap().1;
            let unpacked = Tree::from_zip(zip, drydock_tree::Limits { files: 9, bytes: 99 }).unwrap();
            let executable: Vec<_> =
                unpacked.iter().filter(|(_, file)| file.executable).map(|(path, _)| path).collect();
            assert_eq!(executable, ["bootstrap"], "{path}");
        }
    }
}
