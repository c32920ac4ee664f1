//! What the account says about a deployment: the stack's resources, the routes of its APIs, the addresses of its
//! functions, and what those logged.
//!
//! API Gateway and CloudWatch Logs are asked with requests of our own: five small reads, for which their two SDK
//! crates would add half of what all the others take together to a build and three megabytes to the function.

mod gateway;
mod logs;
mod signed;
mod stack;

pub use signed::Signed;
pub use stack::Named;

use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::operation::get_function_url_config::GetFunctionUrlConfigError;
use drydock_aws::explain;
use drydock_contract::session::{DeployedResource, DeployedResources};
use drydock_sanity::evidence::{Deployed, FunctionUrl};
use drydock_stack::Engine;

/// The account, asked as the function's own role.
#[derive(Clone, Debug)]
pub struct Account {
    /// Stacks and their resources.
    pub stacks: Engine,
    /// Functions' addresses.
    pub lambda: Lambda,
    /// Everything else.
    pub signed: Signed,
    /// What Drydock's stacks and functions are named with first; nothing else is looked at.
    pub prefix: String,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Inspected {
    /// What stands in the account; what the session recorded, where the account was not asked.
    pub resources: Option<DeployedResources>,
    /// Its APIs.
    pub deployed: Deployed,
    /// What could not be read, and why.
    pub notes: Vec<String>,
}

impl Inspected {
    /// True if everything could be read, and nothing of it takes requests. What could not be read may do so.
    pub fn is_silent(&self) -> bool {
        let Deployed { apis, function_urls, domains, .. } = &self.deployed;
        let said_all = self.resources.is_some() && self.notes.is_empty();
        said_all && apis.is_empty() && function_urls.is_empty() && domains.is_empty()
    }
}

impl Account {
    /// Looks at what `named` names. What cannot be read is a note: the tests go on with what else is known.
    pub async fn inspect(&self, named: &Named, recorded: Option<&DeployedResources>) -> Inspected {
        let mut notes = Vec::new();
        let mut resources = recorded.cloned();
        match self.resources(named, &mut notes).await {
            Ok(Some(found)) => resources = Some(found),
            Ok(None) => {}
            Err(note) => notes.push(note),
        }
        let mut deployed = Deployed { region: self.signed.region().to_owned(), ..Deployed::default() };
        // Only what the account itself lists may be asked for more: a client's description is no evidence of it.
        let own = resources.as_ref().filter(|_| named.is_own(&self.prefix));
        if let Some(resources) = own {
            self.signed.gateways(&resources.resources, &mut deployed, &mut notes).await;
            self.function_urls(resources, &mut deployed, &mut notes).await;
        }
        Inspected { resources, deployed, notes }
    }

    async fn function_urls(&self, resources: &DeployedResources, deployed: &mut Deployed, notes: &mut Vec<String>) {
        let of_stack = resources.resources.iter().filter(|resource| resource.resource_type == "AWS::Lambda::Url");
        let named: Vec<(Option<String>, String)> = of_stack
            .map(|url| (Some(function_of(url, &resources.resources)), url.physical_id.clone()))
            .chain(resources.function_name.iter().map(|name| (None, name.clone())))
            .collect();
        for (logical_id, function) in named {
            match self.lambda.get_function_url_config().function_name(&function).send().await {
                Ok(found) => deployed.function_urls.push(FunctionUrl {
                    function: found.function_arn,
                    logical_id,
                    url: found.function_url,
                    auth_type: found.auth_type.as_str().to_owned(),
                }),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(GetFunctionUrlConfigError::is_resource_not_found_exception) => {}
                Err(error) => notes.push(format!("The address of {function} could not be read: {}.", explain(&error))),
            }
        }
    }
}

/// The template's name of the function that an address is of: the one whose name in the account the address has.
fn function_of(url: &DeployedResource, all: &[DeployedResource]) -> String {
    let name = url.physical_id.split(":function:").last().unwrap_or_default().split(':').next().unwrap_or_default();
    let function =
        all.iter().find(|resource| resource.resource_type == "AWS::Lambda::Function" && resource.physical_id == name);
    function.map_or(&url.logical_id, |function| &function.logical_id).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_read_to_its_end_has_no_endpoint() {
        let queue = || Inspected { resources: Some(DeployedResources::default()), ..Inspected::default() };
        assert!(queue().is_silent());
        assert!(!Inspected::default().is_silent(), "nobody has looked");
        let unread = Inspected { notes: vec!["API Gateway did not say what Api serves.".to_owned()], ..queue() };
        assert!(!unread.is_silent());
        let domains = vec![drydock_sanity::evidence::Domain { name: "a.example".to_owned(), mappings: Vec::new() }];
        assert!(!Inspected { deployed: Deployed { domains, ..Deployed::default() }, ..queue() }.is_silent());
    }
}
