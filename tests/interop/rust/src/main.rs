//! The crates `oauth2`, `openidconnect` and `jsonwebtoken` against a running server.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, ClientId, ClientSecret, IntrospectionUrl, RevocationUrl, Scope, StandardRevocableToken,
    TokenIntrospectionResponse, TokenResponse, TokenUrl,
};
use openidconnect::IssuerUrl;
use openidconnect::core::{CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use serde_json::Value;
use std::error::Error;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn member(fixture: &Value, pointer: &str) -> String {
    fixture.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Sends requests of `oauth2`, which uses other `http` types through closures.
fn send(
    client: &reqwest::blocking::Client,
    request: oauth2::HttpRequest,
) -> std::result::Result<oauth2::HttpResponse, reqwest::Error> {
    let request: reqwest::blocking::Request = request.try_into()?;
    let response = client.execute(request)?;
    let mut answer = oauth2::http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        answer = answer.header(name, value);
    }
    let body = response.bytes()?.to_vec();
    Ok(answer.body(body).expect("status and headers came from a response"))
}

fn main() -> Result {
    let fixture: Value = serde_json::from_slice(&std::fs::read(std::env::var("JETON_INTEROP")?)?)?;
    let issuer = member(&fixture, "/issuer");
    let root = reqwest::Certificate::from_pem(&std::fs::read(member(&fixture, "/ca"))?)?;
    let carrier = reqwest::blocking::Client::builder()
        .add_root_certificate(root)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let http = |request| send(&carrier, request);
    let metadata: Value = carrier.get(format!("{issuer}/.well-known/openid-configuration")).send()?.json()?;

    for (name, auth) in [("Basic", AuthType::BasicAuth), ("body", AuthType::RequestBody)] {
        let client = BasicClient::new(ClientId::new(member(&fixture, "/billing/clientId")))
            .set_client_secret(ClientSecret::new(member(&fixture, "/billing/clientSecret")))
            .set_auth_type(auth)
            .set_token_uri(TokenUrl::new(member(&metadata, "/token_endpoint"))?)
            .set_introspection_url(IntrospectionUrl::new(member(&metadata, "/introspection_endpoint"))?)
            .set_revocation_url(RevocationUrl::new(member(&metadata, "/revocation_endpoint"))?);
        let token = client
            .exchange_client_credentials()
            .add_scope(Scope::new("openid".into()))
            .add_scope(Scope::new("profile".into()))
            .request(&http)?;
        println!("ok oauth2: client credentials in {name}");

        let api = BasicClient::new(ClientId::new(member(&fixture, "/api/clientId")))
            .set_client_secret(ClientSecret::new(member(&fixture, "/api/clientSecret")))
            .set_introspection_url(IntrospectionUrl::new(member(&metadata, "/introspection_endpoint"))?);
        let seen = api.introspect(token.access_token()).request(&http)?;
        assert!(seen.active() && seen.username() == Some("billing"), "{seen:?}");
        client
            .revoke_token(StandardRevocableToken::AccessToken(token.access_token().clone()))?
            .request(&http)?;
        assert!(!api.introspect(token.access_token()).request(&http)?.active());
        println!("ok oauth2: introspection and revocation");
    }

    openid(&fixture, &issuer, &http)?;

    let keys: JwkSet = carrier.get(member(&metadata, "/jwks_uri")).send()?.json()?;
    let answer: Value = carrier
        .post(member(&metadata, "/token_endpoint"))
        .basic_auth(member(&fixture, "/reports/clientId"), Some(member(&fixture, "/reports/clientSecret")))
        .form(&[("grant_type", "client_credentials"), ("scope", "openid")])
        .send()?
        .json()?;
    let text = member(&answer, "/access_token");
    let header = decode_header(&text)?;
    let key = keys.find(header.kid.as_deref().unwrap_or_default()).ok_or("the key is not published")?;
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[&issuer]);
    validation.set_audience(&[member(&fixture, "/project")]);
    let claims = decode::<Value>(&text, &DecodingKey::from_jwk(key)?, &validation)?.claims;
    assert_eq!(member(&claims, "/client_id"), "reports");
    println!("ok jsonwebtoken: verified with {:?}", header.alg);
    Ok(())
}

fn openid<F>(fixture: &Value, issuer: &str, http: &F) -> Result
where
    F: Fn(oauth2::HttpRequest) -> std::result::Result<oauth2::HttpResponse, reqwest::Error>,
{
    let provider = CoreProviderMetadata::discover(&IssuerUrl::new(issuer.to_owned())?, http)?;
    println!("ok openidconnect: discovery");
    let client = CoreClient::from_provider_metadata(
        provider,
        ClientId::new(member(fixture, "/reports/clientId")),
        Some(ClientSecret::new(member(fixture, "/reports/clientSecret"))),
    );
    let token = client
        .exchange_client_credentials()?
        .add_scope(Scope::new("openid".into()))
        .add_scope(Scope::new("profile".into()))
        .request(http)?;
    let id_token = token.extra_fields().id_token().ok_or("no id token")?;
    let claims = id_token.claims(&client.id_token_verifier(), |_: Option<&openidconnect::Nonce>| Ok(()))?;
    println!("ok openidconnect: id token of {} verified", claims.subject().as_str());
    let info: CoreUserInfoClaims =
        client.user_info(token.access_token().clone(), Some(claims.subject().clone()))?.request(http)?;
    assert_eq!(info.preferred_username().map(|name| name.as_str()), Some("reports"));
    println!("ok openidconnect: userinfo");
    Ok(())
}
