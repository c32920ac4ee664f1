//! The whole system, asked from outside: real template, real zips, real Git server.

mod api;
mod cancel;
mod corpus;
mod dead_letters;
mod deployments;
mod failures;
mod fix;
mod idempotence;
mod lists;
mod operator;
mod permissions;
mod poison;
mod sweep;
mod teardown;
mod turns;
mod unavailable;
