//! Calls of `zitadel.authorization.v2.AuthorizationService`.

use crate::message::Message;
use crate::{Operation, authorizations, messages, values};

const SERVICE: &str = "zitadel.authorization.v2.AuthorizationService";

#[derive(Debug)]
pub struct CreateAuthorization;

impl Operation for CreateAuthorization {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "CreateAuthorization";
    const MESSAGE: &'static Message = &messages::authorization::CREATE;
    type Request = authorizations::CreateAuthorization;
    type Reply = authorizations::CreatedAuthorization;
}

#[derive(Debug)]
pub struct UpdateAuthorization;

impl Operation for UpdateAuthorization {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "UpdateAuthorization";
    const MESSAGE: &'static Message = &messages::authorization::UPDATE;
    type Request = authorizations::UpdateAuthorization;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeleteAuthorization;

impl Operation for DeleteAuthorization {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteAuthorization";
    const MESSAGE: &'static Message = &messages::ID;
    type Request = values::Id;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct ActivateAuthorization;

impl Operation for ActivateAuthorization {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ActivateAuthorization";
    const MESSAGE: &'static Message = &messages::ID;
    type Request = values::Id;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeactivateAuthorization;

impl Operation for DeactivateAuthorization {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeactivateAuthorization";
    const MESSAGE: &'static Message = &messages::ID;
    type Request = values::Id;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct ListAuthorizations;

impl Operation for ListAuthorizations {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListAuthorizations";
    const MESSAGE: &'static Message = &messages::authorization::LIST;
    type Request = authorizations::ListAuthorizations;
    type Reply = authorizations::Authorizations;
}
