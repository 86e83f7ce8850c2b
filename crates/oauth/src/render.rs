//! Answers as bytes.

use crate::client::{Client, Profile};
use crate::denial::Denial;
use crate::grant::{Grant, audience};
use crate::id::ProjectId;
use crate::metadata::Issuer;
use crate::scope::StandardScope;
use crate::token::LiveToken;
use jeton_secret::{SecretText, TokenId};
use serde::Serialize;
use std::io::Write;

/// What a caller learns of a token that is not live, or not its to see (RFC 7662 §2.2).
pub const INACTIVE: &[u8] = br#"{"active":false}"#;

/// The answer to a granted request (RFC 6749 §5.1).
///
/// Written straight into one buffer: token and scope consist of characters that JSON does not
/// escape (RFC 6749 Appendix A.4 leaves out `"` and `\`). The buffer goes to the network and can't
/// be wiped there.
pub fn token(token: &SecretText, grant: &Grant) -> Vec<u8> {
    let mut body = Vec::with_capacity(192);
    body.extend_from_slice(br#"{"access_token":""#);
    body.extend_from_slice(token.expose().as_bytes());
    let expires_in = grant.expires.seconds_after(grant.issued);
    write!(body, r#"","token_type":"Bearer","expires_in":{expires_in},"scope":"{}"}}"#, grant.scopes)
        .expect("writing to a vector can't fail");
    body
}

/// The body of a refusal (RFC 6749 §5.2). It holds nothing of the request.
pub fn denial(denial: Denial) -> Vec<u8> {
    let appearance = denial.appearance();
    let Some(error) = appearance.error else { return Vec::new() };
    format!(r#"{{"error":"{error}","error_description":"{}"}}"#, appearance.description).into_bytes()
}

/// What an API learns of a live token (RFC 7662 §2.2), with ZITADEL's members.
pub fn introspection(token: &LiveToken<'_>, issuer: &Issuer, jti: TokenId, default_project: ProjectId) -> Vec<u8> {
    let mut body = Vec::with_capacity(512);
    let username = &token.client.name;
    let (issued, expires) = (token.facts.issued, token.key.expires);
    let (scopes, sub) = (&token.facts.scopes, token.client.id);
    // Usernames, ids, scopes and the issuer need no escaping by their grammars.
    write!(
        body,
        r#"{{"active":true,"scope":"{scopes}","client_id":"{username}","token_type":"Bearer","exp":{expires},"iat":{issued},"nbf":{issued},"sub":"{sub}","aud":["#
    )
    .expect("writing to a vector can't fail");
    let mut comma = "";
    for project in audience(scopes, default_project) {
        write!(body, r#"{comma}"{project}""#).expect("writing to a vector can't fail");
        comma = ",";
    }
    write!(body, r#"],"iss":"{issuer}","jti":"{jti}","username":"{username}""#)
        .expect("writing to a vector can't fail");
    if scopes.contains(StandardScope::Profile) {
        body.push(b',');
        profile(&mut body, token.client);
    }
    body.push(b'}');
    body
}

/// What the bearer learns of itself (OpenID Connect Core §5.3).
pub fn userinfo(token: &LiveToken<'_>) -> Vec<u8> {
    let mut body = Vec::with_capacity(256);
    write!(body, r#"{{"sub":"{}""#, token.client.id).expect("writing to a vector can't fail");
    if token.facts.scopes.contains(StandardScope::Profile) {
        body.push(b',');
        profile(&mut body, token.client);
    }
    body.push(b'}');
    body
}

/// The members that the scope `profile` adds, without braces.
fn profile(body: &mut Vec<u8>, client: &Client) {
    let name = match &client.profile {
        Profile::ServiceUser(user) => user.name.as_str(),
        Profile::Api(api) => api.name.as_str(),
    };
    body.extend_from_slice(br#""name":"#);
    escaped(body, name);
    write!(body, r#","preferred_username":"{}","updated_at":{}"#, client.name, client.changed)
        .expect("writing to a vector can't fail");
}

/// A display name may hold any printable character; this one is JSON's business.
fn escaped(body: &mut Vec<u8>, text: &str) {
    let mut writer = serde_json::Serializer::new(body);
    text.serialize(&mut writer).expect("a string is always JSON");
}

#[cfg(test)]
mod tests;
