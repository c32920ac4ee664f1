//! Drydock's machines.

mod phase;
mod place;
mod sdlc;

#[cfg(test)]
mod tests;

pub use place::{Place, Places};
pub use sdlc::{Parameters, sdlc};
