//! `AWS::Lambda::Function`
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html>

use super::{LogGroupHandle, QueueHandle, RoleHandle};
use crate::Expression;
use crate::policy::Statement;
use crate::units::{FixedSeconds, Mebibytes};
use drydock_contract::env;
use indexmap::IndexMap;
use serde::Serialize;

/// A function. `TIMEOUT` is how long an invocation may take, in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Function<'s, const TIMEOUT: u32> {
    /// Its name.
    pub function_name: Expression<'s>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
    /// Its zip.
    pub code: S3Code<'s>,
    /// For `provided.al2023`, any; the zip's `bootstrap` is started.
    pub handler: &'static str,
    /// Such as `provided.al2023`.
    pub runtime: &'static str,
    /// `arm64` or `x86_64`
    pub architectures: [&'static str; 1],
    /// Its memory, and in proportion its share of a CPU.
    pub memory_size: Mebibytes,
    /// Always `TIMEOUT`.
    pub timeout: FixedSeconds<TIMEOUT>,
    /// The size of `/tmp`; without it, 512 MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral_storage: Option<EphemeralStorage>,
    /// ARN of the role that it takes on.
    pub role: Expression<'s>,
    /// Its variables.
    pub environment: Environment<'s>,
    /// Where it logs.
    pub logging_config: LoggingConfig<'s>,
    /// Whether it is traced.
    pub tracing_config: Tracing,
    /// What becomes of a chain of messages in which it calls itself; without it, Lambda ends the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recursive_loop: Option<RecursiveLoop>,
    /// Where events lie that it was invoked with and failed at, once Lambda has given them up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<FunctionDeadLetters<'s>>,
}

impl<'s, const TIMEOUT: u32> Function<'s, TIMEOUT> {
    /// A traced Rust function on arm64.
    pub fn rust(
        name: Expression<'s>,
        code: S3Code<'s>,
        role: &RoleHandle<'s>,
        log_group: &LogGroupHandle<'s>,
        environment: impl Into<Environment<'s>>,
    ) -> Self {
        // Lambda ends every invocation after 15 minutes.
        const { assert!(TIMEOUT > 0 && TIMEOUT <= 900) };
        Self {
            function_name: name,
            description: None,
            code,
            handler: "bootstrap",
            runtime: "provided.al2023",
            architectures: ["arm64"],
            memory_size: Mebibytes(128),
            timeout: FixedSeconds,
            ephemeral_storage: None,
            role: role.arn(),
            environment: environment.into(),
            logging_config: LoggingConfig { log_group: log_group.name() },
            tracing_config: Tracing::Active,
            recursive_loop: None,
            dead_letter_config: None,
        }
    }
}

/// Where a function's events lie that nobody waits for and that it failed at three times.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionDeadLetters<'s> {
    target_arn: Expression<'s>,
}

impl<'s> FunctionDeadLetters<'s> {
    /// In this queue, to which Lambda sends in the name of the function's role.
    pub fn to<const VISIBILITY: u32>(queue: &QueueHandle<'s, VISIBILITY>, role: &RoleHandle<'s>) -> Self {
        queue.grant_send(role);
        Self { target_arn: queue.arn() }
    }
}

/// A zip in S3.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct S3Code<'s> {
    /// The bucket, in the function's region.
    #[serde(rename = "S3Bucket")]
    pub bucket: Expression<'s>,
    /// The zip's key.
    #[serde(rename = "S3Key")]
    pub key: Expression<'s>,
}

/// The size of `/tmp`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EphemeralStorage {
    /// From 512 to 10240.
    pub size: Mebibytes,
}

/// Where a function logs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoggingConfig<'s> {
    log_group: Expression<'s>,
}

/// Whether invocations are traced by X-Ray.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "Mode")]
pub enum Tracing {
    /// A sample of all.
    Active,
    /// Only what the caller traces.
    PassThrough,
}

/// What Lambda does with a function that calls itself about 16 times in a row, by way of a queue, too.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RecursiveLoop {
    /// Nothing: the function ends the chain by itself.
    Allow,
    /// Drops the next call.
    Terminate,
}

/// A function's variables. They come from a struct of the contract, which the handler reads, and from nowhere else.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Environment<'s> {
    variables: IndexMap<&'static str, Expression<'s>>,
}

macro_rules! from_contract {
    ($($environment:ident),+) => {
        $(impl<'s> From<env::$environment<Expression<'s>>> for Environment<'s> {
            fn from(environment: env::$environment<Expression<'s>>) -> Self {
                Self { variables: environment.into_variables().into_iter().collect() }
            }
        })+
    };
}
from_contract!(ApiHandlerEnv, CloneDetectEnv, DeployEnv, MonitorEnv, FixerEnv, SanityTesterEnv, StatusAnalyzerEnv);

resource! {
    Function[const TIMEOUT] = "AWS::Lambda::Function",
    /// A function of the stack.
    FunctionHandle {
        /// Its name.
        name = Ref,
        /// Its ARN.
        arn = "Arn",
    }
}

impl<'s, const TIMEOUT: u32> FunctionHandle<'s, TIMEOUT> {
    /// Lets the role call it.
    pub fn grant_invoke(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["lambda:InvokeFunction"], [self.arn()]));
    }
}
