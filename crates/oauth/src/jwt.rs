//! The content of the server's own JWTs: access tokens (RFC 9068) and id tokens (OpenID Connect Core §2).
//!
//! The claims are written here and signed elsewhere. An access token's `jti` contains, masked, the
//! credential that obtained it and its generation, which opaque tokens contain as well.
//!
//! Both may have the same `typ`, so they differ in their claims: an id token has no `jti`, no `client_id`
//! and no `scope`, and its audience is never that of an access token.

use crate::claims;
use crate::grant::{Grant, audience, told_scopes};
use crate::json::{self, numeric_date};
use crate::jws::Header;
use crate::metadata::Issuer;
use crate::render::push_audience;
use crate::write::{push, push_json, push_number};
use jeton_domain::client::Client;
use jeton_domain::id::ClientId;
use jeton_domain::instance::Instance;
use jeton_domain::resource::Resource;
use jeton_domain::scope::{ScopeSet, UnknownScopes};
use jeton_domain::service_user::JwtType;
use jeton_domain::time::Timestamp;
use serde_json::{Map, Value};
use std::fmt::Display;
use std::io::Write;

/// The claims of an access token.
pub fn access_token(
    client: &Client,
    grant: &Grant,
    issuer: &Issuer,
    instance: &Instance,
    jti: &dyn Display,
) -> Vec<u8> {
    let mut body = Vec::with_capacity(512);
    push(&mut body, &[r#"{"iss":""#, issuer.as_str(), r#"","sub":""#]);
    push_number(&mut body, client.id.0);
    push(&mut body, &[r#"","aud":"#]);
    let projects: Vec<_> = audience(&grant.facts, client, instance).collect();
    push_audience(&mut body, &projects, &grant.resources);
    push_times(&mut body, grant);
    push(&mut body, &[r#","nbf":"#]);
    push_number(&mut body, grant.facts.issued.wall.0);
    push(&mut body, &[r#","client_id":"#]);
    push_json(&mut body, client.name.as_str());
    push(&mut body, &[r#","scope":""#]);
    let readers = [projects, grant.target_projects.clone()].concat();
    let scopes = told_scopes(&grant.facts.scopes, client, &readers, instance);
    write!(body, r#"{scopes}","jti":"{jti}""#).expect("writing to a vector can't fail");
    finish(body, client, grant, instance)
}

/// The claims of an id token: for the client itself, with the life of the access token. Its audience is
/// the client id, the username, unless that could be the name of an API: then it is the user id.
pub fn id_token(client: &Client, grant: &Grant, issuer: &Issuer, instance: &Instance) -> Vec<u8> {
    let mut body = Vec::with_capacity(384);
    push(&mut body, &[r#"{"iss":""#, issuer.as_str(), r#"","sub":""#]);
    push_number(&mut body, client.id.0);
    let name = client.name.as_str();
    let name = if Resource::parse(name).is_ok() { &client.id.to_string() } else { name };
    push(&mut body, &[r#"","aud":["#]);
    push_json(&mut body, name);
    push(&mut body, &[r#"],"azp":"#]);
    push_json(&mut body, name);
    push_times(&mut body, grant);
    finish(body, client, grant, instance)
}

fn push_times(body: &mut Vec<u8>, grant: &Grant) {
    push(body, &[r#","exp":"#]);
    push_number(body, grant.expires.0);
    push(body, &[r#","iat":"#]);
    push_number(body, grant.facts.issued.wall.0);
}

fn finish(mut body: Vec<u8>, client: &Client, grant: &Grant, instance: &Instance) -> Vec<u8> {
    let projects: Vec<_> = audience(&grant.facts, client, instance).collect();
    claims::write(&mut body, client, &grant.facts.scopes, instance, &projects);
    body.push(b'}');
    body
}

/// The content of an access token of this server, from the payload of a verified JWT.
#[derive(Debug)]
pub struct AccessTokenClaims<'a> {
    /// The user's id (`sub`).
    pub subject: ClientId,
    /// The end of its life (`exp`).
    pub expires: Timestamp,
    /// The time of issue (`iat`).
    pub issued: Timestamp,
    /// The `jti`, masked facts included.
    pub jti: &'a str,
    /// The granted scopes.
    pub scopes: ScopeSet,
    /// The audience: project ids and resource URIs.
    pub audience: Vec<&'a str>,
}

impl<'a> AccessTokenClaims<'a> {
    /// Reads the claims; `None` for a token that [`access_token`] did not write. The issuer is not
    /// checked: the signature is this server's, and its issuer may have been another one at the time of
    /// issue.
    pub fn read(header: &Header, payload: &'a Map<String, Value>) -> Option<Self> {
        let text = |name| json::string(payload, name).ok().flatten();
        let date = |name| payload.get(name).and_then(numeric_date).map(Timestamp);
        if !JwtType::ALL.iter().any(|kind| header.is(kind.as_str())) {
            return None;
        }
        // Id tokens do not have this claim.
        text("client_id")?;
        let scope = text("scope")?;
        let scopes = match scope {
            "" => ScopeSet::default(),
            scope => ScopeSet::parse(scope, UnknownScopes::Drop).ok()?,
        };
        let audience = payload.get("aud")?.as_array()?;
        Some(Self {
            subject: ClientId::parse(text("sub")?).ok()?,
            expires: date("exp")?,
            issued: date("iat")?,
            jti: text("jti")?,
            scopes,
            audience: audience.iter().map(Value::as_str).collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests;
