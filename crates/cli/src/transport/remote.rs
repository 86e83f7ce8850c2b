//! A remote server over HTTP, with a token from a profile or the environment, or one that it trades for
//! client credentials.

use super::call::{REPLY_BYTES_MAX, Transport, is_not_listening, not_listening};
use crate::CliError;
use crate::profiles::Account;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_domain::pem;
use jeton_oauth::metadata::TOKEN_PATH;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use zeroize::Zeroizing;

/// The scope of a token for the management API.
const SCOPE: &str = "urn:zitadel:iam:org:project:id:zitadel:aud";
/// Maximum time of a call.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is reached over HTTP.
pub(crate) struct Remote {
    account: Account,
}

impl Remote {
    pub(crate) const fn new(account: Account) -> Self {
        Self { account }
    }
}

impl Transport for Remote {
    fn call(&mut self, path: &str, request: &Value) -> Result<Value, CliError> {
        check_url(&self.account.url)?;
        let agent = agent(&self.account)?;
        let token = token(&agent, &self.account)?;
        let url = self.account.at(path);
        let authorization = Zeroizing::new(format!("Bearer {}", token.as_str()));
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let (status, reply) = post(&agent, &self.account, path, &headers, request.to_string().as_bytes())?;
        let reply: Value = serde_json::from_slice(&reply).map_err(|_| {
            CliError::new(format!("{url} answered with status {status} and no JSON; is it a Jeton server?"))
        })?;
        match (status, reply.get("message").and_then(Value::as_str)) {
            (200..=299, _) => Ok(reply),
            (_, Some(sentence)) => Err(CliError::new(sentence)),
            (status, None) => Err(CliError::new(format!("{url} answered with status {status}"))),
        }
    }
}

/// Refuses URLs that would send secrets unencrypted to another machine.
fn check_url(url: &str) -> Result<(), CliError> {
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let is_local = local.iter().any(|prefix| {
        url.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    // The part before an @ is a user name, not the host that it looks like.
    if url.contains(['@', '?', '#', '\\']) || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Err(CliError::new("the URL of a server has a host, and perhaps a port and a path, nothing else"))
    } else if url.starts_with("https://") || is_local {
        Ok(())
    } else {
        Err(CliError::new(format!("{url} would send secrets in the clear; use https://")))
    }
}

fn agent(account: &Account) -> Result<Agent, CliError> {
    let roots = match &account.ca_file {
        None => RootCerts::WebPki,
        Some(file) => {
            let bytes = std::fs::read(file)
                .map_err(|error| CliError::new(format!("reading {}: {error}", file.display())))?;
            let certificates = certificates(&bytes)
                .ok_or_else(|| CliError::new(format!("{} is no certificate in PEM", file.display())))?;
            RootCerts::new_with_certs(&certificates)
        }
    };
    let tls = TlsConfig::builder()
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    Ok(Agent::new_with_config(config))
}

/// The certificates of a file, at least one.
fn certificates(file: &[u8]) -> Option<Vec<Certificate<'static>>> {
    let text = pem::text(file)?;
    let blocks = pem::blocks(&text).filter(|block| block.label == "CERTIFICATE");
    let all = blocks.map(|block| Some(Certificate::from_der(&block.decode()?).to_owned()));
    all.collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
}

fn token(agent: &Agent, account: &Account) -> Result<Zeroizing<String>, CliError> {
    let Some(client_id) = &account.client_id else { return Ok(account.secret.clone()) };
    // Form-urlencoded (RFC 6749 §2.3.1); our secrets need no encoding.
    let encoded: String = form_urlencoded::byte_serialize(client_id.as_bytes()).collect();
    let plain = Zeroizing::new(format!("{encoded}:{}", account.secret.as_str()));
    let basic = Zeroizing::new(format!("Basic {}", STANDARD.encode(plain.as_bytes())));
    let form = format!("grant_type=client_credentials&scope={}", SCOPE.replace(':', "%3A"));
    let headers = [("authorization", basic.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let (status, reply) = post(agent, account, TOKEN_PATH, &headers, form.as_bytes())?;
    let reply: Value = serde_json::from_slice(&reply).unwrap_or_default();
    match reply.get("access_token").and_then(Value::as_str) {
        Some(token) if status == 200 => Ok(Zeroizing::new(token.to_owned())),
        _ => {
            let why = reply.get("error_description").or_else(|| reply.get("error")).and_then(Value::as_str);
            let why = why.map_or_else(|| format!("status {status}"), str::to_owned);
            let url = account.at(TOKEN_PATH);
            Err(CliError::new(format!("getting a token for {client_id} at {url}: {why}")))
        }
    }
}

fn post(
    agent: &Agent,
    account: &Account,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<(u16, Zeroizing<Vec<u8>>), CliError> {
    let url = account.at(path);
    let mut request = agent.post(&url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let lost = |error: ureq::Error| match error {
        ureq::Error::Io(error) if is_not_listening(&error) => not_listening(&account.url),
        error => CliError::new(format!("calling {url}: {error}")),
    };
    let mut response = request.send(body).map_err(lost)?;
    let status = response.status().as_u16();
    let reply =
        response.body_mut().with_config().limit(REPLY_BYTES_MAX as u64).read_to_vec().map_err(lost)?;
    Ok((status, Zeroizing::new(reply)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_sent_encrypted_or_on_this_machine() {
        for good in
            ["https://id.example.com", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1/x"]
        {
            assert!(check_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://id.example.com",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1:1@example.com",
            "http://localhost/@example.com",
            "https://id.example.com?x",
            "http://localhost\\@example.com",
            "https://id.example.com\n",
            "http://localhostile",
            "ftp://x",
            "",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}
