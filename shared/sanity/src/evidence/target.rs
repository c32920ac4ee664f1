//! Which APIs a deployment has and where they begin.
//!
//! An address is taken if the request names it, or if it belongs to the deployed stack: its id, function or domain
//! is among the stack's resources. An output of a stack of Drydock's that names somebody else's host is never asked,
//! whatever it is called and whoever hands it over: it is the repository's word.

mod known;
mod place;

use super::Inputs;
use super::details::{self, Named};
use crate::endpoint::{Origin, OriginKind};
use crate::plan::{Auth, Target};
use known::Known;
use place::public;
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
        if inputs.is_ours && !named.is_clients_own() {
            candidates.extend(known.own(named.name, &named.url, &mut notes));
        } else {
            candidates.push(Candidate { named, kind: OriginKind::Request, id: None, logical_id: None });
        }
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
    if known.is_off(&url) {
        targets.notes.push(format!("{host} was not asked: the API is set to answer under other names only."));
        return;
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{ApiKind, Deployed, DeployedApi, Domain, FunctionUrl, Mapping};
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
        let inputs = Inputs { stack_details: details, resources, is_ours: true, ..Inputs::new(&tree, deployed) };
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
        let logical_id = Some("Rest".into());
        DeployedApi { kind, id: "abc".into(), logical_id, default_host_off: false, stages, routes: Vec::new() }
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
            let inputs = Inputs { stack_details: Some(&details), ..Inputs::new(&tree, &deployed) };
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
    fn what_a_template_writes_is_not_the_clients_word() {
        let (mine, theirs) = (format!("https://{HOST}/Prod"), "https://third.example/v1");
        let recorded = json!({"outputs": {"ApiUrl": mine, "PartnerApiUrl": theirs}, "urls": [mine, "https://api.third.example"],
            "resources": [resource("AWS::ApiGateway::RestApi", "Rest", "abc"), resource("AWS::ApiGateway::Stage", "S", "Prod")]});
        let stack = resources(recorded.clone());
        // As `/status` says it, and as CloudFormation does.
        let listed = json!({"Outputs": [{"OutputKey": "ApiUrl", "OutputValue": mine}, {"OutputKey": "PartnerApiUrl", "OutputValue": theirs}]});
        for details in [&recorded, &listed, &json!({"deployedResources": recorded})] {
            let (found, notes) = found(Some(details), Some(&stack), &Deployed::default());
            assert_eq!(found, ["api https://HOST/Prod"], "{details}");
            assert_eq!(notes.iter().filter(|note| note.starts_with("third.example")).count(), 1, "{notes:?}");
            // Nothing of it is known where the account could not be asked.
            assert_eq!(super::tests::found(Some(details), None, &Deployed::default()).0, [""; 0], "{details}");
        }
        let named = json!({"apiUrl": theirs, "outputs": {"ApiUrl": mine}});
        assert_eq!(
            found(Some(&named), Some(&stack), &Deployed::default()).0,
            ["Rest https://HOST/Prod", "api https://third.example/v1"]
        );
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
    fn an_api_is_asked_where_it_answers() {
        let mapping = |base_path: &str, api_id: &str| Mapping { base_path: base_path.into(), api_id: api_id.into() };
        let mut account = deployed(vec![DeployedApi { default_host_off: true, ..api(ApiKind::Rest, &["live"]) }]);
        let mappings = vec![mapping("orders/v2", "abc"), mapping("orders", "other"), mapping("", "third")];
        account.domains.push(Domain { name: "api.example.com".into(), mappings });
        let outputs = json!({"outputs": {"A": "https://HOST/live/items".replace("HOST", HOST), "B": "https://api.example.com/orders/v2/items"}});
        let resources = resources(outputs);
        let (found, notes) = found(None, Some(&resources), &account);
        assert_eq!(found, ["api https://api.example.com/orders/v2 -> /items"], "{notes:?}");
        assert!(notes[0].contains("answer under other names only"), "{notes:?}");
        let tree = Tree::new();
        let known = Known::new(&Inputs { resources: Some(&resources), ..Inputs::new(&tree, &account) });
        for (path, id, base) in [
            ("/orders/v2", "abc", "/orders/v2"),
            ("/orders/v2/", "abc", "/orders/v2"),
            ("/orders/v22/x", "other", "/orders"),
            ("/orders", "other", "/orders"),
            ("/else", "third", ""),
        ] {
            let url = Url::parse(&format!("https://api.example.com{path}")).unwrap();
            assert_eq!((known.id_of(&url).as_deref(), known.split(&url, None).0.as_str()), (Some(id), base), "{path}");
        }
    }
}
