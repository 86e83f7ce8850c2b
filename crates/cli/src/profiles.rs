//! Addresses and credentials of remote servers: saved as profiles, or from the environment.
//!
//! All profiles are in one file in the user's configuration directory, with mode 0600.

use crate::CliError;
use crate::args::Global;
use crate::output::PrivateFile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Address and credentials of a remote server. Not `Debug`, because it contains a secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) url: String,
    /// With a client id `secret` is a client secret, else an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
    pub(crate) secret: Zeroizing<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
}

/// All profiles, by name.
pub(crate) type Profiles = BTreeMap<String, Account>;

/// The accounts that this process may use.
pub(crate) struct Accounts {
    /// The profiles file; absent if there is no directory for it.
    file: Option<PathBuf>,
    /// The token of the environment.
    token: Option<Zeroizing<String>>,
}

impl Accounts {
    /// The accounts of an environment with these variables.
    pub(crate) fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let directory = match (variable("XDG_CONFIG_HOME"), variable("HOME")) {
            (Some(directory), _) if !directory.is_empty() => Some(PathBuf::from(directory)),
            (_, home) => home.map(|home| PathBuf::from(home).join(".config")),
        };
        let token = variable("JETON_TOKEN").and_then(|token| token.into_string().ok()).map(Zeroizing::new);
        // Text that was read from a file often ends with a line break.
        let token = token.map(|token| Zeroizing::new(token.trim().to_owned()));
        Self {
            file: directory.map(|directory| directory.join("jeton").join("profiles.json")),
            token: token.filter(|token| !token.is_empty()),
        }
    }

    /// The account that the arguments name, if any.
    pub(crate) fn chosen(&self, global: &Global) -> Result<Option<Account>, CliError> {
        match (&global.profile, &global.server) {
            (None, None) => Ok(None),
            (Some(name), server) => {
                let account = self.profiles()?.remove(name).ok_or_else(|| {
                    CliError::new(format!(
                        "there is no profile {name}; see jeton profile list, make one with jeton profile set"
                    ))
                })?;
                match server {
                    // A secret is sent only to the server that it was saved for.
                    Some(url) if trimmed(url) != trimmed(&account.url) => Err(CliError::new(format!(
                        "the profile {name} is for {}, not for {url}; leave out --server, or choose another profile",
                        account.url
                    ))),
                    Some(_) | None => Ok(Some(account)),
                }
            }
            (None, Some(url)) => {
                let saved = self.profiles()?.into_values().find(|saved| trimmed(&saved.url) == trimmed(url));
                let given = self.token.clone().map(|secret| Account {
                    url: url.clone(),
                    client_id: None,
                    secret,
                    ca_file: None,
                });
                given.or(saved).map(Some).ok_or_else(|| {
                    CliError::new(format!(
                        "there are no credentials for {url}; set JETON_TOKEN to a token, or save some with jeton \
                         profile set"
                    ))
                })
            }
        }
    }

    /// The saved profiles.
    pub(crate) fn profiles(&self) -> Result<Profiles, CliError> {
        let path = self.file()?;
        match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&Zeroizing::new(bytes))
                .map_err(|error| CliError::new(format!("reading {}: line {}", path.display(), error.line()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Profiles::new()),
            Err(error) => Err(CliError::new(format!("reading {}: {error}", path.display()))),
        }
    }

    /// Saves all profiles atomically.
    pub(crate) fn save(&self, profiles: &Profiles) -> Result<(), CliError> {
        let path = self.file()?;
        let failed = |error: std::io::Error| CliError::new(format!("writing {}: {error}", path.display()));
        let directory = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory).map_err(failed)?;
        let text =
            serde_json::to_string_pretty(profiles).map_err(|error| CliError::new(error.to_string()))?;
        let text = Zeroizing::new(text);
        let new = path.with_extension("new");
        // An interrupted run may have left one behind.
        let _ = std::fs::remove_file(&new);
        PrivateFile::create(&new)?.write(&text)?;
        std::fs::rename(&new, path).map_err(failed)
    }

    fn file(&self) -> Result<&Path, CliError> {
        self.file.as_deref().ok_or_else(|| {
            CliError::new("neither XDG_CONFIG_HOME nor HOME is set, so there is no directory for profiles")
        })
    }
}

/// A URL without the slashes at its end.
pub(crate) fn trimmed(url: &str) -> &str {
    url.trim_end_matches('/')
}
