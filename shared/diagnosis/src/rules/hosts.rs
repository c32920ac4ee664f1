//! Git hosts, and the way to any host.

use super::{Rule, rule};
use crate::Class::{CodeError, GitAccess, Network};

pub(super) const RULES: &[Rule] = &[
    rule(Network, &["could not resolve host"]),
    rule(Network, &["failed to connect to", "port"]),
    rule(Network, &["ssl certificate problem"]),
    rule(Network, &["certificate verify failed"]),
    rule(Network, &["invalid peer certificate"]),
    rule(Network, &["rpc failed; curl"]),
    rule(GitAccess, &["repository not found"]),
    rule(GitAccess, &["fatal: repository", "not found"]),
    rule(GitAccess, &["remote branch", "not found"]),
    rule(GitAccess, &["there is no branch"]),
    rule(GitAccess, &["the repository has no branch"]),
    rule(GitAccess, &["unknown branch"]),
    rule(GitAccess, &["authentication failed for"]),
    rule(GitAccess, &["could not read username"]),
    rule(GitAccess, &["private repository"]),
    rule(GitAccess, &["asks for credentials"]),
    rule(GitAccess, &["remote: permission to"]),
    rule(GitAccess, &["password authentication was removed"]),
    rule(GitAccess, &["[remote rejected]"]),
    // A host of one's own machine is one that the code was told to use.
    rule(CodeError, &["econnrefused 127.0.0.1"])
        .change("Read the host's address from the environment: nothing listens on the function's own machine."),
    rule(CodeError, &["econnrefused ::1"])
        .change("Read the host's address from the environment: nothing listens on the function's own machine."),
    rule(Network, &["getaddrinfo enotfound"]),
    rule(Network, &["getaddrinfo eai_again"]),
    rule(Network, &["npm", "econnreset"]),
    rule(Network, &["npm", "etimedout"]),
    rule(Network, &["max retries exceeded with url"]),
    rule(Network, &["connect etimedout"]),
    rule(Network, &["could not connect to server"]),
    rule(Network, &["connection refused"]),
    rule(Network, &["connection reset"]),
    rule(Network, &["dns error"]),
    rule(Network, &["network is unreachable"]),
    rule(Network, &["cannot be reached"]),
    rule(Network, &["could not be reached"]),
    rule(Network, &["error sending request"]),
];
