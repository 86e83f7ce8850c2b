//! Calls of `jeton.audit.v1.AuditService`.

use crate::message::Message;
use crate::{Operation, audit, messages};

const SERVICE: &str = "jeton.audit.v1.AuditService";

#[derive(Debug)]
pub struct ListEvents;

impl Operation for ListEvents {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListEvents";
    const MESSAGE: &'static Message = &messages::own::LIST_EVENTS;
    type Request = audit::ListEvents;
    type Reply = audit::Events;
}

#[derive(Debug)]
pub struct VerifyEvents;

impl Operation for VerifyEvents {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "VerifyEvents";
    const MESSAGE: &'static Message = &messages::EMPTY;
    type Request = audit::VerifyEvents;
    type Reply = audit::VerifiedEvents;
}
