//! Services that are programs: `serverless.ts` and its like, and the functions' own files beside them, which export an
//! object with `handler` and `events`. What a program computes cannot be read; what it writes down can.

use super::{Definition, handler_file, is_named, of_function, with_extension};
use crate::endpoint::OriginKind;
use crate::evidence::code::{JAVASCRIPT, Language, Program, View};
use crate::evidence::found::Found;
use crate::evidence::text::{Repository, folder, join, origin};
use serde_json::{Map, Value};

/// Deepest nesting of an object that is read.
const MAX_DEPTH: usize = 12;

/// Most functions of one file.
const MAX_FUNCTIONS: usize = 300;

pub(super) fn endpoints(repository: &Repository<'_>) -> Vec<Found> {
    let any = [&JAVASCRIPT[..], &["yml", "yaml", "json"]].concat();
    let Some(service) = repository.files(&any).find(|path| is_named(path, &any)) else { return Vec::new() };
    let files = repository.files(&JAVASCRIPT).filter(|file| !file.ends_with(".d.ts") && !file.ends_with(".min.js"));
    files.flat_map(|file| in_file(repository, service, file)).collect()
}

fn in_file(repository: &Repository<'_>, service: &str, file: &str) -> Vec<Found> {
    let Some(text) = repository.text(file).filter(|text| text.contains("events") && text.contains("http")) else {
        return Vec::new();
    };
    let program = Program::new(text, Language::JavaScript);
    let view = program.view();
    let events = (0..view.len()).filter(|at| view.word(*at) == Some("events") || view.text(*at) == Some("events"));
    let events = events.filter(|at| view.is_sign(at + 1, ':') && view.is_sign(at + 2, '['));
    let mut found = Vec::new();
    for at in events.take(MAX_FUNCTIONS) {
        let Some(open) = view.around(at) else { continue };
        let function = literal(view, open, 0);
        // A function has a handler or an image; anything else may have events, too.
        if function.get("handler").or_else(|| function.get("image")).is_none() {
            continue;
        }
        let name = name(view, open).unwrap_or_else(|| folder(file).rsplit('/').next().unwrap_or_default());
        let handler = match function["handler"].as_str() {
            Some(handler) => handler_file(repository, service, handler),
            // `${handlerPath(__dirname)}/handler.main`
            None => with_extension(repository, &join(folder(file), "handler")),
        };
        found.extend(of_function(&Definition {
            name,
            function: &function,
            origin: origin(OriginKind::Template, file, Some(view.line(at)), &format!("functions.{name}")),
            file: handler,
            partial: true,
        }));
    }
    found
}

/// What an object is called: `hello: {`, `const hello = {`, `const hello: Function = {`.
fn name<'t>(view: View<'t>, open: usize) -> Option<&'t str> {
    let named = |at: usize| view.word(at).or_else(|| view.text(at));
    let before = open.checked_sub(2)?;
    let is_typed = view.is_sign(before.checked_sub(1)?, ':');
    match () {
        () if view.is_sign(open - 1, ':') => named(before),
        () if view.is_sign(open - 1, '=') && is_typed => named(before.checked_sub(2)?),
        () if view.is_sign(open - 1, '=') => named(before),
        () => None,
    }
}

/// An object, a list, a text or a truth value as it is written down; `null` for anything else.
fn literal(view: View<'_>, at: usize, depth: usize) -> Value {
    if let Some(text) = view.text(at) {
        return Value::from(text);
    }
    match view.word(at) {
        Some("true") => return Value::Bool(true),
        Some("false") => return Value::Bool(false),
        _ => {}
    }
    let (is_list, is_object) = (view.is_sign(at, '['), view.is_sign(at, '{'));
    if depth > MAX_DEPTH || !is_list && !is_object {
        return Value::Null;
    }
    let end = view.closing(at);
    let (mut items, mut members, mut at) = (Vec::new(), Map::new(), at + 1);
    while at < end {
        if is_list {
            items.push(literal(view, at, depth + 1));
        } else if let Some(name) = view.word(at).or_else(|| view.text(at))
            && view.is_sign(at + 1, ':')
        {
            members.insert(name.to_owned(), literal(view, at + 2, depth + 1));
        }
        // On to what is behind the next comma of this level.
        while at < end && !view.is_sign(at, ',') {
            let opens = ['(', '[', '{'].into_iter().any(|sign| view.is_sign(at, sign));
            at = if opens { view.closing(at) + 1 } else { at + 1 };
        }
        at += 1;
    }
    if is_list { items.into() } else { members.into() }
}

#[cfg(test)]
mod tests {
    use crate::evidence::serverless::tests::routes;

    #[test]
    fn a_service_in_typescript() {
        let service = "import type { AWS } from '@serverless/typescript';
import hello from '@functions/hello';

const serverlessConfiguration: AWS = {
  service: 'shop',
  provider: { name: 'aws', runtime: 'nodejs20.x', httpApi: { cors: true } },
  functions: {
    hello,
    ...others,
    items: {
      handler: 'src/items.list',
      events: [{ httpApi: 'GET /items' }, { httpApi: { method: 'post', path: '/items', authorizer: { name: 'jwt' } } }],
    },
    'old-items': { handler: 'src/old.list', url: true, events: [] },
  },
};
module.exports = serverlessConfiguration;
";
        let hello = "import { handlerPath } from '@libs/handler-resolver';

export default {
  handler: `${handlerPath(__dirname)}/handler.main`,
  events: [
    { http: { method: 'get', path: 'hello/{name}', request: { schemas: { 'application/json': schema } } } },
    { schedule: 'rate(1 day)' },
    http(other),
  ],
};
";
        let (found, shown) = routes(&[
            ("serverless.ts", service),
            ("src/functions/hello/index.ts", hello),
            ("src/functions/hello/handler.ts", ""),
            ("src/items.ts", ""),
            ("src/bus.ts", "export default { events: [{ http: 'GET /no' }] };"),
        ]);
        assert_eq!(
            shown,
            [
                "One(Get) /items None \"src/items.ts\"",
                "One(Post) /items Bearer \"src/items.ts\"",
                "Any /{proxy+} None \"\"",
                "One(Get) /hello/{name} None \"src/functions/hello/handler.ts\"",
            ]
        );
        assert_eq!(found[0].origin.place, "serverless.ts:12: functions.items");
        assert_eq!(found[0].function.as_deref(), Some("ItemsLambdaFunction"));
        assert_eq!(found[2].function.as_deref(), Some("OldDashitemsLambdaFunction"));
        assert_eq!(found[3].origin.place, "src/functions/hello/index.ts:5: functions.hello");
    }

    #[test]
    fn a_service_in_javascript_and_one_that_is_none() {
        let service =
            "const one = { handler: 'a.b', events: [{ http: 'PUT a' }] };\nmodule.exports = { functions: { one } };";
        assert_eq!(routes(&[("serverless.js", service), ("a.js", "")]).1, ["One(Put) /a None \"a.js\""]);
        assert_eq!(routes(&[("other.js", service)]).1, [""; 0]);
    }
}
