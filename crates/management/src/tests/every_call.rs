//! Rules that hold for every call, tried with a valid request for each.

use super::world::{World, with};
use crate::Caller::Operator;
use crate::Code::{Aborted, InvalidArgument, NotFound, PermissionDenied};
use crate::testing::{if_match, once};
use crate::{Caller, ROUTES, Route};
use jeton_api::message::{Presence, json_name};
use jeton_domain::permission::AdminRole;
use serde_json::{Value, json};

/// The resource of the world in which a role can be assigned.
fn resource(world: &World, role: AdminRole) -> Value {
    match role.name().split_once('_') {
        Some(("IAM", _)) => json!({ "instance": true }),
        Some(("ORG", _)) => json!({ "organizationId": world.organization }),
        _ => json!({ "projectId": world.project }),
    }
}

/// An administrator with each role, in the world's organization or project.
fn administrators(world: &World) -> Vec<(AdminRole, Caller)> {
    let with_role = |role: AdminRole| world.api.with_role(role.name(), &resource(world, role), role.name());
    AdminRole::ALL.into_iter().map(|role| (role, with_role(role))).collect()
}

fn changes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.is_change())
}

/// An owner of the instance, if the call is not the one that makes the first one.
fn owner(world: &World, method: &str) -> Caller {
    match method {
        "Bootstrap" => Operator,
        _ => world.api.with_role("owner", &json!({ "instance": true }), "IAM_OWNER"),
    }
}

#[test]
fn a_change_is_told_as_an_event_of_its_caller_and_a_read_is_not() {
    for route in ROUTES {
        let world = World::new();
        let (owner, request) = (owner(&world, route.method), world.request(route.method));
        world.prepare(route.method);
        let before = world.api.last_event();
        let reply = world.api.call_by(&owner, route.method, request);
        let reply = reply.unwrap_or_else(|error| panic!("{}: {}", route.method, error.message));
        let events = world.api.events_after(before);
        if !route.is_change() {
            assert!(events.is_empty(), "{}: {events:?}", route.method);
            continue;
        }
        let actor = owner.client().map(|client| client.to_string());
        let is_own = |event: &&Value| event["actor"]["userId"].as_str() == actor.as_deref();
        let own: Vec<_> = events.iter().filter(is_own).collect();
        assert!(!own.is_empty(), "{} was answered {reply} and told {events:?}", route.method);
        assert_eq!(world.api.call("VerifyEvents", json!({})).unwrap()["intact"], true, "{}", route.method);
    }
}

#[test]
fn a_role_without_the_permission_is_refused_and_nothing_is_told() {
    let world = World::new();
    let administrators = administrators(&world);
    for route in ROUTES {
        let request = world.request(route.method);
        let before = world.api.last_event();
        for (role, caller) in administrators.iter().filter(|(role, _)| !role.contains(route.needs)) {
            let refused = world.api.call_by(caller, route.method, request.clone());
            let code = refused.map_err(|error| error.code);
            assert_eq!(code, Err(PermissionDenied), "{} by {}", route.method, role.name());
        }
        assert_eq!(world.api.last_event(), before, "{}", route.method);
    }
}

/// Calls that any administrator may make about any token: finding a leak is enough to disable it.
const FOR_ALL: [&str; 1] = ["ReportLeak"];

#[test]
fn the_owner_of_another_organization_changes_nothing_and_is_shown_no_id() {
    let world = World::new();
    let other = world.api.text("AddOrganization", json!({ "name": "Other" }), "organizationId");
    let stranger = world.api.with_role("stranger", &json!({ "organizationId": other }), "ORG_OWNER");
    for route in ROUTES.iter().filter(|route| !FOR_ALL.contains(&route.method)) {
        let request = world.request(route.method);
        let before = world.api.last_event();
        match world.api.call_by(&stranger, route.method, request) {
            Ok(reply) => {
                let text = reply.to_string();
                let shown = world.ids().into_iter().find(|id| text.contains(&format!("\"{id}\"")));
                assert_eq!(shown, None, "{} shows {text}", route.method);
            }
            Err(error) => {
                let is_hidden = [NotFound, PermissionDenied].contains(&error.code);
                assert!(is_hidden, "{}: {:?} {}", route.method, error.code, error.message);
            }
        }
        assert_eq!(world.api.last_event(), before, "{}", route.method);
    }
}

#[test]
fn a_caller_whose_token_was_removed_is_refused_every_change() {
    let world = World::new();
    let late = world.api.with_role("late", &json!({ "instance": true }), "IAM_OWNER");
    world.api.call("DeactivateUser", json!({ "userId": "late" })).unwrap();
    for route in changes() {
        // The caller was found before its user was deactivated: the writer asks again.
        let request = world.request(route.method);
        let before = world.api.last_event();
        if let Ok(reply) = world.api.call_by(&late, route.method, request) {
            assert!(reply.get("deletionDate").is_none(), "{} was answered {reply}", route.method);
        }
        assert_eq!(world.api.last_event(), before, "{}", route.method);
    }
}

#[test]
fn a_change_of_something_that_was_changed_since_is_refused_and_nothing_is_told() {
    /// Calls whose subject has no earlier state that a caller could have read; a leak is disabled in any.
    const NEW: [&str; 15] = [
        "CreateUser",
        "CreateUsers",
        "CreateProject",
        "CreateApplication",
        "CreateProjectGrant",
        "AddOrganization",
        "CreateWebKey",
        "ActivateWebKey",
        "DeleteWebKey",
        "RotateWebKey",
        "RotateTokenKey",
        "DeleteTokenKey",
        "FreeName",
        "ReportLeak",
        "Bootstrap",
    ];
    for route in changes().filter(|route| !NEW.contains(&route.method)) {
        let world = World::new();
        let request = world.request(route.method);
        world.prepare(route.method);
        let before = world.api.last_event();
        let refused = world.api.call_if(&Operator, if_match("1"), route.method, request);
        assert_eq!(refused.map_err(|error| error.code), Err(Aborted), "{}", route.method);
        assert_eq!(world.api.last_event(), before, "{}", route.method);
    }
}

#[test]
fn a_repeated_change_with_a_key_is_done_once_and_answered_alike() {
    for route in changes() {
        let world = World::new();
        let request = world.request(route.method);
        world.prepare(route.method);
        let ask = || world.api.call_if(&Operator, once("again"), route.method, request.clone());
        let first = ask().unwrap_or_else(|error| panic!("{}: {}", route.method, error.message));
        let after = world.api.last_event();
        assert_eq!(ask(), Ok(first), "{}", route.method);
        assert_eq!(world.api.last_event(), after, "{}", route.method);
    }
}

#[test]
fn a_key_of_another_request_is_refused_by_every_change() {
    let world = World::new();
    world.api.call_if(&Operator, once("taken"), "UpdateUser", world.request("UpdateUser")).unwrap();
    for route in changes().filter(|route| route.method != "UpdateUser") {
        let request = world.request(route.method);
        let before = world.api.last_event();
        let refused = world.api.call_if(&Operator, once("taken"), route.method, request);
        assert_eq!(refused.map_err(|error| error.code), Err(InvalidArgument), "{}", route.method);
        assert_eq!(world.api.last_event(), before, "{}", route.method);
    }
}

/// Members that name an object which has to exist.
const REFERENCES: [&str; 8] = [
    "userId",
    "projectId",
    "applicationId",
    "organizationId",
    "grantedOrganizationId",
    "keyId",
    "tokenId",
    "id",
];

/// Calls that succeed without an effect if there is nothing to delete, as ZITADEL documents.
const GONE: [&str; 7] = [
    "DeleteProject",
    "DeleteProjectGrant",
    "DeleteAuthorization",
    "DeleteAdministrator",
    "DeleteWebKey",
    "DeleteTokenKey",
    "DeleteApplicationKey",
];

/// The members of a request that name an object.
fn references(request: &Value) -> impl Iterator<Item = &'static str> {
    REFERENCES.into_iter().filter(|member| request.get(*member).is_some())
}

fn is_gone(route: &Route, reply: &Value) -> bool {
    GONE.contains(&route.method) && reply.get("deletionDate").is_none()
}

/// True if the call chooses an object when this member is absent.
fn has_default(route: &Route, member: &str) -> bool {
    let member = route.message.member(member);
    member.is_some_and(|member| member.presence == Presence::Implicit)
}

#[test]
fn an_id_that_names_nothing_is_refused_wherever_it_stands() {
    let world = World::new();
    for route in ROUTES {
        let request = world.request(route.method);
        for member in references(&request) {
            let before = world.api.last_event();
            match world.api.call(route.method, with(request.clone(), member, "999")) {
                Ok(reply) => {
                    assert!(is_gone(route, &reply), "{} with another {member}: {reply}", route.method);
                }
                Err(error) => {
                    assert_eq!(error.code, NotFound, "{} {member}: {}", route.method, error.message);
                }
            }
            assert_eq!(world.api.last_event(), before, "{} {member}", route.method);
        }
    }
}

#[test]
fn text_that_is_no_id_is_refused_wherever_it_stands() {
    let world = World::new();
    for route in ROUTES {
        let request = world.request(route.method);
        for member in references(&request) {
            for wrong in ["", "-1", "9223372036854775808", "no id"] {
                if wrong.is_empty() && has_default(route, member) {
                    continue;
                }
                let before = world.api.last_event();
                match world.api.call(route.method, with(request.clone(), member, wrong)) {
                    // Text can be the username of a user that does not exist.
                    Ok(reply) => {
                        assert!(is_gone(route, &reply), "{} {member} {wrong:?}: {reply}", route.method);
                    }
                    Err(error) => {
                        let is_meant = [InvalidArgument, NotFound].contains(&error.code);
                        assert!(is_meant, "{} {member} {wrong:?}: {}", route.method, error.message);
                    }
                }
                assert_eq!(world.api.last_event(), before, "{} {member} {wrong:?}", route.method);
            }
        }
    }
}

#[test]
fn a_required_member_is_missed_by_its_name() {
    let world = World::new();
    for route in ROUTES {
        let request = world.request(route.method);
        let required = route.message.members.iter();
        let required = required.filter(|member| member.presence == Presence::Required);
        for member in required.map(|member| json_name(member.name)) {
            let mut without = request.clone();
            assert!(without.as_object_mut().unwrap().remove(&member).is_some(), "{member}");
            world.api.refused(route.method, without, InvalidArgument, &member);
        }
    }
}
