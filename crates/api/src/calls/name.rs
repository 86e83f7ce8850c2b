//! Calls of `jeton.name.v1.NameService`.

use crate::message::Message;
use crate::{Operation, messages, names};

const SERVICE: &str = "jeton.name.v1.NameService";

#[derive(Debug)]
pub struct ListRetiredNames;

impl Operation for ListRetiredNames {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListRetiredNames";
    const MESSAGE: &'static Message = &messages::own::LIST_RETIRED_NAMES;
    type Request = names::ListRetiredNames;
    type Reply = names::RetiredNames;
}

#[derive(Debug)]
pub struct FreeName;

impl Operation for FreeName {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "FreeName";
    const MESSAGE: &'static Message = &messages::own::FREE_NAME;
    type Request = names::FreeName;
    type Reply = names::FreedName;
}
