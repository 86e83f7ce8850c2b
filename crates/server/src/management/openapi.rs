//! The OpenAPI 3.1 document of the management API, made of the table of calls and the types of their shapes.

use super::error::Code;
use super::routes::{ROUTES, Route};
use bytes::Bytes;
use jeton_oauth::metadata::Issuer;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The document, for a server that is reached under this URL.
pub fn document(issuer: &Issuer) -> Bytes {
    Bytes::from(build(issuer).to_string())
}

fn build(issuer: &Issuer) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in ROUTES {
        let (request, reply) = ((route.request)(&mut generator), (route.reply)(&mut generator));
        let (request, reply) = (Value::from(request), Value::from(reply));
        let needs_body = definition(&generator, &request).is_some_and(has_required);
        let connect = operation(route, "ConnectError", Some(request.clone()), needs_body, &reply, &[]);
        paths.insert(format!("/{}/{}", route.service, route.method), json!({ "post": connect }));
        if let Some((verb, path)) = route.rest {
            let operation = rest_operation(&generator, route, path, &request, &reply);
            let entry = paths.entry(path).or_insert_with(|| json!({}));
            if let Value::Object(verbs) = entry {
                verbs.insert(verb.to_lowercase(), operation);
            }
        }
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("ConnectError".into(), error_schema(&json!({ "type": "string", "enum": names() })));
    schemas.insert("RestError".into(), error_schema(&json!({ "type": "integer", "enum": numbers() })));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Jeton management API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Users, secrets, keys, tokens, projects, applications, authorizations, organizations and \
                the audit trail. Each call has a Connect path; some have a REST path too.",
        },
        "servers": [{ "url": issuer.to_string() }],
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An access token with the scope urn:zitadel:iam:org:project:id:zitadel:aud, or a \
                    personal access token",
            } },
        },
    })
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
        "properties": { "code": code, "message": { "type": "string" }, "details": { "type": "array" } },
    })
}

fn operation(
    route: &Route,
    error: &str,
    request: Option<Value>,
    needs_body: bool,
    reply: &Value,
    path: &[&str],
) -> Value {
    let content = |schema: &Value| json!({ "application/json": { "schema": schema } });
    let refused = json!({ "$ref": format!("#/components/schemas/{error}") });
    let success = if error == "RestError" && matches!(route.method, "CreateUser" | "AddOrganization") {
        "201"
    } else {
        "200"
    };
    let mut operation = json!({
        "operationId": format!("{}_{}{}", route.service.replace('.', "_"), route.method, if error == "RestError" { "_rest" } else { "" }),
        "summary": words(route.method),
        "description": format!("Needs the permission `{}`.", route.needs.name()),
        "tags": [route.service],
        "responses": {
            success: { "description": "Done.", "content": content(reply) },
            "default": { "description": "Refused; the message says why.", "content": content(&refused) },
        },
    });
    if let Value::Object(operation) = &mut operation {
        if let Some(request) = request {
            let body = json!({ "required": needs_body, "content": content(&request) });
            operation.insert("requestBody".into(), body);
        }
        if !path.is_empty() {
            let parameter = |name: &&str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } });
            operation.insert("parameters".into(), path.iter().map(parameter).collect());
        }
    }
    operation
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

/// What the path says is not in the body.
fn rest_operation(
    generator: &SchemaGenerator,
    route: &Route,
    path: &'static str,
    request: &Value,
    reply: &Value,
) -> Value {
    let names: Vec<_> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{').and_then(|name| name.strip_suffix('}')))
        .collect();
    let mut schema = definition(generator, request).cloned().unwrap_or_else(|| request.clone());
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !names.contains(&name.as_str()));
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_none_or(|name| !names.contains(&name)));
    }
    let empty = schema.get("properties").and_then(Value::as_object).is_none_or(Map::is_empty);
    let has_body = !empty && route.rest.is_some_and(|(verb, _)| verb != "GET" && verb != "DELETE");
    let body = has_body.then(|| schema.clone());
    let mut operation = operation(route, "RestError", body, has_required(&schema), reply, &names);
    if !has_body
        && !empty
        && let Value::Object(operation) = &mut operation
    {
        add_query(operation, &schema);
    }
    operation
}

/// The schema that a reference names.
fn definition<'g>(generator: &'g SchemaGenerator, schema: &Value) -> Option<&'g Value> {
    let reference = schema.get("$ref").and_then(Value::as_str)?;
    generator.definitions().get(reference.rsplit('/').next()?)
}

/// Whether something must be said.
fn has_required(schema: &Value) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|required| !required.is_empty())
}

/// What a request without a body says in its query.
fn add_query(operation: &mut Map<String, Value>, schema: &Value) {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if let Value::Array(parameters) = parameters {
            parameters.push(json!({
                "name": name, "in": "query", "required": is_required(name), "schema": schema,
            }));
        }
    }
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
                assert!(paths[path].get(verb.to_lowercase()).is_some(), "{verb} {path}");
            }
        }
        let mut found = Vec::new();
        references(&document, &mut found);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn what_the_path_says_is_not_asked_for_again() {
        let document = build(&Issuer::parse("https://id.example.com").unwrap());
        let update = &document["paths"]["/v2/users/{userId}"]["patch"];
        let schema = &update["requestBody"]["content"]["application/json"]["schema"];
        assert!(
            schema["properties"].get("userId").is_none() && schema["properties"].get("username").is_some()
        );
        assert_eq!(update["parameters"][0]["name"], "userId");
    }
}
