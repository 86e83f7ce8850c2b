//! Arguments of `jeton api`, `jeton project`, `jeton role`, `jeton authorization` and `jeton signing-key`.

use super::{algorithm, rsa_bits};
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
        /// It will authenticate with a key instead of a secret; add one with `jeton key add`.
        #[arg(long)]
        private_key_jwt: bool,
    },
    /// List APIs.
    List,
    /// Show one API.
    Show {
        /// Its id.
        api: String,
    },
    /// Rename an API.
    Rename {
        /// Its id.
        api: String,
        /// The new display name.
        name: String,
    },
    /// Deactivate an API: it can't introspect until it is reactivated.
    Deactivate {
        /// Its id.
        api: String,
    },
    /// Reactivate it.
    Reactivate {
        /// Its id.
        api: String,
    },
    /// List the keys of all APIs, or of one.
    Keys {
        /// Its id.
        api: Option<String>,
    },
    /// Delete an API.
    Delete {
        /// Its id.
        api: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Project {
    /// Create a project: what APIs belong to, what audiences name, and what has roles.
    Create {
        /// The display name.
        name: String,
        /// Put roles into tokens for this project even when no scope asks for them.
        #[arg(long)]
        assert_roles: bool,
        /// Tokens for it are for service users with an authorization in it alone.
        #[arg(long)]
        authorization_required: bool,
        /// Tokens for it are for service users of its organization, and of those it is granted to, alone.
        #[arg(long)]
        project_access_required: bool,
        /// The organization that it shall belong to, by id [default: yours].
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
    },
    /// List projects.
    List,
    /// Show one project.
    Show {
        /// Its id.
        project: String,
    },
    /// Change a project; what is not named stays.
    Update {
        /// Its id.
        project: String,
        /// The display name.
        #[arg(long, allow_hyphen_values = true)]
        name: Option<String>,
        /// Put roles into tokens for this project even when no scope asks for them.
        #[arg(long, value_name = "BOOL")]
        assert_roles: Option<bool>,
        /// Tokens for it are for service users with an authorization in it alone.
        #[arg(long, value_name = "BOOL")]
        authorization_required: Option<bool>,
        /// Tokens for it are for service users of its organization, and of those it is granted to, alone.
        #[arg(long, value_name = "BOOL")]
        project_access_required: Option<bool>,
    },
    /// Deactivate it: its APIs do not work until it is activated.
    Deactivate {
        /// Its id.
        project: String,
    },
    /// Activate it.
    Activate {
        /// Its id.
        project: String,
    },
    /// Grant it to other organizations.
    #[command(subcommand)]
    Grant(ProjectGrant),
    /// Delete it with its roles and APIs.
    Delete {
        /// Its id.
        project: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProjectGrant {
    /// Grant a project to another organization: its users are admitted, and can have these roles.
    Add {
        /// Id of the project.
        project: String,
        /// Id of the organization that it is granted to.
        organization: String,
        /// Keys of the roles that users of the organization can have.
        roles: Vec<String>,
    },
    /// List grants.
    List {
        /// Only of this project, by id.
        #[arg(long, value_name = "ID")]
        project: Option<String>,
        /// Only to this organization, by id.
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
    },
    /// Replace the roles of a grant; users of the organization lose those that are missing.
    Set {
        /// Id of the project.
        project: String,
        /// Id of the organization that it is granted to.
        organization: String,
        /// Keys of the roles that users of the organization can have.
        roles: Vec<String>,
    },
    /// Deactivate a grant: neither it nor the authorizations by it count until it is activated.
    Deactivate {
        /// Id of the project.
        project: String,
        /// Id of the organization that it is granted to.
        organization: String,
    },
    /// Activate it.
    Activate {
        /// Id of the project.
        project: String,
        /// Id of the organization that it is granted to.
        organization: String,
    },
    /// Remove a grant, with the authorizations that were given by it.
    Remove {
        /// Id of the project.
        project: String,
        /// Id of the organization that it is granted to.
        organization: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// Add a role to a project.
    Add {
        /// Id of the project.
        project: String,
        /// What programs call the role.
        key: String,
        /// What people call it [default: the key].
        #[arg(long, allow_hyphen_values = true)]
        name: Option<String>,
        /// Roles that belong together.
        #[arg(long, allow_hyphen_values = true)]
        group: Option<String>,
    },
    /// List the roles of a project.
    List {
        /// Id of the project.
        project: String,
    },
    /// Change what people call a role.
    Update {
        /// Id of the project.
        project: String,
        /// What programs call the role.
        key: String,
        /// What people call it.
        #[arg(long, allow_hyphen_values = true)]
        name: Option<String>,
        /// Roles that belong together.
        #[arg(long, allow_hyphen_values = true)]
        group: Option<String>,
    },
    /// Remove a role from a project, and from everybody who has it.
    Remove {
        /// Id of the project.
        project: String,
        /// What programs call the role.
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
        /// Only of this user, by id.
        #[arg(long, allow_hyphen_values = true, value_name = "ID")]
        user: Option<String>,
        /// Only of this project, by id.
        #[arg(long, value_name = "ID")]
        project: Option<String>,
    },
    /// Deactivate an authorization: its roles do not count until it is activated.
    Deactivate {
        /// Its id.
        authorization: String,
    },
    /// Activate it.
    Activate {
        /// Its id.
        authorization: String,
    },
    /// Take an authorization away.
    Delete {
        /// Id of the authorization.
        authorization: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenKey {
    /// List the server's token keys and what they do: active, retiring, removed.
    List,
    /// Make a key that seals opaque access tokens from now on. The one before it opens its tokens until the last has expired.
    Rotate,
    /// Remove a key at once, with all opaque tokens that it sealed: for when it leaked. In place of the active one a new one seals.
    Remove {
        /// Id of the key, as shown by `jeton token-key list`.
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SigningKey {
    /// List the server's keys and what they do: next, active, retiring, removed.
    List,
    /// Make a key and publish it; it waits for its turn.
    Create {
        /// RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA.
        #[arg(value_parser = algorithm, value_name = "ALG")]
        algorithm: Algorithm,
        /// Bits of an RSA key: 2048, 3072 or 4096 [default: 2048].
        #[arg(long, value_parser = rsa_bits, value_name = "BITS")]
        rsa_bits: Option<RsaBits>,
    },
    /// Let this key sign at once, even if verifiers may not know it yet.
    Activate {
        /// Id of the key.
        key: String,
    },
    /// Let the next key sign. The one before it stays published until its last token has expired.
    Rotate {
        /// Sign with this algorithm from then on, such as RS512, PS256, ES256 or EdDSA.
        #[arg(long, value_parser = algorithm, value_name = "ALG")]
        algorithm: Option<Algorithm>,
        /// With an RSA key of this size from then on: 2048, 3072 or 4096.
        #[arg(long, value_parser = rsa_bits, value_name = "BITS")]
        rsa_bits: Option<RsaBits>,
        /// Even if verifiers that keep a copy of the key set may not know the key yet.
        #[arg(long)]
        now: bool,
    },
    /// Remove a key at once, with all tokens that it signed: for when it leaked.
    Remove {
        /// Id of the key, as shown by `jeton signing-key list`.
        key: String,
    },
}
