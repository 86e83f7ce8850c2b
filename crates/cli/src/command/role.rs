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

#[cfg(test)]
mod tests {
    use crate::testing::{check, refused_at_once};
    use serde_json::json;

    #[test]
    fn a_new_role_has_a_name_and_a_group_if_they_are_given() {
        for (command, name, group) in
            [("role add 7 r", "", ""), ("role add 7 r --name -N --group 'G G'", "-N", "G G")]
        {
            let request = json!({ "projectId": "7", "roleKey": "r", "displayName": name, "group": group });
            check(command, "AddProjectRole", request, json!({}), "added role r\n");
        }
    }

    #[test]
    fn a_change_leaves_what_is_not_given() {
        for (command, request) in [
            ("role update 7 r --name N", json!({ "projectId": "7", "roleKey": "r", "displayName": "N" })),
            ("role update 7 r --group ''", json!({ "projectId": "7", "roleKey": "r", "group": "" })),
        ] {
            check(command, "UpdateProjectRole", request, json!({}), "changed\n");
        }
        let request = json!({ "projectId": "7", "roleKey": "r" });
        check("role remove 7 r", "RemoveProjectRole", request, json!({}), "removed role r\n");
    }

    #[test]
    fn roles_are_listed_with_key_name_and_group() {
        let role = json!({
            "projectId": "7", "key": "r", "displayName": "R", "group": "G", "creationDate": "2026-01-02T03:04:05Z",
            "changeDate": "2026-01-02T03:04:05Z",
        });
        let request = json!({
            "projectId": "7", "pagination": { "asc": false, "limit": 1000, "offset": 0 }, "filters": [],
            "sortingColumn": "PROJECT_ROLE_FIELD_NAME_CREATION_DATE",
        });
        let reply = json!({ "projectRoles": [role], "pagination": { "appliedLimit": "1000" } });
        check("role list 7", "ListProjectRoles", request, reply, "KEY  NAME  GROUP\nr  R  G\n");
    }

    #[test]
    fn a_role_without_its_project_is_refused() {
        for command in ["role add r", "role update 7", "role remove 7", "role list"] {
            assert!(refused_at_once(command).contains("required"), "{command}");
        }
    }
}
