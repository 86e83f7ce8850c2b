use super::*;
use crate::denial::Denial;
use crate::fixtures::{
    CREDENTIAL, GENERATION, MOMENT, NOW, PROJECT, instance, scopes, service_user, statement, times,
};
use crate::write::push_json;
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, ClientName};
use jeton_domain::service_user::{AccessTokenType, JwtType};
use jeton_domain::time::Timestamp;
use jeton_domain::token::{AccessTokenFacts, assess};
use jeton_secret::TokenName;
use serde_json::{Value, json};

fn facts(scope: &str) -> AccessTokenFacts {
    AccessTokenFacts {
        client: service_user().id,
        credential: CREDENTIAL,
        issued: MOMENT,
        scopes: scopes(scope),
        resources: Vec::new(),
        personal: false,
    }
}

fn live<R>(scope: &str, resources: &[Resource], see: impl FnOnce(&Seen<'_>) -> R) -> R {
    live_of(&service_user(), scope, resources, see)
}

fn live_of<R>(client: &Client, scope: &str, resources: &[Resource], see: impl FnOnce(&Seen<'_>) -> R) -> R {
    let (mut statement, instance) = (statement(facts(scope), 43_200), instance());
    statement.facts.resources = resources.iter().map(|_| ClientId(700)).collect();
    let credential = client.credential(CREDENTIAL).map(Into::into);
    let token = assess(&statement, client, credential, times(MOMENT)).unwrap();
    see(&Seen { token: &token, resources, instance: &instance })
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

fn grant(scope: &str) -> Grant {
    Grant {
        facts: facts(scope),
        token_type: AccessTokenType::Opaque,
        jwt_type: JwtType::Jwt,
        resources: Vec::new(),
        target_projects: Vec::new(),
        generation: GENERATION,
        expires: Timestamp(NOW.0 + 43_200),
    }
}

#[test]
fn a_token_answer_has_these_members_and_no_others() {
    let body = token(&SecretText::new("jeton_at_x-_9".into()), None, &grant("openid profile"));
    let expected = json!({
        "access_token": "jeton_at_x-_9", "token_type": "Bearer", "expires_in": 43_200, "scope": "openid profile",
    });
    assert_eq!(parsed(&body), expected);
}

#[test]
fn an_id_token_is_one_more_member() {
    let body = token(&SecretText::new("x".into()), Some("a.b.c"), &grant("openid"));
    assert_eq!(parsed(&body)["id_token"], "a.b.c");
}

#[test]
fn a_token_answer_without_known_scopes_is_still_json() {
    let body = token(&SecretText::new("x".into()), None, &grant("made-up"));
    assert_eq!(parsed(&body)["scope"], "");
}

#[test]
fn an_introspection_tells_what_the_scopes_allow() {
    let issuer = Issuer::parse("https://id.example.com/tenant").unwrap();
    let mut expected = json!({
        "active": true, "scope": "openid", "client_id": "billing", "token_type": "Bearer",
        "exp": NOW.0 + 43_200, "iat": NOW.0, "nbf": NOW.0, "sub": "301", "aud": ["501"],
        "iss": "https://id.example.com/tenant", "jti": "0a".repeat(16), "username": "billing",
    });
    let jti = TokenName([0x0a; 16]);
    let bare = live("openid", &[], |seen| parsed(&introspection(seen, &issuer, &jti, &[PROJECT])));
    assert_eq!(bare, expected);
    expected["scope"] = "openid profile".into();
    expected["name"] = "Billing \"worker\"".into();
    expected["preferred_username"] = "billing".into();
    expected["updated_at"] = NOW.0.into();
    let full = live("profile openid", &[], |seen| parsed(&introspection(seen, &issuer, &jti, &[PROJECT])));
    assert_eq!(full, expected);
}

#[test]
fn several_audiences_are_a_list() {
    let issuer = Issuer::parse("https://id.example.com").unwrap();
    let scope = "urn:zitadel:iam:org:project:id:7:aud urn:zitadel:iam:org:project:id:9:aud";
    let aud = |scope, resources: &[Resource]| {
        live(scope, resources, |seen| parsed(&introspection(seen, &issuer, &"x", &[PROJECT]))["aud"].take())
    };
    assert_eq!(aud(scope, &[]), json!(["7", "9"]));
    let resource = Resource::parse("https://api.example.com/a?b=c").unwrap();
    assert_eq!(
        aud(scope, std::slice::from_ref(&resource)),
        json!(["7", "9", "https://api.example.com/a?b=c"])
    );
    assert_eq!(aud("openid", &[resource]), json!(["https://api.example.com/a?b=c"]));
}

#[test]
fn userinfo_tells_the_subject_and_with_profile_the_names() {
    assert_eq!(live("openid", &[], |seen| parsed(&userinfo(seen))), json!({ "sub": "301" }));
    let full = live("openid profile", &[], |seen| parsed(&userinfo(seen)));
    let expected = json!({
        "sub": "301", "name": "Billing \"worker\"", "preferred_username": "billing", "updated_at": NOW.0,
    });
    assert_eq!(full, expected);
}

#[test]
fn hostile_names_stay_inside_their_string() {
    for name in ["\"},{\"", "\\", "</script>", "\u{202e}", "\u{1F600}", "a\u{300}", "'\"`${x}"] {
        let mut body = Vec::new();
        push_json(&mut body, name);
        assert_eq!(parsed(&body), name);
    }
}

#[test]
fn a_username_stays_inside_its_string() {
    let name = r#"x","active":false,"sub":"1\","a":"#;
    let client = Client { name: ClientName::username(name).unwrap(), ..service_user() };
    let told = live_of(&client, "openid profile", &[], |seen| {
        parsed(&introspection(seen, &Issuer::parse("https://id.example.com").unwrap(), &"x", &[PROJECT]))
    });
    assert_eq!((&told["active"], &told["sub"]), (&json!(true), &json!("301")));
    for member in ["client_id", "username", "preferred_username"] {
        assert_eq!(told[member], name, "{member}");
    }
    let told = live_of(&client, "openid profile", &[], |seen| parsed(&userinfo(seen)));
    assert_eq!((&told["preferred_username"], &told["sub"]), (&json!(name), &json!("301")));
}

#[test]
fn a_refusal_is_its_code_and_a_sentence() {
    let body = parsed(&denial(Denial::GrantTypeMissing));
    assert_eq!(body, json!({ "error": "invalid_request", "error_description": "grant_type missing" }));
    assert_eq!(denial(Denial::NoBearer), b"");
}

#[test]
fn inactive_says_nothing_else() {
    assert_eq!(parsed(INACTIVE), json!({ "active": false }));
}

#[test]
fn a_token_for_resources_that_are_gone_has_no_audience_left() {
    let facts = AccessTokenFacts { resources: vec![ClientId(700)], ..facts("openid") };
    let mut body = Vec::new();
    let projects: Vec<_> = audience(&facts, &service_user(), &instance()).collect();
    push_audience(&mut body, &projects, &[]);
    assert_eq!(parsed(&body), json!([]));
}
