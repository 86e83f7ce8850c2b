//! Calls of `jeton.server.v1.ServerService`.

use crate::message::Message;
use crate::{Operation, messages, statistics};

const SERVICE: &str = "jeton.server.v1.ServerService";

#[derive(Debug)]
pub struct GetStatistics;

impl Operation for GetStatistics {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "GetStatistics";
    const MESSAGE: &'static Message = &messages::EMPTY;
    type Request = statistics::GetStatistics;
    type Reply = statistics::Statistics;
}

#[derive(Debug)]
pub struct ListRefusals;

impl Operation for ListRefusals {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListRefusals";
    const MESSAGE: &'static Message = &messages::user::USER_ID;
    type Request = statistics::ListRefusals;
    type Reply = statistics::Refusals;
}
