//! One module per noun, each of which turns arguments into a management call and its reply into text.

mod admin;
mod api;
mod audit;
mod authorization;
mod cluster;
mod console;
mod import;
mod key;
mod manual;
mod name;
mod organization;
mod pat;
mod profile;
mod project;
mod project_grant;
mod role;
mod secret;
mod signing_key;
mod statistics;
mod token;
mod token_key;
mod user;
mod verify;

use crate::args::Command;
use crate::profiles::Accounts;
use crate::session::Session;
use crate::{CliError, bench, serve};

/// Runs a command.
pub(crate) fn run(session: &mut Session<'_>, accounts: &Accounts, command: Command) -> Result<(), CliError> {
    match command {
        Command::Serve(serve) => serve::run(session.global, *serve),
        Command::Bench(bench) => bench::run(session, &bench),
        Command::Verify => verify::run(session),
        Command::Cluster(cluster) => cluster::run(session, cluster),
        Command::Statistics => statistics::run(session),
        Command::Console => console::run(session),
        Command::User(user) => user::run(session, user),
        Command::Secret(secret) => secret::run(session, secret),
        Command::Key(key) => key::run(session, key),
        Command::Pat(pat) => pat::run(session, pat),
        Command::Project(project) => project::run(session, project),
        Command::Role(role) => role::run(session, role),
        Command::Authorization(authorization) => authorization::run(session, authorization),
        Command::Name(name) => name::run(session, name),
        Command::SigningKey(key) => signing_key::run(session, key),
        Command::TokenKey(key) => token_key::run(session, key),
        Command::Token(token) => token::run(session, token),
        Command::Api(api) => api::run(session, api),
        Command::Organization(organization) => organization::run(session, organization),
        Command::Admin(admin) => admin::run(session, admin),
        Command::Credential(credential) => audit::credentials(session, &credential),
        Command::Leak(leak) => audit::leak(session, leak),
        Command::Audit(audit) => audit::run(session, audit),
        Command::Call { call, request } => manual::call(session, &call, request.as_deref()),
        Command::Profile(profile) => profile::run(session, accounts, profile),
        Command::Completions { shell } => manual::completions(session, shell),
        Command::Man { directory } => manual::man(session, &directory),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Fixture;

    #[test]
    fn service_users_are_created_shown_and_deleted() {
        Fixture::new().follow("user");
    }

    #[test]
    fn an_import_creates_a_batch_whole_or_not_at_all() {
        Fixture::new().follow("import");
    }

    #[test]
    fn credentials_are_shown_once_and_end() {
        Fixture::new().follow("credentials");
    }

    #[test]
    fn projects_have_roles_apis_and_authorizations() {
        Fixture::new().follow("projects");
    }

    #[test]
    fn an_instance_has_administrators_keys_and_a_trail() {
        Fixture::new().follow("instance");
    }
}
