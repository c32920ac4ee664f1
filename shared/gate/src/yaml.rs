//! YAML syntax, tags and all: nothing is resolved, so tags of CloudFormation and of others pass.

use crate::Finding;
use saphyr_parser::{Event, Parser};

/// Mappings in mappings, at most: what is deeper was made to hurt.
const MAX_DEPTH: usize = 200;

/// What keeps a text from being read as YAML.
pub(crate) fn check(file: &str, text: &str) -> Vec<Finding> {
    let mut depth = 0_usize;
    for event in Parser::new_from_str(text) {
        match event {
            Err(error) => {
                let line = u32::try_from(error.marker().line()).ok();
                return vec![Finding::error(file, line, "yaml-syntax", error.info())];
            }
            Ok((Event::MappingStart(..) | Event::SequenceStart(..), _)) => depth += 1,
            Ok((Event::MappingEnd | Event::SequenceEnd, _)) => depth = depth.saturating_sub(1),
            Ok(_) => {}
        }
        if depth > MAX_DEPTH {
            return vec![Finding::error(file, None, "yaml-syntax", format!("more than {MAX_DEPTH} levels deep"))];
        }
    }
    Vec::new()
}
