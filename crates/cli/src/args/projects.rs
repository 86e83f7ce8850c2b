//! Arguments of `jeton api`, `jeton project`, `jeton role`, `jeton authorization` and `jeton signing-key`.

use super::values::{algorithm, rsa_bits};
use clap::Subcommand;
use jeton_domain::key::{Algorithm, RsaBits};

#[derive(Debug, Subcommand)]
pub(crate) enum Api {
    /// Create an API and its client secret, which is shown once.
    Create {
        /// The display name.
        name: String,
        /// The project it belongs to [default: the default project].
        #[arg(long, value_name = "ID")]
        project: Option<String>,
        /// The URI by which token requests can name it (RFC 8707), such as https://api.example.com.
        #[arg(long, value_name = "URI")]
        resource: Option<String>,
        /// Authenticate with a key instead of a secret; add one with `jeton key add`.
        #[arg(long)]
        private_key_jwt: bool,
    },
    /// List APIs.
    List,
    /// Show one API.
    Show {
        /// Id of the API.
        api: String,
    },
    /// Rename an API.
    Rename {
        /// Id of the API.
        api: String,
        /// The new display name.
        name: String,
    },
    /// Deactivate an API: it can't introspect until it is reactivated.
    Deactivate {
        /// Id of the API.
        api: String,
    },
    /// Reactivate an API.
    Reactivate {
        /// Id of the API.
        api: String,
    },
    /// List the keys of all APIs, or of one.
    Keys {
        /// Id of the API.
        api: Option<String>,
    },
    /// Delete an API.
    Delete {
        /// Id of the API.
        api: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Project {
    /// Create a project: the owner of APIs and roles, and an audience of tokens.
    Create {
        /// The display name.
        name: String,
        /// Put roles into tokens for this project even when no scope asks for them.
        #[arg(long)]
        assert_roles: bool,
        /// Issue tokens for it only to service users with an authorization in it.
        #[arg(long)]
        authorization_required: bool,
        /// Issue tokens for it only to service users of its organization and of organizations it is granted
        /// to.
        #[arg(long)]
        project_access_required: bool,
        /// Id of the owning organization [default: yours].
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
    },
    /// List projects.
    List,
    /// Show one project.
    Show {
        /// Id of the project.
        project: String,
    },
    /// Change a project; omitted properties stay as they are.
    Update {
        /// Id of the project.
        project: String,
        /// The display name.
        #[arg(long, allow_hyphen_values = true)]
        name: Option<String>,
        /// Put roles into tokens for this project even when no scope asks for them.
        #[arg(long, value_name = "BOOL")]
        assert_roles: Option<bool>,
        /// Issue tokens for it only to service users with an authorization in it.
        #[arg(long, value_name = "BOOL")]
        authorization_required: Option<bool>,
        /// Issue tokens for it only to service users of its organization and of organizations it is granted
        /// to.
        #[arg(long, value_name = "BOOL")]
        project_access_required: Option<bool>,
    },
    /// Deactivate a project: its APIs do not work until it is activated.
    Deactivate {
        /// Id of the project.
        project: String,
    },
    /// Activate a project.
    Activate {
        /// Id of the project.
        project: String,
    },
    /// Grant a project to other organizations.
    #[command(subcommand)]
    Grant(ProjectGrant),
    /// Delete a project with its roles and APIs.
    Delete {
        /// Id of the project.
        project: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProjectGrant {
    /// Grant a project to another organization: its users get access, and can be given these roles.
    Add {
        /// Id of the project.
        project: String,
        /// Id of the organization that the project is granted to.
        organization: String,
        /// Keys of the roles that users of the organization can have.
        roles: Vec<String>,
    },
    /// List grants.
    List {
        /// Only those of this project, by id.
        #[arg(long, value_name = "ID")]
        project: Option<String>,
        /// Only those to this organization, by id.
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
    },
    /// Replace the roles of a grant; users of the organization lose those that are missing.
    Set {
        /// Id of the project.
        project: String,
        /// Id of the organization that the project is granted to.
        organization: String,
        /// Keys of the roles that users of the organization can have.
        roles: Vec<String>,
    },
    /// Deactivate a grant: neither it nor authorizations based on it have effect until it is activated.
    Deactivate {
        /// Id of the project.
        project: String,
        /// Id of the organization that the project is granted to.
        organization: String,
    },
    /// Activate a grant.
    Activate {
        /// Id of the project.
        project: String,
        /// Id of the organization that the project is granted to.
        organization: String,
    },
    /// Remove a grant with the authorizations based on it.
    Remove {
        /// Id of the project.
        project: String,
        /// Id of the organization that the project is granted to.
        organization: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// Add a role to a project.
    Add {
        /// Id of the project.
        project: String,
        /// Key of the role, for programs.
        key: String,
        /// Display name of the role [default: the key].
        #[arg(long, allow_hyphen_values = true)]
        name: Option<String>,
        /// Group of roles that belong together.
        #[arg(long, allow_hyphen_values = true)]
        group: Option<String>,
    },
    /// List the roles of a project.
    List {
        /// Id of the project.
        project: String,
    },
    /// Change the display name or group of a role.
    Update {
        /// Id of the project.
        project: String,
        /// Key of the role, for programs.
        key: String,
        /// Display name of the role.
        #[arg(long, allow_hyphen_values = true)]
        name: Option<String>,
        /// Group of roles that belong together.
        #[arg(long, allow_hyphen_values = true)]
        group: Option<String>,
    },
    /// Remove a role from a project and from all authorizations and grants that contain it.
    Remove {
        /// Id of the project.
        project: String,
        /// Key of the role, for programs.
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Authorization {
    /// Grant roles of a project to a service user.
    Create {
        /// Username or id.
        user: String,
        /// Id of the project.
        project: String,
        /// Keys of the roles.
        roles: Vec<String>,
    },
    /// Replace the roles of an authorization.
    Update {
        /// Id of the authorization.
        authorization: String,
        /// Keys of the roles.
        roles: Vec<String>,
    },
    /// List authorizations.
    List {
        /// Only those of this user, by id.
        #[arg(long, allow_hyphen_values = true, value_name = "ID")]
        user: Option<String>,
        /// Only those of this project, by id.
        #[arg(long, value_name = "ID")]
        project: Option<String>,
    },
    /// Deactivate an authorization: its roles have no effect until it is activated.
    Deactivate {
        /// Id of the authorization.
        authorization: String,
    },
    /// Activate an authorization.
    Activate {
        /// Id of the authorization.
        authorization: String,
    },
    /// Delete an authorization.
    Delete {
        /// Id of the authorization.
        authorization: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenKey {
    /// List the server's token keys and their states: active, retiring, removed.
    List,
    /// Create a key that seals opaque access tokens from now on. The previous key opens its tokens until
    /// the last has expired.
    Rotate,
    /// Remove a leaked key immediately, with all opaque tokens that it sealed. A new key replaces a removed
    /// active one.
    Remove {
        /// Id of the key, as shown by `jeton token-key list`.
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SigningKey {
    /// List the server's signing keys and their states: next, active, retiring, removed.
    List,
    /// Create a key and publish it as the next one.
    Create {
        /// The algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA.
        #[arg(value_parser = algorithm, value_name = "ALG")]
        algorithm: Algorithm,
        /// Bits of an RSA key: 2048, 3072 or 4096 [default: 2048].
        #[arg(long, value_parser = rsa_bits, value_name = "BITS")]
        rsa_bits: Option<RsaBits>,
    },
    /// Sign with this key immediately, even if verifiers may not know it yet.
    Activate {
        /// Id of the key.
        key: String,
    },
    /// Sign with the next key. The previous one stays published until its last token has expired.
    Rotate {
        /// Algorithm from then on, such as RS512, PS256, ES256 or EdDSA.
        #[arg(long, value_parser = algorithm, value_name = "ALG")]
        algorithm: Option<Algorithm>,
        /// Bits of RSA keys from then on: 2048, 3072 or 4096.
        #[arg(long, value_parser = rsa_bits, value_name = "BITS")]
        rsa_bits: Option<RsaBits>,
        /// Rotate even if verifiers that cache the key set may not know the key yet.
        #[arg(long)]
        now: bool,
    },
    /// Remove a leaked key immediately, with all tokens that it signed.
    Remove {
        /// Id of the key, as shown by `jeton signing-key list`.
        key: String,
    },
}
