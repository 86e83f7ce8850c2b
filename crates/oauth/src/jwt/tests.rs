use super::*;
use crate::fixtures::{CREDENTIAL, GENERATION, MOMENT, NOW, instance, scopes, service_user};
use crate::jws::Unverified;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::id::ClientName;
use jeton_domain::resource::Resource;
use jeton_domain::service_user::{AccessTokenType, JwtType};
use jeton_domain::token::AccessTokenFacts;
use serde_json::{Value, json};

fn grant(scope: &str, resources: &[&str]) -> Grant {
    Grant {
        facts: AccessTokenFacts {
            client: service_user().id,
            credential: CREDENTIAL,
            issued: MOMENT,
            scopes: scopes(scope),
            resources: resources.iter().map(|_| ClientId(700)).collect(),
            personal: false,
        },
        token_type: AccessTokenType::Jwt,
        jwt_type: JwtType::Jwt,
        resources: resources.iter().map(|uri| Resource::parse(uri).unwrap()).collect(),
        target_projects: Vec::new(),
        generation: GENERATION,
        expires: Timestamp(NOW.0 + 3600),
    }
}

fn issuer() -> Issuer {
    Issuer::parse("https://id.example.com").unwrap()
}

fn claims(grant: &Grant) -> Vec<u8> {
    access_token(&service_user(), grant, &issuer(), &instance(), &"the-jti")
}

/// The compact form in which the token would be presented.
fn compact(kind: &str, claims: &[u8]) -> String {
    let header = format!(r#"{{"alg":"EdDSA","kid":"1","typ":"{kind}"}}"#);
    format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

#[test]
fn an_access_token_has_the_claims_of_rfc_9068_and_no_others() {
    let told: Value = serde_json::from_slice(&claims(&grant("openid", &[]))).unwrap();
    let expected = json!({
        "iss": "https://id.example.com", "sub": "301", "aud": ["501"], "exp": NOW.0 + 3600, "iat": NOW.0,
        "nbf": NOW.0, "client_id": "billing", "scope": "openid", "jti": "the-jti",
    });
    assert_eq!(told, expected);
}

#[test]
fn an_id_token_is_for_the_client_and_does_not_expire_when_it_is_issued() {
    let told = id_token(&service_user(), &grant("openid profile", &[]), &issuer(), &instance());
    let told: Value = serde_json::from_slice(&told).unwrap();
    let expected = json!({
        "iss": "https://id.example.com", "sub": "301", "aud": ["billing"], "azp": "billing",
        "exp": NOW.0 + 3600, "iat": NOW.0, "name": "Billing \"worker\"",
        "preferred_username": "billing", "updated_at": NOW.0,
    });
    assert_eq!(told, expected);
}

#[test]
fn a_username_can_not_write_claims() {
    let name = r#"x","sub":"1\","a":"#;
    let client = Client { name: ClientName::username(name).unwrap(), ..service_user() };
    let grant = grant("openid profile", &[]);
    let access = access_token(&client, &grant, &issuer(), &instance(), &"the-jti");
    let access: Value = serde_json::from_slice(&access).unwrap();
    assert_eq!((&access["client_id"], &access["sub"]), (&json!(name), &json!("301")));
    assert_eq!(access["preferred_username"], name);
    let id: Value = serde_json::from_slice(&id_token(&client, &grant, &issuer(), &instance())).unwrap();
    assert_eq!((&id["aud"], &id["azp"], &id["sub"]), (&json!([name]), &json!(name), &json!("301")));
}

fn apart(text: &str) -> (Header, Map<String, Value>) {
    let token = Unverified::parse(text).unwrap();
    let payload = token.payload().unwrap();
    (token.header, payload)
}

fn is_access_token(text: &str) -> bool {
    let (header, payload) = apart(text);
    AccessTokenClaims::read(&header, &payload).is_some()
}

#[test]
fn written_claims_are_read_again() {
    let grant = grant("openid urn:zitadel:iam:org:project:id:7:aud", &["https://api.example.com"]);
    let text = compact("JWT", &claims(&grant));
    let (header, payload) = apart(&text);
    let read = AccessTokenClaims::read(&header, &payload).unwrap();
    assert_eq!((read.subject, read.issued, read.expires), (ClientId(301), NOW, grant.expires));
    assert_eq!((read.jti, read.scopes), ("the-jti", grant.facts.scopes));
    assert_eq!(read.audience, ["7", "https://api.example.com"]);
}

#[test]
fn no_scope_is_read_as_none() {
    let text = compact("JWT", &claims(&grant("made-up", &[])));
    let (header, payload) = apart(&text);
    assert!(AccessTokenClaims::read(&header, &payload).unwrap().scopes.is_empty());
}

#[test]
fn an_access_token_is_read_with_either_type() {
    let good = claims(&grant("openid", &[]));
    for kind in ["JWT", "jwt", "application/jwt", "at+jwt", "application/at+jwt"] {
        assert!(is_access_token(&compact(kind, &good)), "{kind}");
    }
}

#[test]
fn another_kind_of_token_is_no_access_token() {
    let good = claims(&grant("openid", &[]));
    for kind in ["", "dpop+jwt", "token-introspection+jwt", "client-authentication+jwt"] {
        let text = compact(kind, &good);
        assert!(!is_access_token(&text), "{kind}");
    }
    for scope in ["openid", "openid profile urn:zitadel:iam:user:metadata urn:zitadel:iam:org:projects:roles"]
    {
        let id_token = id_token(&service_user(), &grant(scope, &[]), &issuer(), &instance());
        for kind in ["JWT", "at+jwt"] {
            let text = compact(kind, &id_token);
            assert!(!is_access_token(&text), "{kind}");
        }
    }
}

/// Other verifiers see the same `typ` on both, so the audience of an id token must never name an API.
#[test]
fn the_audience_of_an_id_token_never_names_an_api() {
    for (name, audience) in [
        ("billing", "billing"),
        ("a/b c", "a/b c"),
        ("https://api.example.com", "301"),
        ("urn:example:orders", "301"),
        ("x:y", "301"),
    ] {
        let client = Client { name: ClientName::username(name).unwrap(), ..service_user() };
        let told = id_token(&client, &grant("openid", &[]), &issuer(), &instance());
        let told: Value = serde_json::from_slice(&told).unwrap();
        assert_eq!((&told["aud"], &told["azp"]), (&json!([audience]), &json!(audience)), "{name}");
    }
}

#[test]
fn a_token_without_one_of_its_claims_is_no_access_token() {
    let whole: Value = serde_json::from_slice(&claims(&grant("openid", &[]))).unwrap();
    for claim in ["sub", "exp", "iat", "jti", "scope", "aud", "client_id"] {
        let mut claims = whole.clone();
        claims.as_object_mut().unwrap().remove(claim);
        let text = compact("JWT", claims.to_string().as_bytes());
        assert!(!is_access_token(&text), "{claim}");
    }
}
