//! A template that a CDK application was synthesized to, committed beside it.

use drydock_contract::detection::IacType;
use drydock_detect::detect;
use drydock_tree::{File, Tree};

#[test]
fn it_is_part_of_the_application_unless_it_is_asked_for() {
    let synthesized = r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "S/B"}}}}"#;
    let files = [("cdk.json", r#"{"app": "node bin/app.js"}"#), ("template.json", synthesized)];
    let tree: Tree = files.map(|(path, text)| (path.to_owned(), File::new(text))).into_iter().collect();
    let check = |wanted: Option<IacType>, expected: (IacType, &str)| {
        let found = detect(&tree, None, wanted).unwrap();
        assert_eq!((found.iac_type, found.entry_file.as_str()), expected, "{wanted:?}");
    };
    check(None, (IacType::Cdk, "cdk.json"));
    check(Some(IacType::Cdk), (IacType::Cdk, "cdk.json"));
    check(Some(IacType::CloudFormation), (IacType::CloudFormation, "template.json"));
    check(Some(IacType::Sam), (IacType::Sam, "template.json"));
}
