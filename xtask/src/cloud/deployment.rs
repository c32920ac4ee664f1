//! A deployment of our own stack, from what was wished for to what CloudFormation is asked for.

use super::Aws;
use super::apply::{Applied, Apply};
use super::code_bucket::{CodeBucket, Upload, package_key};
use super::follow::Detail;
use super::history::recorded;
use super::uploads::Uploads;
use super::validate;
use crate::build::Built;
use crate::commands::{Context, stack_engine};
use crate::options::KeyValue;
use crate::printer::Printer;
use anyhow::{Result, bail};
use clap::Args;
use drydock_stack::check;
use std::collections::BTreeMap;

/// The parameter that says in which bucket the zips are.
pub const CODE_BUCKET: &str = "CodeBucket";

/// What the stack is to be like, for `deploy` and `diff`.
#[derive(Args, Clone, Debug)]
pub struct Wish {
    /// Set a template parameter; those not named keep their value
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<KeyValue>,
    /// Tag the stack and all that is in it; naming none leaves the tags that it has
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    tags: Vec<KeyValue>,
    /// Service role that CloudFormation takes on; it stays with the stack
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
}

impl Wish {
    /// True if it says where the functions' code lies.
    pub fn names_code(&self) -> bool {
        self.parameters.iter().any(|pair| pair.key == CODE_BUCKET)
    }
}

/// What to bring up.
pub struct Deployment<'a> {
    /// Where.
    pub aws: &'a Aws,
    /// The account there.
    pub account: &'a str,
    /// The handlers; without them the stack keeps those that it has.
    pub code: Option<&'a [Built]>,
    /// Template parameters.
    pub given: BTreeMap<String, String>,
    /// Tags of the stack; none leaves those that it has.
    pub tags: BTreeMap<String, String>,
    /// Service role of CloudFormation.
    pub role_arn: Option<String>,
    /// Data may be lost.
    pub allow_data_loss: bool,
    /// How much to tell.
    pub detail: Detail,
}

impl<'a> Deployment<'a> {
    /// With what was wished for on the command line and in `drydock.toml`.
    pub fn new(
        context: &Context,
        aws: &'a Aws,
        account: &'a str,
        code: Option<&'a [Built]>,
        wish: &Wish,
        detail: Detail,
    ) -> Self {
        let pairs = |pairs: &[KeyValue]| {
            let owned = pairs.iter().map(|pair| (pair.key.clone(), pair.value.clone()));
            owned.collect::<Vec<_>>()
        };
        let given = context.config.parameters_and(pairs(&wish.parameters));
        let tags = context.config.tags.clone().into_iter().chain(pairs(&wish.tags)).collect();
        let role_arn = wish.role_arn.clone();
        Self { aws, account, code, given, tags, role_arn, allow_data_loss: false, detail }
    }

    /// Everything that needs no change in the account but the code bucket: the template, checked, and the parameters.
    ///
    /// # Errors
    /// If the template would be refused, a parameter is not the operator's to set, or there can be no code bucket.
    pub async fn prepare(self, context: &Context) -> Result<Prepared<'a>> {
        let site = Site::ready(context, self.aws, self.account, self.detail, false).await?;
        self.on(site)
    }

    /// The same on a site that is ready.
    ///
    /// # Errors
    /// If a parameter is not the operator's to set.
    pub fn on(self, Site { template, bucket }: Site) -> Result<Prepared<'a>> {
        let mut parameters = BTreeMap::new();
        if let Some(code) = self.code {
            parameters.insert(CODE_BUCKET.to_owned(), bucket.name().to_owned());
            let keys =
                code.iter().map(|built| (built.function.code_key_parameter.to_owned(), package_key(&built.package)));
            parameters.extend(keys);
        }
        if let Some(own) = self.given.keys().find(|name| parameters.contains_key(*name)) {
            bail!("the parameter {own} is set by deploy itself");
        }
        parameters.extend(self.given.clone());
        Ok(Prepared { deployment: self, template, bucket, parameters })
    }
}

/// What a deployment needs whatever its code is, so it can be made ready while the code is built.
pub struct Site {
    template: String,
    bucket: CodeBucket,
}

impl Site {
    /// Checks the template and finds the code bucket, or makes it. Whoever only looks (`looks`) has it made only for a
    /// template that is too large for a request.
    ///
    /// # Errors
    /// If the template would be refused, or there can be no code bucket.
    pub async fn ready(context: &Context, aws: &Aws, account: &str, detail: Detail, looks: bool) -> Result<Self> {
        let synthesized = infra::drydock::template();
        let template = synthesized.to_json();
        let found = check::check(&template);
        if !found.is_empty() {
            for finding in &found {
                context.printer.error(format_args!("{}: {}", finding.place, finding.problem));
            }
            bail!("AWS would refuse the template");
        }
        if detail == Detail::Full {
            validate::validate(&context.printer, &context.workspace, &synthesized).await?;
        }
        if looks && !check::needs_s3(&template) {
            let (bucket, _) = CodeBucket::find(aws, account).await?;
            return Ok(Self { template, bucket });
        }
        let (bucket, made) = CodeBucket::ensure(aws, account).await?;
        if made && detail == Detail::Full {
            context.printer.step("Created", format_args!("the code bucket {}", bucket.name()));
        }
        Ok(Self { template, bucket })
    }
}

/// A deployment that is ready to be compared with what stands, or brought up.
pub struct Prepared<'a> {
    deployment: Deployment<'a>,
    template: String,
    parameters: BTreeMap<String, String>,
    /// The code bucket.
    pub bucket: CodeBucket,
}

impl<'a> Prepared<'a> {
    /// Where it goes.
    pub const fn aws(&self) -> &'a Aws {
        self.deployment.aws
    }

    /// The template, as JSON.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// Every parameter that is set.
    pub const fn parameters(&self) -> &BTreeMap<String, String> {
        &self.parameters
    }

    /// Tags of the stack; none leaves those that it has.
    pub const fn tags(&self) -> &BTreeMap<String, String> {
        &self.deployment.tags
    }

    /// The service role of CloudFormation, if one is named.
    pub fn role_arn(&self) -> Option<&str> {
        self.deployment.role_arn.as_deref()
    }

    /// Sends the zips that are not in the code bucket yet.
    ///
    /// # Errors
    /// If AWS refuses one.
    pub async fn upload(&self, printer: &Printer) -> Result<()> {
        let Some(code) = self.deployment.code else { return Ok(()) };
        let packages: Vec<_> = code.iter().map(|built| built.package.clone()).collect();
        let mut uploads = Uploads::new(printer);
        let told = |upload| match upload {
            _ if self.deployment.detail != Detail::Full => {}
            Upload::Begun(at) => uploads.begun(packages[at].size),
            Upload::Done(at) => uploads.done(code[at].function.package, packages[at].size),
        };
        self.bucket.put_packages(&packages, told).await.map(|_| ())
    }

    /// Brings the stack to the template.
    ///
    /// # Errors
    /// If CloudFormation refuses.
    pub async fn apply(&self, context: &Context) -> Result<Applied> {
        let engine = stack_engine(self.deployment.aws);
        let apply = self.to_apply(context, &engine);
        recorded(self.deployment.aws, &context.workspace, &apply, false).await
    }

    /// What `apply` works with.
    pub fn to_apply<'s>(&'s self, context: &'s Context, engine: &'s drydock_stack::Engine) -> Apply<'s> {
        let Deployment { aws, account, tags, role_arn, allow_data_loss, detail, .. } = &self.deployment;
        Apply {
            printer: &context.printer,
            engine,
            stack: context.stack(),
            place: (account, aws.region()),
            template: &self.template,
            bucket: &self.bucket,
            parameters: &self.parameters,
            tags,
            role_arn: role_arn.as_deref(),
            allow_data_loss: *allow_data_loss,
            yes: context.options.yes,
            detail: *detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_template_is_within_every_limit() {
        assert_eq!(check::check(&infra::drydock::template().to_json()), []);
    }
}
