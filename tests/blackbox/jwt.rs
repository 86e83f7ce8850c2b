//! JWT access tokens (RFC 9068) and id tokens, verified by an independent library with keys from the
//! server's key set.

use crate::harness::{Credentials, Server, text};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Value, json};

/// A service user whose access tokens are JWTs.
pub fn jwt_user(server: &Server, name: &str) -> Credentials {
    server.json(&["user", "create", name, "--name", "Billing", "--access-token-type", "jwt"]);
    server.secret(name)
}

/// Header and claims of a token, verified with the server's key set.
pub fn verified(server: &Server, token: &str, audience: &str) -> (Header, Value) {
    let keys: JwkSet =
        serde_json::from_slice(&server.request("GET", "/oauth/v2/keys", &[], b"").body).unwrap();
    let header = decode_header(token).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).expect("the key is published");
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[format!("http://{}", server.address)]);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    let decoded = decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).unwrap();
    (decoded.header, decoded.claims)
}

pub fn default_project(server: &Server) -> String {
    text(&server.json(&["project", "list"]), "/projects/0/projectId")
}

/// Conformance 74: RFC 9068 §2.1
/// Conformance 75: RFC 9068 §2.2
/// Conformance 76: RFC 9068 §2.2.3, §3
#[test]
fn jwts_of_every_algorithm_are_verified_with_the_key_set() {
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"] {
        let server = Server::start_with(&["--signing-algorithm", algorithm]);
        let user = jwt_user(&server, "billing");
        let token = server.token_with(&user, "openid profile");
        let project = default_project(&server);
        let (header, claims) = verified(&server, &token, &project);
        assert_eq!(header.typ.as_deref(), Some("JWT"));
        assert_eq!(format!("{:?}", header.alg), algorithm);
        assert_eq!(claims["client_id"], "billing");
        assert_eq!(claims["scope"], "openid profile");
        assert_eq!(claims["aud"], json!([project]));
        assert_eq!(claims["name"], "Billing");
        assert_eq!(claims["nbf"], claims["iat"]);
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 43_200);
        assert!(claims["jti"].as_str().unwrap().len() > 20);
    }
}

/// Conformance 21: RFC 6749 §5.1
#[test]
fn opaque_stays_the_default_and_the_type_can_be_changed() {
    let server = Server::start();
    let user = server.user("billing");
    assert!(server.token(&user).starts_with("jeton_at_"));
    server.json(&["user", "update", "billing", "--access-token-type", "jwt"]);
    assert_eq!(server.token(&user).split('.').count(), 3);
    let shown = server.json(&["user", "show", "billing"]);
    assert_eq!(text(&shown, "/user/machine/accessTokenType"), "ACCESS_TOKEN_TYPE_JWT");
    server.json(&["user", "update", "billing", "--access-token-type", "bearer"]);
    assert!(server.token(&user).starts_with("jeton_at_"));
}

#[test]
fn an_id_token_comes_with_openid_and_a_jwt_and_lives_as_long() {
    let server = Server::start();
    let (jwt, opaque) = (jwt_user(&server, "billing"), server.user("other"));
    let ask = |client: &Credentials, scope: &str| {
        server.post("/oauth/v2/token", client, &format!("grant_type=client_credentials&scope={scope}")).json()
    };
    let answer = ask(&jwt, "openid+profile");
    let (header, claims) = verified(&server, &text(&answer, "/id_token"), "billing");
    assert_eq!(header.typ.as_deref(), Some("JWT"));
    assert_eq!(
        claims["sub"],
        verified(&server, &text(&answer, "/access_token"), &default_project(&server)).1["sub"]
    );
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 43_200);
    assert_eq!(claims["preferred_username"], "billing");
    assert!(ask(&jwt, "profile").get("id_token").is_none());
    assert!(ask(&opaque, "openid").get("id_token").is_none());
}

/// Conformance 45: RFC 7662 §4
#[test]
fn a_jwt_is_introspected_and_used_like_an_opaque_token() {
    let server = Server::start();
    let (user, api) = (jwt_user(&server, "billing"), server.api());
    let token = server.token_with(&user, "openid profile");
    let (_, claims) = verified(&server, &token, &default_project(&server));
    let seen = server.introspect(&api, &token);
    assert_eq!(seen["active"], true);
    for member in ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope", "name"] {
        assert_eq!(seen[member], claims[member], "{member}");
    }
    assert_eq!(seen["token_type"], "Bearer");
    let bearer = format!("Bearer {token}");
    let info = server.request("GET", "/oidc/v1/userinfo", &[("authorization", &bearer)], b"").json();
    assert_eq!(info["sub"], claims["sub"]);
}

/// Conformance 52: RFC 7009 §2.2.1
/// Conformance 47: RFC 7662 §2.2
#[test]
fn a_revocation_ends_jwts_in_the_next_request() {
    let server = Server::start();
    let api = server.api();
    let user = jwt_user(&server, "billing");
    let issue = || server.token_with(&user, "openid");
    let alive = |token: &str| server.is_active(&api, token);

    let (given_back, kept) = (issue(), issue());
    assert_eq!(server.post("/oauth/v2/revoke", &user, &format!("token={given_back}")).status, 200);
    assert_eq!((alive(&given_back), alive(&kept)), (false, true));
    assert_eq!(server.post("/oauth/v2/revoke", &user, &format!("token={given_back}")).status, 200);

    let other = jwt_user(&server, "other");
    assert_eq!(server.post("/oauth/v2/revoke", &other, &format!("token={kept}")).status, 200);
    assert!(alive(&kept), "another client's token stays");

    let by_operator = issue();
    assert_eq!(server.json(&["token", "revoke", &by_operator])["revoked"], true);
    assert_eq!((alive(&by_operator), alive(&kept)), (false, true));
    assert_eq!(server.json(&["token", "revoke", &by_operator])["revoked"], false);

    server.json(&["token", "revoke", "--user", "billing"]);
    assert!(!alive(&kept), "all tokens of the user");
    let after = issue();
    assert!(alive(&after), "one issued in the same second, but afterwards");
    server.json(&["token", "revoke", "--user", "billing"]);
    assert!(!alive(&after), "again, without a token in between");

    let fresh = server.secret("billing");
    let (by_old, by_new) = (issue(), server.token_with(&fresh, "openid"));
    let secrets = server.json(&["secret", "list", "billing"]);
    server.json(&["secret", "revoke", "billing", &text(&secrets, "/result/0/secretId")]);
    assert_eq!((alive(&by_old), alive(&by_new)), (false, true), "all tokens of a credential");

    server.json(&["user", "deactivate", "billing"]);
    assert!(!alive(&by_new));
    server.json(&["user", "reactivate", "billing"]);
    assert!(alive(&by_new));
    server.json(&["user", "delete", "billing"]);
    assert!(!alive(&by_new));
}

/// Conformance 48: RFC 7662 §4
#[test]
fn revocations_of_jwts_outlive_a_crash() {
    let mut server = Server::start();
    let api = server.api();
    let user = jwt_user(&server, "billing");
    let (dead, alive) = (server.token_with(&user, "openid"), server.token_with(&user, "openid"));
    server.post("/oauth/v2/revoke", &user, &format!("token={dead}"));
    server.kill();
    let server = server.restarted();
    assert_eq!((server.is_active(&api, &dead), server.is_active(&api, &alive)), (false, true));
    server.json(&["token", "revoke", "--user", "billing"]);
    let server = server.restarted();
    assert!(!server.is_active(&api, &alive));
}

#[test]
fn issuing_jwts_writes_nothing() {
    let server = Server::start();
    let user = jwt_user(&server, "billing");
    let first = server.token_with(&user, "openid");
    let stats = || {
        use std::io::Write;
        let mut stream = std::os::unix::net::UnixStream::connect(server.data_dir.join("jeton.sock")).unwrap();
        stream.write_all(b"GET /debug/stats HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        crate::harness::Reply::read(&mut stream).json()
    };
    let before = stats();
    for _ in 0..20 {
        assert_ne!(server.token_with(&user, "openid"), first);
    }
    let after = stats();
    assert_eq!(before["commits"], after["commits"]);
    for count in ["tokensIssued", "unexpiredTokens"] {
        assert_eq!(before[count].as_u64().unwrap() + 20, after[count].as_u64().unwrap(), "{count}");
    }
}

/// Conformance 78: RFC 8725 §3
#[test]
fn a_jwt_with_any_change_is_inactive() {
    let server = Server::start();
    let (user, api) = (jwt_user(&server, "billing"), server.api());
    let token = server.token_with(&user, "openid");
    assert!(server.is_active(&api, &token));
    let parts: Vec<&str> = token.split('.').collect();
    let decoded = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (header, claims) = (decoded(parts[0]), decoded(parts[1]));
    let put = |header: &str, claims: &str, signature: &str| {
        format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    };
    let inactive = server.post("/oauth/v2/introspect", &api, "token=unknown");
    for (fault, text) in [
        ("algorithm none", put(&header.replace("EdDSA", "none"), &claims, "")),
        ("algorithm none with the signature", put(&header.replace("EdDSA", "none"), &claims, parts[2])),
        ("another algorithm", put(&header.replace("EdDSA", "ES256"), &claims, parts[2])),
        ("another type", put(&header.replace("JWT", "at+jwt"), &claims, parts[2])),
        ("another subject", put(&header, &claims.replace("\"sub\":\"", "\"sub\":\"1"), parts[2])),
        ("more scopes", put(&header, &claims.replace("openid", "openid profile"), parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("a doubled member", put(&header.replace('{', "{\"alg\":\"none\","), &claims, parts[2])),
        ("padding", format!("{token}=")),
        ("a space", format!("{token}%20")),
    ] {
        let reply = server.post("/oauth/v2/introspect", &api, &format!("token={text}"));
        assert_eq!((reply.status, &reply.body), (200, &inactive.body), "{fault}");
        let bearer = format!("Bearer {text}");
        let used = server.request("GET", "/oidc/v1/userinfo", &[("authorization", &bearer)], b"");
        assert!([400, 401].contains(&used.status), "{fault}");
    }
}

#[test]
fn an_api_sees_only_jwts_for_its_project() {
    let server = Server::start();
    let user = jwt_user(&server, "billing");
    let own = text(&server.json(&["project", "create", "Shop"]), "/projectId");
    let made = server.json(&["api", "create", "Shop", "--project", &own]);
    let shop = Credentials {
        id: text(&made, "/apiConfiguration/clientId"),
        secret: text(&made, "/apiConfiguration/clientSecret"),
    };
    let token = server.token_with(&user, "openid");
    assert!(server.is_active(&server.api(), &token));
    assert!(!server.is_active(&shop, &token));
    let meant = server.token_with(&user, &format!("openid urn:zitadel:iam:org:project:id:{own}:aud"));
    assert!(server.is_active(&shop, &meant));
    assert!(!server.is_active(&server.api(), &meant));
}
