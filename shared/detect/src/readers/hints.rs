//! What looks like a project but is none that can be deployed: worth a word when nothing else is found.

use super::{Text, cdk, code, node, python};

pub(crate) fn read(file: &Text<'_>) -> Option<String> {
    let has = |word: &str| file.text.contains(word);
    let hint = match file.name() {
        "cdk.json" if cdk::app(file).is_none() => "has no `app`, so there is no CDK application to run",
        "cdktf.json" => "is CDK for Terraform, which is not supported",
        "Pulumi.yaml" | "Pulumi.yml" => "is a Pulumi project, which is not supported",
        "serverless-compose.yml" | "serverless-compose.yaml" => {
            "composes several Serverless services; name one with projectRoot"
        }
        "serverless.yml" | "serverless.yaml" if has("provider") => {
            "is a Serverless service, but not for the provider aws"
        }
        "go.mod" if has("github.com/aws/aws-lambda-go") => {
            "is a Go function; commit its compiled `bootstrap`, or add a template"
        }
        "Cargo.toml" if has("lambda_runtime") || has("lambda_http") => {
            "is a Rust function; commit its compiled `bootstrap`, or add a template"
        }
        "pom.xml" | "build.gradle" | "build.gradle.kts" if has("aws-lambda-java") => {
            "is a Java function; add a template that says how it is built"
        }
        "Dockerfile" => "builds a container image, which needs a template around it",
        "docker-compose.yml" | "docker-compose.yaml" | "compose.yml" | "compose.yaml" => "is for Docker Compose",
        "Chart.yaml" => "is a Helm chart",
        _ => return of_code(file),
    };
    Some(format!("{} {hint}", file.path))
}

fn of_code(file: &Text<'_>) -> Option<String> {
    let reason = if node::extension(file.name()).is_some() && code::is_worth_reading(file) {
        node::near_miss(file.text)?
    } else if file.name().ends_with(".py") && code::is_worth_reading(file) {
        python::near_miss(file.text)?
    } else if matches!(file.name().rsplit_once('.'), Some((_, "yaml" | "yml")))
        && file.text.contains("apiVersion:")
        && file.text.contains("kind:")
    {
        "is for Kubernetes".to_owned()
    } else {
        return None;
    };
    Some(format!("{} {reason}", file.path))
}
