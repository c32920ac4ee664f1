//! Whose answer it is: the deployment's own, or that of the gateway in front of it, which has no route for the request
//! or does not let it in.

use super::{Check, CheckName};
use crate::plan::Auth;
use crate::run::Answer;
use serde_json::Value;

/// Which answer a gateway gives by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gateway {
    NoRoute,
    Refused,
    /// None that it is known by.
    Silent,
}

/// The answer is not what API Gateway says of a request that has no route: REST APIs with 403, HTTP APIs with 404. A
/// handler's own 404 looks like the latter: where `absent` says that what is asked for may not be there, it is one.
pub(super) fn reached(answer: &Answer, absent: bool) -> Check {
    let no_route = gateway(answer, Auth::None) == Gateway::NoRoute && !(absent && answer.status == 404);
    let actual = if no_route { "the gateway has no route for the request" } else { "it is" };
    Check::new(CheckName::RouteReached, !no_route, "an answer of the deployment's own", actual)
}

/// The gateway lets the request in, which shows what the endpoint asks for. 401 means that a token is not good, unless
/// the deployment `promised` to say so of something else, such as a wrong password; keys and signatures are refused with
/// 403, which may also be the deployment's own word on what its caller may do.
pub(super) fn admitted(answer: &Answer, shown: Auth, promised: bool) -> Check {
    let refused = match answer.status {
        401 if shown == Auth::Bearer && !promised => true,
        401 | 403 => gateway(answer, shown) == Gateway::Refused,
        _ => false,
    };
    let expected = match shown {
        Auth::None => "an answer to everybody, for the endpoint asks for no credentials",
        _ => "an answer to whoever shows these credentials",
    };
    let actual = if refused { format!("{}: {}", answer.status, said(answer)) } else { "it is one".to_owned() };
    Check::new(CheckName::AccessGranted, !refused, expected, actual)
}

fn gateway(answer: &Answer, shown: Auth) -> Gateway {
    let message = message(answer).unwrap_or_default();
    // REST APIs and function URLs name the error in a header; HTTP APIs leave their own id in every answer.
    let named = answer.header("x-amzn-errortype").is_some();
    let of_http_api = answer.header("apigw-requestid").is_some();
    match (answer.status, message.as_str()) {
        (403, "Missing Authentication Token") => Gateway::NoRoute,
        (404, "Not Found") if of_http_api => Gateway::NoRoute,
        (401 | 403, _) if named => Gateway::Refused,
        // The same words may be a handler's own, where nobody had to show anything to get to it.
        (403, "Unauthorized" | "Forbidden") if shown != Auth::None => Gateway::Refused,
        (401 | 403, text) if OWN_WORDS.iter().any(|start| text.starts_with(start)) => Gateway::Refused,
        _ => Gateway::Silent,
    }
}

/// What only a gateway says.
const OWN_WORDS: [&str; 5] = [
    "User is not authorized to access this resource",
    "User: ",
    "Forbidden. For troubleshooting Function URL",
    "The security token included in the request",
    "The request signature we calculated does not match",
];

/// Longest answer of a gateway, in bytes.
const LONGEST: usize = 16 * 1024;

/// The message of an answer that holds nothing else.
fn message(answer: &Answer) -> Option<String> {
    let json = Some(answer).filter(|answer| answer.body.len() <= LONGEST)?.json()?;
    let members = json.as_object().filter(|members| members.len() == 1)?;
    members.get("message").or_else(|| members.get("Message")).and_then(Value::as_str).map(str::to_owned)
}

fn said(answer: &Answer) -> String {
    message(answer).unwrap_or_else(|| "it is refused".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, header: &str, body: &str) -> Answer {
        let headers = vec![(header.to_owned(), "x".to_owned())];
        Answer { status, headers, body: body.as_bytes().to_vec(), ..Answer::default() }
    }

    #[test]
    fn a_missing_route_is_told_from_a_missing_thing() {
        let check = |status, header: &str, body: &str, absent: bool, passes: bool| {
            assert_eq!(
                reached(&answer(status, header, body), absent).passed,
                passes,
                "{status} {header} {body} {absent}"
            );
        };
        let (token, not_found) = (r#"{"message":"Missing Authentication Token"}"#, r#"{"message":"Not Found"}"#);
        check(403, "x-amzn-errortype", token, false, false);
        check(403, "x-amzn-errortype", token, true, false);
        check(404, "apigw-requestid", not_found, false, false);
        // A handler's own: behind a REST API or a function URL, or for an id that nobody has.
        check(404, "x-amzn-requestid", not_found, false, true);
        check(404, "apigw-requestid", not_found, true, true);
        check(404, "apigw-requestid", r#"{"message":"Not Found","id":1}"#, false, true);
        check(403, "x-amzn-errortype", r#"{"message":"Forbidden"}"#, false, true);
    }

    #[test]
    fn a_gateway_that_lets_nobody_in_is_known() {
        let check = |status, header: &str, body: &str, shown: Auth, passes: bool| {
            assert_eq!(
                admitted(&answer(status, header, body), shown, false).passed,
                passes,
                "{status} {header} {body} {shown:?}"
            );
        };
        let (forbidden, unauthorized) = (r#"{"message":"Forbidden"}"#, r#"{"message":"Unauthorized"}"#);
        // An expired token, a wrong key, a wrong stage, a function URL without permission.
        check(401, "x", unauthorized, Auth::Bearer, false);
        check(401, "x", r#"{"detail":"Could not validate credentials"}"#, Auth::Bearer, false);
        check(403, "x", forbidden, Auth::ApiKey, false);
        check(403, "x-amzn-errortype", forbidden, Auth::None, false);
        check(
            403,
            "x",
            r#"{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: …"}"#,
            Auth::None,
            false,
        );
        check(
            403,
            "x",
            r#"{"Message":"User is not authorized to access this resource with an explicit deny"}"#,
            Auth::Bearer,
            false,
        );
        check(403, "x", r#"{"message":"The security token included in the request is expired"}"#, Auth::Iam, false);
        // What handlers say themselves.
        check(401, "x", unauthorized, Auth::None, true);
        check(403, "x", forbidden, Auth::None, true);
        check(403, "x", r#"{"error":"you are no administrator"}"#, Auth::Bearer, true);
        check(404, "x-amzn-errortype", forbidden, Auth::Bearer, true);
        check(200, "x-amzn-errortype", "{}", Auth::Bearer, true);
        check(401, "x", unauthorized, Auth::ApiKey, true);
        check(401, "x", r#"{"error":"no such session"}"#, Auth::Iam, true);
        check(401, "x-amzn-errortype", unauthorized, Auth::ApiKey, false);
        // A wrong password is documented.
        let login = |header: &str| admitted(&answer(401, header, unauthorized), Auth::Bearer, true).passed;
        assert!(login("x") && !login("x-amzn-errortype"));
        // That there is no route is said elsewhere.
        check(403, "x-amzn-errortype", r#"{"message":"Missing Authentication Token"}"#, Auth::None, true);
    }
}
