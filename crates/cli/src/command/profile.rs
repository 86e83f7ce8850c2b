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
