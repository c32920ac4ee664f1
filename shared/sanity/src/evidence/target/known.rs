//! What is known of the stack: which addresses are its own, and where an API begins in one.

use super::Candidate;
use super::place::{STAGES, public, usual_stage};
use crate::endpoint::OriginKind;
use crate::evidence::details::{self, Named};
use crate::evidence::{Domain, FunctionUrl, Inputs, Mapping};
use drydock_contract::session::DeployedResource;
use url::Url;

/// What is known of the stack.
pub(super) struct Known<'a> {
    resources: &'a [DeployedResource],
    inputs: Inputs<'a>,
}

impl<'a> Known<'a> {
    pub fn new(inputs: &Inputs<'a>) -> Self {
        Self { resources: inputs.resources.map_or(&[], |resources| resources.resources.as_slice()), inputs: *inputs }
    }

    /// What the account itself answered.
    pub fn deployed(&self, inputs: &Inputs<'_>) -> Vec<Candidate> {
        let deployed = inputs.deployed;
        let domain = if deployed.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let candidate = |place: String, url: String, id: &str, logical_id: &Option<String>| Candidate {
            named: Named { name: place, url },
            kind: OriginKind::DeployedStack,
            id: Some(id.to_owned()),
            logical_id: logical_id.clone(),
        };
        let mut candidates = Vec::new();
        for api in &deployed.apis {
            if api.default_host_off {
                for (domain, mapping) in self.mappings().filter(|(_, mapping)| mapping.api_id == api.id) {
                    let url = format!("https://{}/{}", domain.name, mapping.base_path);
                    candidates.push(candidate(format!("API {}", api.id), url, &api.id, &api.logical_id));
                }
                continue;
            }
            let Some(stage) = usual_stage(api.kind, &api.stages) else { continue };
            let stage = if stage == "$default" { String::new() } else { format!("/{stage}") };
            let url = format!("https://{}.execute-api.{}.{domain}{stage}", api.id, deployed.region);
            candidates.push(candidate(format!("API {}", api.id), url, &api.id, &api.logical_id));
        }
        for url in &deployed.function_urls {
            let place = format!("address of the function {}", url.logical_id.as_ref().unwrap_or(&url.function));
            candidates.push(candidate(place, url.url.clone(), &url.url, &url.logical_id));
        }
        candidates
    }

    /// An address of our own record, if it is one of the stack's.
    pub fn own(&self, name: String, text: &str, notes: &mut Vec<String>) -> Option<Candidate> {
        let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let url = public(&url)?;
        let host = url.host_str()?;
        if details::is_other_service(host) {
            return None;
        }
        let id = self.id_of(&url);
        let is_domain = || {
            let names = self.of_types(&["AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName"]);
            names.chain(self.inputs.deployed.domains.iter().map(|domain| domain.name.as_str())).any(|name| name == host)
        };
        // A function's address cannot be told from its id; but it is only made by one of these.
        let is_function = || {
            host.contains(".lambda-url.")
                && self.inputs.deployed.function_urls.is_empty()
                && (self.of_types(&["AWS::Lambda::Url"]).next().is_some()
                    || self.inputs.resources.is_some_and(|resources| resources.function_name.is_some()))
        };
        if id.is_some() || is_domain() || is_function() {
            let named = Named { name, url: url.to_string() };
            return Some(Candidate { named, kind: OriginKind::DeployedStack, id, logical_id: None });
        }
        let is_said = notes.iter().any(|note| note.starts_with(&format!("{host} (")));
        if !is_said && (details::is_api_host(host) || name.to_ascii_lowercase().contains("api")) {
            notes.push(format!("{host} ({name}) was not asked: it is no host of the deployed stack."));
        }
        None
    }

    fn of_types(&self, types: &'static [&str]) -> impl Iterator<Item = &'a str> {
        let of_type = |resource: &&DeployedResource| types.contains(&resource.resource_type.as_str());
        self.resources.iter().filter(of_type).map(|resource| resource.physical_id.as_str())
    }

    fn mappings(&self) -> impl Iterator<Item = (&'a Domain, &'a Mapping)> {
        let domains = self.inputs.deployed.domains.iter();
        domains.flat_map(|domain| domain.mappings.iter().map(move |mapping| (domain, mapping)))
    }

    /// What stands under an address with a domain name of the owner's: the mapping with most of the path's parts.
    fn mapping(&self, url: &Url) -> Option<&'a Mapping> {
        fn parts(path: &str) -> Vec<&str> {
            path.split('/').filter(|part| !part.is_empty()).collect()
        }
        let path = parts(url.path());
        let of_host = self.mappings().filter(|(domain, _)| Some(domain.name.as_str()) == url.host_str());
        let fits = of_host.map(|(_, mapping)| mapping).filter(|mapping| path.starts_with(&parts(&mapping.base_path)));
        fits.max_by_key(|mapping| parts(&mapping.base_path).len())
    }

    /// True if an address is the own one of an API that does not answer there.
    pub fn is_off(&self, url: &Url) -> bool {
        let id = url.host_str().and_then(|host| host.split_once(".execute-api."));
        id.is_some_and(|(id, _)| self.inputs.deployed.apis.iter().any(|api| api.id == id && api.default_host_off))
    }

    /// The id of the stack's API that an address is of.
    pub fn id_of(&self, url: &Url) -> Option<String> {
        let host = url.host_str()?;
        let deployed = self.inputs.deployed;
        if host.contains(".lambda-url.") {
            let same = |known: &&FunctionUrl| {
                Url::parse(&known.url)
                    .ok()
                    .and_then(|known| public(&known))
                    .is_some_and(|known| known.host() == url.host())
            };
            return deployed.function_urls.iter().find(same).map(|known| known.url.clone());
        }
        if deployed.domains.iter().any(|domain| domain.name == host) {
            return self.mapping(url).map(|mapping| mapping.api_id.clone());
        }
        let id = host.split_once(".execute-api.")?.0;
        let is_deployed = deployed.apis.iter().any(|api| api.id == id);
        let is_resource =
            self.of_types(&["AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"]).any(|physical| physical == id);
        (is_deployed || is_resource).then(|| id.to_owned())
    }

    /// True if the project's definitions speak of HTTP APIs and of no REST API.
    fn has_http_apis_only(&self) -> bool {
        let extensions = [".yaml", ".yml", ".json", ".template", ".ts", ".py", ".tf"];
        let texts = || {
            let paths = self.inputs.tree.paths().filter(|path| !path.contains("node_modules/"));
            paths
                .filter(|path| extensions.iter().any(|end| path.ends_with(end)))
                .take(500)
                .filter_map(|path| self.inputs.tree.text(path))
        };
        let speaks = |words: &[&str]| texts().any(|text| words.iter().any(|word| text.contains(word)));
        speaks(&HTTP_WORDS) && !speaks(&REST_WORDS)
    }

    pub fn logical_id(&self, id: &str) -> Option<String> {
        let deployed = self.inputs.deployed.logical_ids().get(id).map(|logical| (*logical).to_owned());
        deployed.or_else(|| {
            self.resources
                .iter()
                .find(|resource| resource.physical_id == id)
                .map(|resource| resource.logical_id.clone())
        })
    }

    /// Splits an address's path into the API's base and what is behind it.
    pub fn split(&self, url: &Url, id: Option<&str>) -> (String, String) {
        let path = url.path().trim_end_matches('/');
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let at_first = || {
            let end = if first.is_empty() { 0 } else { first.len() + 1 };
            (path[..end].to_owned(), path[end..].to_owned())
        };
        let whole_is_hint = || (String::new(), path.to_owned());
        let host = url.host_str().unwrap_or_default();
        if host.contains(".lambda-url.") {
            return whole_is_hint();
        }
        if self.inputs.deployed.domains.iter().any(|domain| domain.name == host) {
            let base_path = self.mapping(url).map_or("", |mapping| mapping.base_path.trim_matches('/'));
            let end = if base_path.is_empty() { 0 } else { base_path.len() + 1 };
            return (path[..end].to_owned(), path[end..].to_owned());
        }
        if !host.contains(".execute-api.") {
            return (path.to_owned(), String::new());
        }
        if let Some(api) = self.inputs.deployed.apis.iter().find(|api| Some(api.id.as_str()) == id)
            && !api.stages.is_empty()
        {
            return if api.stages.iter().any(|stage| stage == first) { at_first() } else { whole_is_hint() };
        }
        let resource = self.resources.iter().find(|resource| Some(resource.physical_id.as_str()) == id);
        match resource.map(|resource| resource.resource_type.as_str()) {
            Some("AWS::ApiGatewayV2::Api") => {
                let stages: Vec<&str> = self.of_types(&["AWS::ApiGatewayV2::Stage"]).collect();
                if stages.contains(&first) { at_first() } else { whole_is_hint() }
            }
            Some(_) => at_first(),
            // Nothing is known of it: a REST API's stage is one part, an HTTP API has, as a rule, none.
            None if STAGES.contains(&first) => at_first(),
            None if path.matches('/').count() == 1 && self.has_http_apis_only() => whole_is_hint(),
            None if path.matches('/').count() == 1 => at_first(),
            None => (path.to_owned(), String::new()),
        }
    }
}

/// Words by which templates and definitions make APIs of either kind.
const HTTP_WORDS: [&str; 4] = ["HttpApi", "httpApi", "ApiGatewayV2", "apigatewayv2"];
const REST_WORDS: [&str; 9] = [
    "AWS::ApiGateway::",
    "AWS::Serverless::Api\n",
    "Type: Api\n",
    "Type: Api,",
    "- http:",
    "{ http:",
    "aws_api_gateway_",
    "RestApi",
    "\"Type\": \"Api\"",
];
