//! Calls of `jeton.credential.v1.CredentialService`.

use crate::message::Message;
use crate::{Operation, credentials, messages};

const SERVICE: &str = "jeton.credential.v1.CredentialService";

#[derive(Debug)]
pub struct ListUnusedCredentials;

impl Operation for ListUnusedCredentials {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListUnusedCredentials";
    const MESSAGE: &'static Message = &messages::own::LIST_UNUSED;
    type Request = credentials::ListUnusedCredentials;
    type Reply = credentials::Credentials;
}

#[derive(Debug)]
pub struct ListExpiringCredentials;

impl Operation for ListExpiringCredentials {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListExpiringCredentials";
    const MESSAGE: &'static Message = &messages::own::LIST_EXPIRING;
    type Request = credentials::ListExpiringCredentials;
    type Reply = credentials::Credentials;
}
