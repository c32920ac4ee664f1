//! What `cargo xtask test` tells the tests about the running stack.

use std::env;

/// Where the stack is.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `AWS_ENDPOINT_URL`: the engine, without a slash at the end.
    pub endpoint: String,
    /// `DRYDOCK_API_URL`: where the API answers, without a slash at the end.
    pub api_url: String,
    /// `DRYDOCK_API_HOST`: the `Host` header that the engine finds the API by; empty if the URL says it.
    pub api_host: Option<String>,
    /// `DRYDOCK_STACK_NAME`
    pub stack_name: String,
}

impl Environment {
    /// Reads the process's environment.
    ///
    /// # Panics
    /// If it was not made by `cargo xtask test`: a test that finds no system must not pass.
    pub fn read() -> Self {
        let variable = |name: &str| {
            env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| {
                panic!(
                    "{name} is not set. The end-to-end tests need a running stack: run `cargo xtask test`, or \
                     `cargo xtask local -- cargo test -p drydock-e2e`"
                )
            })
        };
        let url = |name: &str| variable(name).trim_end_matches('/').to_owned();
        Self {
            endpoint: url("AWS_ENDPOINT_URL"),
            api_url: url("DRYDOCK_API_URL"),
            api_host: env::var("DRYDOCK_API_HOST").ok().filter(|host| !host.is_empty()),
            stack_name: variable("DRYDOCK_STACK_NAME"),
        }
    }
}
