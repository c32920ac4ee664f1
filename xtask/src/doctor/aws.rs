//! AWS: region, credentials, clock, and the stack.

use super::{Finding, permissions, quotas};
use crate::cloud::Aws;
use crate::cloud::error::Explain;
use crate::cloud::ready::first_step;
use crate::commands::Context;
use crate::commands::stack_engine;
use drydock_aws::Roots;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// AWS refuses signatures that are older or newer than this.
const REFUSED: SignedDuration = SignedDuration::from_mins(5);
/// Not refused yet, but on its way there.
const WORTH_SAYING: SignedDuration = SignedDuration::from_secs(60);

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: String,
    /// Such as `arn:aws:sts::123456789012:assumed-role/Admin/me`.
    pub arn: String,
}

impl Caller {
    /// The part of AWS that the account is in, such as `aws-cn`; every ARN there begins with it.
    pub fn partition(&self) -> &str {
        self.arn.split(':').nth(1).filter(|partition| !partition.is_empty()).unwrap_or("aws")
    }
}

/// Everything that is looked at in AWS; what needs something that is missing is left out.
pub async fn examine(context: &Context) -> Vec<Finding> {
    let aws = match Aws::connect(&context.options).await {
        Ok(aws) => aws,
        Err(error) => {
            let text = format!("{error:#}");
            let (what, remedy) = text.split_once(": ").unwrap_or((&text, "see the message"));
            return vec![Finding::problem("AWS configuration", what, remedy)];
        }
    };
    let mut findings = vec![place(&aws), clock(&aws).await];
    match caller(&aws).await {
        Ok(caller) => {
            findings.push(Finding::good("credentials", format!("{} in account {}", caller.arn, caller.account)));
            let (permissions, quotas, stack) =
                tokio::join!(permissions::examine(context, &aws, &caller), quotas::examine(&aws), stack(context, &aws));
            findings.extend(permissions);
            findings.push(stack);
            findings.extend(quotas);
        }
        Err(finding) => findings.push(finding),
    }
    findings
}

fn place(aws: &Aws) -> Finding {
    match aws.endpoint() {
        None => Finding::good("region", aws.region()),
        Some(endpoint) => Finding::good("region", format!("{}, played by {endpoint}", aws.region())),
    }
}

/// Who we are.
async fn caller(aws: &Aws) -> Result<Caller, Finding> {
    let remedy = "log in (`aws sso login`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; \
                  `aws configure list` says what is found where";
    let answer = aws_sdk_sts::Client::new(aws.config()).get_caller_identity().send().await;
    let identity = answer.map_err(|error| {
        if error.is_network() {
            let remedy = "check that this machine reaches AWS, then look again";
            return Finding::unknown("credentials", format!("{:#}", error.explain("AWS cannot be reached")), remedy);
        }
        Finding::problem("credentials", format!("{:#}", error.explain("AWS does not know who we are")), remedy)
    })?;
    match (identity.account, identity.arn) {
        (Some(account), Some(arn)) => Ok(Caller { account, arn }),
        _ => Err(Finding::problem("credentials", "AWS names no caller", remedy)),
    }
}

/// Compares this machine's clock with that of AWS: any answer has the time, also a refusal.
async fn clock(aws: &Aws) -> Finding {
    let check = "clock";
    let address = aws.endpoint().map_or_else(|| format!("https://sts.{}.amazonaws.com/", aws.region()), str::to_owned);
    match date(&address).await {
        Ok(there) => {
            let skew = Timestamp::now().duration_since(there);
            let way = if skew.is_negative() { "behind" } else { "ahead of" };
            let text = format!("{} {way} AWS", crate::printer::elapsed(skew.unsigned_abs()));
            let remedy =
                "set the clock: `timedatectl set-ntp true`, or `hwclock --hctosys` in a virtual machine that slept";
            match skew.abs() {
                skew if skew >= REFUSED => {
                    Finding::problem(check, format!("{text}, so signatures are refused"), remedy)
                }
                skew if skew >= WORTH_SAYING => Finding::warning(check, text, remedy),
                _ => Finding::good(check, "agrees with AWS"),
            }
        }
        Err(error) => Finding::unknown(
            check,
            error,
            "check that this machine reaches AWS: no proxy is used; AWS_CA_BUNDLE names further authorities",
        ),
    }
}

async fn date(address: &str) -> Result<Timestamp, String> {
    let client = drydock_aws::reqwest_client(Roots::Native).map_err(|error| error.to_string())?;
    let answer = client.get(address).timeout(Duration::from_secs(10)).send().await;
    let answer = answer.map_err(|_| format!("{address} cannot be reached"))?;
    let date = answer.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
    let date = date.ok_or_else(|| format!("{address} does not say the time"))?;
    let parsed = jiff::fmt::rfc2822::parse(date).map_err(|_| format!("{address} says a time of its own: {date}"))?;
    Ok(parsed.timestamp())
}

async fn stack(context: &Context, aws: &Aws) -> Finding {
    let (check, name) = ("stack", context.stack());
    match stack_engine(aws).describe(name).await {
        Ok(None) => Finding::good(check, format!("{name} is not there yet; `cargo xtask deploy` makes it")),
        Ok(Some(stack)) => {
            let text = format!("{name} is in {}", stack.status);
            match first_step(&stack) {
                // What goes on comes to its end by itself.
                Some(first) if !stack.status.is_in_progress() => Finding::problem(check, text, first),
                _ => Finding::good(check, text),
            }
        }
        Err(error) => Finding::unknown(
            check,
            error.to_string(),
            "allow cloudformation:DescribeStacks to whoever operates Drydock",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// What is said of a clock that differs from ours by so many seconds.
    async fn check(seconds: i64, expected: Grade) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let there = Timestamp::now() + SignedDuration::from_secs(seconds);
            let date = there.strftime("%a, %d %b %Y %H:%M:%S GMT");
            let answer = format!("HTTP/1.1 403 X\r\ndate: {date}\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        });
        let recorded = crate::recorded::Recorded::serve(Vec::new()).await;
        let config = recorded.aws().await.config().clone().into_builder().endpoint_url(address).build();
        let finding = clock(&Aws::new(config).unwrap()).await;
        assert_eq!(finding.grade, expected, "{seconds}: {finding:?}");
    }

    #[tokio::test]
    async fn a_clock_that_is_wrong_is_told_before_signatures_are_refused() {
        check(0, Grade::Good).await;
        check(120, Grade::Warning).await;
        check(-400, Grade::Problem).await;
    }
}
