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
