//! A model for the fixer and the sanity tester: a played one, and the key to it. And whatever else a test tells the
//! functions by their variables.

use crate::World;
use aws_sdk_lambda::types::Environment;

/// The functions that ask the model.
const ASKERS: [&str; 2] = ["FixerLambdaName", "SanityTesterLambdaName"];

/// The functions that a workflow leads sessions through.
const LED: [&str; 6] = [
    "DeployerCloneDetectName",
    "DeployerDeployName",
    "DeployerMonitorName",
    "FixerLambdaName",
    "SanityTesterLambdaName",
    "StatusAnalyzerName",
];

impl World {
    /// Lets the fixer and the sanity tester ask the model at `url`, with a key.
    pub async fn give_model(&self, url: &str) {
        self.put_secret("ModelKeySecretArn", "sk-played").await;
        for function in ASKERS {
            self.variable(function, "MODEL_BASE_URL", Some(url)).await;
        }
    }

    /// Takes key and address away again.
    pub async fn take_model(&self) {
        self.put_secret("ModelKeySecretArn", "unset").await;
        self.put_secret("GitTokenSecretArn", "unset").await;
        for function in ASKERS {
            self.variable(function, "MODEL_BASE_URL", Some("")).await;
        }
    }

    /// Lets the functions that a workflow leads sessions through reach their table at `url`, and the one that deploys
    /// Lambda as well; or both as ever.
    pub async fn reach_table_and_lambda_at(&self, url: Option<&str>) {
        for function in LED {
            self.variable(function, "AWS_ENDPOINT_URL_DYNAMODB", url).await;
        }
        self.variable("DeployerDeployName", "AWS_ENDPOINT_URL_LAMBDA", url).await;
    }

    /// Puts credentials for tests aside, as an operator does, and gives the secret's name.
    pub async fn give_test_secret(&self, text: &str) -> String {
        let client = aws_sdk_secretsmanager::Client::new(&self.config);
        let name = format!("{}-sanity-{}", self.stack_name, self.new_name("e2e"));
        client.create_secret().name(&name).secret_string(text).send().await.unwrap();
        name
    }

    /// Stores a Git token for one host.
    pub async fn give_git_token(&self, host: &str, token: &str) {
        let secret = serde_json::json!({"host": host, "token": token});
        self.put_secret("GitTokenSecretArn", &secret.to_string()).await;
    }

    async fn put_secret(&self, output: &str, text: &str) {
        let client = aws_sdk_secretsmanager::Client::new(&self.config);
        client.put_secret_value().secret_id(self.output(output)).secret_string(text).send().await.unwrap();
    }

    async fn variable(&self, function: &str, name: &str, value: Option<&str>) {
        let client = aws_sdk_lambda::Client::new(&self.config);
        let function = self.output(function);
        let now = client.get_function_configuration().function_name(function).send().await.unwrap();
        let mut variables = now.environment.and_then(|environment| environment.variables).unwrap_or_default();
        match value {
            Some(value) => variables.insert(name.to_owned(), value.to_owned()),
            None => variables.remove(name),
        };
        let environment = Environment::builder().set_variables(Some(variables)).build();
        client.update_function_configuration().function_name(function).environment(environment).send().await.unwrap();
    }
}
