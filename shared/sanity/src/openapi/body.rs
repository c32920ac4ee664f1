//! Bodies of requests: JSON, and forms of both kinds.

use super::parameter::{ANYTHING, own_schema, style};
use super::schema::{self, Direction, Source};
use super::{MAX_NAME, MAX_PARTS, example, is_json, media_type};
use crate::endpoint::{Body, Style};
use crate::plan::{BodyType, FilePart};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is sent as a file where the document does not say which kind it takes.
const FILE_TYPE: &str = "application/octet-stream";

/// Most media types that are looked at, and members of a form.
const MAX_MEDIA: usize = 20;
const MOST_MEMBERS: usize = 500;

/// What the media type of a body is to the runner.
fn body_type(media: &str) -> Option<BodyType> {
    match media_type(media).as_str() {
        "application/x-www-form-urlencoded" => Some(BodyType::Form),
        "multipart/form-data" => Some(BodyType::Multipart),
        _ => is_json(media).then_some(BodyType::Json),
    }
}

/// The bodies that OpenAPI 3 allows, JSON first; none if there are only others.
pub(super) fn of_content(source: Source<'_>, holder: &Value) -> Vec<Body> {
    let required = holder.get("required").and_then(Value::as_bool).unwrap_or(false);
    let mut bodies: BTreeMap<BodyType, Body> = BTreeMap::new();
    for (media, value) in holder.get("content").and_then(Value::as_object).into_iter().flatten().take(MAX_MEDIA) {
        let Some(body_type) = body_type(media).filter(|body_type| !bodies.contains_key(body_type)) else { continue };
        let mut body = of_media(source, value);
        (body.body_type, body.required) = (body_type, required);
        if body_type != BodyType::Json {
            let encoding = value.get("encoding").and_then(Value::as_object);
            body.styles = styles(encoding);
            if body_type == BodyType::Multipart {
                let schema = value.get("schema").unwrap_or(&Value::Null);
                body.files = files(source, source.resolve(schema), encoding);
            }
            // What is no object has no fields.
            if !body.example.is_object() {
                continue;
            }
        }
        bodies.insert(body_type, body);
    }
    bodies.into_values().collect()
}

/// A body of JSON: of a media type in OpenAPI 3, of a parameter in Swagger 2.0.
pub(super) fn of_media(source: Source<'_>, holder: &Value) -> Body {
    let schema = holder.get("schema").unwrap_or(&ANYTHING);
    let (example, _) = example::of(source, holder, schema);
    Body {
        required: holder.get("required") == Some(&Value::Bool(true)),
        example,
        examples: example::named(source, holder),
        schema: schema::whole(source, schema, Direction::Request),
        ..Body::default()
    }
}

/// The form that Swagger 2.0 describes field by field.
pub(super) fn of_fields(source: Source<'_>, fields: &[&Value], consumes: Option<&Value>) -> Body {
    let (mut properties, mut required, mut example) = (Map::new(), Vec::new(), Map::new());
    let (mut files, mut styles) = (BTreeMap::new(), BTreeMap::new());
    for field in fields {
        let name = field.get("name").and_then(Value::as_str).filter(|name| name.len() <= MAX_NAME);
        let Some(name) = name else { continue };
        let schema = if field.get("type").and_then(Value::as_str) == Some("file") {
            files.insert(name.to_owned(), file(name, FILE_TYPE));
            json!({"type": "string", "format": "binary"})
        } else {
            source.copy(&own_schema(field)).unwrap_or_default()
        };
        example.insert(name.to_owned(), example::of(source, field, &schema).0);
        styles.insert(name.to_owned(), style(field, true));
        if field.get("required") == Some(&Value::Bool(true)) {
            required.push(Value::from(name));
        }
        properties.insert(name.to_owned(), schema);
    }
    let in_parts = consumes.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let in_parts = !files.is_empty() || in_parts.map(body_type).next() == Some(Some(BodyType::Multipart));
    let schema = json!({"type": "object", "properties": properties, "required": required});
    Body {
        body_type: if in_parts { BodyType::Multipart } else { BodyType::Form },
        files,
        styles,
        required: !required.is_empty(),
        schema: schema::whole(source, &schema, Direction::Request),
        example: Value::Object(example),
        examples: BTreeMap::new(),
    }
}

/// What the document says of single members of a form.
fn styles(encoding: Option<&Map<String, Value>>) -> BTreeMap<String, Style> {
    let encoding = encoding.into_iter().flatten().filter(|(name, _)| name.len() <= MAX_NAME);
    let said = encoding.filter(|(_, encoding)| encoding.get("style").or(encoding.get("explode")).is_some());
    said.take(MAX_PARTS).map(|(name, encoding)| (name.clone(), style(encoding, true))).collect()
}

/// The members that hold files: binary ones, and those of a media type that is neither text nor JSON.
fn files(source: Source<'_>, schema: &Value, encoding: Option<&Map<String, Value>>) -> BTreeMap<String, FilePart> {
    let mut files = BTreeMap::new();
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten().take(MAX_PARTS);
    let parts = parts.map(|part| source.resolve(part)).chain([schema]);
    let members = parts.filter_map(|part| part.get("properties")?.as_object()).flatten();
    for (name, member) in members.filter(|(name, _)| name.len() <= MAX_NAME).take(MOST_MEMBERS) {
        let member = source.resolve(member);
        let member = member.get("items").map_or(member, |items| source.resolve(items));
        let word = |name: &str| member.get(name).and_then(Value::as_str);
        let said = encoding.and_then(|encoding| encoding.get(name)?.get("contentType")?.as_str());
        let said = said.filter(|said| said.len() <= MAX_NAME);
        let said = said.and_then(|list| list.split(',').next()).map(media_type);
        let own = word("contentMediaType").filter(|own| own.len() <= MAX_NAME && word("contentEncoding").is_none());
        let own = own.map(media_type);
        let is_other = |media: &String| !is_json(media) && media != "text/plain";
        let is_text = word("type").is_none_or(|kind| kind == "string");
        if is_text && (word("format") == Some("binary") || said.iter().chain(&own).any(is_other)) {
            let content_type = said.or(own).filter(|media| !media.contains('*'));
            files.insert(name.clone(), file(name, content_type.as_deref().unwrap_or(FILE_TYPE)));
        }
    }
    files
}

fn file(name: &str, content_type: &str) -> FilePart {
    FilePart { name: format!("{name}.txt"), content_type: content_type.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::Budget;

    #[test]
    fn forms_of_openapi_3_are_read_beside_json() {
        let schema = json!({"type": "object", "required": ["title"], "properties": {
            "title": {"type": "string"}, "photo": {"type": "string", "format": "binary"},
            "scan": {"type": "string"}, "pages": {"type": "array", "items": {"type": "string", "format": "binary"}},
            "tags": {"type": "array", "items": {"type": "string"}}}});
        let content = json!({"required": true, "content": {
            "multipart/form-data": {"schema": {"$ref": "#/x"}, "encoding": {
                "scan": {"contentType": "image/png, image/jpeg"}, "tags": {"explode": false}}},
            "application/x-www-form-urlencoded; charset=utf-8": {"schema": {"$ref": "#/x"}},
            "application/json": {"schema": {"$ref": "#/x"}},
            "application/xml": {"schema": {"$ref": "#/x"}},
        }});
        let (document, budget) = (json!({"x": schema}), Budget::default());
        let source = Source { document: &document, budget: &budget };
        let bodies = of_content(source, &content);
        let types: Vec<BodyType> = bodies.iter().map(|body| body.body_type).collect();
        assert_eq!(types, [BodyType::Json, BodyType::Form, BodyType::Multipart]);
        assert!(bodies.iter().all(|body| body.required && body.example["title"] == "string"));
        let files: Vec<_> =
            bodies[2].files.iter().map(|(name, file)| (name.as_str(), file.content_type.as_str())).collect();
        let octets = "application/octet-stream";
        assert_eq!(files, [("pages", octets), ("photo", octets), ("scan", "image/png")]);
        assert!(!bodies[2].is_certain(), "a picture cannot be made here");
        assert_eq!(bodies[2].styles, BTreeMap::from([("tags".to_owned(), Style::Joined(','))]));
        assert!(bodies[1].files.is_empty() && bodies[1].styles.is_empty());
        assert_eq!(of_content(source, &json!({"content": {"text/csv": {}}})), []);
    }

    #[test]
    fn forms_of_swagger_2_are_read_field_by_field() {
        let fields = [
            json!({"in": "formData", "name": "size", "type": "integer", "minimum": 3, "required": true}),
            json!({"in": "formData", "name": "tags", "type": "array", "items": {"type": "string"}}),
        ];
        let (document, budget) = (json!({}), Budget::default());
        let source = Source { document: &document, budget: &budget };
        let body = of_fields(source, &fields.iter().collect::<Vec<_>>(), None);
        assert_eq!((body.body_type, body.required), (BodyType::Form, true));
        assert_eq!(body.example, json!({"size": 3, "tags": ["string"]}));
        assert_eq!(body.styles["tags"], Style::Joined(','));
        assert!(!jsonschema::is_valid(&body.schema, &json!({"size": 2})));
        let file = json!({"in": "formData", "name": "photo", "type": "file"});
        let body = of_fields(source, &[&file], None);
        assert_eq!((body.body_type, body.files["photo"].name.as_str()), (BodyType::Multipart, "photo.txt"));
        let consumes = json!(["multipart/form-data"]);
        assert_eq!(of_fields(source, &[&fields[0]], Some(&consumes)).body_type, BodyType::Multipart);
    }
}
