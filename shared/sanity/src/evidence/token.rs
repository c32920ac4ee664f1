//! Where an authorizer reads who is asking.

use crate::plan::is_token_header;

/// Where a token is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// In the header `authorization`.
    Usual,
    /// In this header.
    Header(String),
    /// In several places, or in one in which no token can be shown: API Gateway refuses who leaves out one of them, and nobody here
    /// can show them all.
    Elsewhere,
}

impl Token {
    /// By an authorizer's identity sources, as REST APIs (`method.request.header.X-Token`), HTTP APIs
    /// (`$request.header.X-Token`) and SAM (`X-Token`) write them. `None` where there are none: the authorizer is asked
    /// in any case, and may read what it likes.
    pub fn of_sources<'s>(sources: impl IntoIterator<Item = &'s str>) -> Option<Self> {
        let sources: Vec<&str> = sources
            .into_iter()
            .flat_map(|source| source.split(','))
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .collect();
        let mut shown = sources.iter().filter(|source| !is_the_gateways_own(source));
        let header = shown.next().and_then(|source| header(source));
        let is_other = |other: &str| match (header, self::header(other)) {
            (Some(one), Some(other)) => !one.eq_ignore_ascii_case(other),
            _ => true,
        };
        let has_other = shown.any(|source| is_other(source));
        match header {
            _ if sources.is_empty() => None,
            Some(header) if !has_other => Some(Self::of_header(header)),
            _ => Some(Self::Elsewhere),
        }
    }

    /// In a header of this name.
    pub fn of_header(name: &str) -> Self {
        match name {
            usual if usual.eq_ignore_ascii_case("authorization") => Self::Usual,
            name if is_token_header(name) => Self::Header(name.to_owned()),
            _ => Self::Elsewhere,
        }
    }

    /// True if both are shown in the same place.
    pub(super) fn is_where(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header(one), Self::Header(other)) => one.eq_ignore_ascii_case(other),
            (one, other) => one == other,
        }
    }
}

/// True for what API Gateway knows of every request, or of itself: nobody has to show it.
fn is_the_gateways_own(source: &str) -> bool {
    let source = source.trim_start_matches('$');
    source.starts_with("context.") || source.starts_with("stageVariables.")
}

/// The name of the header, if a source is one.
fn header(source: &str) -> Option<&str> {
    match source.rsplit_once("request.") {
        Some((_, rest)) => rest.strip_prefix("header."),
        None => Some(source).filter(|name| !name.contains('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_shown_where_it_is_read() {
        let x = || Some(Token::Header("X-Token".to_owned()));
        for (sources, token) in [
            (&[][..], None),
            (&[""], None),
            (&["$request.header.Authorization"], Some(Token::Usual)),
            (&["method.request.header.authorization"], Some(Token::Usual)),
            (&["X-Token"], x()),
            (&["method.request.header.X-Token, context.identity.sourceIp"], x()),
            (&["$request.header.X-Token", "$context.routeKey", "$stageVariables.stage"], x()),
            (&["X-Token", "x-token"], x()),
            (&["$request.header.X-Tenant", "$request.header.X-Token"], Some(Token::Elsewhere)),
            (&["method.request.header.X-Tenant, method.request.header.Authorization"], Some(Token::Elsewhere)),
            (&["$request.header.Authorization", "$request.querystring.tenant"], Some(Token::Elsewhere)),
            (&["method.request.header.Cookie"], Some(Token::Header("Cookie".to_owned()))),
            (&["method.request.header.x-api-key"], Some(Token::Header("x-api-key".to_owned()))),
            (&["method.request.header.Host"], Some(Token::Elsewhere)),
            (&["$request.querystring.token"], Some(Token::Elsewhere)),
            (&["$context.identity.sourceIp"], Some(Token::Elsewhere)),
        ] {
            assert_eq!(Token::of_sources(sources.iter().copied()), token, "{sources:?}");
        }
    }
}
