//! The whole system, asked from outside: real template, real zips, real Git server.

mod api;
mod cancel;
mod corpus;
mod dead_letters;
mod deploying;
mod deployments;
mod failures;
mod fix;
mod idempotence;
mod lists;
#[path = "../../xtask/tests/loopback/mod.rs"]
#[expect(dead_code, reason = "it serves other tests, too")]
mod loopback;
mod operator;
mod permissions;
mod poison;
mod sweep;
mod teardown;
mod turns;
