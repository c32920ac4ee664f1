//! What AWS's own validator says about a template on standard input, as JSON on standard output:
//! `cargo run -p drydock-gate --example validate < template.json`.
//!
//! `cargo xtask deploy` runs it for a template that no test has seen: linking the validator into the command line would
//! cost every operator its build, and every command its 240 MB.

use drydock_gate::Gate;
use drydock_tree::{File, Tree};
use std::error::Error;
use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let mut tree = Tree::new();
    tree.insert("template.json", File::new(text))?;
    let findings = Gate::new().survey(&tree, "")?;
    serde_json::to_writer(std::io::stdout().lock(), &findings)?;
    writeln!(std::io::stdout())?;
    Ok(())
}
