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

#[cfg(test)]
mod tests {
    use crate::testing::{check, refused_at_once};
    use serde_json::json;

    #[test]
    fn an_organization_is_created_with_its_owners() {
        for (command, admins) in [
            ("organization create O", json!([])),
            (
                "organization create O --owner a --owner -b",
                json!([{ "userId": "a", "roles": [] }, { "userId": "-b", "roles": [] }]),
            ),
        ] {
            let details = json!({ "sequence": "1", "changeDate": "2026-01-02T03:04:05Z", "creationDate": "2026-01-02T03:04:05Z", "resourceOwner": "7" });
            let reply = json!({ "organizationId": "7", "details": details, "createdAdmins": [] });
            let request = json!({ "name": "O", "admins": admins });
            check(command, "AddOrganization", request, reply, "created organization O (id 7)\n");
        }
    }

    #[test]
    fn a_change_names_the_organization_and_says_what_was_done() {
        for (command, method, said) in [
            ("organization deactivate 7", "DeactivateOrganization", "deactivated 7\n"),
            ("organization activate 7", "ActivateOrganization", "activated 7\n"),
            ("organization delete 7", "DeleteOrganization", "deleted 7\n"),
        ] {
            check(command, method, json!({ "organizationId": "7" }), json!({}), said);
        }
        let request = json!({ "organizationId": "7", "name": "P" });
        check("organization rename 7 P", "UpdateOrganization", request, json!({}), "renamed\n");
    }

    #[test]
    fn metadata_is_sent_in_base64_and_listed_as_text() {
        check(
            "organization metadata set 7 k ü",
            "SetOrganizationMetadata",
            json!({ "organizationId": "7", "metadata": [{ "key": "k", "value": "w7w=" }] }),
            json!({}),
            "noted\n",
        );
        check(
            "organization metadata delete 7 k",
            "DeleteOrganizationMetadata",
            json!({ "organizationId": "7", "keys": ["k"] }),
            json!({}),
            "removed\n",
        );
        let entry = json!({ "key": "k", "value": "w7w=", "creationDate": "2026-01-02T03:04:05Z", "changeDate": "2026-01-02T03:04:05Z" });
        check(
            "organization metadata list 7",
            "ListOrganizationMetadata",
            json!({ "organizationId": "7", "filters": [], "pagination": { "asc": false, "limit": 0, "offset": 0 } }),
            json!({ "metadata": [entry], "pagination": { "appliedLimit": "100" } }),
            "KEY  VALUE\nk  ü\n",
        );
    }

    #[test]
    fn a_command_without_its_subject_is_refused() {
        for command in [
            "organization create",
            "organization rename 7",
            "organization delete",
            "organization metadata set 7 k",
            "organization metadata delete 7",
        ] {
            assert!(refused_at_once(command).contains("required"), "{command}");
        }
    }
}
