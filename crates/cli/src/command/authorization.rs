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
