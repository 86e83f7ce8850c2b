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
    push(&mut body, &[r#"{"access_token":""#, token.expose()]);
    push(&mut body, &[r#"","token_type":"Bearer","expires_in":"#]);
    push_number(&mut body, grant.expires.seconds_after(grant.issued));
    push(&mut body, &[r#","scope":""#]);
    write!(body, "{}", grant.scopes).expect(INFALLIBLE);
    push(&mut body, &["\"}"]);
    body
}

/// The body of a refusal (RFC 6749 §5.2). It holds nothing of the request.
pub fn denial(denial: Denial) -> Vec<u8> {
    let appearance = denial.appearance();
    let Some(error) = appearance.error else { return Vec::new() };
    format!(r#"{{"error":"{error}","error_description":"{}"}}"#, appearance.description).into_bytes()
}

/// What an API learns of a live token (RFC 7662 §2.2), with ZITADEL's members.
pub fn introspection(
    token: &LiveToken<'_>,
    issuer: &Issuer,
    jti: TokenId,
    default_project: ProjectId,
) -> Vec<u8> {
    let mut body = Vec::with_capacity(512);
    let username = token.client.name.as_str();
    let scopes = &token.facts.scopes;
    push(&mut body, &[r#"{"active":true,"scope":""#]);
    write!(body, "{scopes}").expect(INFALLIBLE);
    push(&mut body, &[r#"","client_id":""#, username, r#"","token_type":"Bearer","exp":"#]);
    push_number(&mut body, token.key.expires.0);
    push(&mut body, &[r#","iat":"#]);
    push_number(&mut body, token.facts.issued.0);
    push(&mut body, &[r#","nbf":"#]);
    push_number(&mut body, token.facts.issued.0);
    push(&mut body, &[r#","sub":""#]);
    push_number(&mut body, token.client.id.0);
    push(&mut body, &[r#"","aud":["#]);
    let mut quote = "\"";
    for project in audience(scopes, default_project) {
        push(&mut body, &[quote]);
        push_number(&mut body, project.0);
        quote = "\",\"";
    }
    push(&mut body, &[r#""],"iss":""#, issuer.as_str(), r#"","jti":""#]);
    write!(body, "{jti}").expect(INFALLIBLE);
    push(&mut body, &[r#"","username":""#, username, "\""]);
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
    push(&mut body, &[r#"{"sub":""#]);
    push_number(&mut body, token.client.id.0);
    body.push(b'"');
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
    push(body, &[r#""name":"#]);
    escaped(body, name);
    push(body, &[r#","preferred_username":""#, client.name.as_str(), r#"","updated_at":"#]);
    push_number(body, client.changed.0);
}

const INFALLIBLE: &str = "writing to a vector can't fail";

/// Text that needs no escaping: literals, usernames, ids, scopes and the issuer, by their grammars.
fn push(body: &mut Vec<u8>, parts: &[&str]) {
    parts.iter().for_each(|part| body.extend_from_slice(part.as_bytes()));
}

/// Digits without the formatting machinery, which cost a fifth of rendering.
fn push_number(body: &mut Vec<u8>, number: u64) {
    body.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A display name may hold any printable character; this one is JSON's business.
fn escaped(body: &mut Vec<u8>, text: &str) {
    let mut writer = serde_json::Serializer::new(body);
    text.serialize(&mut writer).expect("a string is always JSON");
}

#[cfg(test)]
mod tests;
