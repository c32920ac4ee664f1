//! The environment of every handler, said once.
//!
//! Each struct is generic over what a variable holds: the infrastructure fills it with CloudFormation
//! expressions (`ApiHandlerEnv<Value>`), the handler reads it from the process (`ApiHandlerEnv<String>`).
//! A variable that one side does not know does not compile.

/// Variables that a handler needs and the process does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variables missing or empty: {}", .0.join(", "))]
pub struct MissingVariables(pub Vec<&'static str>);

macro_rules! environment {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident = $variable:literal $($optional:ident)?),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name<V = String> {
            $($(#[$field_doc])* pub $field: V,)+
        }

        impl<V> $name<V> {
            /// Names and values, in the order of declaration.
            pub fn into_variables(self) -> Vec<(&'static str, V)> {
                vec![$(($variable, self.$field)),+]
            }
        }

        impl $name<String> {
            /// Reads every variable through `lookup`.
            ///
            /// # Errors
            /// All that are missing, at once.
            pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, MissingVariables> {
                let mut missing = Vec::new();
                let read = Self {
                    $($field: match lookup($variable).filter(|value| !value.is_empty()) {
                        Some(value) => value,
                        None => {
                            if !environment!(@optional $($optional)?) { missing.push($variable); }
                            String::new()
                        }
                    },)+
                };
                if missing.is_empty() { Ok(read) } else { Err(MissingVariables(missing)) }
            }

            /// Reads every variable from the process.
            ///
            /// # Errors
            /// All that are missing, at once.
            pub fn from_process() -> Result<Self, MissingVariables> {
                Self::read(|name| std::env::var(name).ok())
            }
        }
    };
    (@optional optional) => { true };
    (@optional) => { false };
}

environment! {
    /// `api-handler`
    ApiHandlerEnv {
        /// Name of the sessions table.
        deployments_table = "DEPLOYMENTS_TABLE",
        /// Name of the bucket that reports are read from.
        artifacts_bucket = "ARTIFACTS_BUCKET",
        /// URL of the queue that `deployer-clone-detect` reads.
        clone_detect_queue_url = "CLONE_DETECT_QUEUE_URL",
        /// URL of the queue that `deployer-deploy` reads.
        deploy_queue_url = "DEPLOY_QUEUE_URL",
        /// URL of the queue that `deployer-monitor` reads.
        monitor_queue_url = "MONITOR_QUEUE_URL",
        /// URL of the queue that `fixer-lambda` reads.
        fixer_queue_url = "FIXER_QUEUE_URL",
        /// URL of the queue that `sanity-tester-lambda` reads.
        sanity_tester_queue_url = "SANITY_TESTER_QUEUE_URL",
        /// URL of the dead-letter queue of `deployer-clone-detect`.
        clone_detect_dlq_url = "CLONE_DETECT_DLQ_URL",
        /// URL of the dead-letter queue of `deployer-deploy`.
        deploy_dlq_url = "DEPLOY_DLQ_URL",
        /// URL of the dead-letter queue of `deployer-monitor`.
        monitor_dlq_url = "MONITOR_DLQ_URL",
        /// URL of the dead-letter queue of `fixer-lambda`.
        fixer_dlq_url = "FIXER_DLQ_URL",
        /// URL of the dead-letter queue of `sanity-tester-lambda`.
        sanity_tester_dlq_url = "SANITY_TESTER_DLQ_URL",
        /// ARN of the SDLC workflow.
        sdlc_state_machine_arn = "SDLC_STATE_MACHINE_ARN",
        /// Where clients reach the API, without a slash at the end.
        api_base_url = "API_BASE_URL",
        /// Comma-separated Git hosts; see [`crate::hosts::AllowedHosts`].
        allowed_git_hosts = "ALLOWED_GIT_HOSTS",
    }
}

environment! {
    /// `deployer-clone-detect`
    CloneDetectEnv {
        /// Name of the sessions table.
        deployments_table = "DEPLOYMENTS_TABLE",
        /// Name of the bucket that keeps source archives and packages.
        artifacts_bucket = "ARTIFACTS_BUCKET",
        /// URL of the queue that `deployer-deploy` reads.
        next_queue_url = "NEXT_QUEUE_URL",
        /// URL of the queue that `sanity-tester-lambda` reads: files may be fetched to be tested only.
        sanity_tester_queue_url = "SANITY_TESTER_QUEUE_URL",
        /// Comma-separated Git hosts; see [`crate::hosts::AllowedHosts`].
        allowed_git_hosts = "ALLOWED_GIT_HOSTS",
        /// ARN of the secret that holds a Git token; its value may be empty.
        git_token_secret_arn = "GIT_TOKEN_SECRET_ARN",
    }
}

environment! {
    /// `deployer-deploy`. The region is `AWS_REGION`, which Lambda sets itself and refuses to be given.
    DeployEnv {
        /// Name of the sessions table.
        deployments_table = "DEPLOYMENTS_TABLE",
        /// Name of the bucket that keeps source archives and packages.
        artifacts_bucket = "ARTIFACTS_BUCKET",
        /// URL of the queue that `deployer-monitor` reads.
        monitor_queue_url = "MONITOR_QUEUE_URL",
        /// URL of its own queue, for the next look while another session has its turn.
        deploy_queue_url = "DEPLOY_QUEUE_URL",
        /// Twelve digits.
        aws_account_id = "AWS_ACCOUNT_ID",
        /// ARN of the service role that CloudFormation takes on for what a repository asks for.
        cloudformation_role_arn = "CLOUDFORMATION_ROLE_ARN",
        /// What every stack, function and role made for a repository is named with first, such as `drydock-app-`.
        resource_prefix = "RESOURCE_PREFIX",
        /// ARN of the permissions boundary of roles made for simple Lambdas; empty for none.
        permissions_boundary_arn = "PERMISSIONS_BOUNDARY_ARN" optional,
    }
}

environment! {
    /// `deployer-monitor`
    MonitorEnv {
        /// Name of the sessions table.
        deployments_table = "DEPLOYMENTS_TABLE",
        /// URL of its own queue, for the next look.
        monitor_queue_url = "MONITOR_QUEUE_URL",
    }
}

environment! {
    /// `fixer-lambda`
    FixerEnv {
        /// Name of the sessions table.
        deployments_table = "DEPLOYMENTS_TABLE",
        /// Name of the bucket that keeps source archives and packages.
        artifacts_bucket = "ARTIFACTS_BUCKET",
        /// ARN of the secret that holds the model key; its value may be empty.
        model_key_secret_arn = "MODEL_KEY_SECRET_ARN",
        /// Comma-separated Git hosts; see [`crate::hosts::AllowedHosts`].
        allowed_git_hosts = "ALLOWED_GIT_HOSTS",
        /// ARN of the secret that holds a Git token; its value may be empty.
        git_token_secret_arn = "GIT_TOKEN_SECRET_ARN",
        /// Address of the model's service; empty for the public one.
        model_base_url = "MODEL_BASE_URL" optional,
        /// The model's name; empty for the usual one.
        model_name = "MODEL_NAME" optional,
        /// USD for a million tokens of input and of output, such as `3,15`; empty for the usual ones.
        model_price = "MODEL_PRICE" optional,
        /// USD that one repair may cost; empty for the usual amount.
        fix_budget_usd = "FIX_BUDGET_USD" optional,
    }
}

environment! {
    /// `sanity-tester-lambda`
    SanityTesterEnv {
        /// Name of the sessions table.
        deployments_table = "DEPLOYMENTS_TABLE",
        /// Name of the bucket that keeps source archives, plans and reports.
        artifacts_bucket = "ARTIFACTS_BUCKET",
        /// ARN of the secret that holds the model key; its value may be empty.
        model_key_secret_arn = "MODEL_KEY_SECRET_ARN",
        /// What every stack, function and role made for a repository is named with first, such as `drydock-app-`.
        resource_prefix = "RESOURCE_PREFIX",
        /// Address of the model's service; empty for the public one.
        model_base_url = "MODEL_BASE_URL" optional,
        /// The model's name; empty for the usual one.
        model_name = "MODEL_NAME" optional,
        /// USD for a million tokens of input and of output, such as `3,15`; empty for the usual ones.
        model_price = "MODEL_PRICE" optional,
    }
}

environment! {
    /// `status-analyzer`
    StatusAnalyzerEnv {
        /// Name of the sessions table.
        deployments_table = "DEPLOYMENTS_TABLE",
        /// ARN of the secret that holds the model key; its value may be empty.
        model_key_secret_arn = "MODEL_KEY_SECRET_ARN",
        /// Address of the model's service; empty for the public one.
        model_base_url = "MODEL_BASE_URL" optional,
        /// The model's name; empty for the usual one.
        model_name = "MODEL_NAME" optional,
        /// USD for a million tokens of input and of output, such as `3,15`; empty for the usual ones.
        model_price = "MODEL_PRICE" optional,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_use_the_same_names() {
        let written = MonitorEnv { deployments_table: "t", monitor_queue_url: "q" }.into_variables();
        let read = MonitorEnv::read(|name| {
            written.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        assert_eq!(read, Ok(MonitorEnv { deployments_table: "t".into(), monitor_queue_url: "q".into() }));
    }

    #[test]
    fn every_missing_variable_is_named_at_once() {
        let missing = DeployEnv::read(|name| (name == "AWS_ACCOUNT_ID").then(|| "1".to_owned())).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "environment variables missing or empty: DEPLOYMENTS_TABLE, ARTIFACTS_BUCKET, MONITOR_QUEUE_URL, \
             DEPLOY_QUEUE_URL, CLOUDFORMATION_ROLE_ARN, RESOURCE_PREFIX"
        );
    }
}
