//! Drydock's machines.

mod page;
mod phase;
mod place;
mod sdlc;

#[cfg(test)]
mod tests;

pub use page::document;
pub use place::{Place, Places};
pub use sdlc::{Parameters, sdlc};
