//! Which APIs a deployment has and where they begin.
//!
//! An address is taken if the request names it, or if it belongs to the deployed stack: its id, function or domain
//! is among the stack's resources. An output that names somebody else's host is never asked, whatever it is called.

use super::details::{self, Named};
use super::{ApiKind, Inputs};
use crate::endpoint::{Origin, OriginKind};
use crate::plan::{Auth, Target};
use drydock_contract::session::DeployedResource;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// The APIs that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// Each once.
    pub found: Vec<FoundTarget>,
    /// Addresses that were not taken, and why.
    pub notes: Vec<String>,
}

/// An API and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTarget {
    /// What plans call it.
    pub name: String,
    /// Without a slash at its end; for a REST API with its stage.
    pub base_url: String,
    /// Where it was seen.
    pub origin: Origin,
    /// Its id in the account: the API's id, or the function's address.
    pub id: Option<String>,
    /// Its name in the template, or that of the function behind the address.
    pub logical_id: Option<String>,
    /// A path behind the base that an address pointed to: somebody thinks that it answers.
    pub hint: Option<String>,
}

impl Targets {
    /// The plan's targets; what their callers must show is known per endpoint.
    pub fn plan_targets(&self) -> BTreeMap<String, Target> {
        let target =
            |found: &FoundTarget| (found.name.clone(), Target { base_url: found.base_url.clone(), auth: Auth::None });
        self.found.iter().map(target).collect()
    }

    /// The base addresses: what a guard allows.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.found.iter().map(|found| found.base_url.as_str())
    }
}

/// An address before it is known where its API begins.
struct Candidate {
    named: Named,
    kind: OriginKind,
    id: Option<String>,
    logical_id: Option<String>,
}

/// Finds the APIs.
pub fn targets(inputs: &Inputs<'_>) -> Targets {
    let known = Known::new(inputs);
    let mut notes = Vec::new();
    let mut candidates = known.deployed(inputs);
    if let Some(resources) = inputs.resources {
        let outputs = resources.outputs.iter().map(|(name, url)| (format!("output {name}"), url.as_str()));
        let urls = resources.urls.iter().map(|url| ("deployment".to_owned(), url.as_str()));
        for (name, url) in outputs.chain(urls) {
            candidates.extend(known.own(name, url, &mut notes));
        }
    }
    for named in inputs.stack_details.map(details::urls).unwrap_or_default() {
        candidates.push(Candidate { named, kind: OriginKind::Request, id: None, logical_id: None });
    }
    let mut targets = Targets { found: Vec::new(), notes };
    for candidate in candidates {
        add(&mut targets, candidate, &known);
    }
    name(&mut targets.found);
    targets.notes.sort();
    targets.notes.dedup();
    targets
}

fn add(targets: &mut Targets, mut candidate: Candidate, known: &Known<'_>) {
    let Some(url) = Url::parse(&candidate.named.url).ok().and_then(|url| public(&url)) else { return };
    let host = url.host_str().unwrap_or_default();
    if candidate.id.is_none() {
        candidate.id = known.id_of(&url);
    }
    let (base, rest) = known.split(&url, candidate.id.as_deref());
    let base_url = format!("https://{host}{}{base}", url.port().map_or_else(String::new, |port| format!(":{port}")));
    let hint = Some(rest).filter(|rest| !rest.trim_matches('/').is_empty());
    if let Some(same) = targets.found.iter_mut().find(|found| found.base_url == base_url) {
        same.hint = same.hint.take().or(hint);
        return;
    }
    let logical_id = candidate.logical_id.or_else(|| known.logical_id(candidate.id.as_deref()?));
    let place = candidate.named.name;
    let place = if place.is_empty() { "stackDetails".to_owned() } else { place };
    let origin = Origin { kind: candidate.kind, place };
    targets.found.push(FoundTarget { name: String::new(), base_url, origin, id: candidate.id, logical_id, hint });
}

/// The embedded engine writes addresses of its own into outputs; they stand for these.
fn public(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let host = host.strip_suffix(".localhost").filter(|_| url.scheme() == "http");
    let Some(host) = host else { return Some(url.clone()) };
    let at = match host.split('.').collect::<Vec<_>>()[..] {
        [id, "execute-api"] => format!("{id}.execute-api.us-east-1.amazonaws.com"),
        [id, "execute-api", region] => format!("{id}.execute-api.{region}.amazonaws.com"),
        [id, "lambda-url", region] => format!("{id}.lambda-url.{region}.on.aws"),
        _ => return None,
    };
    Url::parse(&format!("https://{at}{}", url.path())).ok()
}

/// Gives every target a short name that is its own: `api` if there is only one.
fn name(found: &mut [FoundTarget]) {
    let single = found.len() == 1;
    let mut taken = BTreeSet::new();
    for target in found {
        let wish = if single { None } else { target.logical_id.as_deref() };
        let wish: String = wish.unwrap_or("api").chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        let wish = if wish.is_empty() { "api".to_owned() } else { wish };
        let free = (1..).map(|n| if n == 1 { wish.clone() } else { format!("{wish}-{n}") });
        target.name = free.into_iter().find(|name| !taken.contains(name)).unwrap_or_default();
        taken.insert(target.name.clone());
    }
}

/// What is known of the stack.
struct Known<'a> {
    resources: &'a [DeployedResource],
    inputs: Inputs<'a>,
}

impl<'a> Known<'a> {
    fn new(inputs: &Inputs<'a>) -> Self {
        Self { resources: inputs.resources.map_or(&[], |resources| resources.resources.as_slice()), inputs: *inputs }
    }

    /// What the account itself answered.
    fn deployed(&self, inputs: &Inputs<'_>) -> Vec<Candidate> {
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
    fn own(&self, name: String, text: &str, notes: &mut Vec<String>) -> Option<Candidate> {
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
        if details::is_api_host(host) || name.to_ascii_lowercase().contains("api") {
            notes.push(format!("{host} ({name}) was not asked: it is no host of the deployed stack."));
        }
        None
    }

    fn of_types(&self, types: &'static [&str]) -> impl Iterator<Item = &'a str> {
        let of_type = |resource: &&DeployedResource| types.contains(&resource.resource_type.as_str());
        self.resources.iter().filter(of_type).map(|resource| resource.physical_id.as_str())
    }

    /// The id of the stack's API that an address is of.
    fn id_of(&self, url: &Url) -> Option<String> {
        let host = url.host_str()?;
        let deployed = self.inputs.deployed;
        if host.contains(".lambda-url.") {
            let same = |known: &&super::FunctionUrl| {
                Url::parse(&known.url)
                    .ok()
                    .and_then(|known| public(&known))
                    .is_some_and(|known| known.host() == url.host())
            };
            return deployed.function_urls.iter().find(same).map(|known| known.url.clone());
        }
        if let Some(domain) = deployed.domains.iter().find(|domain| domain.name == host) {
            let first = url.path().trim_start_matches('/').split('/').next().unwrap_or_default();
            let mapping =
                domain.mappings.iter().find(|mapping| !mapping.base_path.is_empty() && mapping.base_path == first);
            let mapping = mapping.or_else(|| domain.mappings.iter().find(|mapping| mapping.base_path.is_empty()));
            return mapping.map(|mapping| mapping.api_id.clone());
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

    fn logical_id(&self, id: &str) -> Option<String> {
        let deployed = self.inputs.deployed.logical_ids().get(id).map(|logical| (*logical).to_owned());
        deployed.or_else(|| {
            self.resources
                .iter()
                .find(|resource| resource.physical_id == id)
                .map(|resource| resource.logical_id.clone())
        })
    }

    /// Splits an address's path into the API's base and what is behind it.
    fn split(&self, url: &Url, id: Option<&str>) -> (String, String) {
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
        if let Some(domain) = self.inputs.deployed.domains.iter().find(|domain| domain.name == host) {
            let mapped = domain.mappings.iter().any(|mapping| !first.is_empty() && mapping.base_path == first);
            return if mapped { at_first() } else { whole_is_hint() };
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

/// What people call their stages.
const STAGES: [&str; 12] =
    ["Prod", "prod", "production", "Stage", "stage", "staging", "dev", "development", "test", "live", "default", "v1"];

/// The stage that is tested. SAM makes one called `Stage` that nobody asked for.
fn usual_stage(kind: ApiKind, stages: &[String]) -> Option<&str> {
    let first = |wanted: &dyn Fn(&str) -> bool| stages.iter().map(String::as_str).find(|stage| wanted(stage));
    if kind == ApiKind::Http
        && let Some(stage) = first(&|stage| stage == "$default")
    {
        return Some(stage);
    }
    first(&|stage| stage != "Stage").or_else(|| first(&|_| true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Deployed, DeployedApi, Domain, FunctionUrl, Mapping};
    use drydock_contract::session::DeployedResources;
    use drydock_tree::Tree;
    use serde_json::{Value, json};

    const HOST: &str = "abc.execute-api.eu-west-1.amazonaws.com";

    fn found(
        details: Option<&Value>,
        resources: Option<&DeployedResources>,
        deployed: &Deployed,
    ) -> (Vec<String>, Vec<String>) {
        let tree = Tree::new();
        let inputs = Inputs { tree: &tree, root: "", entry_file: None, stack_details: details, resources, deployed };
        let targets = targets(&inputs);
        let shown = |found: &FoundTarget| {
            let hint = found.hint.as_ref().map_or_else(String::new, |hint| format!(" -> {hint}"));
            format!("{} {}{hint}", found.name, found.base_url.replace(HOST, "HOST"))
        };
        (targets.found.iter().map(shown).collect(), targets.notes)
    }

    fn resources(value: Value) -> DeployedResources {
        serde_json::from_value(value).unwrap()
    }

    fn resource(kind: &str, logical: &str, physical: &str) -> Value {
        json!({"logicalId": logical, "physicalId": physical, "type": kind, "status": "CREATE_COMPLETE"})
    }

    fn api(kind: ApiKind, stages: &[&str]) -> DeployedApi {
        let stages = stages.iter().map(|stage| (*stage).to_owned()).collect();
        DeployedApi { kind, id: "abc".into(), logical_id: Some("Rest".into()), stages, routes: Vec::new() }
    }

    fn deployed(apis: Vec<DeployedApi>) -> Deployed {
        Deployed { region: "eu-west-1".into(), apis, ..Deployed::default() }
    }

    #[test]
    fn what_the_request_names_is_taken() {
        let check = |url: &str, expected: &str| {
            let details = json!({"apiUrl": url.replace("HOST", HOST)});
            assert_eq!(found(Some(&details), None, &Deployed::default()).0, [expected], "{url}");
        };
        check("https://HOST/Prod/", "api https://HOST/Prod");
        check("https://HOST/Prod/hello/", "api https://HOST/Prod -> /hello");
        check("https://HOST/a/b", "api https://HOST/a/b");
        check("https://HOST", "api https://HOST");
        check("https://api.example.com:8443/v1/", "api https://api.example.com:8443/v1");
        check("https://x.lambda-url.eu-west-1.on.aws/", "api https://x.lambda-url.eu-west-1.on.aws");
    }

    #[test]
    fn without_a_stack_the_repository_says_whether_a_path_is_a_stage() {
        let check = |template: &str, expected: &str| {
            let tree: Tree = [("template.yaml".to_owned(), drydock_tree::File::new(template))].into_iter().collect();
            let (details, deployed) = (json!(format!("https://{HOST}/items")), Deployed::default());
            let inputs = Inputs {
                tree: &tree,
                root: "",
                entry_file: None,
                stack_details: Some(&details),
                resources: None,
                deployed: &deployed,
            };
            let targets = targets(&inputs);
            assert_eq!(
                targets.found[0].base_url.strip_prefix(&format!("https://{HOST}")),
                Some(expected),
                "{template}"
            );
        };
        check("Type: AWS::ApiGatewayV2::Route", "");
        check("Type: AWS::Serverless::Function\nEvents: {A: {Type: HttpApi}}", "");
        check("resource \"aws_apigatewayv2_route\" \"a\" {}", "");
        check("resource \"aws_apigatewayv2_route\" \"a\" {}\nresource \"aws_api_gateway_method\" \"b\" {}", "/items");
        check("Type: AWS::ApiGatewayV2::Route\nType: AWS::ApiGateway::Method", "/items");
        check("", "/items");
    }

    #[test]
    fn an_output_is_only_asked_if_its_host_is_the_stacks() {
        let outputs = json!({
            "outputs": {"ApiUrl": format!("https://{HOST}/Prod/hello/"), "Other": "https://zzz.execute-api.eu-west-1.amazonaws.com/Prod",
                        "ApiDocs": "https://evil.example/", "Queue": "https://sqs.eu-west-1.amazonaws.com/1/q"},
            "resources": [resource("AWS::ApiGateway::RestApi", "Rest", "abc"), resource("AWS::ApiGateway::Stage", "S", "Prod")],
        });
        let (found, notes) = found(None, Some(&resources(outputs)), &Deployed::default());
        assert_eq!(found, ["api https://HOST/Prod -> /hello"]);
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("evil.example") && notes[1].contains("zzz."), "{notes:?}");
    }

    #[test]
    fn stages_are_part_of_the_base_only_where_they_are() {
        let check = |deployed: &Deployed, url: &str, expected: &[&str]| {
            let details = json!({"url": url.replace("HOST", HOST)});
            assert_eq!(found(Some(&details), None, deployed).0, expected, "{url}");
        };
        let rest = deployed(vec![api(ApiKind::Rest, &["Stage", "live"])]);
        check(&rest, "https://HOST/live/items", &["api https://HOST/live -> /items"]);
        let http = deployed(vec![api(ApiKind::Http, &["$default"])]);
        check(&http, "https://HOST/items", &["api https://HOST -> /items"]);
        let both = deployed(vec![api(ApiKind::Http, &["dev", "$default"])]);
        check(&both, "https://HOST/dev/items", &["Rest https://HOST", "Rest-2 https://HOST/dev -> /items"]);
    }

    #[test]
    fn addresses_of_functions_and_domains_are_known_by_the_account() {
        let mut account = deployed(vec![api(ApiKind::Rest, &["live"])]);
        account.function_urls.push(FunctionUrl {
            function: "f".into(),
            logical_id: Some("Hello".into()),
            url: "http://x.lambda-url.us-east-1.localhost:4566/".into(),
            auth_type: "NONE".into(),
        });
        account.domains.push(Domain {
            name: "api.example.com".into(),
            mappings: vec![Mapping { base_path: "v1".into(), api_id: "abc".into() }],
        });
        let outputs = json!({"outputs": {"A": "https://api.example.com/v1/items", "B": "https://x.lambda-url.us-east-1.on.aws/hi"}});
        let (found, notes) = found(None, Some(&resources(outputs)), &account);
        assert_eq!(
            found,
            [
                "Rest https://HOST/live",
                "Hello https://x.lambda-url.us-east-1.on.aws -> /hi",
                "Rest-2 https://api.example.com/v1 -> /items",
            ],
            "{notes:?}"
        );
    }

    #[test]
    fn the_engines_own_addresses_stand_for_the_public_ones() {
        let check = |from: &str, to: Option<&str>| {
            assert_eq!(public(&Url::parse(from).unwrap()).map(|url| url.to_string()).as_deref(), to);
        };
        check("http://abc.execute-api.localhost:4566/x", Some("https://abc.execute-api.us-east-1.amazonaws.com/x"));
        check("http://x.lambda-url.eu-west-1.localhost:4566/", Some("https://x.lambda-url.eu-west-1.on.aws/"));
        check("http://localhost:4566/", Some("http://localhost:4566/"));
        check("http://sqs.us-east-1.localhost:4566/q", None);
    }
}
