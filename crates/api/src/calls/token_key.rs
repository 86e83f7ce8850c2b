//! Calls of `jeton.tokenkey.v1.TokenKeyService`.

use crate::message::Message;
use crate::{Operation, messages, token_keys, values};

const SERVICE: &str = "jeton.tokenkey.v1.TokenKeyService";

#[derive(Debug)]
pub struct ListTokenKeys;

impl Operation for ListTokenKeys {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListTokenKeys";
    const MESSAGE: &'static Message = &messages::EMPTY;
    type Request = token_keys::ListTokenKeys;
    type Reply = token_keys::TokenKeys;
}

#[derive(Debug)]
pub struct RotateTokenKey;

impl Operation for RotateTokenKey {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "RotateTokenKey";
    const MESSAGE: &'static Message = &messages::EMPTY;
    type Request = token_keys::RotateTokenKey;
    type Reply = token_keys::RotatedTokenKey;
}

#[derive(Debug)]
pub struct DeleteTokenKey;

impl Operation for DeleteTokenKey {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteTokenKey";
    const MESSAGE: &'static Message = &messages::ID;
    type Request = values::Id;
    type Reply = values::Deleted;
}
