//! `jeton profile`: addresses and credentials of remote servers.

use crate::args::Profile;
use crate::profiles::{Account, Accounts};
use crate::session::Session;
use crate::transport::{Remote, Transport};
use crate::{CliError, pasted};
use jeton_api::Operation;
use jeton_api::calls::project::ListProjects;
use jeton_domain::characters::is_unprintable;
use serde_json::json;
use std::fs::File;
use std::path::Path;
use zeroize::Zeroizing;

pub(crate) fn run(session: &mut Session<'_>, accounts: &Accounts, command: Profile) -> Result<(), CliError> {
    let mut profiles = accounts.profiles()?;
    match command {
        Profile::Set { name, url, client_id, secret_file, ca_file } => {
            if name.is_empty() || name.contains(is_unprintable) {
                return Err(CliError::new("a profile needs a name without control characters"));
            }
            let secret = read_secret(session, secret_file.as_deref())?;
            let account = Account { url, client_id, secret, ca_file };
            // A wrong address or wrong credentials fail here instead of at the first use.
            Remote::new(account.clone()).call(&ListProjects::path(), &json!({}))?;
            profiles.insert(name.clone(), account);
            accounts.save(&profiles)?;
            session.output.line(&format!("saved; use it with --profile {name}"))
        }
        Profile::List => {
            let shown: Vec<_> = profiles
                .iter()
                .map(|(name, account)| {
                    let how = account.client_id.as_deref().map_or("access token", |id| id);
                    [name.clone(), account.url.clone(), how.to_owned()]
                })
                .collect();
            if session.global.json {
                let shown: Vec<_> = shown
                    .iter()
                    .map(|[name, url, how]| json!({ "name": name, "url": url, "as": how }))
                    .collect();
                return session.output.json(&json!({ "profiles": shown }));
            }
            session.output.table(["NAME", "URL", "AS"], shown)
        }
        Profile::Remove { name } => {
            if profiles.remove(&name).is_none() {
                return Err(CliError::new(format!("there is no profile {name}")));
            }
            accounts.save(&profiles)?;
            session.output.line("removed")
        }
    }
}

/// Reads the secret from a file, or from standard input.
fn read_secret(session: &mut Session<'_>, file: Option<&Path>) -> Result<Zeroizing<String>, CliError> {
    let secret = match file.filter(|file| *file != Path::new("-")) {
        None => pasted::read(&mut *session.input, "secret on standard input"),
        Some(path) => {
            let file = File::open(path);
            let file = file.map_err(|error| CliError::new(format!("opening {}: {error}", path.display())))?;
            pasted::read(file, &format!("secret in {}", path.display()))
        }
    }?;
    Ok(Zeroizing::new(secret.expose().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ran, Script, accounts, run_over, with_narrow_columns};

    /// Runs a command of a user whose configuration is in this directory.
    fn run(home: &Path, arguments: &[&str], input: &str) -> Ran {
        let accounts = accounts(&[("XDG_CONFIG_HOME", home)]);
        run_over(&mut Script::new([]), &mut Script::new([]), &accounts, arguments, input.as_bytes())
    }

    /// A user with a profile.
    fn with_profile() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let accounts = accounts(&[("XDG_CONFIG_HOME", home.path())]);
        let (url, secret) = ("https://id.example.com".to_owned(), Zeroizing::new("jeton_cs_x".to_owned()));
        let account = Account { url, client_id: Some("ci".to_owned()), secret, ca_file: None };
        accounts.save(&[("work".to_owned(), account)].into()).unwrap();
        home
    }

    /// The address of a server that has just ended.
    fn nowhere() -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    #[test]
    fn profiles_are_listed_without_their_secrets() {
        let home = with_profile();
        let text = run(home.path(), &["profile", "list"], "").output;
        assert_eq!(with_narrow_columns(&text), "NAME  URL  AS\nwork  https://id.example.com  ci\n");
        let printed = run(home.path(), &["--json", "profile", "list"], "").output;
        let expected =
            json!({ "profiles": [{ "name": "work", "url": "https://id.example.com", "as": "ci" }] });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), expected);
    }

    #[test]
    fn a_removed_profile_is_gone_and_removing_it_again_is_an_error() {
        let home = with_profile();
        assert_eq!(run(home.path(), &["profile", "remove", "work"], "").output, "removed\n");
        let told = run(home.path(), &["profile", "remove", "work"], "").result;
        assert_eq!(told, Err("there is no profile work".to_owned()));
    }

    #[test]
    fn a_profile_whose_server_does_not_answer_is_not_saved() {
        let home = with_profile();
        let arguments = ["profile", "set", "work", "--url", &nowhere()];
        assert!(run(home.path(), &arguments, "jeton_pat_x").result.is_err());
        let kept = accounts(&[("XDG_CONFIG_HOME", home.path())]).profiles().unwrap();
        assert_eq!(kept["work"].url, "https://id.example.com", "the earlier one stays");
    }

    #[test]
    fn a_profile_needs_a_name_a_url_and_a_secret_that_is_not_in_the_arguments() {
        let home = with_profile();
        let refused = |arguments: &[&str], input| run(home.path(), arguments, input).result.unwrap_err();
        for name in ["", "a\nb", "\u{202e}"] {
            let told = refused(&["profile", "set", name, "--url", "https://x.example"], "secret");
            assert_eq!(told, "a profile needs a name without control characters");
        }
        assert!(refused(&["profile", "set", "p"], "secret").contains("required"));
        assert!(refused(&["profile", "set", "p", "--url", "u", "--secret", "s"], "").contains("unexpected"));
        for file in [&["--secret-file", "-"][..], &[]] {
            let arguments = [&["profile", "set", "p", "--url", "https://x.example"], file].concat();
            assert_eq!(refused(&arguments, " \n"), "the secret on standard input is empty");
        }
    }

    #[test]
    fn a_secret_file_is_named_in_what_is_wrong_with_it() {
        let home = with_profile();
        let file = home.path().join("secret");
        let path = file.to_str().unwrap();
        let set = || {
            let arguments = ["profile", "set", "p", "--url", "https://x.example", "--secret-file", path];
            run(home.path(), &arguments, "jeton_pat_x").result.unwrap_err()
        };
        assert!(set().starts_with(&format!("opening {path}: ")), "{}", set());
        std::fs::write(&file, "\n").unwrap();
        assert_eq!(set(), format!("the secret in {path} is empty"));
        std::fs::write(&file, "x".repeat(16 * 1024 + 1)).unwrap();
        assert!(set().starts_with(&format!("the secret in {path} is too long")), "{}", set());
    }
}
