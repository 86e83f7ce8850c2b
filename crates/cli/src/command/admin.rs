//! `jeton admin`: administrator role assignments.

use crate::CliError;
use crate::args::{Admin, AdminScope};
use crate::output::{Output, PrivateFile, expect_deleted};
use crate::session::{Session, first_page, seconds};
use jeton_api::administrators::{self, Assignment, ListedAdministrator, Resource, RoleRemoval};
use jeton_api::calls::administrator::{
    Bootstrap, CreateAdministrator, DeleteAdministrator, ListAdministrators, UpdateAdministrator,
};
use jeton_api::calls::user::{AddPersonalAccessToken, CreateUser, GetUserByID, ReactivateUser, UnlockUser};
use jeton_api::machine::MachineInput;
use jeton_api::{access_tokens, users};
use std::path::Path;
use std::time::Duration;

pub(crate) fn run(session: &mut Session<'_>, command: Admin) -> Result<(), CliError> {
    match command {
        Admin::Create { username, expires, output } => create(session, &username, expires, output.as_deref()),
        Admin::Recover { username, expires } => recover(session, &username, expires),
        Admin::List => list(session),
        Admin::Add { user, roles, realm } => {
            let request = Assignment { user_id: user, resource: resource(realm), roles };
            session.perform_and_say::<CreateAdministrator>(&request, "assigned")
        }
        Admin::Update { user, roles, realm } => {
            let request = Assignment { user_id: user, resource: resource(realm), roles };
            session.perform_and_say::<UpdateAdministrator>(&request, "changed")
        }
        Admin::Remove { user, realm } => {
            let request = RoleRemoval { user_id: user.clone(), resource: resource(realm) };
            let answer = session.call::<DeleteAdministrator>(&request)?;
            expect_deleted(&answer.read()?, "administrator", &user)?;
            session.show(&answer, |output, _| output.line("removed"))
        }
    }
}

fn resource(realm: AdminScope) -> Resource {
    match (realm.organization, realm.project) {
        (Some(id), _) => Resource { organization_id: Some(id), ..Resource::default() },
        (None, Some(id)) => Resource { project_id: Some(id), ..Resource::default() },
        (None, None) => Resource { instance: Some(true), ..Resource::default() },
    }
}

fn create(
    session: &mut Session<'_>,
    username: &str,
    expires: Option<Duration>,
    file: Option<&Path>,
) -> Result<(), CliError> {
    // Before the token, so that none is created for a file that can't be created.
    let target = file.map(PrivateFile::create).transpose()?;
    session.create_missing_store()?;
    let request = administrators::Bootstrap {
        username: username.to_owned(),
        expiration_date: None,
        lifetime: expires.map(seconds),
    };
    let answer = session.call::<Bootstrap>(&request)?;
    if let Some(target) = target {
        target.write(&answer.read()?.token)?;
    }
    session.show(&answer, |output, reply| {
        output.line(&format!("created the administrator {username} (id {})", reply.user_id))?;
        match file {
            Some(path) => output.line(&format!("its personal access token is in {}", path.display())),
            None => show_token(output, &reply.token),
        }
    })
}

fn show_token(output: &mut Output<'_>, token: &str) -> Result<(), CliError> {
    output.line(token)?;
    output.remark("Copy the token now: it can't be shown again.");
    Ok(())
}

/// Idempotent: a step that is already done is skipped.
fn recover(session: &mut Session<'_>, username: &str, expires: Duration) -> Result<(), CliError> {
    if session.is_remote() {
        return Err(CliError::new("recover works on the server's machine, with its data directory"));
    }
    let by_id = users::ByUserId { user_id: username.to_owned() };
    match session.call::<GetUserByID>(&by_id) {
        Ok(answer) => match &*answer.read()?.user.state {
            "USER_STATE_INACTIVE" => {
                session.call::<ReactivateUser>(&by_id)?;
            }
            "USER_STATE_LOCKED" => {
                session.call::<UnlockUser>(&by_id)?;
            }
            _ => {}
        },
        Err(_) => {
            let machine = MachineInput {
                name: Some(username.to_owned()),
                description: Some("recovered administrator".to_owned()),
                ..MachineInput::default()
            };
            session.call::<CreateUser>(&users::CreateUser {
                organization_id: None,
                user_id: None,
                username: Some(username.to_owned()),
                machine,
            })?;
        }
    }
    make_owner(session, username)?;
    let request = access_tokens::AddPersonalAccessToken {
        user_id: username.to_owned(),
        expiration_date: None,
        lifetime: Some(seconds(expires)),
    };
    session.perform::<AddPersonalAccessToken>(&request, |output, reply| show_token(output, &reply.token))
}

fn make_owner(session: &mut Session<'_>, username: &str) -> Result<(), CliError> {
    let request = Assignment {
        user_id: username.to_owned(),
        resource: Resource { instance: Some(true), ..Resource::default() },
        roles: vec!["IAM_OWNER".to_owned()],
    };
    if session.call::<CreateAdministrator>(&request).is_err() {
        // It has other roles for the instance.
        session.call::<UpdateAdministrator>(&request)?;
    }
    Ok(())
}

fn list(session: &mut Session<'_>) -> Result<(), CliError> {
    let request = administrators::ListAdministrators {
        pagination: first_page(),
        ..administrators::ListAdministrators::default()
    };
    session.list::<ListAdministrators>(
        request,
        |request| &mut request.pagination,
        |output, reply| {
            let rows = reply.administrators.into_iter().map(|administrator| {
                let realm = realm(&administrator);
                [administrator.user.preferred_login_name, realm, administrator.roles.join(", ")]
            });
            output.table(["USERNAME", "ADMINISTERS", "ROLES"], rows)
        },
    )
}

fn realm(administrator: &ListedAdministrator) -> String {
    match (&administrator.organization, &administrator.project) {
        (None, None) => "the instance".to_owned(),
        (Some(organization), None) => format!("organization {}", organization.id),
        (_, Some(project)) => format!("project {}", project.id),
    }
}
