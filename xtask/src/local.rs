//! The whole of Drydock on this machine: the engine, the handlers built for the host, and the very same template.

use crate::build::{self, BuildOptions};
use crate::cloud::Aws;
use crate::cloud::deployment::Deployment;
use crate::cloud::follow::Detail;
use crate::commands::Context;
use crate::commands::call::api_address;
use crate::engine::address::Address;
use crate::engine::{Engine, EngineOptions, Purpose, Venv};
use crate::options::KeyValue;
use crate::outcome::Outcome;
use crate::printer::elapsed;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::time::Instant;

/// The hosts that may be deployed from here: the real one, and any Git server of this machine.
const GIT_HOSTS: &str = "github.com,http://127.0.0.1:*";

/// Options of the commands that bring Drydock up here.
#[derive(Args, Clone, Debug, Default)]
pub struct LocalOptions {
    /// Port of the embedded engine on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Keep what is deployed and stored for the next time
    #[arg(long)]
    pub keep_state: bool,
    /// Set a variable of the engine's environment, such as SFN_WAIT_SCALE=0.01
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub environment: Vec<KeyValue>,
    /// Set a template parameter
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    pub parameters: Vec<KeyValue>,
}

/// Drydock running on this machine. It ends when this is dropped, at the latest.
pub struct Local {
    /// The engine.
    pub engine: Engine,
    /// The way to it.
    pub aws: Aws,
    /// Where the API answers.
    pub api: Address,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, String>,
}

impl Local {
    /// Starts the engine while the handlers are built, and deploys them.
    ///
    /// # Errors
    /// If Python or a package is missing, a handler does not build, or the stack does not come up.
    pub async fn up(context: &Context, options: &LocalOptions) -> Result<Self> {
        let printer = &context.printer;
        let engine = async {
            let venv = Venv::ensure(printer, &context.workspace.local(), Purpose::Engine).await?;
            let options = EngineOptions {
                port: options.port,
                keep_state: options.keep_state,
                environment: options.environment.clone(),
            };
            Engine::start(printer, &venv, &context.workspace.local(), &options).await
        };
        let host = BuildOptions::host();
        let built = build::build(printer, &context.workspace, &host);
        let (engine, built) = tokio::try_join!(engine, built)?;

        let start = Instant::now();
        let aws = engine.aws().await?;
        let account = aws.account().await?;
        let mut given = BTreeMap::from([("AllowedGitHosts".to_owned(), GIT_HOSTS.to_owned())]);
        given.extend(options.parameters.iter().map(|pair| (pair.key.clone(), pair.value.clone())));
        let deployment = Deployment {
            aws: &aws,
            account: &account,
            code: Some(&built),
            given,
            tags: BTreeMap::new(),
            role_arn: None,
            allow_data_loss: false,
            detail: Detail::Brief,
        };
        let applied = async {
            let prepared = deployment.prepare(context).await?;
            prepared.upload(printer).await?;
            prepared.apply(context).await
        };
        let applied = applied.await.with_context(|| {
            format!("Drydock cannot be deployed to the embedded engine (its log: {})", engine.log().display())
        })?;
        let (Outcome::Success, Some(stack)) = (applied.outcome, applied.stack) else {
            bail!("Drydock's stack does not come up in the embedded engine; its log: {}", engine.log().display());
        };
        printer.step("Deployed", format_args!("stack {} into it in {}", stack.name, elapsed(start.elapsed())));
        let api = api_address(&aws, &stack.outputs)?;
        Ok(Self { engine, aws, api, outputs: stack.outputs })
    }

    /// The address under which any HTTP client reaches the API: names under `localhost` are this machine's own.
    pub fn api_url(&self) -> String {
        format!("http://{}", self.api.host.as_deref().unwrap_or_default())
    }

    /// The variables of a command that is run against this.
    pub fn environment(&self, context: &Context) -> Vec<(&'static str, String)> {
        let mut variables = self.engine.client_environment();
        variables.extend([
            ("DRYDOCK_API_URL", self.api.url.clone()),
            ("DRYDOCK_API_HOST", self.api.host.clone().unwrap_or_default()),
            ("DRYDOCK_STACK_NAME", context.stack().to_owned()),
            // An installation's defaults are not for here.
            ("DRYDOCK_CONFIG", "/dev/null".to_owned()),
            ("DRYDOCK_ENGINE_LOG", self.engine.log().to_string_lossy().into_owned()),
        ]);
        // So that a test runs the very program that brought this up.
        if let Some(program) = context.workspace.program() {
            variables.push(("DRYDOCK_XTASK", program.to_string_lossy().into_owned()));
        }
        variables
    }
}
