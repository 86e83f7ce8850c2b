//! The `machine` member of users, in requests and replies.

use super::ApiError;
use super::json::{Seconds, parse_name, parse_text};
use jeton_domain::client::Client;
use jeton_domain::id::ProjectId;
use jeton_domain::instance::Instance;
use jeton_domain::limits::TOKEN_LIFETIME_MAX;
use jeton_domain::scope::{Parameter, ScopeSet, UnknownScopes};
use jeton_domain::service_user::{AccessTokenType, Edit, JwtType, ServiceUser};
use jeton_domain::time::{Lifetime, Moment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of a service user. Absent members stay unchanged.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct MachineInput {
    pub(super) name: Option<String>,
    description: Option<String>,
    access_token_type: Option<TokenType>,
    /// Jeton extension: the `typ` of its JWTs.
    jwt_type: Option<JwtKind>,
    /// Jeton extension: scopes granted if a token request names none.
    default_scopes: Option<Vec<String>>,
    /// Jeton extension: maximum scopes of its tokens; an empty list lifts the bound.
    allowed_scopes: Option<Vec<String>>,
    /// Jeton extension: the projects that its tokens may be for; an empty list lifts the bound.
    allowed_audiences: Option<Vec<String>>,
    /// Jeton extension: lifetime of its tokens; `0s` goes back to the instance's lifetime.
    token_lifetime: Option<Seconds>,
}

impl MachineInput {
    /// The changes to be made. Every object that it names has to exist, or to be named by the user already:
    /// of the latter, some may have been deleted.
    pub(super) fn to_edit(&self, instance: &Instance, user: &ServiceUser) -> Result<Edit, ApiError> {
        let (name, description) = (self.name.as_deref(), self.description.as_deref());
        let allowed = user.limits.scopes.clone().unwrap_or_default();
        let scopes = |member: &str, scopes: &Option<Vec<String>>, old: &ScopeSet| {
            let read = |scopes: &Vec<String>| parse_scopes(member, scopes, instance, old);
            scopes.as_ref().map(read).transpose()
        };
        let allowed_scopes = scopes("machine.allowedScopes", &self.allowed_scopes, &allowed)?;
        let old = user.limits.audiences.as_deref().unwrap_or_default();
        let audiences = self.allowed_audiences.as_deref();
        let audiences = audiences.map(|projects| parse_projects(projects, instance, old)).transpose()?;
        let lifetime = self.token_lifetime.map(bound_lifetime).transpose()?;
        Ok(Edit {
            name: name.map(|name| parse_name("machine.name", name)).transpose()?,
            description: description.map(|text| parse_text("machine.description", text)).transpose()?,
            default_scopes: scopes("machine.defaultScopes", &self.default_scopes, &user.default_scopes)?,
            token_type: self.access_token_type.map(Into::into),
            jwt_type: self.jwt_type.map(Into::into),
            scopes: allowed_scopes.map(|scopes| Some(scopes).filter(|scopes| !scopes.is_empty())),
            audiences: audiences.map(|projects| Some(projects).filter(|projects| !projects.is_empty())),
            lifetime,
        })
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum TokenType {
    #[serde(rename = "ACCESS_TOKEN_TYPE_BEARER")]
    Opaque,
    #[serde(rename = "ACCESS_TOKEN_TYPE_JWT")]
    Jwt,
}

impl From<TokenType> for AccessTokenType {
    fn from(kind: TokenType) -> Self {
        match kind {
            TokenType::Opaque => Self::Opaque,
            TokenType::Jwt => Self::Jwt,
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum JwtKind {
    #[serde(rename = "JWT_TYPE_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "JWT_TYPE_JWT")]
    Jwt,
    #[serde(rename = "JWT_TYPE_AT_JWT")]
    AtJwt,
}

impl From<JwtKind> for Option<JwtType> {
    fn from(kind: JwtKind) -> Self {
        match kind {
            JwtKind::Unspecified => None,
            JwtKind::Jwt => Some(JwtType::Jwt),
            JwtKind::AtJwt => Some(JwtType::AtJwt),
        }
    }
}

fn parse_scopes(
    member: &str,
    scopes: &[String],
    instance: &Instance,
    old: &ScopeSet,
) -> Result<ScopeSet, ApiError> {
    if scopes.is_empty() {
        return Ok(ScopeSet::default());
    }
    let parsed = ScopeSet::parse(&scopes.join(" "), UnknownScopes::Refuse)
        .map_err(|error| ApiError::invalid(format!("{member}: {error}")))?;
    for id in parsed.project_audiences() {
        check_project(member, *id, instance, old.project_audiences())?;
    }
    for parameter in parsed.parameters() {
        let (Parameter::Organization(id) | Parameter::RolesOfOrganization(id)) = parameter else { continue };
        if instance.organization(*id).is_none() && !old.parameters().contains(parameter) {
            return Err(ApiError::invalid(format!("{member}: there is no organization {id}")));
        }
    }
    Ok(parsed)
}

fn check_project(
    member: &str,
    id: ProjectId,
    instance: &Instance,
    old: &[ProjectId],
) -> Result<ProjectId, ApiError> {
    if instance.project(id).is_some() || old.contains(&id) {
        return Ok(id);
    }
    Err(ApiError::invalid(format!("{member}: there is no project {id}")))
}

/// Maximum number of projects that a user's tokens are bound to.
const PROJECTS_MAX: usize = 100;

fn parse_projects(
    projects: &[String],
    instance: &Instance,
    old: &[ProjectId],
) -> Result<Vec<ProjectId>, ApiError> {
    if projects.len() > PROJECTS_MAX {
        let message = format!("machine.allowedAudiences: must be at most {PROJECTS_MAX} projects");
        return Err(ApiError::invalid(message));
    }
    let read = |(place, id): (usize, &String)| {
        let member = format!("machine.allowedAudiences[{place}]");
        let id = ProjectId::parse(id).map_err(|error| ApiError::invalid(format!("{member}: {error}")))?;
        check_project(&member, id, instance, old)
    };
    projects.iter().enumerate().map(read).collect()
}

fn bound_lifetime(Seconds(lifetime): Seconds) -> Result<Option<Lifetime>, ApiError> {
    if lifetime > TOKEN_LIFETIME_MAX {
        let max = TOKEN_LIFETIME_MAX.0;
        return Err(ApiError::invalid(format!("machine.tokenLifetime: must be at most {max}s")));
    }
    Ok(Some(lifetime).filter(|lifetime| lifetime.0 > 0))
}

/// The shown part of a service user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Machine {
    name: String,
    description: String,
    has_secret: bool,
    access_token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwt_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    default_scopes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    allowed_scopes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    allowed_audiences: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_lifetime: Option<String>,
}

impl Machine {
    pub(super) fn of(client: &Client, user: &ServiceUser, now: Moment) -> Self {
        let limits = &user.limits;
        Self {
            name: user.name.to_string(),
            description: user.description.to_string(),
            has_secret: client.has_live_secret(now),
            access_token_type: match user.token_type {
                AccessTokenType::Opaque => "ACCESS_TOKEN_TYPE_BEARER",
                AccessTokenType::Jwt => "ACCESS_TOKEN_TYPE_JWT",
            },
            jwt_type: user.jwt_type.map(|kind| match kind {
                JwtType::Jwt => "JWT_TYPE_JWT",
                JwtType::AtJwt => "JWT_TYPE_AT_JWT",
            }),
            default_scopes: list(&user.default_scopes),
            allowed_scopes: limits.scopes.as_ref().map(list).unwrap_or_default(),
            allowed_audiences: limits.audiences.iter().flatten().map(ToString::to_string).collect(),
            token_lifetime: limits.lifetime.map(|lifetime| format!("{}s", lifetime.0)),
        }
    }
}

fn list(scopes: &ScopeSet) -> Vec<String> {
    scopes.to_string().split_whitespace().map(str::to_owned).collect()
}
