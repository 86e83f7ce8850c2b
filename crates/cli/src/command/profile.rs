//! `jeton profile`: addresses and credentials of remote servers.

use crate::args::{Global, Profile};
use crate::output::{json, line, table};
use crate::remote::{self, Remote};
use crate::{CliError, pasted};
use jeton_domain::characters::is_unprintable;
use serde_json::json as object;
use std::fs::File;
use std::path::Path;
use zeroize::Zeroizing;

pub(crate) fn run(global: &Global, command: Profile) -> Result<(), CliError> {
    let mut profiles = remote::profiles()?;
    match command {
        Profile::Set { name, url, client_id, secret_file, ca_file } => {
            if name.is_empty() || name.contains(is_unprintable) {
                return Err(CliError::new("a profile needs a name without control characters"));
            }
            let remote = Remote { url, client_id, secret: read_secret(secret_file.as_deref())?, ca_file };
            // A wrong address or wrong credentials fail here instead of at the first use.
            remote::call(&remote, "/zitadel.project.v2.ProjectService/ListProjects", &object!({}))?;
            profiles.insert(name.clone(), remote);
            remote::save(&profiles)?;
            line(&format!("saved; use it with --profile {name}"))
        }
        Profile::List => {
            let shown: Vec<_> = profiles
                .iter()
                .map(|(name, remote)| {
                    let how = remote.client_id.as_deref().map_or("access token", |id| id);
                    [name.clone(), remote.url.clone(), how.to_owned()]
                })
                .collect();
            if global.json {
                let shown: Vec<_> = shown
                    .iter()
                    .map(|[name, url, how]| object!({ "name": name, "url": url, "as": how }))
                    .collect();
                return json(&object!({ "profiles": shown }));
            }
            table(["NAME", "URL", "AS"], &shown)
        }
        Profile::Remove { name } => {
            if profiles.remove(&name).is_none() {
                return Err(CliError::new(format!("there is no profile {name}")));
            }
            remote::save(&profiles)?;
            line("removed")
        }
    }
}

/// Reads the secret from a file, or from standard input.
fn read_secret(file: Option<&Path>) -> Result<Zeroizing<String>, CliError> {
    match file.filter(|file| *file != Path::new("-")) {
        None => pasted::read(std::io::stdin().lock(), "secret on standard input"),
        Some(path) => {
            let file = File::open(path);
            let file = file.map_err(|error| CliError::new(format!("opening {}: {error}", path.display())))?;
            pasted::read(file, &format!("secret in {}", path.display()))
        }
    }
}
