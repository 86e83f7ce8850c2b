//! Answers as bytes.

use crate::claims;
use crate::denial::Denial;
use crate::grant::{Grant, audience, told_scopes};
use crate::metadata::Issuer;
use crate::write::{push, push_json, push_number};
use jeton_domain::id::ProjectId;
use jeton_domain::instance::Instance;
use jeton_domain::resource::Resource;
use jeton_domain::token::LiveToken;
use jeton_secret::SecretText;
use std::fmt::Display;
use std::io::Write;

/// The answer about a token that is not live, or that the caller may not see (RFC 7662 §2.2).
pub const INACTIVE: &[u8] = br#"{"active":false}"#;

/// The answer to a granted request (RFC 6749 §5.1).
///
/// Written straight into one buffer: token and scope consist of characters that JSON does not escape (RFC
/// 6749 Appendix A.4 leaves out `"` and `\`). The buffer goes to the network and cannot be wiped there.
pub fn token(token: &SecretText, id_token: Option<&str>, grant: &Grant) -> Vec<u8> {
    let mut body = Vec::with_capacity(128 + token.expose().len() + id_token.map_or(0, str::len));
    push(&mut body, &[r#"{"access_token":""#, token.expose()]);
    push(&mut body, &[r#"","token_type":"Bearer","expires_in":"#]);
    push_number(&mut body, grant.expires.seconds_after(grant.facts.issued.wall));
    push(&mut body, &[r#","scope":""#]);
    write!(body, "{}", grant.facts.scopes).expect(INFALLIBLE);
    if let Some(id_token) = id_token {
        push(&mut body, &[r#"","id_token":""#, id_token]);
    }
    push(&mut body, &["\"}"]);
    body
}

/// The body of a denial (RFC 6749 §5.2). It contains nothing from the request.
pub fn denial(denial: Denial) -> Vec<u8> {
    let appearance = denial.appearance();
    let Some(error) = appearance.error else { return Vec::new() };
    format!(r#"{{"error":"{error}","error_description":"{}"}}"#, appearance.description).into_bytes()
}

/// The data of an answer about a live token.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The token.
    pub token: &'a LiveToken<'a>,
    /// The URIs of the APIs that it names as resources and that still exist.
    pub resources: &'a [Resource],
    /// The current facts about the instance.
    pub instance: &'a Instance,
}

/// The introspection answer about a live token (RFC 7662 §2.2), with ZITADEL's members. Its roles are
/// those of the projects in `own`: an API's own project.
pub fn introspection(seen: &Seen<'_>, issuer: &Issuer, jti: &dyn Display, own: &[ProjectId]) -> Vec<u8> {
    let mut body = Vec::with_capacity(512);
    let token = seen.token;
    let username = token.client.name.as_str();
    let scopes = told_scopes(&token.facts.scopes, token.client, own, seen.instance);
    push(&mut body, &[r#"{"active":true,"scope":""#]);
    write!(body, "{scopes}").expect(INFALLIBLE);
    push(&mut body, &[r#"","client_id":"#]);
    push_json(&mut body, username);
    push(&mut body, &[r#","token_type":"Bearer""#]);
    if let Some(expires) = token.expires {
        push(&mut body, &[r#","exp":"#]);
        push_number(&mut body, expires.0);
    }
    push(&mut body, &[r#","iat":"#]);
    push_number(&mut body, token.facts.issued.wall.0);
    push(&mut body, &[r#","nbf":"#]);
    push_number(&mut body, token.facts.issued.wall.0);
    push(&mut body, &[r#","sub":""#]);
    push_number(&mut body, token.client.id.0);
    push(&mut body, &[r#"","aud":"#]);
    let projects: Vec<_> = audience(token.facts, token.client, seen.instance).collect();
    push_audience(&mut body, &projects, seen.resources);
    push(&mut body, &[r#","iss":""#, issuer.as_str(), r#"","jti":""#]);
    write!(body, "{jti}").expect(INFALLIBLE);
    push(&mut body, &[r#"","username":"#]);
    push_json(&mut body, username);
    claims::write(&mut body, token.client, &token.facts.scopes, seen.instance, own);
    body.push(b'}');
    body
}

/// The userinfo answer about the bearer (OpenID Connect Core §5.3).
pub fn userinfo(seen: &Seen<'_>) -> Vec<u8> {
    let mut body = Vec::with_capacity(256);
    let token = seen.token;
    push(&mut body, &[r#"{"sub":""#]);
    push_number(&mut body, token.client.id.0);
    body.push(b'"');
    let projects: Vec<_> = audience(token.facts, token.client, seen.instance).collect();
    claims::write(&mut body, token.client, &token.facts.scopes, seen.instance, &projects);
    body.push(b'}');
    body
}

/// Projects by id and resources by URI, as a list (RFC 7519 §4.1.3).
pub(crate) fn push_audience(body: &mut Vec<u8>, projects: &[ProjectId], resources: &[Resource]) {
    let mut quote = "[\"";
    for project in projects {
        push(body, &[quote]);
        push_number(body, project.0);
        quote = "\",\"";
    }
    for resource in resources {
        // A URI consists of characters that JSON does not escape.
        push(body, &[quote, resource.as_str()]);
        quote = "\",\"";
    }
    // The list is empty if all resources of a token are gone.
    push(body, &[if quote == "[\"" { "[]" } else { "\"]" }]);
}

const INFALLIBLE: &str = "writing to a vector can't fail";

#[cfg(test)]
mod tests;
