//! Roles granted to users: `zitadel.authorization.v2.AuthorizationService`.

use super::json::{Date, Deleted};
use super::projects::{parse_project, parse_role};
use super::{ApiError, Management};
use jeton_oauth::client::Refusal;
use jeton_oauth::id::AuthorizationId;
use jeton_oauth::project::RoleKey;
use jeton_oauth::service_user::Authorization;
use jeton_store::command::Update;
use jeton_store::{Action, Known};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateAuthorization {
    user_id: String,
    project_id: String,
    organization_id: Option<String>,
    #[serde(default)]
    role_keys: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedAuthorization {
    id: String,
    creation_date: Date,
}

pub(super) async fn create(
    management: &Management,
    request: Result<CreateAuthorization, ApiError>,
) -> Result<CreatedAuthorization, ApiError> {
    let request = request?;
    management.check_organization(request.organization_id.as_deref())?;
    let known = management.find_user(&request.user_id)?;
    let now = management.now();
    let id = AuthorizationId(management.worker.app.store.next_id(now));
    let authorization = Authorization {
        id,
        project: parse_project(&request.project_id)?,
        roles: parse_roles(&request.role_keys)?,
        created: now,
        changed: now,
    };
    let update = Action::Update(Update::Authorize(authorization));
    management.change(known.client.id, update, now).await?;
    Ok(CreatedAuthorization { id: id.to_string(), creation_date: Date(now) })
}

/// Sorted, each once.
fn parse_roles(keys: &[String]) -> Result<Vec<RoleKey>, ApiError> {
    let mut roles = keys.iter().map(|key| parse_role(key)).collect::<Result<Vec<_>, _>>()?;
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateAuthorization {
    id: String,
    #[serde(default)]
    role_keys: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangedAuthorization {
    change_date: Date,
}

pub(super) async fn update(
    management: &Management,
    request: Result<UpdateAuthorization, ApiError>,
) -> Result<ChangedAuthorization, ApiError> {
    let request = request?;
    let (id, known) = management.find_authorization(&request.id)?;
    let update = Update::Reauthorize(id, parse_roles(&request.role_keys)?);
    let now = management.now();
    management.change(known.client.id, Action::Update(update), now).await?;
    Ok(ChangedAuthorization { change_date: Date(now) })
}

#[derive(Debug, Deserialize)]
pub(super) struct DeleteAuthorization {
    id: String,
}

pub(super) async fn delete(
    management: &Management,
    request: Result<DeleteAuthorization, ApiError>,
) -> Result<Deleted, ApiError> {
    let (id, known) = management.find_authorization(&request?.id)?;
    let now = management.now();
    management.change(known.client.id, Action::Update(Update::Unauthorize(id)), now).await?;
    Ok(Deleted { deletion_date: Date(now) })
}

impl Management {
    fn find_authorization(&self, id: &str) -> Result<(AuthorizationId, Known), ApiError> {
        let id = AuthorizationId::parse(id).map_err(|error| ApiError::invalid(format!("id: {error}")))?;
        let known = self.worker.app.store.snapshot()?.client_by_authorization(id)?;
        Ok((id, known.ok_or(Refusal::UnknownAuthorization)?))
    }
}
