//! Answers as CloudFormation gives them.

/// One answer of the service; `None` for a connection that is lost.
#[derive(Clone, Debug)]
pub struct Answer(Option<(u16, String)>);

impl Answer {
    pub fn of(action: &str, result: &str) -> Self {
        let body = format!(
            r#"<{action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"#
        );
        Self(Some((200, body)))
    }

    pub fn empty(action: &str) -> Self {
        Self::of(action, "")
    }

    pub fn lost() -> Self {
        Self(None)
    }

    /// Status and body.
    pub fn parts(self) -> Option<(u16, String)> {
        self.0
    }
}

pub fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        r#"<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"#
    );
    Answer(Some((status, body)))
}

pub fn stack_id(name: &str) -> String {
    format!("arn:aws:cloudformation:us-east-1:123456789012:stack/{name}/1")
}

pub fn stack(name: &str, status: &str) -> Answer {
    stack_with(name, status, "")
}

/// A stack with more elements than the usual ones.
pub fn stack_with(name: &str, status: &str, elements: &str) -> Answer {
    let id = stack_id(name);
    Answer::of(
        "DescribeStacks",
        &format!(
            "<Stacks><member><StackId>{id}</StackId><StackName>{name}</StackName><CreationTime>2026-11-23T16:00:00.000Z</CreationTime>{elements}<StackStatus>{status}</StackStatus></member></Stacks>"
        ),
    )
}

/// The element with the parameters of a stack.
pub fn parameters(pairs: &[(&str, &str)]) -> String {
    let member = |(name, value): &(&str, &str)| {
        format!("<member><ParameterKey>{name}</ParameterKey><ParameterValue>{value}</ParameterValue></member>")
    };
    format!("<Parameters>{}</Parameters>", pairs.iter().map(member).collect::<String>())
}

pub fn change_set(status: &str, execution: &str, reason: &str, next: &str) -> Answer {
    let id = stack_id("demo");
    let next = if next.is_empty() { String::new() } else { format!("<NextToken>{next}</NextToken>") };
    let change = "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action><LogicalResourceId>Queue</LogicalResourceId>\
        <PhysicalResourceId>https://sqs/demo</PhysicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>\
        <Replacement>False</Replacement><Details><member><Target><Attribute>Properties</Attribute><Name>VisibilityTimeout</Name>\
        <Path>/Properties/VisibilityTimeout</Path><RequiresRecreation>Never</RequiresRecreation><BeforeValue>30</BeforeValue>\
        <AfterValue>45</AfterValue></Target><Evaluation>Static</Evaluation></member></Details></ResourceChange></member>";
    Answer::of(
        "DescribeChangeSet",
        &format!(
            "<ChangeSetName>change-1</ChangeSetName><ChangeSetId>arn:change</ChangeSetId><StackId>{id}</StackId><StackName>demo</StackName>\
            <Status>{status}</Status><ExecutionStatus>{execution}</ExecutionStatus><StatusReason>{reason}</StatusReason>\
            <Changes>{change}</Changes>{next}"
        ),
    )
}

pub fn change_sets(names: &[&str]) -> Answer {
    let members: String =
        names.iter().map(|name| format!("<member><ChangeSetName>{name}</ChangeSetName></member>")).collect();
    Answer::of("ListChangeSets", &format!("<Summaries>{members}</Summaries>"))
}

/// One event, newest first in [`events`]. Without a token it is left out, as for nested stacks.
pub fn event(stack: &str, second: u32, id: &str, kind: &str, status: &str, token: &str, reason: &str) -> String {
    let stack_id = stack_id(stack);
    let physical = if id == stack { stack_id.clone() } else { format!("physical-{id}") };
    let token =
        if token.is_empty() { String::new() } else { format!("<ClientRequestToken>{token}</ClientRequestToken>") };
    format!(
        "<member><StackId>{stack_id}</StackId><EventId>{stack}-{id}-{status}-{second}</EventId><StackName>{stack}</StackName>\
        <LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}</ResourceType>\
        <Timestamp>2026-11-23T16:00:{second:02}.000Z</Timestamp><ResourceStatus>{status}</ResourceStatus>\
        <ResourceStatusReason>{reason}</ResourceStatusReason>{token}</member>"
    )
}

pub fn events(events: &[String], next: &str) -> Answer {
    let next = if next.is_empty() { String::new() } else { format!("<NextToken>{next}</NextToken>") };
    Answer::of("DescribeStackEvents", &format!("<StackEvents>{}</StackEvents>{next}", events.concat()))
}

/// A resource in the list of those that a stack has.
pub fn resource(id: &str, kind: &str, status: &str, reason: &str) -> String {
    format!(
        "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>physical-{id}</PhysicalResourceId>\
        <ResourceType>{kind}</ResourceType><ResourceStatus>{status}</ResourceStatus>\
        <ResourceStatusReason>{reason}</ResourceStatusReason><LastUpdatedTimestamp>2026-11-23T16:00:00.000Z</LastUpdatedTimestamp></member>"
    )
}

pub fn resources(resources: &[String]) -> Answer {
    let members = resources.concat();
    Answer::of("ListStackResources", &format!("<StackResourceSummaries>{members}</StackResourceSummaries>"))
}
