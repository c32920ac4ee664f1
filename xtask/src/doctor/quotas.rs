//! Quotas that a new account runs into.

use super::Finding;
use crate::cloud::Aws;
use crate::cloud::error::Explain;
use aws_sdk_iam::types::SummaryKeyType;

/// As many invocations as the default parameters and a little traffic want at once.
const CONCURRENCY: i32 = 100;
/// Roles of our own stack, and room for what is deployed.
const ROLES: i32 = 50;

/// Looks at each.
pub async fn examine(aws: &Aws) -> Vec<Finding> {
    let (concurrency, roles) = tokio::join!(concurrency(aws), roles(aws));
    vec![concurrency, roles]
}

async fn concurrency(aws: &Aws) -> Finding {
    let check = "quota: concurrent invocations";
    let answer = match aws.lambda().get_account_settings().send().await {
        Ok(answer) => answer,
        Err(error) => return unknown(check, &error.explain("Lambda does not say"), "lambda:GetAccountSettings"),
    };
    let Some(limit) = answer.account_limit() else {
        return Finding::unknown(check, "Lambda names no limit", "see the console: Service Quotas, AWS Lambda");
    };
    concurrency_of(check, limit.concurrent_executions(), limit.unreserved_concurrent_executions().unwrap_or_default())
}

fn concurrency_of(check: &'static str, limit: i32, unreserved: i32) -> Finding {
    let text = format!("{limit} for the account, {unreserved} of them not reserved");
    if unreserved.min(limit) >= CONCURRENCY {
        return Finding::good(check, text);
    }
    let remedy = "ask for more: `aws service-quotas request-service-quota-increase --service-code lambda \
                  --quota-code L-B99A9384 --desired-value 1000`, or deploy with --parameter MaximumConcurrency=2";
    Finding::warning(check, text, remedy)
}

async fn roles(aws: &Aws) -> Finding {
    let check = "quota: IAM roles";
    let answer = match aws_sdk_iam::Client::new(aws.config()).get_account_summary().send().await {
        Ok(answer) => answer,
        Err(error) => return unknown(check, &error.explain("IAM does not say"), "iam:GetAccountSummary"),
    };
    let summary = answer.summary_map.unwrap_or_default();
    match (summary.get(&SummaryKeyType::from("Roles")), summary.get(&SummaryKeyType::from("RolesQuota"))) {
        (Some(used), Some(quota)) => roles_of(check, *used, *quota),
        _ => Finding::unknown(check, "IAM names none", "see the console: Service Quotas, IAM"),
    }
}

fn roles_of(check: &'static str, used: i32, quota: i32) -> Finding {
    let text = format!("{used} of {quota} used");
    if quota - used >= ROLES {
        return Finding::good(check, text);
    }
    let remedy = "delete roles that nobody uses, or ask for more: `aws service-quotas request-service-quota-increase \
                  --region us-east-1 --service-code iam --quota-code L-FE177D64 --desired-value 2000`";
    Finding::warning(check, text, remedy)
}

fn unknown(check: &'static str, error: &anyhow::Error, action: &str) -> Finding {
    Finding::unknown(check, format!("{error:#}"), format!("allow {action}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn a_new_account_is_warned() {
        let grade = |limit, unreserved| concurrency_of("c", limit, unreserved).grade;
        assert_eq!(grade(10, 10), Grade::Warning);
        assert_eq!(grade(1000, 20), Grade::Warning);
        assert_eq!(grade(1000, 900), Grade::Good);
        assert_eq!(roles_of("r", 990, 1000).grade, Grade::Warning);
        assert_eq!(roles_of("r", 90, 1000).grade, Grade::Good);
    }
}
