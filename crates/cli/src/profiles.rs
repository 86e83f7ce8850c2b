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

impl Account {
    /// The URL of this path on the server.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", trimmed(&self.url))
    }
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
fn trimmed(url: &str) -> &str {
    url.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::accounts;

    fn account(url: &str, secret: &str) -> Account {
        Account {
            url: url.to_owned(),
            client_id: None,
            secret: Zeroizing::new(secret.to_owned()),
            ca_file: None,
        }
    }

    fn global(server: Option<&str>, profile: Option<&str>) -> Global {
        let (server, profile) = (server.map(str::to_owned), profile.map(str::to_owned));
        Global { data_dir: "data".into(), server, profile, json: false }
    }

    /// The secret of the account that the arguments choose, or the refusal.
    fn chosen(accounts: &Accounts, server: Option<&str>, profile: Option<&str>) -> Result<String, String> {
        let account = accounts.chosen(&global(server, profile)).map_err(|error| error.to_string())?;
        Ok(account.map_or_else(|| "none".to_owned(), |account| account.secret.to_string()))
    }

    /// A user with a saved profile and a token in the environment.
    fn with_profile(directory: &Path, token: &str) -> Accounts {
        let accounts = accounts(&[("XDG_CONFIG_HOME", directory), ("JETON_TOKEN", Path::new(token))]);
        let saved = account("https://id.example.com", "saved");
        accounts.save(&Profiles::from([("work".to_owned(), saved)])).unwrap();
        accounts
    }

    #[test]
    fn without_a_server_or_profile_no_account_is_chosen() {
        let directory = tempfile::tempdir().unwrap();
        let accounts = with_profile(directory.path(), "token");
        assert_eq!(chosen(&accounts, None, None), Ok("none".to_owned()));
    }

    #[test]
    fn the_token_of_the_environment_goes_before_a_saved_secret() {
        let directory = tempfile::tempdir().unwrap();
        let accounts = with_profile(directory.path(), " token\r\n");
        for url in ["https://id.example.com", "https://id.example.com/"] {
            assert_eq!(chosen(&accounts, Some(url), None), Ok("token".to_owned()));
        }
        assert_eq!(chosen(&accounts, None, Some("work")), Ok("saved".to_owned()), "a profile was named");
    }

    #[test]
    fn an_empty_token_of_the_environment_is_none() {
        let directory = tempfile::tempdir().unwrap();
        for empty in ["", " ", "\n"] {
            let accounts = with_profile(directory.path(), empty);
            assert_eq!(chosen(&accounts, Some("https://id.example.com/"), None), Ok("saved".to_owned()));
        }
    }

    #[test]
    fn a_server_without_credentials_is_refused_with_advice() {
        let directory = tempfile::tempdir().unwrap();
        let accounts = with_profile(directory.path(), "");
        for url in ["https://other.example.com", "http://id.example.com", "https://id.example.com:8443"] {
            let refused = chosen(&accounts, Some(url), None).unwrap_err();
            assert!(refused.contains(url) && refused.contains("JETON_TOKEN"), "{refused}");
        }
    }

    #[test]
    fn a_missing_profile_is_refused_with_advice() {
        let directory = tempfile::tempdir().unwrap();
        let accounts = with_profile(directory.path(), "token");
        let refused = chosen(&accounts, None, Some("home")).unwrap_err();
        assert!(refused.contains("there is no profile home") && refused.contains("jeton profile set"));
    }

    #[test]
    fn a_saved_secret_is_for_its_own_server_only() {
        let directory = tempfile::tempdir().unwrap();
        let accounts = with_profile(directory.path(), "token");
        let same = chosen(&accounts, Some("https://id.example.com/"), Some("work"));
        assert_eq!(same, Ok("saved".to_owned()));
        for other in ["http://id.example.com", "https://id.example.com.evil", "https://id.example.com/x"] {
            let refused = chosen(&accounts, Some(other), Some("work")).unwrap_err();
            assert!(refused.contains("the profile work is for https://id.example.com, not for"), "{refused}");
        }
    }

    #[test]
    fn the_configuration_directory_is_that_of_xdg_or_in_the_home_directory() {
        let file = |variables: &[(&str, &Path)]| accounts(variables).file;
        let (xdg, home) = (("XDG_CONFIG_HOME", Path::new("/x")), ("HOME", Path::new("/h")));
        assert_eq!(file(&[xdg, home]).unwrap(), Path::new("/x/jeton/profiles.json"));
        assert_eq!(file(&[home]).unwrap(), Path::new("/h/.config/jeton/profiles.json"));
        let empty = ("XDG_CONFIG_HOME", Path::new(""));
        assert_eq!(file(&[empty, home]).unwrap(), Path::new("/h/.config/jeton/profiles.json"));
        let refused = accounts(&[empty]).profiles().err().unwrap().to_string();
        assert!(refused.contains("neither XDG_CONFIG_HOME nor HOME is set"), "{refused}");
    }

    #[test]
    fn saved_profiles_are_read_back_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let accounts = with_profile(directory.path(), "");
        let path = directory.path().join("jeton/profiles.json");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(path.with_extension("new"), "left behind").unwrap();
        let mut profiles = accounts.profiles().unwrap();
        assert_eq!(profiles["work"].secret.as_str(), "saved");
        let mut second = account("https://two.example.com", "second");
        second.client_id = Some("client".to_owned());
        second.ca_file = Some("/ca.pem".into());
        profiles.insert("two".to_owned(), second);
        accounts.save(&profiles).unwrap();
        let read = accounts.profiles().unwrap();
        assert_eq!(read["two"].client_id.as_deref(), Some("client"));
        assert_eq!(read["two"].ca_file.as_deref(), Some(Path::new("/ca.pem")));
        assert!(!path.with_extension("new").exists());
    }

    #[test]
    fn a_damaged_profiles_file_is_refused_by_its_line_without_its_content() {
        let directory = tempfile::tempdir().unwrap();
        let accounts = with_profile(directory.path(), "");
        let path = directory.path().join("jeton/profiles.json");
        std::fs::write(&path, "{\n\"work\": \"jeton_pat_secret\"}").unwrap();
        let refused = accounts.profiles().err().unwrap().to_string();
        assert!(refused.ends_with("profiles.json: line 2"), "{refused}");
        std::fs::remove_file(&path).unwrap();
        assert!(accounts.profiles().unwrap().is_empty(), "no file, no profiles");
        std::fs::create_dir(&path).unwrap();
        assert!(accounts.profiles().err().unwrap().to_string().starts_with("reading "));
    }
}
