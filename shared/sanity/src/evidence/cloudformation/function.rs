//! The file that a function's handler is in.

use super::{Resource, Template, referred};
use crate::evidence::text::{folder, join};
use serde_json::Value;

/// Extensions of handlers, in the order in which they are tried.
const EXTENSIONS: [&str; 12] = ["py", "ts", "mts", "cts", "js", "mjs", "cjs", "tsx", "rb", "go", "java", "cs"];

impl Template<'_> {
    /// The file of the function that a value refers to.
    pub(super) fn file_of(&self, function: &str) -> Option<String> {
        let function = self.resource(function)?;
        if function.properties.get("InlineCode").is_some() || function.properties.pointer("/Code/ZipFile").is_some() {
            return Some(self.file.to_owned());
        }
        let base = folder(self.file);
        let code = self.code_folder(function);
        let code = code.map_or_else(|| base.to_owned(), |code| join(base, &code));
        let entry = function.metadata_entry(&self.value);
        let entry = entry.and_then(|entry| self.existing(&join(&code, &entry)));
        entry.or_else(|| self.handler_file(function, &code))
    }

    fn code_folder(&self, function: Resource<'_>) -> Option<String> {
        let of = |properties: &Value| {
            let code = properties.get("CodeUri").or_else(|| properties.get("Code"))?;
            code.as_str().map(str::to_owned)
        };
        let asset = || {
            let metadata = self.value.get("Resources")?.get(function.id)?.get("Metadata")?;
            metadata.get("aws:asset:path")?.as_str().map(str::to_owned)
        };
        let globals = || of(self.value.pointer("/Globals/Function")?);
        asset().or_else(|| of(function.properties)).or_else(globals)
    }

    fn handler_file(&self, function: Resource<'_>, code: &str) -> Option<String> {
        let of = |properties: &Value| properties.get("Handler")?.as_str().map(str::to_owned);
        let handler = of(function.properties).or_else(|| of(self.value.pointer("/Globals/Function")?))?;
        // `src/app.handler`, `package.module.handler`, `org.example.Handler::handle`
        let module = handler.rsplit_once('.').map_or(handler.as_str(), |(module, _)| module);
        self.existing(&join(code, module)).or_else(|| self.existing(&join(code, &module.replace('.', "/"))))
    }

    /// The file itself, or with one of the usual extensions.
    pub(super) fn existing(&self, path: &str) -> Option<String> {
        let with = EXTENSIONS.iter().map(|extension| format!("{path}.{extension}"));
        std::iter::once(path.to_owned()).chain(with).find(|path| self.repository.has(path))
    }

    /// The function behind an integration's address.
    pub(super) fn function_behind<'v>(&'v self, uri: &'v Value) -> Option<&'v str> {
        let name = referred(uri)?;
        let is_function = |name: &str| {
            self.resource(name)
                .is_some_and(|resource| matches!(resource.kind, "AWS::Lambda::Function" | "AWS::Serverless::Function"))
        };
        if is_function(name) {
            return Some(name);
        }
        // An alias or a version stands for its function.
        let alias = self.resource(name)?;
        alias.properties.get("FunctionName").and_then(referred).filter(|name| is_function(name))
    }
}

impl Resource<'_> {
    /// What esbuild is told to start from.
    fn metadata_entry(&self, template: &Value) -> Option<String> {
        let metadata = template.get("Resources")?.get(self.id)?.get("Metadata")?;
        metadata.pointer("/BuildProperties/EntryPoints/0")?.as_str().map(str::to_owned)
    }
}
