//! What is there: the deployment's endpoints, and what requests to them are sent with.

use crate::account::{Inspected, Named};
use crate::shown::{SECRET_FIELD, Shown, TestSecret};
use crate::testing::Means;
use crate::{place, source, time};
use drydock_contract::Session;
use drydock_runtime::WorkError;
use drydock_sanity::evidence::{Evidence, Inputs, Served, Targets, WELL_KNOWN, gather, targets};
use drydock_sanity::plan::Auth;
use drydock_sanity::run::Sender;
use drydock_secret::Secret;
use drydock_tree::Tree;
use std::collections::BTreeMap;
use std::time::Instant;

/// Most APIs that are asked for a document.
const ASKED_FOR_DOCUMENTS: usize = 5;

/// What was found, and what requests are sent with.
pub(crate) struct Found {
    pub(crate) tree: Tree,
    pub(crate) evidence: Evidence,
    /// True if the account said all that is deployed, and that none of it takes requests.
    pub(crate) is_silent: bool,
    pub(crate) sender: Sender,
    /// What can be shown to APIs that ask for it.
    pub(crate) kinds: Vec<Auth>,
    pub(crate) secret: TestSecret,
    /// Names of functions in the account by their names in the template.
    pub(crate) functions: BTreeMap<String, String>,
}

/// Finds the endpoints, and what is needed to ask them.
pub(crate) async fn inspect(session: &Session, means: &Means<'_>) -> Result<Found, WorkError> {
    let tree = source::read(session, means.journal).await?;
    let named = Named::of(session);
    let inspected = means.account.inspect(&named, session.deployed_resources.as_ref()).await;
    let is_silent = inspected.is_silent();
    let Inspected { resources, deployed, notes } = inspected;
    let inputs = Inputs {
        tree: &tree,
        root: session.project_root.as_deref().unwrap_or_default(),
        entry_file: session.detection.as_ref().map(|detection| detection.entry_file.as_str()),
        stack_details: session.request.stack_details.as_ref(),
        is_ours: named.is_own(&means.account.prefix),
        resources: resources.as_ref(),
        deployed: &deployed,
    };
    let mut targets = targets(&inputs);
    targets.notes.extend(notes);
    let endpoint = means.account.signed.endpoint();
    let guard = place::guard(&mut targets, endpoint);
    let secret = test_secret(session, means, &mut targets.notes).await?;
    let own_hosts = place::own_hosts(&deployed);
    let shown = Shown { signed: means.account.signed.clone(), own_hosts, secret: secret.clone() };
    let kinds = shown.kinds(&targets.urls().collect::<Vec<_>>());
    targets.notes.extend(not_meant(&shown, &targets));
    let sender = place::sender(guard, shown).map_err(|error| WorkError::Retry(error.to_string()))?;
    let end = time::end_of_documents(means.deadline, Instant::now());
    let served = documents(&mut targets, &sender, end).await;
    let evidence = gather(&inputs, &targets, &served);
    let of_function = |kind: &str| kind == "AWS::Lambda::Function";
    let functions = resources
        .iter()
        .flat_map(|resources| &resources.resources)
        .filter(|resource| of_function(&resource.resource_type))
        .map(|resource| (resource.logical_id.clone(), resource.physical_id.clone()))
        .collect();
    Ok(Found { tree, evidence, is_silent, sender, kinds, secret, functions })
}

/// Asks each API for a document about itself, until `end`.
async fn documents(targets: &mut Targets, sender: &Sender, end: Instant) -> Vec<Served> {
    let mut served = Vec::new();
    for target in targets.found.iter().take(ASKED_FOR_DOCUMENTS) {
        for path in WELL_KNOWN {
            let Some(time) = time::of_document(end, Instant::now()) else {
                let note = format!("There was no time left to ask {} for a document about itself.", target.base_url);
                targets.notes.push(note);
                return served;
            };
            // Whoever does not answer at all is not asked eleven times more.
            let Ok(answer) = sender.read_path(&target.base_url, path, time).await else { break };
            if answer.status == 200 && !answer.truncated {
                served.push(Served { target: target.name.clone(), path: path.to_owned(), body: answer.body });
            }
        }
    }
    served
}

/// To whom the secret for tests is not shown.
fn not_meant(shown: &Shown, targets: &Targets) -> Vec<String> {
    let others = targets.urls().filter(|url| !shown.secret.is_empty() && !shown.is_meant_for(url));
    others
        .map(|url| {
            format!(
                "The secret for tests is not shown to {url}: it is shown to the hosts that its `hosts` names, and without that to those of a stack that Drydock has deployed and stackDetails names."
            )
        })
        .collect()
}

/// What the operator has put aside for tests, if the request names it.
async fn test_secret(session: &Session, means: &Means<'_>, notes: &mut Vec<String>) -> Result<TestSecret, WorkError> {
    let details = session.request.stack_details.as_ref();
    let Some(name) = details.and_then(|details| details.get(SECRET_FIELD)?.as_str()) else {
        return Ok(TestSecret::default());
    };
    let text = match Secret::new(means.secrets.clone(), name).get().await {
        Ok(text) => text,
        Err(error) => {
            notes.push(format!("The secret {name} was not read: {error}. APIs that ask for it were not tested."));
            return Ok(TestSecret::default());
        }
    };
    let secret = text.as_deref().and_then(TestSecret::parse);
    if secret.is_none() {
        notes.push(format!(
            "The secret {name} holds no JSON object with the texts `apiKey` or `bearer`, and `hosts` as a list."
        ));
    }
    Ok(secret.unwrap_or_default())
}
