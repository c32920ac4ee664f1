//! Putting together what was seen in several places.
//!
//! Deployed routes, and without them the template's, say which requests reach an API at all. What documents and code
//! say is taken where such a route lets it through; where nothing is known of routes it is taken as it is.

mod gathered;

use super::document::Document;
use super::found::{Api, Found, Verb};
use super::path;
use super::{Evidence, FoundTarget, Targets};
use crate::endpoint::{Endpoint, OriginKind};
use drydock_contract::session::DeployedResources;
use gathered::Gathered;

/// Most endpoints that are kept.
const MAX_ENDPOINTS: usize = 500;

pub(super) fn merge(
    targets: &Targets,
    found: &[Found],
    documents: &[Document],
    resources: Option<&DeployedResources>,
    mut notes: Vec<String>,
) -> Evidence {
    let is_gate = |found: &&Found| found.origin.kind <= OriginKind::Template && !found.partial;
    let mut all: Vec<Gathered<'_>> = targets
        .found
        .iter()
        .map(|target| {
            let gates = found.iter().filter(is_gate).filter(|found| belongs(found, target, targets));
            Gathered::new(target, deployed_only(gates.cloned().collect(), &mut notes))
        })
        .collect();
    for document in documents {
        if let Some(gathered) = about(&mut all, document) {
            gathered.document(document, &mut notes);
        }
    }
    for found in found.iter().filter(|found| !is_gate(found)) {
        let single = all.len() == 1;
        for gathered in all.iter_mut().filter(|gathered| single || gathered.claims(found)) {
            gathered.tell(found);
        }
    }
    let mut endpoints: Vec<Endpoint> = all.into_iter().flat_map(Gathered::endpoints).collect();
    if endpoints.len() > MAX_ENDPOINTS {
        notes.push(format!("{} endpoints were found; the first {MAX_ENDPOINTS} were kept.", endpoints.len()));
        endpoints.truncate(MAX_ENDPOINTS);
    }
    for endpoint in &mut endpoints {
        endpoint.function = endpoint.function.take().map(|function| in_account(&function, resources));
    }
    notes.sort();
    notes.dedup();
    Evidence { targets: targets.plan_targets(), endpoints, notes }
}

/// Where the account itself says what is routed, a template's route that is none of that was never deployed.
fn deployed_only(gates: Vec<Found>, notes: &mut Vec<String>) -> Vec<Found> {
    let certain: Vec<Found> = gates.iter().filter(|gate| matches!(gate.api, Api::Id(_))).cloned().collect();
    if certain.is_empty() {
        return gates;
    }
    let is_there = |gate: &Found| {
        certain.iter().any(|known| {
            let verb = known.verb == Verb::Any || known.verb == gate.verb || gate.verb == Verb::Any;
            verb && (path::shape(&known.path) == path::shape(&gate.path) || path::matches(&known.path, &gate.path))
        })
    };
    let (there, missing): (Vec<_>, Vec<_>) = gates.into_iter().partition(is_there);
    notes.extend(
        missing.iter().take(10).map(|gate| format!("{} is not deployed and was not tested.", gate.origin.place)),
    );
    there
}

/// A function's name in the account, from its ARN or its name in the template.
fn in_account(function: &str, resources: Option<&DeployedResources>) -> String {
    if let Some((_, name)) = function.split_once(":function:") {
        return name.split([':', '/']).next().unwrap_or(name).to_owned();
    }
    let resource = resources.into_iter().flat_map(|resources| &resources.resources);
    let mut named = resource.filter(|resource| resource.logical_id == function);
    named.next().map_or_else(|| function.to_owned(), |resource| resource.physical_id.clone())
}

/// True if a route is one of the target's. A name that fits no target at all is the only target's, if there is one.
fn belongs(found: &Found, target: &FoundTarget, targets: &Targets) -> bool {
    let of = |target: &FoundTarget| match &found.api {
        Api::Id(id) => target.id.as_deref() == Some(id),
        Api::Logical(id) => target.logical_id.as_deref() == Some(id),
        Api::Target(name) => target.name == *name,
        Api::Unknown => false,
    };
    if of(target) {
        return true;
    }
    if matches!(found.api, Api::Id(_) | Api::Target(_)) || targets.found.iter().any(of) {
        return false;
    }
    // Nobody knows which: a target that has a name of its own is another's.
    let nameless: Vec<&FoundTarget> = targets.found.iter().filter(|target| target.logical_id.is_none()).collect();
    match (&found.api, nameless.as_slice()) {
        (Api::Unknown, _) if targets.found.len() == 1 => true,
        (_, [single]) => single.name == target.name,
        _ => false,
    }
}

/// The target that a document is about: the one that served it, the only one, or the one with most of its routes.
fn about<'g, 'a>(all: &'g mut [Gathered<'a>], document: &Document) -> Option<&'g mut Gathered<'a>> {
    if let Api::Target(name) = &document.api {
        return all.iter_mut().find(|gathered| gathered.target.name == *name);
    }
    if all.len() == 1 {
        return all.first_mut();
    }
    let fits =
        |gathered: &Gathered<'_>| gathered.exact(&document.found(false)).max(gathered.exact(&document.found(true)));
    let best = all.iter().map(fits).max()?;
    let wide = all.iter().filter(|gathered| gathered.is_wide()).count();
    match best {
        // Nobody has a route of its own for any of it: it is about the one that takes everything.
        0 if wide == 1 => all.iter_mut().find(|gathered| gathered.is_wide()),
        0 => None,
        best => all.iter_mut().find(|gathered| fits(gathered) == best),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Deployed, DeployedApi, DeployedRoute, Inputs, Served, Token, gather, targets};
    use crate::plan::Auth;
    use drydock_tree::{File, Tree};
    use serde_json::json;

    /// Method, path, auth, kinds of origins, file of each endpoint, and the notes.
    fn gathered(files: &[(&str, &str)], deployed: &Deployed, served: &[Served]) -> (Vec<String>, Vec<String>) {
        let tree: Tree = files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect();
        let details = json!({"apiUrl": "https://abc.execute-api.eu-west-1.amazonaws.com/Prod"});
        let inputs = Inputs { stack_details: Some(&details), ..Inputs::new(&tree, deployed) };
        let evidence = gather(&inputs, &targets(&inputs), served);
        let shown = |endpoint: &Endpoint| {
            let kinds: Vec<String> = endpoint.origins.iter().map(|origin| format!("{:?}", origin.kind)).collect();
            let header = endpoint.token_header.as_ref().filter(|_| endpoint.auth == Auth::Bearer);
            let header = header.map_or_else(String::new, |header| format!("({header})"));
            let auth =
                if endpoint.auth == Auth::None { String::new() } else { format!(" {:?}{header}", endpoint.auth) };
            let file = endpoint.likely_file.as_ref().map_or_else(String::new, |file| format!(" in {file}"));
            format!("{} {}{auth} {}{file}", endpoint.method.as_str(), endpoint.path, kinds.join("+"))
        };
        (evidence.endpoints.iter().map(shown).collect(), evidence.notes)
    }

    const TEMPLATE: &str = "
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Events:
        A: {Type: Api, Properties: {Path: '/items/{id}', Method: get}}
        B: {Type: Api, Properties: {Path: /any, Method: any}}
";

    #[test]
    fn the_same_route_in_two_places_is_one_endpoint() {
        let document = r#"{"openapi": "3.0.0", "paths": {"/items/{itemId}": {"get": {"responses": {"200": {}}}},
                           "/any": {"post": {}, "delete": {}}, "/gone": {"get": {}}}}"#;
        let (endpoints, notes) = gathered(
            &[("template.yaml", TEMPLATE), ("openapi.json", document), ("src/app.py", "")],
            &Deployed::default(),
            &[],
        );
        assert_eq!(
            endpoints,
            [
                "POST /any Template+OpenApi in src/app.py",
                "DELETE /any Template+OpenApi in src/app.py",
                // A promise that no route keeps.
                "GET /gone OpenApi",
                "GET /items/{itemId} Template+OpenApi in src/app.py",
            ],
            "{notes:?}"
        );
    }

    #[test]
    fn a_document_about_something_else_is_not_used() {
        let document = r#"{"openapi": "3.0.0", "paths": {"/a": {"get": {}}, "/b": {"get": {}}, "/c": {"get": {}}}}"#;
        let (endpoints, notes) =
            gathered(&[("template.yaml", TEMPLATE), ("other.json", document)], &Deployed::default(), &[]);
        assert_eq!(endpoints, ["GET /any Template", "GET /items/{id} Template"]);
        assert!(notes[0].contains("other.json was not used for api: only 0 of its 3"), "{notes:?}");
    }

    #[test]
    fn a_documents_paths_are_put_behind_its_base_where_that_fits() {
        let document = r#"{"swagger": "2.0", "basePath": "/items", "paths": {"/{x}": {"get": {}}}}"#;
        let (endpoints, _) = gathered(&[("template.yaml", TEMPLATE), ("s.json", document)], &Deployed::default(), &[]);
        assert_eq!(endpoints, ["GET /any Template", "GET /items/{x} Template+OpenApi"]);
    }

    #[test]
    fn a_route_for_everything_is_what_a_document_says_behind_it() {
        let api = DeployedApi {
            kind: crate::evidence::ApiKind::Rest,
            id: "abc".into(),
            logical_id: None,
            default_host_off: false,
            stages: vec!["Prod".into()],
            routes: vec![DeployedRoute {
                method: "ANY".into(),
                path: "/{proxy+}".into(),
                authorization: "AWS_IAM".into(),
                token: None,
                api_key_required: false,
                function: Some("arn:aws:lambda:eu-west-1:1:function:f:live".into()),
            }],
        };
        let deployed = Deployed { region: "eu-west-1".into(), apis: vec![api], ..Deployed::default() };
        assert_eq!(gathered(&[], &deployed, &[]).0, ["GET / Iam DeployedStack"]);
        let body = br#"{"openapi": "3.0.0", "paths": {"/x": {"put": {}}}}"#.to_vec();
        let served = Served { target: "api".into(), path: "/openapi.json".into(), body };
        assert_eq!(gathered(&[], &deployed, &[served]).0, ["PUT /x Iam DeployedStack+OpenApi"]);
    }

    #[test]
    fn what_cannot_be_shown_is_known_whoever_says_it() {
        // What the account says of its authorizer, what the template and what a document do.
        let check = |account: Option<Token>, sources: &str, scheme: &str, expected: &str| {
            let template = format!(
                "Resources:
  A: {{Type: AWS::ApiGateway::RestApi}}
  R: {{Type: AWS::ApiGateway::Resource, Properties: {{RestApiId: !Ref A, ParentId: !GetAtt A.RootResourceId, PathPart: x}}}}
  M: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref A, HttpMethod: GET, ResourceId: !Ref R, AuthorizationType: CUSTOM}}}}
  Z: {{Type: AWS::ApiGateway::Authorizer, Properties: {{RestApiId: !Ref A, IdentitySource: '{sources}'}}}}
"
            );
            let document = format!(
                r#"{{"openapi": "3.0.0", "security": [{{"s": []}}], "paths": {{"/x": {{"get": {{}}}}}},
                    "components": {{"securitySchemes": {{"s": {scheme}}}}}}}"#
            );
            let route = DeployedRoute { token: account, ..DeployedRoute::of_key("GET /x", "CUSTOM", None) };
            let api = DeployedApi {
                kind: crate::evidence::ApiKind::Rest,
                id: "abc".into(),
                logical_id: Some("A".into()),
                default_host_off: false,
                stages: vec!["Prod".into()],
                routes: vec![route],
            };
            let deployed = Deployed { region: "eu-west-1".into(), apis: vec![api], ..Deployed::default() };
            let files = [("template.yaml", template.as_str()), ("openapi.json", document.as_str())];
            let (endpoints, _) = gathered(&files, &deployed, &[]);
            assert!(endpoints[0].starts_with(expected), "{sources} {scheme}: {endpoints:?}");
        };
        let (one, two) = ("method.request.header.X", "method.request.header.X, method.request.header.Authorization");
        let (bearer, basic) = (r#"{"type": "http", "scheme": "bearer"}"#, r#"{"type": "http", "scheme": "basic"}"#);
        check(None, one, bearer, "GET /x Bearer(X) ");
        check(None, two, bearer, "GET /x Other ");
        check(None, one, basic, "GET /x Other ");
        check(Some(Token::Elsewhere), one, bearer, "GET /x Other ");
        // The account is closer than what a repository holds.
        check(Some(Token::Usual), two, bearer, "GET /x Bearer ");
        check(Some(Token::Header("Y".to_owned())), two, bearer, "GET /x Bearer(Y) ");
        check(None, "", r#"{"type": "apiKey", "in": "header", "name": "X-Key"}"#, "GET /x Bearer(X-Key) ");
    }

    #[test]
    fn what_a_template_has_and_the_account_has_not_is_not_tested() {
        let route = DeployedRoute::of_key("GET /items/{id}", "NONE", None);
        let api = DeployedApi {
            kind: crate::evidence::ApiKind::Rest,
            id: "abc".into(),
            logical_id: Some("ServerlessRestApi".into()),
            default_host_off: false,
            stages: vec!["Prod".into()],
            routes: vec![route],
        };
        let deployed = Deployed { region: "eu-west-1".into(), apis: vec![api], ..Deployed::default() };
        let (endpoints, notes) = gathered(&[("template.yaml", TEMPLATE)], &deployed, &[]);
        assert_eq!(endpoints, ["GET /items/{id} DeployedStack+Template"]);
        assert!(notes[0].contains("Events.B is not deployed"), "{notes:?}");
    }

    #[test]
    fn an_address_alone_is_asked_at_its_root() {
        assert_eq!(gathered(&[], &Deployed::default(), &[]).0, ["GET / Request"]);
        assert_eq!(in_account("arn:aws:lambda:eu-west-1:1:function:f:live", None), "f");
    }

    #[test]
    fn code_behind_a_route_for_everything_says_what_there_is() {
        let template = TEMPLATE.replace("Path: /any", "Path: '/{proxy+}'");
        let app = "from flask import Flask\napp = Flask(__name__)\n@app.post('/orders')\ndef orders(): ...\n";
        let (endpoints, notes) =
            gathered(&[("template.yaml", &template), ("src/app.py", app)], &Deployed::default(), &[]);
        assert_eq!(
            endpoints,
            ["GET /items/{id} Template in src/app.py", "POST /orders Template+Code in src/app.py"],
            "{notes:?}"
        );
    }

    #[test]
    fn code_without_a_route_is_not_reached() {
        let app = "from flask import Flask\napp = Flask(__name__)\n@app.get('/internal')\ndef f(): ...\n";
        let (endpoints, _) = gathered(&[("template.yaml", TEMPLATE), ("other/app.py", app)], &Deployed::default(), &[]);
        assert_eq!(endpoints, ["GET /any Template", "GET /items/{id} Template"]);
    }

    #[test]
    fn an_applications_definition_is_no_gate() {
        let cdk = "import * as cdk from 'aws-cdk-lib';\napi.root.addResource('a').addMethod('GET');";
        let app = "const app = require('express')();\napp.get('/b', f);";
        let (endpoints, _) = gathered(&[("lib/stack.ts", cdk), ("src/app.js", app)], &Deployed::default(), &[]);
        assert_eq!(endpoints, ["GET /a Template", "GET /b Code in src/app.js"]);
    }

    #[test]
    fn terraform_and_serverless_definitions_are_asked_with_the_files_that_answer() {
        let terraform = "resource \"aws_apigatewayv2_route\" \"a\" {\n  route_key = \"PUT /a\"\n}\n";
        assert_eq!(gathered(&[("main.tf", terraform)], &Deployed::default(), &[]).0, ["PUT /a Template"]);
        let service = "export default { functions: { a: { handler: 'src/a.main', events: [{ http: 'GET a' }] } } };";
        let files = [("serverless.ts", service), ("src/a.ts", "")];
        assert_eq!(gathered(&files, &Deployed::default(), &[]).0, ["GET /a Template in src/a.ts"]);
    }

    #[test]
    fn the_deployed_template_speaks_for_what_a_program_made() {
        let cdk = "import * as cdk from 'aws-cdk-lib';\nhttp.addRoutes({ path: names[0], integration });";
        let template = r#"{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "index.h"}},
            "R": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": "A"}, "RouteKey": "PUT /x"}}}}"#;
        let deployed = Deployed { template: Some(template.into()), ..Deployed::default() };
        assert_eq!(gathered(&[("lib/stack.ts", cdk)], &deployed, &[]).0, ["PUT /x DeployedStack"]);
    }
}
