//! Keys of applications: `CreateApplicationKey`, `DeleteApplicationKey`, `GetApplicationKey`,
//! `ListApplicationKeys`.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::keys::KeyOptions;
use super::pages::Cut;
use super::sorting::credential_key;
use super::sorting::credential_order;
use jeton_api::application_keys::{
    ApplicationKey, ApplicationKeyFilter, ApplicationKeys, CreateApplicationKey, CreatedApplicationKey,
    DeleteApplicationKey, GetApplicationKey, GotApplicationKey, ListApplicationKeys,
};
use jeton_api::calls::application;
use jeton_api::values::{Date, Deleted};
use jeton_domain::client::Client;
use jeton_domain::credential::Credential;
use jeton_domain::id::{OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::refusal::OperationError;
use jeton_secret::CredentialId;
use jeton_store::query::{CredentialFilter, CredentialOwners, CredentialType, Within};
use serde_json::json;

impl Handle for application::CreateApplicationKey {
    async fn handle(call: &Call, request: CreateApplicationKey) -> Result<CreatedApplicationKey, ApiError> {
        let known = call.application(&request.application_id, request.project_id.as_deref())?;
        let (app_id, client_id) = (known.client.id.to_string(), known.client.name.to_string());
        let CreateApplicationKey {
            expiration_date,
            lifetime,
            public_key,
            algorithm,
            rsa_bits,
            key_format,
            ..
        } = request;
        let options = KeyOptions { expiration_date, lifetime, public_key, algorithm, rsa_bits, key_format };
        let added = call.add_key(&known.client, &options).await?;
        let file = |key: &str, id: &str| {
            json!({ "type": "application", "keyId": id, "key": key, "appId": app_id, "clientId": client_id })
                .to_string()
        };
        Ok(CreatedApplicationKey {
            creation_date: Date(added.created),
            key_id: added.id.clone(),
            key_details: added.file(file),
        })
    }
}

impl Handle for application::DeleteApplicationKey {
    async fn handle(call: &Call, request: DeleteApplicationKey) -> Result<Deleted, ApiError> {
        let known = call.application(&request.application_id, request.project_id.as_deref())?;
        call.revoke(&known.client, &request.key_id, |credential| credential.key().is_some()).await
    }
}

/// The projects that match the filter.
fn projects_of(filter: &ApplicationKeyFilter, instance: &Instance) -> Within<ProjectId> {
    match filter {
        ApplicationKeyFilter::Application { .. } => Within::Everything,
        ApplicationKeyFilter::Project { project_id } => {
            Within::These(ProjectId::parse(project_id).into_iter().collect())
        }
        ApplicationKeyFilter::Organization { organization_id } => {
            let id = OrganizationId::parse(organization_id).ok();
            let own = instance.projects.values().filter(|project| Some(project.organization) == id);
            Within::These(own.map(|project| project.id).collect())
        }
    }
}

/// The order of keys, in page tokens.
const ORDER: &str = "application keys";
/// See [`ORDER`].
const OF_APPLICATION: &str = "keys of an application";

impl Handle for application::ListApplicationKeys {
    async fn handle(call: &Call, request: ListApplicationKeys) -> Result<ApplicationKeys, ApiError> {
        let snapshot = call.snapshot()?;
        let mut within = call.projects_with(Permission::ProjectRead, snapshot.instance());
        for filter in &request.filters {
            within = within.and(&projects_of(filter, snapshot.instance()));
        }
        let mut applications =
            request.filters.iter().enumerate().filter_map(|(place, filter)| match filter {
                ApplicationKeyFilter::Application { application_id } => Some((place, application_id)),
                _ => None,
            });
        if let Some((place, id)) = applications.next() {
            let is_only = applications.all(|(_, other)| other == id);
            let member = format!("filters[{place}].applicationIdFilter.applicationId");
            let known = call.lookup(&member, id)?.filter(|_| is_only);
            let client = known.as_ref().map(|known| &*known.client);
            return list_of(call, &request, client, &within);
        }
        let (owners, keys) =
            (CredentialOwners::Applications(within), CredentialFilter::Kind(CredentialType::Key));
        let (Cut { pagination, found, next_page_token }, unreadable) =
            call.credentials_over(owners, vec![keys], &request.pagination, (ORDER, request.sorting_column))?;
        let keys = found.iter().map(|found| ApplicationKey::of(&found.client, &found.credential)).collect();
        Ok(ApplicationKeys { keys, pagination, next_page_token, unreadable })
    }
}

/// The keys of one application, if it matches the filters.
fn list_of(
    call: &Call,
    request: &ListApplicationKeys,
    client: Option<&Client>,
    within: &Within<ProjectId>,
) -> Result<ApplicationKeys, ApiError> {
    let client = client.filter(|client| client.api().is_some_and(|api| within.contains(api.project)));
    let keys = client.into_iter().flat_map(|client| {
        let keys = client.credentials.iter().filter(|credential| credential.key().is_some());
        keys.map(move |credential| (client, credential))
    });
    let column = request.sorting_column;
    let key = |(client, credential): &(&Client, &Credential)| credential_key(column, client, credential);
    let Cut { pagination, found, next_page_token } =
        call.page_tokens().cut(&request.pagination, &credential_order(column, OF_APPLICATION), keys, key)?;
    let keys = found.iter().map(|(client, credential)| ApplicationKey::of(client, credential)).collect();
    Ok(ApplicationKeys { keys, pagination, next_page_token, unreadable: Vec::new() })
}

impl Handle for application::GetApplicationKey {
    async fn handle(call: &Call, request: GetApplicationKey) -> Result<GotApplicationKey, ApiError> {
        let id = request.key_id.parse().map(CredentialId).map_err(|_| OperationError::UnknownCredential)?;
        let snapshot = call.snapshot()?;
        let owner = snapshot.owner_of_credential(id)?.ok_or(OperationError::UnknownCredential)?;
        let known = snapshot.administered_client(owner)?.ok_or(OperationError::UnknownCredential)?;
        let client = &known.client;
        let is_seen = client.api().is_some_and(|api| {
            call.caller.may(Permission::ProjectRead, ResourcePath::Project(client.organization, api.project))
        });
        let key = client.credential(id).filter(|credential| is_seen && credential.key().is_some());
        let ApplicationKey { key_id, creation_date, expiration_date, .. } =
            ApplicationKey::of(client, key.ok_or(OperationError::UnknownCredential)?);
        Ok(GotApplicationKey { key_id, creation_date, expiration_date })
    }
}
