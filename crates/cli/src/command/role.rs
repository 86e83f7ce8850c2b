//! `jeton role`: roles of projects.

use crate::CliError;
use crate::args::Role;
use crate::session::{Session, newest};
use jeton_api::calls::project::{AddProjectRole, ListProjectRoles, RemoveProjectRole, UpdateProjectRole};
use jeton_api::project_roles;
use jeton_api::sorting::RoleColumn;

pub(crate) fn run(session: &mut Session<'_>, command: Role) -> Result<(), CliError> {
    match command {
        Role::Add { project, key, name, group } => {
            let done = format!("added role {key}");
            let request = project_roles::AddProjectRole {
                project_id: project,
                role_key: key,
                display_name: name.unwrap_or_default(),
                group: group.unwrap_or_default(),
            };
            session.perform_and_say::<AddProjectRole>(&request, &done)
        }
        Role::List { project } => list(session, project),
        Role::Update { project, key, name, group } => {
            let request = project_roles::UpdateProjectRole {
                project_id: project,
                role_key: key,
                display_name: name,
                group,
            };
            session.perform_and_say::<UpdateProjectRole>(&request, "changed")
        }
        Role::Remove { project, key } => {
            let done = format!("removed role {key}");
            let request = project_roles::RemoveProjectRole { project_id: project, role_key: key };
            session.perform_and_say::<RemoveProjectRole>(&request, &done)
        }
    }
}

fn list(session: &mut Session<'_>, project: String) -> Result<(), CliError> {
    let request = project_roles::ListProjectRoles {
        project_id: project,
        pagination: newest(),
        sorting_column: RoleColumn::default(),
        filters: Vec::new(),
    };
    session.list::<ListProjectRoles>(
        request,
        |request| &mut request.pagination,
        |output, reply| {
            let rows = reply.project_roles.into_iter().map(|role| [role.key, role.display_name, role.group]);
            output.table(["KEY", "NAME", "GROUP"], rows)
        },
    )
}
