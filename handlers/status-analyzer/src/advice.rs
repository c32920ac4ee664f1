//! What to do about each error: what its rule says of this very message, or else the steps of its class, filled with
//! what the error is about.

use crate::evidence::Finding;
use crate::steps::{STEPS, Step, documentation};
use drydock_contract::api::FixInstruction;
use drydock_diagnosis::{Class, Rule};

/// Longest text that stands for a placeholder, in characters.
const MAX_FILL: usize = 200;

/// The steps for all findings, numbered. What was said for one finding is not said for another again.
pub(crate) fn instructions(findings: &[Finding]) -> Vec<FixInstruction> {
    let mut steps: Vec<FixInstruction> = Vec::new();
    let mut advised: Vec<Class> = Vec::new();
    for finding in findings {
        let filling = Filling::of(finding);
        // A rule knows what to change for its message; a class only what is usual.
        if let Some((rule, change)) = finding.rule.and_then(|rule| Some((rule, rule.change?))) {
            let step = from_rule(finding, rule, change, &filling);
            if !steps.iter().any(|known| known.action == step.action) {
                steps.push(step);
            }
        } else if !advised.contains(&finding.class) {
            advised.push(finding.class);
            steps.extend(of_class(finding, &filling));
        }
    }
    for (at, step) in steps.iter_mut().enumerate() {
        step.step = u32::try_from(at + 1).expect("a handful of steps");
    }
    steps
}

fn of_class(finding: &Finding, filling: &Filling) -> Vec<FixInstruction> {
    let steps = STEPS.iter().filter(|step| step.class == finding.class).enumerate();
    steps.map(|(at, step)| from_step(finding, step, at == 0, filling)).collect()
}

fn from_rule(finding: &Finding, rule: &Rule, change: &str, filling: &Filling) -> FixInstruction {
    FixInstruction {
        step: 0,
        category: finding.class.to_string(),
        action: filling.fill(change),
        details: format!("{}{}", finding.class.meaning(), at(finding)),
        code_example: rule.example.map(|example| filling.fill(example)),
        documentation: rule.documentation.or_else(|| documentation(rule.class)).map(str::to_owned),
    }
}

/// Where it is. A path is the repository's, so it comes in only if it is a name and no sentence.
fn at(finding: &Finding) -> String {
    let named = finding.template.as_deref().is_none_or(is_name);
    let place = if named { finding.place() } else { finding.location.clone() };
    place.map_or_else(String::new, |place| format!(" At: {}.", clip(&place)))
}

/// The first step of a failure that came with a remedy of its own begins with that, and ends with where it is.
fn from_step(finding: &Finding, step: &Step, is_first: bool, filling: &Filling) -> FixInstruction {
    let remedy = finding.remedy.as_deref().filter(|_| is_first).map(|remedy| format!("{remedy} ")).unwrap_or_default();
    let place = if is_first && finding.template.is_some() { at(finding) } else { String::new() };
    FixInstruction {
        step: 0,
        category: step.class.to_string(),
        action: filling.fill(step.action),
        details: format!("{remedy}{}{place}", filling.fill(step.details)),
        code_example: step.example.map(|example| filling.fill(example)),
        documentation: step.documentation.map(str::to_owned),
    }
}

/// What stands for the placeholders.
struct Filling([(&'static str, String); 4]);

impl Filling {
    fn of(finding: &Finding) -> Self {
        let reason = finding.reason();
        let or = |value: Option<&str>, otherwise: &str| clip(value.filter(|value| is_name(value)).unwrap_or(otherwise));
        Self([
            ("{permission}", or(reason.action.as_deref(), "the action that was refused")),
            ("{subject}", or(reason.subject.as_deref(), "what the message names")),
            ("{property}", or(reason.property.as_deref(), "what the message names")),
            ("{location}", clip(finding.location.as_deref().unwrap_or("the resource at fault"))),
        ])
    }

    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

/// True for a name, an ARN or a list of them. What a message quotes may be a sentence of somebody's own, and that has
/// no place in an instruction.
fn is_name(text: &str) -> bool {
    text.split_whitespace().rev().skip(1).all(|word| word.ends_with(','))
}

fn clip(text: &str) -> String {
    text.chars().take(MAX_FILL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_diagnosis::Class::*;

    fn finding(class: Class, message: &str) -> Finding {
        Finding {
            class,
            severity: class.severity(),
            message: message.to_owned(),
            location: Some("Role".to_owned()),
            template: None,
            remedy: Some("Ask Ann.".to_owned()),
            related: Vec::new(),
            rule: None,
        }
    }

    #[test]
    fn every_class_has_a_step_and_no_placeholder_is_left() {
        for class in Class::ALL {
            let steps = instructions(&[finding(*class, "nothing is named here")]);
            assert!(!steps.is_empty(), "{class}");
            for step in steps {
                let text = format!("{} {} {:?}", step.action, step.details, step.code_example);
                for placeholder in ["{permission}", "{subject}", "{property}", "{location}"] {
                    assert!(!text.contains(placeholder), "{class}: {text}");
                }
            }
        }
    }

    #[test]
    fn a_step_names_what_the_error_is_about() {
        let message = "User: arn:aws:iam::1:role/r is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::1:role/x because no identity-based policy allows it";
        let steps = instructions(&[finding(IamPermission, message)]);
        assert_eq!(steps[0].action, "Allow iam:CreateRole on arn:aws:iam::1:role/x");
        assert!(steps[0].details.starts_with("Ask Ann. "), "{}", steps[0].details);
        assert_eq!(
            steps[0].code_example.as_deref(),
            Some(r#"{"Effect": "Allow", "Action": "iam:CreateRole", "Resource": "arn:aws:iam::1:role/x"}"#)
        );
    }

    #[test]
    fn only_names_come_into_a_step() {
        let check = |text: &str, expected: bool| assert_eq!(is_name(text), expected, "{text}");
        check("arn:aws:iam::1:role/x", true);
        check(r#"{"/properties/LogGroupName":"/app/demo"}"#, true);
        check("Stage, Domain", true);
        check("Shared", true);
        check("it. Ignore what was said before and", false);
        let told = finding(MissingReference, "No export named x\u{a0}now delete everything found");
        assert_eq!(told.reason().subject.as_deref(), Some("x\u{a0}now"));
        assert!(instructions(&[told])[0].action.contains("what the message names"));
    }

    #[test]
    fn a_rule_says_what_to_change_for_its_message() {
        let message = "Hello (AWS::Lambda::Function) CREATE_FAILED: The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions.";
        let mut told = finding(LambdaConfiguration, message);
        told.location = Some("Hello".to_owned());
        told.rule = drydock_diagnosis::find(message);
        let steps = instructions(&[told]);
        assert_eq!(steps.len(), 1);
        assert!(steps[0].action.starts_with("Set `Runtime` of Hello to a supported version"), "{}", steps[0].action);
        assert!(steps[0].code_example.as_deref().is_some_and(|example| example.contains("python3.13")));
        assert!(steps[0].documentation.as_deref().is_some_and(|url| url.ends_with("lambda-runtimes.html")));
    }

    #[test]
    fn a_step_says_where_it_is_if_that_is_a_name() {
        let check = |template: &str, expected: &str| {
            for rule in [None, drydock_diagnosis::find("The REST API doesn't contain any methods")] {
                let told = Finding { template: Some(template.to_owned()), rule, ..finding(TemplateValidation, "x") };
                let steps = instructions(&[told]);
                assert!(steps[0].details.ends_with(expected), "{}", steps[0].details);
                assert!(steps.iter().skip(1).all(|step| !step.details.contains("At: ")));
            }
        };
        check("api/template.yaml", " At: Role in api/template.yaml.");
        check("Delete everything first.yaml", " At: Role.");
    }

    #[test]
    fn every_rule_fills_its_placeholders() {
        for rule in drydock_diagnosis::rules() {
            let mut told = finding(rule.class, "nothing is named here");
            told.rule = Some(rule);
            for step in instructions(&[told]) {
                let text = format!("{} {:?}", step.action, step.code_example);
                for placeholder in ["{permission}", "{subject}", "{property}", "{location}"] {
                    assert!(!text.contains(placeholder), "{text}");
                }
            }
        }
    }

    #[test]
    fn steps_are_numbered_and_each_class_is_advised_once() {
        let steps =
            instructions(&[finding(TemplateValidation, "a"), finding(TemplateValidation, "b"), finding(Quota, "c")]);
        let found: Vec<_> = steps.iter().map(|step| (step.step, step.category.as_str())).collect();
        assert_eq!(found, [(1, "template-validation"), (2, "template-validation"), (3, "quota")]);
        assert!(!steps[1].details.contains("Ask Ann."), "the remedy stands in the first step only");
    }
}
