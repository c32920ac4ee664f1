//! Empty on purpose: cargo wants a build script where there are build dependencies.
fn main() {}
