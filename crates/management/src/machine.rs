//! The `machine` member of users, in requests and replies.

use super::ApiError;
use super::json::{parse_name, parse_text};
use jeton_api::machine::MachineInput;
use jeton_api::values::Seconds;
use jeton_domain::id::ProjectId;
use jeton_domain::instance::Instance;
use jeton_domain::limits::TOKEN_LIFETIME_MAX;
use jeton_domain::scope::{Parameter, ScopeSet, UnknownScopes};
use jeton_domain::service_user::{Edit, ServiceUser};
use jeton_domain::time::Lifetime;

/// The changes to be made. Every object that it names has to exist, or to be named by the user already:
/// of the latter, some may have been deleted.
pub(super) fn edit_of(
    machine: &MachineInput,
    instance: &Instance,
    user: &ServiceUser,
) -> Result<Edit, ApiError> {
    let (name, description) = (machine.name.as_deref(), machine.description.as_deref());
    let allowed = user.limits.scopes.clone().unwrap_or_default();
    let scopes = |member: &str, scopes: &Option<Vec<String>>, old: &ScopeSet| {
        let read = |scopes: &Vec<String>| parse_scopes(member, scopes, instance, old);
        scopes.as_ref().map(read).transpose()
    };
    let allowed_scopes = scopes("machine.allowedScopes", &machine.allowed_scopes, &allowed)?;
    let old = user.limits.audiences.as_deref().unwrap_or_default();
    let audiences = machine.allowed_audiences.as_deref();
    let audiences = audiences.map(|projects| parse_projects(projects, instance, old)).transpose()?;
    let lifetime = machine.token_lifetime.map(bound_lifetime).transpose()?;
    Ok(Edit {
        name: name.map(|name| parse_name("machine.name", name)).transpose()?,
        description: description.map(|text| parse_text("machine.description", text)).transpose()?,
        default_scopes: scopes("machine.defaultScopes", &machine.default_scopes, &user.default_scopes)?,
        token_type: machine.access_token_type.map(Into::into),
        jwt_type: machine.jwt_type.map(Into::into),
        scopes: allowed_scopes.map(|scopes| Some(scopes).filter(|scopes| !scopes.is_empty())),
        audiences: audiences.map(|projects| Some(projects).filter(|projects| !projects.is_empty())),
        lifetime,
    })
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
