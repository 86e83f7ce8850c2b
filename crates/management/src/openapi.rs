//! The OpenAPI 3.1 document of the management API, generated from the table of calls and the types of their
//! shapes.

use super::error::{Code, Protocol};
use super::idempotency::IdempotencyKey;
use super::routes::{ROUTES, Route, Status, Verb};
use jeton_api::message::{Choice, Kind, Member, Message, Presence, json_name};
use jeton_oauth::metadata::Issuer;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The document, for a server with this public URL.
pub fn document(issuer: &Issuer) -> Vec<u8> {
    build(issuer).to_string().into_bytes()
}

fn build(issuer: &Issuer) -> Value {
    // Requests are described by the tables of members, replies by their types.
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut replies = settings.into_generator();
    let mut requests = Requests::default();
    let mut paths = Map::new();
    for route in ROUTES {
        let reply = Value::from((route.reply)(&mut replies));
        let request = requests.reference(route.message);
        let body = Some((request, needs_body(route.message, &[])));
        let connect = operation(route, Protocol::Connect, Vec::new(), body, &reply);
        paths.insert(format!("/{}/{}", route.service, route.method), json!({ "post": connect }));
        if let Some((verb, path)) = route.rest {
            let operation = rest_operation(&mut requests, route, verb, path, &reply);
            let entry = paths.entry(path).or_insert_with(|| json!({}));
            if let Value::Object(verbs) = entry {
                verbs.insert(verb.as_str().to_lowercase(), operation);
            }
        }
    }
    let mut schemas = replies.take_definitions(true);
    schemas.values_mut().for_each(plain);
    for (name, schema) in requests.schemas {
        let earlier = schemas.insert(name, schema);
        debug_assert!(earlier.is_none(), "a request and a reply have one name: {earlier:?}");
    }
    schemas.insert("ConnectError".into(), error_schema(&json!({ "type": "string", "enum": names() })));
    schemas.insert("RestError".into(), error_schema(&json!({ "type": "integer", "enum": numbers() })));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Jeton management API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Users, secrets, keys, tokens, projects, applications, authorizations, \
                organizations and the audit trail. Each call has a Connect path; some have a REST path too. \
                Requests follow the protobuf JSON mapping, so names of members may be in snake case, enums \
                may be numbers, integers may be text, and null means absence. Unknown members are ignored, \
                unknown filters are refused.",
        },
        "servers": [{ "url": issuer.to_string() }],
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": conditions(),
            "securitySchemes": { "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An access token with the scope urn:zitadel:iam:org:project:id:zitadel:aud, or a \
                    personal access token",
            } },
        },
    })
}

/// Schemas of requests, by name.
#[derive(Default)]
struct Requests {
    schemas: Map<String, Value>,
}

impl Requests {
    /// A reference to a message's schema.
    fn reference(&mut self, message: &'static Message) -> Value {
        if !self.schemas.contains_key(message.name) {
            // Registered before its members, which may contain it.
            self.schemas.insert(message.name.into(), Value::Null);
            let schema = self.object(message, &[]);
            self.schemas.insert(message.name.into(), schema);
        }
        reference(message.name)
    }

    /// A message without the members that a path has.
    fn object(&mut self, message: &'static Message, without: &[&str]) -> Value {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for member in message.members.iter().filter(|member| !matches!(member.kind, Kind::Foreign(_))) {
            let name = json_name(member.name);
            if without.contains(&name.as_str()) {
                continue;
            }
            // One of two names is required, which a plain schema cannot express.
            if member.presence == Presence::Required && member.alias.is_none() {
                required.push(name.clone());
            }
            if let Some((_, old)) = member.alias {
                let mut alias = self.member(member);
                describe(&mut alias, &format!("Older name of {name}."));
                if let Value::Object(alias) = &mut alias {
                    alias.insert("deprecated".into(), true.into());
                }
                properties.insert(json_name(old), alias);
            }
            let mut schema = self.member(member);
            describe(&mut schema, member.about);
            properties.insert(name, schema);
        }
        let mut schema = json!({ "type": "object", "properties": properties });
        if let Value::Object(object) = &mut schema {
            if !required.is_empty() {
                object.insert("required".into(), required.into());
            }
            if message.choice != Choice::Optional {
                object.insert("minProperties".into(), 1.into());
                object.insert("maxProperties".into(), 1.into());
            }
        }
        schema
    }

    fn member(&mut self, member: &'static Member) -> Value {
        let schema = match member.kind {
            Kind::Text if member.presence == Presence::Required => {
                json!({ "type": "string", "minLength": 1 })
            }
            Kind::Text | Kind::Pem => json!({ "type": "string" }),
            Kind::Flag => json!({ "type": "boolean" }),
            // As large as signed integers, which most languages have.
            Kind::Integer(max) => {
                let (format, max) = match i32::try_from(max.min(i64::MAX as u64)) {
                    Ok(max) => ("int32", u64::from(max.unsigned_abs())),
                    Err(_) => ("int64", max.min(i64::MAX as u64)),
                };
                json!({ "type": "integer", "format": format, "minimum": 0, "maximum": max })
            }
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64", "pattern": BASE64 }),
            Kind::Timestamp => json!({ "type": "string", "format": "date-time" }),
            Kind::Duration => json!({ "type": "string", "pattern": "^[0-9]{1,9}(\\.[0-9]{1,9})?s$" }),
            Kind::Enum(values) => {
                let names: Vec<_> = values.values.iter().map(|(name, _)| *name).collect();
                self.schemas.insert(values.name.into(), json!({ "type": "string", "enum": names }));
                reference(values.name)
            }
            Kind::Message(message) => self.reference(message),
            Kind::Foreign(_) => json!({}),
        };
        if member.is_repeated { json!({ "type": "array", "items": schema }) } else { schema }
    }
}

const BASE64: &str = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The headers that every changing call understands, by the names of their parameters.
fn conditions() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same for a call and its repetitions: for ten minutes it is done once, and repetitions \
                get the first answer.",
            "schema": { "type": "string", "pattern": format!("^[!-~]{{1,{}}}$", IdempotencyKey::LEN_MAX) },
        },
        "IfMatch": {
            "name": "If-Match",
            "in": "header",
            "description": "The `sequence` of the resource as it was read: the call is refused if the resource was \
                changed since.",
            "schema": { "type": "string", "pattern": "^(\\*|[0-9]{1,19}|\"[0-9]{1,19}\")$" },
        },
    })
}

/// Adds a description, but not beside a reference, which generators then treat as another type.
fn describe(schema: &mut Value, about: &str) {
    if let Value::Object(schema) = schema
        && !about.is_empty()
        && !schema.contains_key("$ref")
    {
        schema.insert("description".into(), about.into());
    }
}

/// Removes null from a reply's schema: absent values are left out of a reply.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.remove("default");
            // The integer formats of OpenAPI are signed.
            match object.get("format").and_then(Value::as_str) {
                Some("uint8" | "uint16") => object.insert("format".into(), "int32".into()),
                Some("uint32" | "uint64" | "uint") => object.insert("format".into(), "int64".into()),
                Some(_) | None => None,
            };
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|one| one != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    object.insert("type".into(), one);
                }
            }
            if let Some(Value::Array(any)) = object.get_mut("anyOf") {
                any.retain(|one| one.get("type").is_none_or(|kind| kind != "null"));
                if let [Value::Object(one)] = any.as_slice() {
                    *object = one.clone();
                }
            }
            object.values_mut().for_each(plain);
        }
        Value::Array(all) => all.iter_mut().for_each(plain),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// True if a body is required beside the path.
fn needs_body(message: &Message, without: &[&str]) -> bool {
    let asks = |member: &Member| {
        member.presence == Presence::Required && !without.contains(&json_name(member.name).as_str())
    };
    message.members.iter().any(asks)
}

fn names() -> Vec<&'static str> {
    Code::ALL.iter().map(|code| code.name()).collect()
}

fn numbers() -> Vec<u8> {
    Code::ALL.iter().map(|code| code.number()).collect()
}

fn error_schema(code: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": code,
            "message": { "type": "string" },
            "details": { "type": "array", "items": { "type": "object", "additionalProperties": true } },
        },
    })
}

fn operation(
    route: &Route,
    protocol: Protocol,
    mut parameters: Vec<Value>,
    body: Option<(Value, bool)>,
    reply: &Value,
) -> Value {
    if route.is_change() {
        let headers = ["IdempotencyKey", "IfMatch"].map(|name| format!("#/components/parameters/{name}"));
        parameters.extend(headers.map(|header| json!({ "$ref": header })));
    }
    let content = |schema: &Value| json!({ "application/json": { "schema": schema } });
    let (suffix, error) = match protocol {
        Protocol::Connect => ("", "ConnectError"),
        Protocol::Rest => ("_rest", "RestError"),
    };
    let mut operation = json!({
        "operationId": format!("{}_{}{suffix}", route.service.replace('.', "_"), route.method),
        "summary": words(route.method),
        "description": format!("Needs the permission `{}`.", route.needs.name()),
        "tags": [route.service],
        "responses": {
            success(route, protocol): { "description": "Done.", "content": content(reply) },
            "default": { "description": "Refused; the message says why.", "content": content(&reference(error)) },
        },
    });
    if let Value::Object(operation) = &mut operation {
        if let Some((schema, required)) = body {
            operation
                .insert("requestBody".into(), json!({ "required": required, "content": content(&schema) }));
        }
        if !parameters.is_empty() {
            operation.insert("parameters".into(), parameters.into());
        }
    }
    operation
}

fn success(route: &Route, protocol: Protocol) -> &'static str {
    if route.status == Status::Created && protocol == Protocol::Rest { "201" } else { "200" }
}

/// `CreateUser` as words.
fn words(method: &str) -> String {
    let mut words = String::new();
    for letter in method.chars() {
        if letter.is_uppercase() && !words.is_empty() && !words.ends_with(char::is_uppercase) {
            words.push(' ');
        }
        words.push(letter);
    }
    words
}

/// The REST form of a call: members of the path are not in the body, and verbs without a body have a query.
fn rest_operation(
    requests: &mut Requests,
    route: &Route,
    verb: Verb,
    path: &'static str,
    reply: &Value,
) -> Value {
    let braces = |part: &'static str| part.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
    let named: Vec<_> = path.split('/').filter_map(braces).collect();
    let parameter = |name: &&str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } });
    let mut parameters: Vec<_> = named.iter().map(parameter).collect();
    let message = route.message;
    let rest = requests.object(message, &named);
    let properties = rest.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    if matches!(verb, Verb::Get | Verb::Delete) {
        let required = rest.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        for (name, schema) in properties {
            let is_required = required.iter().any(|one| *one == name);
            parameters
                .push(json!({ "name": name, "in": "query", "required": is_required, "schema": schema }));
        }
        return operation(route, Protocol::Rest, parameters, None, reply);
    }
    let body = (!properties.is_empty()).then(|| {
        let schema = if named.is_empty() {
            requests.reference(message)
        } else {
            let name = format!("{}Body", message.name);
            requests.schemas.insert(name.clone(), rest);
            reference(&name)
        };
        (schema, needs_body(message, &named))
    });
    operation(route, Protocol::Rest, parameters, body, reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(all) => all.iter().for_each(|one| references(one, found)),
            _ => {}
        }
    }

    #[test]
    fn the_document_has_every_call_and_no_loose_end() {
        let document = build(&Issuer::parse("https://id.example.com").unwrap());
        let paths = document["paths"].as_object().unwrap();
        for route in ROUTES {
            assert!(paths.contains_key(&format!("/{}/{}", route.service, route.method)));
            if let Some((verb, path)) = route.rest {
                assert!(paths[path].get(verb.as_str().to_lowercase()).is_some(), "{verb:?} {path}");
            }
        }
        let mut found = Vec::new();
        references(&document, &mut found);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    /// Constructs that generators of clients do not support: variants without names, defaults that are null,
    /// lists without a known type.
    #[test]
    fn every_schema_is_plain() {
        fn check(schema: &Value, place: &str) {
            match schema {
                Value::Object(members) => {
                    for word in ["oneOf", "anyOf", "allOf", "default", "prefixItems", "const"] {
                        let is_name = place.ends_with("/properties");
                        assert!(is_name || !members.contains_key(word), "{place}: {word}");
                    }
                    if members.get("type").is_some_and(|kind| kind == "array") {
                        assert!(
                            members.get("items").is_some_and(Value::is_object),
                            "{place}: a list without an item type"
                        );
                    }
                    assert!(!members.get("type").is_some_and(Value::is_array), "{place}: several types");
                    let format = members.get("format").and_then(Value::as_str).unwrap_or("date-time");
                    let known = ["int32", "int64", "double", "date-time"];
                    assert!(known.contains(&format), "{place}: {format} is not a format of OpenAPI");
                    members.iter().for_each(|(name, member)| check(member, &format!("{place}/{name}")));
                }
                Value::Array(all) => all.iter().for_each(|one| check(one, place)),
                // Maps with arbitrary keys.
                Value::Bool(_) if place.contains("/properties/") && !place.ends_with("deprecated") => {
                    let is_map = place.ends_with("/additionalProperties");
                    assert!(is_map, "{place}: anything");
                }
                _ => {}
            }
        }
        let document = build(&Issuer::parse("https://id.example.com").unwrap());
        check(&document["components"]["schemas"], "");
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(
                !name.ends_with(|c: char| c.is_ascii_digit()) || name.contains("Ed25519"),
                "{name}: rename it"
            );
        }
    }

    #[test]
    fn changing_calls_have_the_headers_that_make_them_conditional() {
        let document = build(&Issuer::parse("https://id.example.com").unwrap());
        let headers = |verb: &str, path: &str| {
            let parameters = document["paths"][path][verb].get("parameters").and_then(Value::as_array);
            let all = parameters.into_iter().flatten().filter_map(|one| one.get("$ref")?.as_str());
            all.map(|one| document.pointer(&one[1..]).unwrap()["name"].as_str().unwrap()).collect::<Vec<_>>()
        };
        let both = ["Idempotency-Key", "If-Match"];
        for route in ROUTES {
            let connect = headers("post", &format!("/{}/{}", route.service, route.method));
            let reads =
                ["List", "Get", "Explain", "Verify"].iter().any(|verb| route.method.starts_with(verb));
            assert_eq!(connect == both, !reads, "{route:?}");
            assert_eq!(connect.is_empty(), reads, "{route:?}");
            if let Some((verb, path)) = route.rest {
                assert_eq!(headers(&verb.as_str().to_lowercase(), path), connect, "{verb:?} {path}");
            }
        }
    }

    /// Regression: the document required `projectId`, although `id` alone is accepted.
    #[test]
    fn a_member_with_two_names_is_not_required_under_one_of_them() {
        let document = build(&Issuer::parse("https://id.example.com").unwrap());
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for message in ROUTES.iter().map(|route| route.message) {
            let required = schemas[message.name].get("required").and_then(Value::as_array);
            let required: Vec<_> = required.into_iter().flatten().filter_map(Value::as_str).collect();
            for member in message.members.iter().filter(|member| member.presence == Presence::Required) {
                let name = json_name(member.name);
                assert_eq!(
                    required.contains(&name.as_str()),
                    member.alias.is_none(),
                    "{}.{name}",
                    message.name
                );
            }
        }
        assert!(schemas["ProjectIdRequest"].get("required").is_none());
        let body = &document["paths"]["/zitadel.project.v2.ProjectService/GetProject"]["post"]["requestBody"];
        assert_eq!(body["required"], true, "one of them must be there");
    }

    #[test]
    fn members_of_the_path_are_not_in_the_body() {
        let document = build(&Issuer::parse("https://id.example.com").unwrap());
        let update = &document["paths"]["/v2/users/{userId}"]["patch"];
        let schema = &update["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let schema = document.pointer(schema.as_str().unwrap().trim_start_matches('#')).unwrap();
        assert!(
            schema["properties"].get("userId").is_none() && schema["properties"].get("username").is_some()
        );
        assert_eq!(update["parameters"][0]["name"], "userId");
    }
}
