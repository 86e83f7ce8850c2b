//! Bounds of texts, names, ids, dates and choices, for each call that takes one.

use super::world::World;
use crate::Code::InvalidArgument;
use jeton_domain::text::Text;
use serde_json::{Value, json};

/// The request with a value at this path.
fn at(mut request: Value, path: &str, value: &Value) -> Value {
    let mut place = &mut request;
    for part in path.split('.') {
        place = &mut place[part];
    }
    *place = value.clone();
    request
}

/// Calls and the paths of their texts for people.
const TEXTS: [(&str, &str); 17] = [
    ("CreateUser", "machine.name"),
    ("CreateUser", "machine.description"),
    ("UpdateUser", "machine.name"),
    ("UpdateUser", "machine.description"),
    ("AddSecret", "label"),
    ("GenerateClientSecret", "label"),
    ("CreateProject", "name"),
    ("UpdateProject", "name"),
    ("AddProjectRole", "displayName"),
    ("AddProjectRole", "group"),
    ("UpdateProjectRole", "displayName"),
    ("UpdateProjectRole", "group"),
    ("CreateApplication", "name"),
    ("UpdateApplication", "name"),
    ("AddOrganization", "name"),
    ("UpdateOrganization", "name"),
    ("RotateWebKey", "algorithm"),
];

/// Those that may not be blank.
const NAMES: [(&str, &str); 9] = [
    ("CreateUser", "machine.name"),
    ("UpdateUser", "machine.name"),
    ("CreateProject", "name"),
    ("UpdateProject", "name"),
    ("UpdateProjectRole", "displayName"),
    ("CreateApplication", "name"),
    ("UpdateApplication", "name"),
    ("AddOrganization", "name"),
    ("UpdateOrganization", "name"),
];

/// Checks that no value is accepted at this path, and that nothing is told.
fn refuses(world: &World, (method, path): (&str, &str), values: &[Value]) {
    let before = world.api.last_event();
    for value in values {
        world.api.refused(method, at(world.request(method), path, value), InvalidArgument, path);
    }
    assert_eq!(world.api.last_event(), before, "{method} {path}");
}

#[test]
fn text_that_is_too_long_deceives_or_is_no_text_is_refused_by_its_path() {
    let world = World::new();
    let wrong = [
        json!("x".repeat(Text::BYTES_MAX + 1)),
        json!("ß".repeat(Text::BYTES_MAX / 2 + 1)),
        json!("line\nbreak"),
        json!("zero\0"),
        json!("right to left \u{202e}"),
        json!(7),
        json!(["x"]),
        json!({ "text": "x" }),
        json!(true),
    ];
    for text in TEXTS {
        refuses(&world, text, &wrong);
    }
}

#[test]
fn the_longest_text_is_accepted() {
    let longest = json!("x".repeat(Text::BYTES_MAX));
    for (method, path) in TEXTS.into_iter().filter(|(_, path)| *path != "algorithm") {
        let world = World::new();
        let request = at(world.request(method), path, &longest);
        let done = world.api.call(method, request);
        assert!(done.is_ok(), "{method} {path}: {done:?}");
    }
}

#[test]
fn a_name_is_not_blank() {
    let world = World::new();
    for name in NAMES {
        refuses(&world, name, &[json!(" "), json!("   ")]);
    }
}

#[test]
fn a_username_is_printable_and_bounded() {
    let world = World::new();
    let wrong =
        [json!("x".repeat(1000)), json!("two\nlines"), json!("\u{202e}evil"), json!("12345"), json!(7)];
    for username in [("CreateUser", "username"), ("UpdateUser", "username"), ("Bootstrap", "username")] {
        refuses(&world, username, &wrong);
    }
}

#[test]
fn a_role_key_is_a_word() {
    let world = World::new();
    let wrong =
        [json!("two words"), json!("\"x\""), json!("a\\b"), json!("ä"), json!("x".repeat(201)), json!(7)];
    for method in ["AddProjectRole", "UpdateProjectRole", "RemoveProjectRole"] {
        refuses(&world, (method, "roleKey"), &wrong);
    }
    for method in ["CreateAuthorization", "UpdateAuthorization", "CreateProjectGrant", "UpdateProjectGrant"] {
        for key in &wrong {
            let request = at(world.request(method), "roleKeys", &json!(["reader", key]));
            world.api.refused(method, request, InvalidArgument, "roleKeys[1]");
        }
        let no_list = at(world.request(method), "roleKeys", &json!("reader"));
        world.api.refused(method, no_list, InvalidArgument, "roleKeys");
    }
}

#[test]
fn a_resource_is_a_bounded_absolute_uri() {
    let world = World::new();
    let resource = ("CreateApplication", "apiConfiguration.resource");
    let wrong = [
        json!("orders"),
        json!("/orders"),
        json!("https://orders.example#part"),
        json!("https://orders example"),
        json!(format!("https://orders.example/{}", "x".repeat(250))),
    ];
    refuses(&world, resource, &wrong);
}

#[test]
fn a_credential_ends_in_the_future_in_one_way_in_every_call() {
    let world = World::new();
    for method in [
        "AddSecret",
        "AddKey",
        "AddPersonalAccessToken",
        "GenerateClientSecret",
        "CreateApplicationKey",
        "Bootstrap",
    ] {
        let past =
            [json!("2020-01-01T00:00:00Z"), json!("2027-01-15T08:00:00Z"), json!("tomorrow"), json!(7)];
        refuses(&world, (method, "expirationDate"), &past);
        let wrong = [json!("-1s"), json!("0.5s"), json!("1h"), json!("0s"), json!(60)];
        refuses(&world, (method, "lifetime"), &wrong);
        let both = at(world.request(method), "expirationDate", &json!("2030-01-01T00:00:00Z"));
        let both = at(both, "lifetime", &json!("60s"));
        world.api.refused(method, both, InvalidArgument, "lifetime: at most one of expirationDate, lifetime");
    }
}

#[test]
fn a_key_is_uploaded_or_made_of_one_known_kind_in_every_call() {
    let world = World::new();
    for method in ["AddKey", "CreateApplicationKey"] {
        let request = |members: Value| {
            let mut request = world.request(method);
            request.as_object_mut().unwrap().remove("publicKey");
            request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            request
        };
        let uploaded = world.request(method)["publicKey"].clone();
        let before = world.api.last_event();
        for (members, begin) in [
            (json!({ "algorithm": "HS256" }), "algorithm"),
            (json!({ "algorithm": "none" }), "algorithm"),
            (json!({ "algorithm": "EdDSA", "rsaBits": 2048 }), "rsaBits"),
            (json!({ "algorithm": "RS256", "rsaBits": 1024 }), "rsaBits"),
            (json!({ "algorithm": "RS256", "rsaBits": 8192 }), "rsaBits"),
            (json!({ "algorithm": "EdDSA", "keyFormat": "KEY_FORMAT_PKCS1" }), "keyFormat"),
            (json!({ "keyFormat": "KEY_FORMAT_X" }), "keyFormat"),
            (json!({ "publicKey": uploaded, "rsaBits": 2048 }), "publicKey: rsaBits and keyFormat"),
            (json!({ "publicKey": uploaded, "keyFormat": "KEY_FORMAT_PKCS8" }), "publicKey: rsaBits and"),
            (json!({ "publicKey": uploaded, "algorithm": "EdDSA" }), "publicKey"),
            (json!({ "publicKey": "no key" }), "publicKey"),
            (json!({ "publicKey": "eA==" }), "publicKey"),
            (json!({ "publicKey": 7 }), "publicKey"),
        ] {
            world.api.refused(method, request(members), InvalidArgument, begin);
        }
        assert_eq!(world.api.last_event(), before, "{method}");
    }
}

#[test]
fn metadata_has_bounded_keys_and_values_in_every_call() {
    let world = World::new();
    let long = "k".repeat(201);
    let of_501_bytes = "eHh4".repeat(167);
    for kind in ["User", "Organization"] {
        let set = format!("Set{kind}Metadata");
        for (entry, begin) in [
            (json!({ "key": long, "value": "eA==" }), "metadata[0].key"),
            (json!({ "key": "two\nlines", "value": "eA==" }), "metadata[0].key"),
            (json!({ "key": "k" }), "metadata[0].value"),
            (json!({ "key": "k", "value": "no base64" }), "metadata[0].value"),
            (json!({ "key": "k", "value": of_501_bytes }), "metadata[0].value: must be 1 to 500 bytes"),
        ] {
            let request = at(world.request(&set), "metadata", &json!([entry]));
            world.api.refused(&set, request, InvalidArgument, begin);
        }
        world.api.refused(&set, at(world.request(&set), "metadata", &json!([])), InvalidArgument, "metadata");
        let delete = format!("Delete{kind}Metadata");
        for (keys, begin) in [(json!([]), "keys"), (json!([long]), "keys[0]"), (json!(["k", ""]), "keys[1]")]
        {
            world.api.refused(&delete, at(world.request(&delete), "keys", &keys), InvalidArgument, begin);
        }
    }
}

#[test]
fn a_choice_is_one_of_its_values() {
    let world = World::new();
    for choice in [
        ("CreateUser", "machine.accessTokenType"),
        ("UpdateUser", "machine.jwtType"),
        ("CreateApplication", "apiConfiguration.authMethodType"),
        ("UpdateApplication", "apiConfiguration.authMethodType"),
        ("AddKey", "keyFormat"),
        ("FreeName", "type"),
        ("CreateWebKey", "rsa.bits"),
        ("CreateWebKey", "rsa.hasher"),
        ("CreateWebKey", "ecdsa.curve"),
    ] {
        let values = [json!("NO_SUCH_VALUE"), json!(99), json!(-1), json!(true), json!({})];
        let before = world.api.last_event();
        for value in &values {
            let mut request = world.request(choice.0);
            if choice.0 == "CreateWebKey" {
                request = json!({});
            }
            world.api.refused(choice.0, at(request, choice.1, value), InvalidArgument, choice.1);
        }
        assert_eq!(world.api.last_event(), before, "{choice:?}");
    }
}

#[test]
fn settings_of_a_user_are_bounded_when_it_is_created_and_when_it_is_changed() {
    let world = World::new();
    for method in ["CreateUser", "UpdateUser"] {
        for (member, value) in [
            ("allowedAudiences", json!(["12345"])),
            ("allowedAudiences", json!(["x"])),
            ("allowedAudiences", json!(vec![world.project.clone(); 101])),
            ("defaultScopes", json!(["no such scope"])),
            ("defaultScopes", json!(["openid", "\u{e9}"])),
            ("allowedScopes", json!(["urn:zitadel:iam:org:project:id:12345:aud"])),
            ("allowedScopes", json!(["urn:zitadel:iam:org:id:12345"])),
            ("tokenLifetime", json!("999999999s")),
            ("tokenLifetime", json!(600)),
        ] {
            let path = format!("machine.{member}");
            refuses(&world, (method, &path), &[value]);
        }
    }
}
