//! Calls of `zitadel.application.v2.ApplicationService`.

use crate::message::Message;
use crate::{Operation, application_keys, applications, messages, secrets, values};

const SERVICE: &str = "zitadel.application.v2.ApplicationService";

#[derive(Debug)]
pub struct CreateApplication;

impl Operation for CreateApplication {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "CreateApplication";
    const MESSAGE: &'static Message = &messages::application::CREATE;
    type Request = applications::CreateApplication;
    type Reply = applications::CreatedApplication;
}

#[derive(Debug)]
pub struct UpdateApplication;

impl Operation for UpdateApplication {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "UpdateApplication";
    const MESSAGE: &'static Message = &messages::application::UPDATE;
    type Request = applications::UpdateApplication;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeleteApplication;

impl Operation for DeleteApplication {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteApplication";
    const MESSAGE: &'static Message = &messages::application::APPLICATION_ID;
    type Request = applications::ByApplicationId;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct GetApplication;

impl Operation for GetApplication {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "GetApplication";
    const MESSAGE: &'static Message = &messages::application::APPLICATION_ID;
    type Request = applications::ByApplicationId;
    type Reply = applications::GotApplication;
}

#[derive(Debug)]
pub struct ListApplications;

impl Operation for ListApplications {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListApplications";
    const MESSAGE: &'static Message = &messages::application::LIST;
    type Request = applications::ListApplications;
    type Reply = applications::Applications;
}

#[derive(Debug)]
pub struct DeactivateApplication;

impl Operation for DeactivateApplication {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeactivateApplication";
    const MESSAGE: &'static Message = &messages::application::APPLICATION_ID;
    type Request = applications::ByApplicationId;
    type Reply = applications::Deactivated;
}

#[derive(Debug)]
pub struct ReactivateApplication;

impl Operation for ReactivateApplication {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ReactivateApplication";
    const MESSAGE: &'static Message = &messages::application::APPLICATION_ID;
    type Request = applications::ByApplicationId;
    type Reply = applications::Reactivated;
}

#[derive(Debug)]
pub struct GenerateClientSecret;

impl Operation for GenerateClientSecret {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "GenerateClientSecret";
    const MESSAGE: &'static Message = &messages::application::GENERATE_SECRET;
    type Request = applications::GenerateClientSecret;
    type Reply = secrets::AddedSecret;
}

#[derive(Debug)]
pub struct CreateApplicationKey;

impl Operation for CreateApplicationKey {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "CreateApplicationKey";
    const MESSAGE: &'static Message = &messages::application::CREATE_KEY;
    type Request = application_keys::CreateApplicationKey;
    type Reply = application_keys::CreatedApplicationKey;
}

#[derive(Debug)]
pub struct DeleteApplicationKey;

impl Operation for DeleteApplicationKey {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteApplicationKey";
    const MESSAGE: &'static Message = &messages::application::DELETE_KEY;
    type Request = application_keys::DeleteApplicationKey;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct GetApplicationKey;

impl Operation for GetApplicationKey {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "GetApplicationKey";
    const MESSAGE: &'static Message = &messages::application::GET_KEY;
    type Request = application_keys::GetApplicationKey;
    type Reply = application_keys::GotApplicationKey;
}

#[derive(Debug)]
pub struct ListApplicationKeys;

impl Operation for ListApplicationKeys {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListApplicationKeys";
    const MESSAGE: &'static Message = &messages::application::LIST_KEYS;
    type Request = application_keys::ListApplicationKeys;
    type Reply = application_keys::ApplicationKeys;
}
