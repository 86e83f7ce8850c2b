//! `jeton project grant`: projects that are granted to other organizations.

use crate::CliError;
use crate::args::ProjectGrant;
use crate::output::expect_deleted;
use crate::session::{Session, first_page};
use jeton_api::calls::project::{
    ActivateProjectGrant, CreateProjectGrant, DeactivateProjectGrant, DeleteProjectGrant, ListProjectGrants,
    UpdateProjectGrant,
};
use jeton_api::project_grants::{self, ByGrant, GrantFilter, GrantRoles, State};
use jeton_api::values::{Id, Ids};

pub(crate) fn run(session: &mut Session<'_>, command: ProjectGrant) -> Result<(), CliError> {
    match command {
        ProjectGrant::Add { project, organization, roles } => {
            let done = format!("granted {project} to {organization}");
            session.perform_and_say::<CreateProjectGrant>(&with_roles(project, organization, roles), &done)
        }
        ProjectGrant::List { project, organization } => list(session, project, organization),
        ProjectGrant::Set { project, organization, roles } => session
            .perform_and_say::<UpdateProjectGrant>(&with_roles(project, organization, roles), "changed"),
        ProjectGrant::Deactivate { project, organization } => {
            session.perform_and_say::<DeactivateProjectGrant>(&by_ids(project, organization), "deactivated")
        }
        ProjectGrant::Activate { project, organization } => {
            session.perform_and_say::<ActivateProjectGrant>(&by_ids(project, organization), "activated")
        }
        ProjectGrant::Remove { project, organization } => {
            let answer = session.call::<DeleteProjectGrant>(&by_ids(project, organization.clone()))?;
            expect_deleted(&answer.read()?, "grant to organization", &organization)?;
            session.show(&answer, |output, _| output.line(&format!("removed the grant to {organization}")))
        }
    }
}

fn by_ids(project: String, organization: String) -> ByGrant {
    ByGrant { project_id: project, granted_organization_id: organization }
}

fn with_roles(project: String, organization: String, roles: Vec<String>) -> GrantRoles {
    GrantRoles { project_id: project, granted_organization_id: organization, role_keys: roles }
}

fn list(
    session: &mut Session<'_>,
    project: Option<String>,
    organization: Option<String>,
) -> Result<(), CliError> {
    let of = project.map(|id| GrantFilter::Projects(Ids { ids: vec![id] }));
    let to = organization.map(|id| GrantFilter::Granted(Id { id }));
    let request = project_grants::ListProjectGrants {
        pagination: first_page(),
        filters: of.into_iter().chain(to).collect(),
        ..project_grants::ListProjectGrants::default()
    };
    session.list::<ListProjectGrants>(
        request,
        |request| &mut request.pagination,
        |output, reply| {
            let rows = reply.project_grants.into_iter().map(|grant| {
                let state = match grant.state {
                    State::Active => "active",
                    State::Inactive => "inactive",
                };
                [
                    grant.project_id,
                    grant.granted_organization_id,
                    grant.granted_organization_name,
                    grant.granted_role_keys.join(" "),
                    state.to_owned(),
                ]
            });
            output.table(["PROJECT", "ORGANIZATION", "NAME", "ROLES", "STATE"], rows)
        },
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, refused_at_once};
    use serde_json::json;

    #[test]
    fn a_grant_is_named_by_its_project_and_its_organization() {
        let ids = json!({ "projectId": "7", "grantedOrganizationId": "8" });
        for (command, method, said) in [
            ("project grant deactivate 7 8", "DeactivateProjectGrant", "deactivated\n"),
            ("project grant activate 7 8", "ActivateProjectGrant", "activated\n"),
            ("project grant remove 7 8", "DeleteProjectGrant", "removed the grant to 8\n"),
        ] {
            check(command, method, ids.clone(), json!({ "deletionDate": "2026-01-02T03:04:05Z" }), said);
        }
        for command in ["project grant add 7", "project grant set 7", "project grant remove 7"] {
            assert!(refused_at_once(command).contains("required"), "{command}");
        }
    }

    #[test]
    fn roles_of_a_grant_are_all_that_it_has_from_then_on() {
        for (command, method, roles, said) in [
            ("project grant add 7 8 a b", "CreateProjectGrant", json!(["a", "b"]), "granted 7 to 8\n"),
            ("project grant set 7 8 a", "UpdateProjectGrant", json!(["a"]), "changed\n"),
            ("project grant set 7 8", "UpdateProjectGrant", json!([]), "changed\n"),
        ] {
            let request = json!({ "projectId": "7", "grantedOrganizationId": "8", "roleKeys": roles });
            check(command, method, request, json!({}), said);
        }
    }

    #[test]
    fn filters_of_the_list_are_those_of_the_command_line() {
        let of = json!({ "inProjectIdsFilter": { "ids": ["7"] } });
        let to = json!({ "grantedOrganizationIdFilter": { "id": "8" } });
        for (command, filters) in [
            ("project grant list", json!([])),
            ("project grant list --organization 8", json!([to])),
            ("project grant list --project 7 --organization 8", json!([of, to])),
        ] {
            let request = json!({
                "pagination": { "asc": true, "limit": 1000, "offset": 0 }, "filters": filters,
                "sortingColumn": "PROJECT_GRANT_FIELD_NAME_UNSPECIFIED",
            });
            let reply = json!({ "projectGrants": [], "pagination": { "appliedLimit": "1000" } });
            let printed = "PROJECT  ORGANIZATION  NAME  ROLES  STATE\n";
            check(command, "ListProjectGrants", request, reply, printed);
        }
    }
}
