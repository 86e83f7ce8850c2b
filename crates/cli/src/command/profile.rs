//! `jeton profile`: remote servers and how to authenticate there.

use crate::Failure;
use crate::args::{Global, Profile};
use crate::output::{json, line, table};
use crate::remote::{self, Remote};
use serde_json::json as object;
use std::io::Read;
use std::path::Path;
use zeroize::Zeroizing;

pub(crate) fn run(global: &Global, command: Profile) -> Result<(), Failure> {
    let mut profiles = remote::profiles()?;
    match command {
        Profile::Set { name, url, client_id, secret_file, ca_file } => {
            if name.is_empty() || name.chars().any(char::is_control) {
                return Err(Failure::new("a profile needs a name without control characters"));
            }
            let remote = Remote { url, client_id, secret: read_secret(secret_file.as_deref())?, ca_file };
            // Says at once when the address or the credentials are wrong.
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
                return Err(Failure::new(format!("there is no profile {name}")));
            }
            remote::save(&profiles)?;
            line("removed")
        }
    }
}

fn read_secret(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    const BYTES_MAX: u64 = 16 * 1024;
    let mut secret = Zeroizing::new(String::new());
    let read = match file.filter(|file| *file != Path::new("-")) {
        None => std::io::stdin().lock().take(BYTES_MAX).read_to_string(&mut secret),
        Some(file) => {
            std::fs::File::open(file).and_then(|file| file.take(BYTES_MAX).read_to_string(&mut secret))
        }
    };
    read.map_err(|error| Failure::new(format!("reading the secret: {error}")))?;
    match secret.trim() {
        "" => Err(Failure::new("the secret is empty; give it with --secret-file or on standard input")),
        trimmed => Ok(Zeroizing::new(trimmed.to_owned())),
    }
}
