//! The file that a function's handler is in.

use super::{Module, hcl};
use crate::evidence::text::join;

/// Extensions of handlers, in the order in which they are tried.
const EXTENSIONS: [&str; 8] = ["py", "js", "mjs", "cjs", "ts", "rb", "go", "java"];

impl Module<'_> {
    /// The file of a function's handler, which is packed from a folder or a file of this repository.
    pub(super) fn file_of(&self, function: &str) -> Option<String> {
        let function = self.resource("aws_lambda_function", function)?;
        let handler = function.text("handler")?;
        let module = handler.rsplit_once('.').map_or(handler, |(module, _)| module);
        let archive = ["filename", "source_code_hash"]
            .iter()
            .find_map(|name| hcl::references(function.value(name)?).find(|(kind, _)| *kind == "archive_file"));
        let archive = archive.and_then(|(kind, name)| self.resource(kind, name));
        let local = |name: &str| archive.and_then(|archive| self.local(archive.value(name)?));
        if let Some(file) = local("source_file").filter(|file| self.repository.has(file)) {
            return Some(file);
        }
        let base = local("source_dir").unwrap_or_else(|| self.folder.to_owned());
        let path = join(&base, module);
        EXTENSIONS.iter().map(|extension| format!("{path}.{extension}")).find(|path| self.repository.has(path))
    }

    /// A path of this repository: `"${path.module}/src"`.
    fn local(&self, expression: &str) -> Option<String> {
        let text = expression.strip_prefix('"')?.strip_suffix('"')?;
        let text = ["${path.module}", "${path.root}", "${path.cwd}"]
            .iter()
            .find_map(|root| text.strip_prefix(root))
            .unwrap_or(text);
        (!text.contains("${")).then(|| join(self.folder, text.trim_start_matches('/')))
    }
}
