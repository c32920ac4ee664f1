use super::*;
use drydock_stack::Execution;
use std::collections::BTreeMap;

fn property(path: &str, replacement: Replacement, caused_by: Option<&str>) -> PropertyChange {
    let caused_by = caused_by.map(str::to_owned);
    PropertyChange { path: path.into(), before: None, after: None, replacement, caused_by, certain: true }
}

fn changed(
    action: ChangeAction,
    logical_id: &str,
    resource_type: &str,
    replacement: Replacement,
    properties: Vec<PropertyChange>,
) -> Change {
    Change {
        action,
        logical_id: logical_id.into(),
        physical_id: None,
        resource_type: resource_type.into(),
        replacement,
        policy: None,
        properties,
        nested_change_set: None,
    }
}

fn preview(changes: Vec<Change>, templates: &Templates) -> Preview {
    let change_set = ChangeSet {
        id: "arn:change".into(),
        name: "change".into(),
        stack_id: "arn:stack".into(),
        stack_name: "demo".into(),
        creates: false,
        execution: Execution::Available,
        changes,
    };
    Preview::new(&change_set, templates)
}

fn templates(before: Value, after: Value, set: &[(&str, &str)]) -> Templates {
    let set: BTreeMap<String, String> = set.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    let none = BTreeMap::new();
    Templates { before: Some(Resolver::new(before, &none, &none)), after: Resolver::new(after, &set, &none) }
}

fn template(table: &str, actions: &[&str]) -> Value {
    json!({
        "Parameters": {"Size": {"Default": 256}, "Key": {"NoEcho": true, "Default": "secret"}},
        "Resources": {
            "Api": {"Properties": {"MemorySize": {"Ref": "Size"}, "Environment": {"Variables": {"KEY": {"Ref": "Key"}}}}},
            "Route": {"Properties": {"AuthorizationType": if actions.len() > 1 { "NONE" } else { "AWS_IAM" }}},
            "Role": {"Properties": {"Policies": [{"PolicyDocument": {"Statement":
                actions.iter().map(|action| json!({"Effect": "Allow", "Action": action, "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}))
                    .collect::<Vec<_>>()}}]}},
            "Table": {"Properties": {"TableName": table}}
        }
    })
}

fn everything() -> Preview {
    use ChangeAction::{Add, Modify, Remove};
    let templates = templates(
        template("a", &["sqs:SendMessage"]),
        template("b", &["sqs:SendMessage", "sqs:*"]),
        &[("Size", "512")],
    );
    let no = Replacement::No;
    let changes = vec![
        changed(Remove, "Gone", "AWS::SQS::Queue", no, Vec::new()),
        changed(
            Modify,
            "Table",
            "AWS::DynamoDB::Table",
            Replacement::Yes,
            vec![property("Properties.TableName", Replacement::Yes, None)],
        ),
        changed(
            Modify,
            "Api",
            "AWS::Lambda::Function",
            no,
            vec![
                property("/Properties/MemorySize", no, Some("Size")),
                property("Properties.Environment", no, Some("Table.Arn")),
            ],
        ),
        changed(
            Modify,
            "Route",
            "AWS::ApiGatewayV2::Route",
            no,
            vec![property("Properties.AuthorizationType", no, None)],
        ),
        changed(Modify, "Role", "AWS::IAM::Role", no, vec![property("Properties.Policies", no, None)]),
        changed(Add, "New", "AWS::SQS::Queue", no, Vec::new()),
    ];
    preview(changes, &templates)
}

#[test]
fn a_change_set_reads_well() {
    let plain = |_: crate::printer::Tone, text: &str| text.to_owned();
    insta::assert_snapshot!(render(&everything(), &plain), @r"
      parameter Size: 256 → 512

            add New    AWS::SQS::Queue
         change Api    AWS::Lambda::Function
                  MemorySize: 256 → 512  because of Size
                  Environment  because of Table.Arn
         change Role   AWS::IAM::Role
         change Route  AWS::ApiGatewayV2::Route
        REPLACE Table  AWS::DynamoDB::Table  with all that it holds
                  TableName: a → b  REPLACES the resource
         REMOVE Gone   AWS::SQS::Queue

    Who may do what

         change Role   AWS::IAM::Role
                  + Allow sqs:* on ${Queue.Arn}
         change Route  AWS::ApiGatewayV2::Route
                  AuthorizationType: AWS_IAM → NONE

    1 to add, 3 to change, 1 to REPLACE, 1 to REMOVE
    ");
}

#[test]
fn what_refers_to_a_resource_that_stays_in_its_place_stays_too() {
    use ChangeAction::Modify;
    let (no, maybe, yes) = (Replacement::No, Replacement::Maybe, Replacement::Yes);
    let refers = |id: &str, cause: &str| {
        let properties = vec![PropertyChange { certain: false, ..property("Properties.Target", maybe, Some(cause)) }];
        changed(Modify, id, "AWS::ApiGatewayV2::Route", maybe, properties)
    };
    let check = |replacement: Replacement, expected: [Kind; 3]| {
        let own = property("Properties.MemorySize", replacement, Some("Size"));
        let changes = vec![
            changed(Modify, "Api", "AWS::Lambda::Function", replacement, vec![own]),
            refers("Integration", "Api.Arn"),
            refers("Route", "Integration"),
        ];
        let templates = templates(template("a", &[]), template("a", &[]), &[("Size", "512")]);
        let mut found = preview(changes, &templates).resources;
        found.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
        let kinds: Vec<Kind> = found.iter().map(|resource| resource.kind).collect();
        assert_eq!(kinds, expected, "{replacement:?}");
    };
    check(no, [Kind::Change, Kind::Follow, Kind::Follow]);
    check(maybe, [Kind::MayReplace, Kind::MayReplace, Kind::MayReplace]);
    check(yes, [Kind::Replace, Kind::MayReplace, Kind::MayReplace]);
}

#[test]
fn data_that_is_lost_is_told() {
    let lost: Vec<String> = everything().losses().iter().map(|it| it.logical_id.clone()).collect();
    assert_eq!(lost, ["Table"]);
}

#[test]
fn what_is_masked_stays_masked() {
    assert!(!everything().json().to_string().contains("secret"));
}

#[test]
fn values_that_cloudformation_tells_come_before_those_of_the_templates() {
    let told = PropertyChange {
        before: Some(r#"{"A":"1"}"#.into()),
        after: Some(r#"{"A":"2"}"#.into()),
        ..property("/Properties/Environment/Variables", Replacement::No, None)
    };
    let only_new = PropertyChange { after: Some("5".into()), ..property("/Properties/Timeout", Replacement::No, None) };
    let changes =
        vec![changed(ChangeAction::Modify, "Api", "AWS::Lambda::Function", Replacement::No, vec![told, only_new])];
    let found = preview(changes, &templates(template("a", &[]), template("a", &[]), &[]));
    let lines: Vec<_> =
        found.resources[0].details.iter().map(|it| (it.path.as_str(), it.before.clone(), it.after.clone())).collect();
    assert_eq!(lines, [("Environment.Variables.A", json!("1"), json!("2")), ("Timeout", Value::Null, json!("5"))]);
}

#[test]
fn a_change_of_nothing_says_so() {
    assert_eq!(summary(&[]), "no resource changes");
}
