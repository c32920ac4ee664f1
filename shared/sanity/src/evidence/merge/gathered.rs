//! What is known of one target: the routes that let requests through, and the endpoints behind them.

use crate::endpoint::{Endpoint, Operation, Origin, OriginKind};
use crate::evidence::document::Document;
use crate::evidence::found::{Api, Found, Verb};
use crate::evidence::{FoundTarget, Token, path, text};
use crate::plan::{Auth, Method};
use std::collections::{BTreeMap, HashMap};

/// Most origins that an endpoint names.
const MAX_ORIGINS: usize = 6;

/// What is known of one target.
pub(super) struct Gathered<'a> {
    pub target: &'a FoundTarget,
    /// Routes that let requests through.
    gates: Vec<Found>,
    /// Where gates stand in the list, by the shape of their paths, and those that have parameters.
    by_shape: HashMap<String, Vec<usize>>,
    open: Vec<usize>,
    known: BTreeMap<(String, Method), Endpoint>,
}

impl<'a> Gathered<'a> {
    pub fn new(target: &'a FoundTarget, gates: Vec<Found>) -> Self {
        let mut by_shape: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, gate) in gates.iter().enumerate() {
            by_shape.entry(path::shape(&gate.path)).or_default().push(at);
        }
        let open = (0..gates.len()).filter(|at| path::is_parameter(&gates[*at].path)).collect();
        let mut gathered = Self { target, gates, by_shape, open, known: BTreeMap::new() };
        for gate in gathered.gates.clone() {
            if let Verb::One(method) = gate.verb
                && !path::is_greedy(&gate.path)
                // What API Gateway answers for browsers is not the deployment's work.
                && method != Method::Options
            {
                gathered.add(&gate, method);
            }
        }
        gathered
    }

    /// The gates that let a request through, the closest first.
    fn gates_of(&self, path: &str, method: Method) -> Vec<&Found> {
        let shape = path::shape(path);
        let same = self.by_shape.get(&shape).into_iter().flatten().map(|at| (false, &self.gates[*at]));
        let open = self.open.iter().map(|at| (true, &self.gates[*at]));
        let open = open.filter(|(_, gate)| path::matches(&gate.path, path) && path::shape(&gate.path) != shape);
        let mut gates: Vec<(bool, &Found)> =
            same.chain(open).filter(|(_, gate)| gate.verb == Verb::Any || gate.verb == Verb::One(method)).collect();
        gates.sort_by_key(|(other, gate)| (*other, path::is_greedy(&gate.path), gate.verb, gate.origin.kind));
        gates.into_iter().map(|(_, gate)| gate).collect()
    }

    /// How many of these have a route that is exactly theirs.
    pub fn exact(&self, found: &[Found]) -> usize {
        let has = |found: &&Found| {
            let same = self.by_shape.get(&path::shape(&found.path)).into_iter().flatten();
            same.map(|at| self.gates[*at].verb).any(|verb| verb == Verb::Any || verb == found.verb)
        };
        found.iter().filter(has).count()
    }

    /// True if everything gets through, or nothing is known of what does.
    pub fn is_wide(&self) -> bool {
        self.gates.is_empty() || self.gates.iter().any(|gate| path::is_greedy(&gate.path))
    }

    /// True if a route in the code is this target's rather than another's: it has a route of its own for it, or one for
    /// everything whose function is in the same folder.
    pub fn claims(&self, found: &Found) -> bool {
        let folder = |file: &Option<String>| file.as_deref().map(|file| text::folder(file).to_owned());
        let beside = |gate: &Found| match (folder(&gate.file), folder(&found.file)) {
            (Some(gate), Some(found)) => found == gate || found.starts_with(&format!("{gate}/")) && !gate.is_empty(),
            _ => false,
        };
        self.exact(std::slice::from_ref(found)) > 0
            || self
                .gates
                .iter()
                .any(|gate| path::is_greedy(&gate.path) && path::matches(&gate.path, &found.path) && beside(gate))
    }

    fn lets_through(&self, path: &str, method: Method) -> bool {
        self.gates.is_empty() || !self.gates_of(path, method).is_empty()
    }

    pub fn document(&mut self, document: &Document, notes: &mut Vec<String>) {
        let served = matches!(document.api, Api::Target(_));
        let through = |found: &[Found]| {
            let passes = |found: &&Found| match found.verb {
                Verb::One(method) => self.lets_through(&found.path, method),
                Verb::Any => true,
            };
            found.iter().filter(passes).count()
        };
        let as_they_are = document.found(false);
        let behind_base = document.found(true);
        let (found, fits) = match (through(&as_they_are), through(&behind_base)) {
            (fits, other) if other > fits => (behind_base, other),
            (fits, _) => (as_they_are, fits),
        };
        // A document of which most has no route is about something else.
        if !served && !self.gates.is_empty() && fits * 2 < found.len() {
            notes.push(format!(
                "{} was not used for {}: only {fits} of its {} operations have a route there.",
                document.place,
                self.target.name,
                found.len()
            ));
            return;
        }
        for found in &found {
            self.tell(found);
        }
    }

    /// Takes in what a document or the code says.
    pub fn tell(&mut self, found: &Found) {
        let documented = found.operation.is_some();
        let methods = match found.verb {
            Verb::One(method) => vec![method],
            // Code that takes any method shows none: reading is the one that can be asked.
            Verb::Any => vec![Method::Get],
        };
        for method in methods {
            // What a document promises and no route has is a promise that is not kept: it is asked.
            if path::is_greedy(&found.path) || !documented && !self.lets_through(&found.path, method) {
                continue;
            }
            self.add(found, method);
        }
    }

    fn add(&mut self, found: &Found, method: Method) {
        let key = (path::shape(&found.path), method);
        let gates: Vec<Found> = self.gates_of(&found.path, method).into_iter().cloned().collect();
        let endpoint = self.known.entry(key).or_insert_with(|| Endpoint {
            target: self.target.name.clone(),
            method,
            path: found.path.clone(),
            origins: Vec::new(),
            auth: Auth::None,
            token_header: None,
            operation: None,
            likely_file: None,
            function: None,
        });
        for seen in std::iter::once(found).chain(gates.first()) {
            if !endpoint.origins.contains(&seen.origin) {
                endpoint.origins.push(seen.origin.clone());
            }
            if endpoint.function.is_none() {
                endpoint.function.clone_from(&seen.function);
            }
        }
        // The account does not say it of every authorizer, and the template does.
        let token = gates.iter().find_map(|gate| gate.token.as_ref()).or(found.token.as_ref());
        match token {
            Some(Token::Header(header)) => endpoint.token_header = Some(header.clone()),
            Some(Token::Usual) => endpoint.token_header = None,
            Some(Token::Elsewhere) | None => {}
        }
        endpoint.origins.sort();
        endpoint.origins.truncate(MAX_ORIGINS);
        // The closest route's word on credentials comes first; where it asks for none, the code behind it may.
        let of_gate = gates.first().and_then(|gate| gate.auth).filter(|auth| *auth != Auth::None);
        let auth = of_gate.or(found.auth).unwrap_or(endpoint.auth);
        // A gateway's route says no more than that there is an authorizer.
        let is_other =
            token == Some(&Token::Elsewhere) || found.auth == Some(Auth::Other) || endpoint.auth == Auth::Other;
        endpoint.auth = if auth == Auth::Bearer && is_other { Auth::Other } else { auth };
        let better =
            |operation: &Operation| endpoint.operation.as_ref().is_none_or(|known| weight(known) < weight(operation));
        if let Some(operation) = found.operation.as_deref().filter(|operation| better(operation)) {
            // The document's names for the parameters are those that its values are for.
            endpoint.path.clone_from(&found.path);
            endpoint.operation = Some(operation.clone());
        }
        // Code that shows the route is closer than the function's entry.
        if found.origin.kind == OriginKind::Code {
            endpoint.likely_file.clone_from(&found.file);
        }
        if endpoint.likely_file.is_none() {
            endpoint.likely_file = found.file.clone().or_else(|| gates.iter().find_map(|gate| gate.file.clone()));
        }
    }

    /// Every endpoint. Routes for any method and greedy ones that nothing is said about stand for a GET.
    pub fn endpoints(mut self) -> Vec<Endpoint> {
        for gate in self.gates.clone() {
            let greedy = path::is_greedy(&gate.path);
            let base = greedy.then(|| gate.path.rsplit_once('/').map_or("", |(base, _)| base).to_owned());
            let below = |known: &str| match &base {
                Some(base) => {
                    known.strip_prefix(&path::shape(base)).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                }
                None => known == path::shape(&gate.path),
            };
            if (gate.verb != Verb::Any && !greedy) || self.known.keys().any(|(known, _)| below(known)) {
                continue;
            }
            let method = match gate.verb {
                Verb::One(method) => method,
                Verb::Any => Method::Get,
            };
            if method == Method::Get {
                let path =
                    base.map_or_else(|| gate.path.clone(), |base| if base.is_empty() { "/".to_owned() } else { base });
                self.add(&Found { path, ..gate }, method);
            }
        }
        if let Some(hint) = self.target.hint.clone()
            && self.lets_through(&hint, Method::Get)
        {
            let found = Found::new(
                Api::Target(self.target.name.clone()),
                Verb::One(Method::Get),
                path::normal(hint.trim_end_matches('/')),
                self.target.origin.clone(),
            );
            // Only where nothing else is known of it: an address that only takes POST is one, too.
            if !self.known.keys().any(|(known, _)| *known == path::shape(&found.path)) {
                self.add(&found, Method::Get);
            }
        }
        if self.known.is_empty() {
            self.add(&root(self.target), Method::Get);
        }
        self.known.into_values().collect()
    }
}

/// An API of which nothing but its address is known.
fn root(target: &FoundTarget) -> Found {
    Found::new(
        Api::Target(target.name.clone()),
        Verb::One(Method::Get),
        "/".to_owned(),
        Origin { kind: target.origin.kind, place: target.origin.place.clone() },
    )
}

/// How much a document says of an operation.
fn weight(operation: &Operation) -> usize {
    operation.responses.len() + operation.parameters.len() + usize::from(operation.body.is_some())
}
