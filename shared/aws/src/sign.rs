//! Signatures (SigV4) of requests that no SDK client sends: to APIs and functions that were deployed, to services
//! of which a request or two are needed, and for addresses that anybody may open for a while.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningInstructions,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use std::time::{Duration, SystemTime};

/// Who signs, for which service, and where.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    /// The signer's keys.
    pub credentials: &'a Credentials,
    /// Such as `eu-central-1`.
    pub region: &'a str,
    /// Such as `execute-api`.
    pub service: &'a str,
}

/// The headers that sign a request; `headers` must hold those that are signed, `host` among them if it is not the
/// URL's own.
///
/// # Errors
/// If the request is none, in words.
pub fn headers(
    scope: &Scope<'_>,
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Vec<(String, String)>, String> {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let instructions = instructions(scope, settings, method, url, headers, SignableBody::Bytes(body))?;
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// An address of an object in S3 that whoever has it may read for so long.
///
/// # Errors
/// If the URL is none, in words.
pub fn presigned(scope: &Scope<'_>, url: &str, valid: Duration) -> Result<String, String> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(valid);
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let (_, parameters) = instructions(scope, settings, "GET", url, &[], SignableBody::UnsignedPayload)?.into_parts();
    let mut url = reqwest::Url::parse(url).map_err(|error| error.to_string())?;
    url.query_pairs_mut().extend_pairs(parameters);
    Ok(url.into())
}

fn instructions(
    scope: &Scope<'_>,
    settings: SigningSettings,
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: SignableBody<'_>,
) -> Result<SigningInstructions, String> {
    let identity = scope.credentials.clone().into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .map_err(|error| error.to_string())?
        .into();
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let request = SignableRequest::new(method, url, headers, body).map_err(|error| error.to_string())?;
    Ok(sign(request, &parameters).map_err(|error| error.to_string())?.into_parts().0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            Some("a token".into()),
            None,
            "test",
        )
    }

    #[test]
    fn a_request_is_signed_with_its_scope_and_its_host() {
        let credentials = credentials();
        let scope = Scope { credentials: &credentials, region: "eu-central-1", service: "execute-api" };
        let sign = |host: &str| {
            let given = [("host".to_owned(), host.to_owned())];
            headers(&scope, "POST", "http://127.0.0.1:4566/x?b=1", &given, b"{}").unwrap()
        };
        let one = sign("a.example");
        let authorization = &one.iter().find(|(name, _)| name == "authorization").unwrap().1;
        assert!(authorization.contains("/eu-central-1/execute-api/aws4_request"), "{authorization}");
        assert!(one.iter().any(|(name, value)| name == "x-amz-security-token" && value == "a token"));
        assert_ne!(one, sign("b.example"));
    }

    #[test]
    fn an_address_says_how_long_it_is_valid() {
        let credentials = credentials();
        let scope = Scope { credentials: &credentials, region: "eu-central-1", service: "s3" };
        let url =
            presigned(&scope, "https://b.s3.eu-central-1.amazonaws.com/reports/a.html", Duration::from_secs(3600));
        let url = url.unwrap();
        assert!(url.starts_with("https://b.s3.eu-central-1.amazonaws.com/reports/a.html?"), "{url}");
        for part in ["X-Amz-Expires=3600", "X-Amz-Signature=", "X-Amz-Security-Token=a+token"] {
            assert!(url.contains(part), "{part}: {url}");
        }
        assert!(!url.contains("wJalrXUtnFEMI"));
    }
}
