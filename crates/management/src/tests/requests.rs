//! Requests: refused ones, and typed ones that come back as they were written.

use crate::Caller::Operator;
use crate::Code::InvalidArgument;
use crate::Conditions;
use crate::normalise::{Input, normalise};
use crate::testing::TestManagement;
use jeton_api::calls::{administrator, audit, name, token, token_key, user, web_key};
use jeton_api::page::Page;
use jeton_api::values::Id;
use jeton_api::{Operation, administrators, audit as events, names, token_keys, tokens, users, web_keys};
use serde_json::json;

#[test]
fn a_request_is_an_object_with_its_members_in_their_types() {
    let api = TestManagement::new();
    for (method, request, begin) in [
        ("GetUserByID", json!([]), "the request"),
        ("GetUserByID", json!({}), "userId"),
        ("GetUserByID", json!({ "userId": 5.5 }), "userId"),
        ("GetUserByID", json!({ "userId": "" }), "userId"),
        ("CreateUser", json!({ "username": "x" }), "machine"),
        ("CreateUser", json!({ "machine": "x" }), "machine"),
        ("AddSecret", json!({ "userId": "5", "keepOthers": "perhaps" }), "keepOthers"),
        ("AddSecret", json!({ "userId": "5", "lifetime": "soon" }), "lifetime"),
        ("ListEvents", json!({ "pagination": { "limit": -1 } }), "pagination.limit"),
        ("ListEvents", json!({ "from": "yesterday" }), "from"),
        ("CreateUsers", json!({ "users": {} }), "users"),
    ] {
        api.refused(method, request, InvalidArgument, begin);
    }
}

#[test]
fn a_member_is_given_once() {
    let twice = [r#"{"userId":"5","userId":"5"}"#, r#"{"userId":"5","user_id":"5"}"#];
    for body in twice {
        let input = Input { body: body.into(), ..Input::default() };
        let error = normalise(user::GetUserByID::MESSAGE, &input).unwrap_err();
        assert_eq!(error.code, InvalidArgument, "{body}");
        assert!(error.message.starts_with("userId"), "{}", error.message);
    }
}

#[test]
fn a_refused_request_changes_nothing() {
    let api = TestManagement::new();
    let request = json!({ "users": [{ "machine": { "name": "x" } }, { "machine": {} }] });
    assert!(api.call_if(&Operator, Conditions::default(), "CreateUsers", &request).is_err());
    assert_eq!(api.call("ListUsers", json!({})).unwrap()["details"]["totalResult"], "0");
}

/// Checks that a request is the same after it was written, normalised and read.
fn comes_back<O: Operation>(request: &O::Request) {
    let written = serde_json::to_value(request).unwrap();
    let input = Input { body: written.to_string().into_bytes(), ..Input::default() };
    let normal =
        normalise(O::MESSAGE, &input).unwrap_or_else(|error| panic!("{}: {}", O::METHOD, error.message));
    assert!(normal.ignored.is_empty(), "{}: {:?}", O::METHOD, normal.ignored);
    let read: O::Request = serde_json::from_value(normal.request).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), written, "{}", O::METHOD);
}

#[test]
fn a_typed_request_comes_back_as_it_was_written() {
    let id = || "5".to_owned();
    let page = || Page { offset: 1, limit: 2, asc: true, page_token: Some("Nw".into()) };
    let by_id = users::ByUserId { user_id: id() };
    comes_back::<user::GetUserByID>(&by_id);
    comes_back::<user::DeleteUser>(&by_id);
    comes_back::<user::DeactivateUser>(&by_id);
    comes_back::<user::ReactivateUser>(&by_id);
    comes_back::<user::LockUser>(&by_id);
    comes_back::<user::UnlockUser>(&by_id);
    comes_back::<user::UpdateUser>(&users::UpdateUser {
        user_id: id(),
        username: Some("x".into()),
        machine: None,
    });
    comes_back::<web_key::ActivateWebKey>(&Id { id: id() });
    comes_back::<web_key::DeleteWebKey>(&Id { id: id() });
    comes_back::<web_key::ListWebKeys>(&web_keys::ListWebKeys {});
    let rsa = Some(web_keys::Rsa { bits: "RSA_BITS_4096".into(), hasher: "RSA_HASHER_SHA512".into() });
    comes_back::<web_key::CreateWebKey>(&web_keys::CreateWebKey { rsa, ..Default::default() });
    let rotate = web_keys::RotateWebKey { algorithm: Some("EdDSA".into()), rsa_bits: Some(2048), now: true };
    comes_back::<web_key::RotateWebKey>(&rotate);
    comes_back::<token_key::ListTokenKeys>(&token_keys::ListTokenKeys {});
    comes_back::<token_key::RotateTokenKey>(&token_keys::RotateTokenKey {});
    comes_back::<token_key::DeleteTokenKey>(&Id { id: id() });
    let revoke = tokens::RevokeUserTokens { user_id: id(), secret_id: Some(id()) };
    comes_back::<token::RevokeUserTokens>(&revoke);
    comes_back::<name::ListRetiredNames>(&names::ListRetiredNames { pagination: page() });
    let name = names::FreeName { r#type: names::RetiredNameType::Resource, name: "https://a.example".into() };
    comes_back::<name::FreeName>(&name);
    let resource = || administrators::Resource { organization_id: Some(id()), ..Default::default() };
    let roles = vec!["ORG_OWNER".to_owned()];
    let assignment = administrators::Assignment { user_id: id(), resource: resource(), roles };
    comes_back::<administrator::CreateAdministrator>(&assignment);
    comes_back::<administrator::UpdateAdministrator>(&assignment);
    let removal = administrators::RoleRemoval { user_id: id(), resource: resource() };
    comes_back::<administrator::DeleteAdministrator>(&removal);
    let filters = vec![administrators::AdministratorFilter::Resource(resource())];
    let list = administrators::ListAdministrators { pagination: page(), filters, ..Default::default() };
    comes_back::<administrator::ListAdministrators>(&list);
    let types = vec!["user.created".to_owned()];
    let listing =
        events::ListEvents { types, subject_id: Some(id()), pagination: page(), ..Default::default() };
    comes_back::<audit::ListEvents>(&listing);
}
