//! Calls of `zitadel.internal_permission.v2.InternalPermissionService`, `jeton.admin.v1.AdminService`.

use crate::message::Message;
use crate::{Operation, administrators, messages, values};

const SERVICE: &str = "zitadel.internal_permission.v2.InternalPermissionService";

const OWN_SERVICE: &str = "jeton.admin.v1.AdminService";

#[derive(Debug)]
pub struct CreateAdministrator;

impl Operation for CreateAdministrator {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "CreateAdministrator";
    const MESSAGE: &'static Message = &messages::permission::ASSIGNMENT;
    type Request = administrators::Assignment;
    type Reply = administrators::Created;
}

#[derive(Debug)]
pub struct UpdateAdministrator;

impl Operation for UpdateAdministrator {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "UpdateAdministrator";
    const MESSAGE: &'static Message = &messages::permission::ASSIGNMENT;
    type Request = administrators::Assignment;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeleteAdministrator;

impl Operation for DeleteAdministrator {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteAdministrator";
    const MESSAGE: &'static Message = &messages::permission::DISMISSAL;
    type Request = administrators::RoleRemoval;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct ListAdministrators;

impl Operation for ListAdministrators {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListAdministrators";
    const MESSAGE: &'static Message = &messages::permission::LIST;
    type Request = administrators::ListAdministrators;
    type Reply = administrators::Administrators;
}

#[derive(Debug)]
pub struct Bootstrap;

impl Operation for Bootstrap {
    const SERVICE: &'static str = OWN_SERVICE;
    const METHOD: &'static str = "Bootstrap";
    const MESSAGE: &'static Message = &messages::own::BOOTSTRAP;
    type Request = administrators::Bootstrap;
    type Reply = administrators::Bootstrapped;
}
