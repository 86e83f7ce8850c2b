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

#[cfg(test)]
mod tests {
    use crate::testing::{Script, answered, check, refused_at_once, with_narrow_columns};
    use serde_json::{Value, json};

    /// The reply to a look at a user in this state.
    fn user(state: &str) -> Result<Value, String> {
        let details = json!({ "sequence": "1", "changeDate": "2026-01-02T03:04:05Z", "creationDate": "2026-01-02T03:04:05Z", "resourceOwner": "1" });
        let machine = json!({
            "name": "R", "description": "", "hasSecret": false, "accessTokenType": "ACCESS_TOKEN_TYPE_BEARER",
        });
        Ok(json!({
            "details": details,
            "user": {
                "userId": "5", "details": details, "state": state, "username": "root", "loginNames": ["root"],
                "preferredLoginName": "root", "machine": machine,
            },
        }))
    }

    fn done() -> Result<Value, String> {
        Ok(json!({}))
    }

    fn token() -> Result<Value, String> {
        Ok(json!({ "tokenId": "6", "token": "jeton_pat_x", "creationDate": "2026-01-02T03:04:05Z" }))
    }

    fn refused() -> Result<Value, String> {
        Err("no".to_owned())
    }

    fn bootstrapped() -> Result<Value, String> {
        Ok(
            json!({ "userId": "5", "tokenId": "6", "token": "jeton_pat_x", "creationDate": "2026-01-02T03:04:05Z" }),
        )
    }

    #[test]
    fn roles_are_for_the_instance_unless_an_organization_or_a_project_is_named() {
        for (command, method, resource, said) in [
            ("admin add u A", "CreateAdministrator", json!({ "instance": true }), "assigned\n"),
            (
                "admin add u A --organization 7",
                "CreateAdministrator",
                json!({ "organizationId": "7" }),
                "assigned\n",
            ),
            ("admin update u A --project 8", "UpdateAdministrator", json!({ "projectId": "8" }), "changed\n"),
        ] {
            let request = json!({ "userId": "u", "roles": ["A"], "resource": resource });
            check(command, method, request, json!({}), said);
        }
        let request = json!({ "userId": "u", "resource": { "instance": true } });
        check(
            "admin remove u",
            "DeleteAdministrator",
            request,
            json!({ "deletionDate": "2026-01-02T03:04:05Z" }),
            "removed\n",
        );
        let told = refused_at_once("admin add u A --organization 7 --project 8");
        assert!(told.contains("cannot be used with"), "{told}");
        for command in ["admin add u", "admin update u", "admin remove", "admin create"] {
            assert!(refused_at_once(command).contains("required"), "{command}");
        }
    }

    #[test]
    fn a_list_says_what_each_administrator_administers() {
        let administrator = |realm: Value| {
            let mut row = json!({
                "creationDate": "2026-01-02T03:04:05Z", "changeDate": "2026-01-02T03:04:05Z", "roles": ["A", "B"],
                "user": { "id": "5", "preferredLoginName": "u", "displayName": "U", "organizationId": "1" },
            });
            row.as_object_mut().unwrap().extend(realm.as_object().unwrap().clone());
            row
        };
        for (realm, shown) in [
            (json!({ "instance": true }), "the instance"),
            (json!({ "organization": { "id": "7", "name": "O" } }), "organization 7"),
            (json!({ "project": { "id": "8", "name": "P", "organizationId": "7" } }), "project 8"),
        ] {
            let rows = [administrator(realm)];
            let reply = json!({ "administrators": rows, "pagination": { "appliedLimit": "1000" } });
            let printed = answered(&["admin", "list"], reply).unwrap();
            let expected = format!("USERNAME  ADMINISTERS  ROLES\nu  {shown}  A, B\n");
            assert_eq!(with_narrow_columns(&printed), expected);
        }
    }

    #[test]
    fn the_token_of_a_new_administrator_is_printed_or_in_its_file_and_not_in_both() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        let path = file.to_str().unwrap();
        let ran = Script::new([bootstrapped()]).run(&["admin", "create", "root"]);
        assert_eq!(ran.output, "created the administrator root (id 5)\njeton_pat_x\n");
        assert!(ran.remarks.starts_with("Copy the token now"), "{}", ran.remarks);
        let ran = Script::new([bootstrapped()]).run(&["admin", "create", "root", "--output", path]);
        let told = format!("created the administrator root (id 5)\nits personal access token is in {path}\n");
        assert_eq!((&*ran.output, &*ran.remarks), (&*told, ""));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "jeton_pat_x");
    }

    #[test]
    fn no_administrator_is_created_for_a_file_that_can_not_be() {
        let directory = tempfile::tempdir().unwrap();
        let (there, missing) = (directory.path().join("there"), directory.path().join("missing/token"));
        std::fs::write(&there, "").unwrap();
        for file in [&there, &missing] {
            let mut script = Script::new([bootstrapped()]);
            let ran = script.run(&["admin", "create", "root", "--output", file.to_str().unwrap()]);
            assert!(ran.result.unwrap_err().starts_with("creating "), "{}", file.display());
            assert!(script.requests().is_empty(), "{}", file.display());
        }
    }

    #[test]
    fn a_refused_administrator_leaves_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        let command = ["admin", "create", "root", "--output", file.to_str().unwrap()];
        for reply in [refused(), Ok(json!({ "userId": "5" }))] {
            assert!(Script::new([reply]).run(&command).result.is_err());
            assert!(!file.exists());
        }
    }

    #[test]
    fn a_recovery_does_what_is_missing_for_an_owner_with_a_token() {
        let (look, assign, give) = ("GetUserByID", "CreateAdministrator", "AddPersonalAccessToken");
        let change = "UpdateAdministrator";
        for (replies, methods) in [
            (vec![user("USER_STATE_ACTIVE"), done(), token()], vec![look, assign, give]),
            (
                vec![user("USER_STATE_INACTIVE"), done(), done(), token()],
                vec![look, "ReactivateUser", assign, give],
            ),
            (
                vec![user("USER_STATE_LOCKED"), done(), done(), token()],
                vec![look, "UnlockUser", assign, give],
            ),
            (vec![refused(), done(), done(), token()], vec![look, "CreateUser", assign, give]),
            (vec![user("USER_STATE_ACTIVE"), refused(), done(), token()], vec![look, assign, change, give]),
        ] {
            let mut script = Script::new(replies);
            let ran = script.run(&["admin", "recover", "root"]);
            assert_eq!((ran.result, &*ran.output), (Ok(()), "jeton_pat_x\n"), "{methods:?}");
            assert_eq!(script.methods(), methods);
            let given = script.requests().pop().unwrap();
            assert_eq!(given, json!({ "userId": "root", "lifetime": "86400s" }), "a day by default");
        }
    }

    #[test]
    fn a_recovery_that_is_refused_on_the_way_prints_no_token() {
        for replies in [
            vec![user("USER_STATE_INACTIVE"), refused()],
            vec![user("USER_STATE_LOCKED"), refused()],
            vec![refused(), refused()],
            vec![user("USER_STATE_ACTIVE"), refused(), refused()],
            vec![user("USER_STATE_ACTIVE"), done(), refused()],
        ] {
            let ran = Script::new(replies).run(&["admin", "recover"]);
            assert_eq!((ran.result, &*ran.output), (Err("no".to_owned()), ""));
        }
    }

    #[test]
    fn a_recovery_is_for_the_machine_of_the_server() {
        for command in ["--server https://x.example admin recover", "--profile p admin recover root"] {
            let told = refused_at_once(command);
            assert_eq!(told, "recover works on the server's machine, with its data directory");
        }
    }
}
