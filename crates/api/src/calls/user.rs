//! Calls of `zitadel.user.v2.UserService`, `jeton.user.v1.UserService`.

use crate::message::Message;
use crate::{
    Operation, access_tokens, keys, messages, metadata, secrets, user_credentials, user_listing, users,
    values,
};

const SERVICE: &str = "zitadel.user.v2.UserService";

const OWN_SERVICE: &str = "jeton.user.v1.UserService";

#[derive(Debug)]
pub struct CreateUser;

impl Operation for CreateUser {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "CreateUser";
    const MESSAGE: &'static Message = &messages::user::CREATE_USER;
    type Request = users::CreateUser;
    type Reply = users::CreatedUser;
}

#[derive(Debug)]
pub struct UpdateUser;

impl Operation for UpdateUser {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "UpdateUser";
    const MESSAGE: &'static Message = &messages::user::UPDATE_USER;
    type Request = users::UpdateUser;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct GetUserByID;

impl Operation for GetUserByID {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "GetUserByID";
    const MESSAGE: &'static Message = &messages::user::USER_ID;
    type Request = users::ByUserId;
    type Reply = users::GotUser;
}

#[derive(Debug)]
pub struct ListUsers;

impl Operation for ListUsers {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListUsers";
    const MESSAGE: &'static Message = &messages::user::LIST_USERS;
    type Request = user_listing::ListUsers;
    type Reply = user_listing::Users;
}

#[derive(Debug)]
pub struct DeleteUser;

impl Operation for DeleteUser {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteUser";
    const MESSAGE: &'static Message = &messages::user::USER_ID;
    type Request = users::ByUserId;
    type Reply = users::DeletedUser;
}

#[derive(Debug)]
pub struct DeactivateUser;

impl Operation for DeactivateUser {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeactivateUser";
    const MESSAGE: &'static Message = &messages::user::USER_ID;
    type Request = users::ByUserId;
    type Reply = users::Switched;
}

#[derive(Debug)]
pub struct ReactivateUser;

impl Operation for ReactivateUser {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ReactivateUser";
    const MESSAGE: &'static Message = &messages::user::USER_ID;
    type Request = users::ByUserId;
    type Reply = users::Switched;
}

#[derive(Debug)]
pub struct LockUser;

impl Operation for LockUser {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "LockUser";
    const MESSAGE: &'static Message = &messages::user::USER_ID;
    type Request = users::ByUserId;
    type Reply = users::Switched;
}

#[derive(Debug)]
pub struct UnlockUser;

impl Operation for UnlockUser {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "UnlockUser";
    const MESSAGE: &'static Message = &messages::user::USER_ID;
    type Request = users::ByUserId;
    type Reply = users::Switched;
}

#[derive(Debug)]
pub struct AddSecret;

impl Operation for AddSecret {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "AddSecret";
    const MESSAGE: &'static Message = &messages::user::ADD_SECRET;
    type Request = secrets::AddSecret;
    type Reply = secrets::AddedSecret;
}

#[derive(Debug)]
pub struct RemoveSecret;

impl Operation for RemoveSecret {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "RemoveSecret";
    const MESSAGE: &'static Message = &messages::user::REMOVE_SECRET;
    type Request = secrets::RemoveSecret;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct AddKey;

impl Operation for AddKey {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "AddKey";
    const MESSAGE: &'static Message = &messages::user::ADD_KEY;
    type Request = keys::AddKey;
    type Reply = keys::AddedKey;
}

#[derive(Debug)]
pub struct RemoveKey;

impl Operation for RemoveKey {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "RemoveKey";
    const MESSAGE: &'static Message = &messages::user::REMOVE_KEY;
    type Request = keys::RemoveKey;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct ListKeys;

impl Operation for ListKeys {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListKeys";
    const MESSAGE: &'static Message = &messages::user::LIST_KEYS;
    type Request = user_credentials::ListCredentials;
    type Reply = user_credentials::Listed;
}

#[derive(Debug)]
pub struct AddPersonalAccessToken;

impl Operation for AddPersonalAccessToken {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "AddPersonalAccessToken";
    const MESSAGE: &'static Message = &messages::user::ADD_TOKEN;
    type Request = access_tokens::AddPersonalAccessToken;
    type Reply = access_tokens::AddedPersonalAccessToken;
}

#[derive(Debug)]
pub struct RemovePersonalAccessToken;

impl Operation for RemovePersonalAccessToken {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "RemovePersonalAccessToken";
    const MESSAGE: &'static Message = &messages::user::REMOVE_TOKEN;
    type Request = access_tokens::RemovePersonalAccessToken;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct ListPersonalAccessTokens;

impl Operation for ListPersonalAccessTokens {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListPersonalAccessTokens";
    const MESSAGE: &'static Message = &messages::user::LIST_TOKENS;
    type Request = user_credentials::ListCredentials;
    type Reply = user_credentials::Listed;
}

#[derive(Debug)]
pub struct SetUserMetadata;

impl Operation for SetUserMetadata {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "SetUserMetadata";
    const MESSAGE: &'static Message = &messages::user::SET_METADATA;
    type Request = metadata::SetUserMetadata;
    type Reply = metadata::MetadataSet;
}

#[derive(Debug)]
pub struct ListUserMetadata;

impl Operation for ListUserMetadata {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListUserMetadata";
    const MESSAGE: &'static Message = &messages::user::LIST_METADATA;
    type Request = metadata::ListUserMetadata;
    type Reply = metadata::Metadata;
}

#[derive(Debug)]
pub struct DeleteUserMetadata;

impl Operation for DeleteUserMetadata {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteUserMetadata";
    const MESSAGE: &'static Message = &messages::user::DELETE_METADATA;
    type Request = metadata::DeleteUserMetadata;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct CreateUsers;

impl Operation for CreateUsers {
    const SERVICE: &'static str = OWN_SERVICE;
    const METHOD: &'static str = "CreateUsers";
    const MESSAGE: &'static Message = &messages::own::CREATE_USERS;
    type Request = users::CreateUsers;
    type Reply = users::CreatedUsers;
}

#[derive(Debug)]
pub struct ListSecrets;

impl Operation for ListSecrets {
    const SERVICE: &'static str = OWN_SERVICE;
    const METHOD: &'static str = "ListSecrets";
    const MESSAGE: &'static Message = &messages::user::USER_ID;
    type Request = secrets::ListSecrets;
    type Reply = secrets::Secrets;
}
