//! Drydock's machines.

mod sdlc;

pub use sdlc::{Substitutions, sdlc};
