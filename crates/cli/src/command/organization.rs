//! `jeton organization`.

use crate::CliError;
use crate::args::{Organization, OrganizationMetadata};
use crate::session::{Session, first_page};
use jeton_api::calls::organization::{
    ActivateOrganization, AddOrganization, DeactivateOrganization, DeleteOrganization,
    DeleteOrganizationMetadata, ListOrganizationMetadata, ListOrganizations, SetOrganizationMetadata,
    UpdateOrganization,
};
use jeton_api::organizations::{self, Admin, ByOrganizationId, OrganizationState};
use jeton_api::page::Page;
use jeton_api::values::{Bytes, MetadataInput};

pub(crate) fn run(session: &mut Session<'_>, command: Organization) -> Result<(), CliError> {
    let by_id = |organization: &str| ByOrganizationId { organization_id: organization.to_owned() };
    match command {
        Organization::Create { name, owner } => {
            let admins = owner.into_iter().map(|user_id| Admin { user_id, roles: Vec::new() }).collect();
            let request =
                organizations::AddOrganization { name: name.clone(), organization_id: None, admins };
            session.perform::<AddOrganization>(&request, |output, reply| {
                output.line(&format!("created organization {name} (id {})", reply.organization_id))
            })
        }
        Organization::List => list(session),
        Organization::Rename { organization, name } => {
            let request = organizations::UpdateOrganization { organization_id: organization, name };
            session.perform_and_say::<UpdateOrganization>(&request, "renamed")
        }
        Organization::Deactivate { organization: id } => {
            session.perform_and_say::<DeactivateOrganization>(&by_id(&id), &format!("deactivated {id}"))
        }
        Organization::Activate { organization: id } => {
            session.perform_and_say::<ActivateOrganization>(&by_id(&id), &format!("activated {id}"))
        }
        Organization::Delete { organization: id } => {
            session.perform_and_say::<DeleteOrganization>(&by_id(&id), &format!("deleted {id}"))
        }
        Organization::Metadata(command) => metadata(session, command),
    }
}

fn list(session: &mut Session<'_>) -> Result<(), CliError> {
    let request = organizations::ListOrganizations {
        query: first_page(),
        ..organizations::ListOrganizations::default()
    };
    session.list::<ListOrganizations>(
        request,
        |request| &mut request.query,
        |output, reply| {
            let rows = reply.result.into_iter().map(|organization| {
                let state = match organization.state {
                    OrganizationState::Active => "active",
                    OrganizationState::Inactive => "inactive",
                    OrganizationState::Removed => "removed",
                };
                [
                    organization.id,
                    organization.name,
                    organization.primary_domain,
                    state.to_owned(),
                    organization.details.creation_date.to_string(),
                ]
            });
            output.table(["ID", "NAME", "DOMAIN", "STATE", "CREATED"], rows)
        },
    )
}

fn metadata(session: &mut Session<'_>, command: OrganizationMetadata) -> Result<(), CliError> {
    match command {
        OrganizationMetadata::Set { organization, key, value } => {
            let metadata = vec![MetadataInput { key, value: Bytes(value.into_bytes()) }];
            let request = organizations::SetOrganizationMetadata { organization_id: organization, metadata };
            session.perform_and_say::<SetOrganizationMetadata>(&request, "noted")
        }
        OrganizationMetadata::List { organization } => {
            let request = organizations::ListOrganizationMetadata {
                organization_id: organization,
                pagination: Page::default(),
                filters: Vec::new(),
            };
            session.list::<ListOrganizationMetadata>(
                request,
                |request| &mut request.pagination,
                |output, reply| output.metadata(reply.metadata),
            )
        }
        OrganizationMetadata::Delete { organization, key } => {
            let request =
                organizations::DeleteOrganizationMetadata { organization_id: organization, keys: vec![key] };
            session.perform_and_say::<DeleteOrganizationMetadata>(&request, "removed")
        }
    }
}
