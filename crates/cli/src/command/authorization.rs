//! `jeton authorization`: roles granted to service users.

use crate::CliError;
use crate::args::Authorization;
use crate::output::expect_deleted;
use crate::session::{Session, first_page};
use jeton_api::authorizations::{self, AuthorizationFilter, State};
use jeton_api::calls::authorization::{
    ActivateAuthorization, CreateAuthorization, DeactivateAuthorization, DeleteAuthorization,
    ListAuthorizations, UpdateAuthorization,
};
use jeton_api::values::{Id, Ids};

pub(crate) fn run(session: &mut Session<'_>, command: Authorization) -> Result<(), CliError> {
    match command {
        Authorization::Create { user, project, roles } => {
            let request = authorizations::CreateAuthorization {
                user_id: user,
                project_id: project,
                organization_id: None,
                role_keys: roles,
            };
            session.perform::<CreateAuthorization>(&request, |output, reply| {
                output.line(&format!("granted (authorization {})", reply.id))
            })
        }
        Authorization::Update { authorization, roles } => {
            let request = authorizations::UpdateAuthorization { id: authorization, role_keys: roles };
            session.perform_and_say::<UpdateAuthorization>(&request, "done")
        }
        Authorization::Deactivate { authorization: id } => {
            session.perform_and_say::<DeactivateAuthorization>(&Id { id }, "done")
        }
        Authorization::Activate { authorization: id } => {
            session.perform_and_say::<ActivateAuthorization>(&Id { id }, "done")
        }
        Authorization::List { user, project } => list(session, user, project),
        Authorization::Delete { authorization: id } => {
            let answer = session.call::<DeleteAuthorization>(&Id { id: id.clone() })?;
            expect_deleted(&answer.read()?, "authorization", &id)?;
            session.show(&answer, |output, _| output.line("done"))
        }
    }
}

fn list(session: &mut Session<'_>, user: Option<String>, project: Option<String>) -> Result<(), CliError> {
    let users = user.map(|id| AuthorizationFilter::Users(Ids { ids: vec![id] }));
    let projects = project.map(|id| AuthorizationFilter::Project(Id { id }));
    let request = authorizations::ListAuthorizations {
        pagination: first_page(),
        filters: users.into_iter().chain(projects).collect(),
        ..authorizations::ListAuthorizations::default()
    };
    session.list::<ListAuthorizations>(
        request,
        |request| &mut request.pagination,
        |output, reply| {
            let rows = reply.authorizations.into_iter().map(|authorization| {
                let state = match authorization.state {
                    State::Active => "active",
                    State::Inactive => "inactive",
                };
                let roles: Vec<_> = authorization.roles.into_iter().map(|role| role.key).collect();
                [
                    authorization.id,
                    authorization.user.preferred_login_name,
                    authorization.project.name,
                    state.to_owned(),
                    roles.join(" "),
                ]
            });
            output.table(["ID", "USERNAME", "PROJECT", "STATE", "ROLES"], rows)
        },
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{check, refused_at_once};
    use serde_json::json;

    #[test]
    fn an_authorization_has_the_roles_of_the_command_line() {
        check(
            "authorization create u 7 a b",
            "CreateAuthorization",
            json!({ "userId": "u", "projectId": "7", "roleKeys": ["a", "b"] }),
            json!({ "id": "5", "creationDate": "2026-01-02T03:04:05Z" }),
            "granted (authorization 5)\n",
        );
        for (command, roles) in
            [("authorization update 5 a", json!(["a"])), ("authorization update 5", json!([]))]
        {
            let request = json!({ "id": "5", "roleKeys": roles });
            check(command, "UpdateAuthorization", request, json!({}), "done\n");
        }
    }

    #[test]
    fn an_authorization_is_changed_by_its_id() {
        for (command, method) in [
            ("authorization activate 5", "ActivateAuthorization"),
            ("authorization deactivate 5", "DeactivateAuthorization"),
            ("authorization delete 5", "DeleteAuthorization"),
        ] {
            check(
                command,
                method,
                json!({ "id": "5" }),
                json!({ "deletionDate": "2026-01-02T03:04:05Z" }),
                "done\n",
            );
        }
    }

    #[test]
    fn filters_of_the_list_are_those_of_the_command_line() {
        for (command, filters) in [
            ("authorization list", json!([])),
            ("authorization list --user 1", json!([{ "inUserIds": { "ids": ["1"] } }])),
            (
                "authorization list --project 2 --user 1",
                json!([{ "inUserIds": { "ids": ["1"] } }, { "projectId": { "id": "2" } }]),
            ),
        ] {
            let request = json!({
                "pagination": { "asc": true, "limit": 1000, "offset": 0 }, "filters": filters,
                "sortingColumn": "AUTHORIZATION_FIELD_NAME_ID",
            });
            let reply = json!({ "authorizations": [], "pagination": { "appliedLimit": "1000" } });
            let printed = "ID  USERNAME  PROJECT  STATE  ROLES\n";
            check(command, "ListAuthorizations", request, reply, printed);
        }
    }

    #[test]
    fn a_command_without_its_subject_is_refused() {
        for command in ["authorization create u", "authorization update", "authorization delete"] {
            assert!(refused_at_once(command).contains("required"), "{command}");
        }
    }
}
