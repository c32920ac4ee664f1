//! The diagram in the docs is the machine's.

use asl::workflow::{Parameters, document, sdlc};

#[test]
fn the_page_shows_the_machine_as_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/workflow.md");
    let page = std::fs::read_to_string(path).expect("docs/workflow.md can be read");
    let expected = document(&page, &sdlc(&Parameters::default()).to_mermaid());
    assert!(expected.as_ref() == Some(&page), "draw it anew: cargo xtask graph --write");
}
