//! The page that shows the diagram.

const BEGIN: &str = "```mermaid\n";
const END: &str = "```";

/// The page with `diagram` in its first Mermaid block; `None` if it has none.
pub fn document(page: &str, diagram: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{diagram}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::document;

    #[test]
    fn only_the_diagram_changes() {
        let page = "a\n```mermaid\nold\n```\nb\n```mermaid\nother\n```\n";
        let expected = "a\n```mermaid\nnew\n```\nb\n```mermaid\nother\n```\n";
        assert_eq!(document(page, "new\n").as_deref(), Some(expected));
        assert_eq!(document("no diagram", "new\n"), None);
    }
}
