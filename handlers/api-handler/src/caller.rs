//! Who sent a request: the part of the identity that a retry has in common with the first try.

use aws_lambda_events::apigw::ApiGatewayRequestAuthorizer;

/// A caller, as text. Two callers never share a session through an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller(String);

impl Caller {
    /// Reads API Gateway's authorizer block: the IAM principal or the JWT's issuer and subject.
    pub fn of(authorizer: Option<&ApiGatewayRequestAuthorizer>) -> Self {
        let iam = authorizer.and_then(|authorizer| authorizer.iam.as_ref());
        let jwt = authorizer.and_then(|authorizer| authorizer.jwt.as_ref());
        let arn = iam.and_then(|iam| iam.user_arn.as_deref()).map(without_role_session);
        let account = iam.and_then(|iam| iam.account_id.as_deref()).map(|account| format!("account:{account}"));
        let subject = jwt.and_then(|jwt| {
            let issuer = jwt.claims.get("iss").map_or("", String::as_str);
            jwt.claims.get("sub").map(|subject| format!("jwt:{issuer}#{subject}"))
        });
        Self(arn.or(account).or(subject).unwrap_or_else(|| "anonymous".to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The session name of an assumed role changes from one sign-in, machine or container to the next, and the retry of
/// a request often comes from the next one; the role does not change.
fn without_role_session(arn: &str) -> String {
    match arn.split_once(":assumed-role/") {
        Some((account, role)) => {
            format!("{account}:assumed-role/{}", role.split_once('/').map_or(role, |(role, _)| role))
        }
        None => arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(authorizer: Value, expected: &str) {
        let authorizer: ApiGatewayRequestAuthorizer = serde_json::from_value(authorizer).unwrap();
        assert_eq!(Caller::of(Some(&authorizer)).as_str(), expected);
    }

    #[test]
    fn the_principal_is_the_caller() {
        check(
            json!({"iam": {"accountId": "111122223333", "userArn": "arn:aws:iam::111122223333:user/ann"}}),
            "arn:aws:iam::111122223333:user/ann",
        );
        check(
            json!({"iam": {"userArn": "arn:aws:sts::111122223333:assumed-role/ci/run-17"}}),
            "arn:aws:sts::111122223333:assumed-role/ci",
        );
        check(json!({"iam": {"accountId": "111122223333"}}), "account:111122223333");
        check(json!({"jwt": {"claims": {"iss": "https://id.example", "sub": "42"}}}), "jwt:https://id.example#42");
        assert_eq!(Caller::of(None).as_str(), "anonymous");
    }
}
