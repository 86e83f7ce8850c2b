//! Calls of the management API of a remote server, with credentials from a profile or the environment.
//!
//! All profiles are in one file in the user's configuration directory, with mode 0600.

use crate::CliError;
use crate::args::Global;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_domain::pem;
use jeton_oauth::metadata::TOKEN_PATH;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use zeroize::Zeroizing;

/// The scope of a token for the management API.
const SCOPE: &str = "urn:zitadel:iam:org:project:id:zitadel:aud";
/// Maximum time of a call.
const PATIENCE: Duration = Duration::from_secs(60);
/// Maximum bytes of a reply.
const REPLY_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Address and credentials of a remote server. Not `Debug`, because it contains a secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Remote {
    pub(crate) url: String,
    /// With a client id `secret` is a client secret, else an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
    pub(crate) secret: Zeroizing<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
}

/// All profiles, by name.
pub(crate) type Profiles = BTreeMap<String, Remote>;

/// The remote server named by the arguments, if any.
pub(crate) fn chosen(global: &Global) -> Result<Option<Remote>, CliError> {
    // Text that was read from a file often ends with a line break.
    let token = std::env::var("JETON_TOKEN").ok().map(|token| token.trim().to_owned());
    let token = token.filter(|token| !token.is_empty());
    match (&global.profile, &global.server) {
        (None, None) => Ok(None),
        (Some(name), server) => {
            let remote = profiles()?.remove(name).ok_or_else(|| {
                CliError::new(format!(
                    "there is no profile {name}; see jeton profile list, make one with jeton profile set"
                ))
            })?;
            match server {
                // A secret is sent only to the server that it was saved for.
                Some(url) if trimmed(url) != trimmed(&remote.url) => Err(CliError::new(format!(
                    "the profile {name} is for {}, not for {url}; leave out --server, or choose another profile",
                    remote.url
                ))),
                Some(_) | None => Ok(Some(remote)),
            }
        }
        (None, Some(url)) => {
            let saved = profiles()?.into_values().find(|remote| trimmed(&remote.url) == trimmed(url));
            let given = token.map(|token| Remote {
                url: url.clone(),
                client_id: None,
                secret: Zeroizing::new(token),
                ca_file: None,
            });
            given.or(saved).map(Some).ok_or_else(|| {
                CliError::new(format!(
                    "there are no credentials for {url}; set JETON_TOKEN to a token, or save some with jeton profile set"
                ))
            })
        }
    }
}

fn trimmed(url: &str) -> &str {
    url.trim_end_matches('/')
}

/// Performs one management call on a remote server.
pub(crate) fn call(remote: &Remote, path: &str, request: &Value) -> Result<Value, CliError> {
    check_url(&remote.url)?;
    let agent = agent(remote)?;
    let token = token(&agent, remote)?;
    let url = format!("{}{path}", trimmed(&remote.url));
    let (status, reply) = post(
        &agent,
        &url,
        &[("authorization", &format!("Bearer {}", token.as_str())), ("content-type", "application/json")],
        request.to_string().as_bytes(),
    )?;
    let reply: Value = serde_json::from_slice(&reply).map_err(|_| {
        CliError::new(format!("{url} answered with status {status} and no JSON; is it a Jeton server?"))
    })?;
    match (status, reply.get("message").and_then(Value::as_str)) {
        (200..=299, _) => Ok(reply),
        (_, Some(sentence)) => Err(CliError::new(sentence)),
        (status, None) => Err(CliError::new(format!("{url} answered with status {status}"))),
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

fn agent(remote: &Remote) -> Result<Agent, CliError> {
    let roots = match &remote.ca_file {
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

fn token(agent: &Agent, remote: &Remote) -> Result<Zeroizing<String>, CliError> {
    let Some(client_id) = &remote.client_id else { return Ok(remote.secret.clone()) };
    // Form-urlencoded (RFC 6749 §2.3.1); our secrets need no encoding.
    let encoded: String = form_urlencoded::byte_serialize(client_id.as_bytes()).collect();
    let plain = Zeroizing::new(format!("{encoded}:{}", remote.secret.as_str()));
    let basic = Zeroizing::new(format!("Basic {}", STANDARD.encode(plain.as_bytes())));
    let url = format!("{}{TOKEN_PATH}", trimmed(&remote.url));
    let form = format!("grant_type=client_credentials&scope={}", SCOPE.replace(':', "%3A"));
    let headers = [("authorization", basic.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let (status, reply) = post(agent, &url, &headers, form.as_bytes())?;
    let reply: Value = serde_json::from_slice(&reply).unwrap_or_default();
    match reply.get("access_token").and_then(Value::as_str) {
        Some(token) if status == 200 => Ok(Zeroizing::new(token.to_owned())),
        _ => {
            let why = reply.get("error_description").or_else(|| reply.get("error")).and_then(Value::as_str);
            let why = why.map_or_else(|| format!("status {status}"), str::to_owned);
            Err(CliError::new(format!("getting a token for {client_id} at {url}: {why}")))
        }
    }
}

fn post(
    agent: &Agent,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<(u16, Zeroizing<Vec<u8>>), CliError> {
    let mut request = agent.post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let lost = |error: ureq::Error| CliError::new(format!("calling {url}: {error}"));
    let mut response = request.send(body).map_err(lost)?;
    let status = response.status().as_u16();
    let reply = response.body_mut().with_config().limit(REPLY_BYTES_MAX).read_to_vec().map_err(lost)?;
    Ok((status, Zeroizing::new(reply)))
}

/// The path of the profiles file.
fn file() -> Result<PathBuf, CliError> {
    let directory = match (std::env::var_os("XDG_CONFIG_HOME"), std::env::var_os("HOME")) {
        (Some(directory), _) if !directory.is_empty() => PathBuf::from(directory),
        (_, Some(home)) => PathBuf::from(home).join(".config"),
        _ => {
            return Err(CliError::new(
                "neither XDG_CONFIG_HOME nor HOME is set, so there is no directory for profiles",
            ));
        }
    };
    Ok(directory.join("jeton").join("profiles.json"))
}

/// The saved profiles.
pub(crate) fn profiles() -> Result<Profiles, CliError> {
    let path = file()?;
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&Zeroizing::new(bytes))
            .map_err(|error| CliError::new(format!("reading {}: line {}", path.display(), error.line()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Profiles::new()),
        Err(error) => Err(CliError::new(format!("reading {}: {error}", path.display()))),
    }
}

/// Saves all profiles atomically.
pub(crate) fn save(profiles: &Profiles) -> Result<(), CliError> {
    let path = file()?;
    let failed = |error: std::io::Error| CliError::new(format!("writing {}: {error}", path.display()));
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(failed)?;
    let text = serde_json::to_string_pretty(profiles).map_err(|error| CliError::new(error.to_string()))?;
    let text = Zeroizing::new(text);
    let new = path.with_extension("new");
    // An interrupted run may have left one behind.
    let _ = std::fs::remove_file(&new);
    crate::output::PrivateFile::create(&new)?.write(&text)?;
    std::fs::rename(&new, &path).map_err(failed)
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
