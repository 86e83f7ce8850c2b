//! The arguments as typed.

mod admin;
mod cluster;
mod credentials;
mod database;
mod environment;
mod listen;
mod names;
mod projects;
mod remote;
mod serve;
mod user;
mod values;

pub(crate) use admin::{Admin, AdminScope, Audit, Credential, Leak, Organization, OrganizationMetadata};
pub(crate) use cluster::Cluster;
pub(crate) use credentials::{Key, KeyFormat, Pat, Secret, Token};
pub(crate) use database::Database;
pub(crate) use names::{Name, NameKind};
pub(crate) use projects::{Api, Authorization, Project, ProjectGrant, Role, SigningKey, TokenKey};
pub(crate) use remote::Profile;
pub(crate) use serve::{JwtType, Serve};
pub(crate) use user::{AccessTokenType, Machine, Metadata, User, UserJwtType};
pub(crate) use values::LogFormat;

use crate::escape::{self, Notation};
use crate::output;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;

/// A self-hosted token server for machine-to-machine authentication.
///
/// Create service users, give them client secrets, and let programs trade these for access tokens
/// (OAuth 2.0 client credentials) that your APIs can introspect.
#[derive(Debug, Parser)]
#[command(name = "jeton", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Args {
    /// Reads the process's arguments and environment. Invalid ones end the process with the usage.
    pub(crate) fn read() -> Self {
        Self::parsed(std::env::args_os()).unwrap_or_else(|error| refuse(&error))
    }

    /// Reads these arguments, the program's name first, and the process's environment.
    pub(crate) fn parsed(
        words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        let matches = environment::applied(Self::command()).try_get_matches_from(words)?;
        Self::from_arg_matches(&matches)?.checked()
    }

    /// The arguments, if those of each command fit each other.
    fn checked(self) -> Result<Self, clap::Error> {
        let Command::Serve(serve) = &self.command else { return Ok(self) };
        let Some(refusal) = serve.refusal() else { return Ok(self) };
        let mut program = Self::command();
        program.build();
        Err(match program.find_subcommand_mut("serve") {
            Some(serve) => serve.error(ErrorKind::MissingRequiredArgument, refusal),
            None => program.error(ErrorKind::MissingRequiredArgument, refusal),
        })
    }
}

/// Ends the process with the usage, or with the requested help. Unprintable input in a usage is escaped,
/// and the text then has no colours.
fn refuse(error: &clap::Error) -> ! {
    let text = error.render().to_string();
    match escape::lines(&text, Notation::Text) {
        Cow::Borrowed(_) => error.exit(),
        Cow::Owned(safe) => {
            output::remark(safe.trim_end());
            std::process::exit(error.exit_code());
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Directory that holds the server's state.
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        env = "JETON_DATA_DIR",
        default_value = "jeton-data",
        value_name = "DIR"
    )]
    pub(crate) data_dir: PathBuf,
    /// A remote server, such as https://id.example.com, instead of the data directory.
    ///
    /// The credentials come from the profile, or from JETON_TOKEN.
    #[arg(long, global = true, help_heading = "Global options", env = "JETON_SERVER", value_name = "URL")]
    pub(crate) server: Option<String>,
    /// A remote server and credentials that `jeton profile set` has saved under this name.
    #[arg(long, global = true, help_heading = "Global options", env = "JETON_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Print the API's reply as JSON, for programs.
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server.
    Serve(Box<Serve>),
    /// Check the store for damage while no server runs.
    ///
    /// Compares every page with its checksum, reads every record, and verifies indexes and the audit trail.
    /// Changes nothing. Exits with 0 if the store is sound, else with 1 and a report of the damage.
    Verify,
    /// Run several servers on one PostgreSQL database (experimental).
    #[command(subcommand)]
    Cluster(Cluster),
    /// Show counts of the running server: tokens issued, introspections, refusals by reason.
    Statistics,
    /// Measure this machine and its disk with a server on a temporary data directory.
    Bench(Bench),
    /// Print a link that signs you in to the web console, once.
    Console,
    /// Create and manage service users.
    #[command(subcommand)]
    User(User),
    /// Generate and revoke client secrets.
    #[command(subcommand)]
    Secret(Secret),
    /// Add and revoke keys that sign assertions, instead of secrets.
    #[command(subcommand)]
    Key(Key),
    /// Make and revoke personal access tokens.
    #[command(subcommand)]
    Pat(Pat),
    /// Revoke access tokens.
    #[command(subcommand)]
    Token(Token),
    /// Create and manage APIs, the clients that may introspect tokens.
    #[command(subcommand)]
    Api(Api),
    /// Create and list projects.
    #[command(subcommand)]
    Project(Project),
    /// Add and remove roles of projects.
    #[command(subcommand)]
    Role(Role),
    /// Grant roles to service users.
    #[command(subcommand)]
    Authorization(Authorization),
    /// List, rotate and remove the keys that sign the server's tokens.
    #[command(subcommand)]
    SigningKey(SigningKey),
    /// List, rotate and remove the keys that seal the server's opaque tokens.
    #[command(subcommand)]
    TokenKey(TokenKey),
    /// Create and manage organizations, the owners of users and projects.
    #[command(subcommand)]
    Organization(Organization),
    /// List and free names of deleted or renamed objects.
    #[command(subcommand)]
    Name(Name),
    /// Manage administrator role assignments.
    #[command(subcommand)]
    Admin(Admin),
    /// Find credentials that are unused or about to expire.
    #[command(subcommand)]
    Credential(Credential),
    /// Disable a secret or token that leaked.
    #[command(subcommand)]
    Leak(Leak),
    /// Read and verify the audit trail.
    #[command(subcommand)]
    Audit(Audit),
    /// Call any method of the management API by name, with JSON from the command line or standard input.
    Call {
        /// The method, such as zitadel.user.v2.UserService/ListUsers.
        call: String,
        /// The request [default: {}]; - reads standard input.
        request: Option<String>,
    },
    /// Save addresses and credentials of remote servers.
    #[command(subcommand)]
    Profile(Profile),
    /// Print completions for a shell.
    Completions {
        /// The shell to write completions for.
        shell: clap_complete::Shell,
    },
    /// Write the man pages.
    Man {
        /// The directory to write to.
        directory: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Bench {
    /// Measure the disk that this directory is on [default: where the data directory is, or would be].
    #[arg(long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    /// Seconds of each of the twelve runs.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=60), value_name = "SECONDS")]
    pub(crate) seconds: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_options_have_a_heading_of_their_own() {
        for arguments in [&["jeton", "--help"][..], &["jeton", "user", "create", "--help"]] {
            let help = Args::parsed(arguments).map(drop).unwrap_err().to_string();
            let (own, global) = help.split_once("Global options:").unwrap();
            assert!(global.contains("--data-dir") && !own.contains("--data-dir"), "{help}");
        }
    }

    #[test]
    fn times_of_credentials_have_bounds_that_are_told() {
        for (arguments, told) in [
            ("pat create x --expires 100000y", "between 1 second and 136 years"),
            ("pat create x --expires 999ms", "between 1 second and 136 years"),
            ("secret generate x --expires 0", "between 1 second and 136 years"),
            ("key add x --expires 4294967296", "between 1 second and 136 years"),
            ("admin recover --expires 137y", "between 1 second and 136 years"),
            ("secret generate x --overlap 137y", "at most 136 years"),
            ("credential expiring --within 137y", "at most 136 years"),
            ("pat create x --expires soon", "expected number"),
        ] {
            let refused = Args::parsed(std::iter::once("jeton").chain(arguments.split(' ')));
            let said = refused.map(drop).unwrap_err().to_string();
            assert!(said.contains(told), "{arguments}: {said}");
        }
        for arguments in ["pat create x --expires 4294967295", "secret generate x --overlap 0s"] {
            let parsed = Args::parsed(std::iter::once("jeton").chain(arguments.split(' ')));
            assert!(parsed.is_ok(), "{arguments}");
        }
    }

    #[test]
    fn the_first_administrator_and_its_token_file_need_each_other() {
        for (arguments, told) in [
            ("serve --first-admin root", "--first-admin needs --first-admin-token-file"),
            ("serve --first-admin-token-file f", "--first-admin-token-file needs --first-admin"),
        ] {
            let refused = Args::parsed(std::iter::once("jeton").chain(arguments.split(' ')));
            let refused = refused.map(drop).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{arguments}");
            let told_of_serve = [format!("error: {told}\n"), "Usage: jeton serve".to_owned()];
            assert!(told_of_serve.iter().all(|told| refused.to_string().contains(told)), "{refused}");
        }
    }

    #[test]
    fn options_that_take_a_name_take_one_that_begins_with_a_hyphen() {
        for arguments in [
            "user create x --name NAME --description NAME",
            "user update x --username NAME",
            "user list --search NAME",
            "secret generate x --label NAME",
            "token revoke --user NAME",
            "leak report --client-id NAME",
            "authorization list --user NAME",
            "organization create x --owner NAME",
            "project update 1 --name NAME",
            "role add 1 x --name NAME --group NAME",
            "role update 1 x --name NAME --group NAME",
            "profile set x --url http://localhost --client-id NAME",
            "serve --first-admin NAME --first-admin-token-file f",
        ] {
            for name in ["-x", "--json", "- a b", "-"] {
                let words = arguments.split(' ').map(|word| if word == "NAME" { name } else { word });
                let parsed = Args::parsed(std::iter::once("jeton").chain(words));
                assert!(parsed.is_ok_and(|args| !args.global.json), "{arguments} with {name}");
            }
        }
    }
}
