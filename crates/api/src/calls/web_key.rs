//! Calls of `zitadel.webkey.v2.WebKeyService`, `jeton.webkey.v1.WebKeyService`.

use crate::message::Message;
use crate::{Operation, messages, values, web_keys};

const SERVICE: &str = "zitadel.webkey.v2.WebKeyService";

const OWN_SERVICE: &str = "jeton.webkey.v1.WebKeyService";

#[derive(Debug)]
pub struct CreateWebKey;

impl Operation for CreateWebKey {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "CreateWebKey";
    const MESSAGE: &'static Message = &messages::web_key::CREATE;
    type Request = web_keys::CreateWebKey;
    type Reply = web_keys::CreatedWebKey;
}

#[derive(Debug)]
pub struct ActivateWebKey;

impl Operation for ActivateWebKey {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ActivateWebKey";
    const MESSAGE: &'static Message = &messages::ID;
    type Request = values::Id;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeleteWebKey;

impl Operation for DeleteWebKey {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteWebKey";
    const MESSAGE: &'static Message = &messages::ID;
    type Request = values::Id;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct ListWebKeys;

impl Operation for ListWebKeys {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListWebKeys";
    const MESSAGE: &'static Message = &messages::EMPTY;
    type Request = web_keys::ListWebKeys;
    type Reply = web_keys::WebKeys;
}

#[derive(Debug)]
pub struct RotateWebKey;

impl Operation for RotateWebKey {
    const SERVICE: &'static str = OWN_SERVICE;
    const METHOD: &'static str = "RotateWebKey";
    const MESSAGE: &'static Message = &messages::own::ROTATE;
    type Request = web_keys::RotateWebKey;
    type Reply = web_keys::Rotated;
}
