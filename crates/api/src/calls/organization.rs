//! Calls of `zitadel.org.v2.OrganizationService`.

use crate::message::Message;
use crate::{Operation, messages, organizations, values};

const SERVICE: &str = "zitadel.org.v2.OrganizationService";

#[derive(Debug)]
pub struct AddOrganization;

impl Operation for AddOrganization {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "AddOrganization";
    const MESSAGE: &'static Message = &messages::organization::ADD;
    type Request = organizations::AddOrganization;
    type Reply = organizations::AddedOrganization;
}

#[derive(Debug)]
pub struct UpdateOrganization;

impl Operation for UpdateOrganization {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "UpdateOrganization";
    const MESSAGE: &'static Message = &messages::organization::UPDATE;
    type Request = organizations::UpdateOrganization;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeleteOrganization;

impl Operation for DeleteOrganization {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteOrganization";
    const MESSAGE: &'static Message = &messages::organization::ORGANIZATION_ID;
    type Request = organizations::ByOrganizationId;
    type Reply = values::Deleted;
}

#[derive(Debug)]
pub struct ListOrganizations;

impl Operation for ListOrganizations {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListOrganizations";
    const MESSAGE: &'static Message = &messages::organization::LIST;
    type Request = organizations::ListOrganizations;
    type Reply = organizations::Organizations;
}

#[derive(Debug)]
pub struct ActivateOrganization;

impl Operation for ActivateOrganization {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ActivateOrganization";
    const MESSAGE: &'static Message = &messages::organization::ORGANIZATION_ID;
    type Request = organizations::ByOrganizationId;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct DeactivateOrganization;

impl Operation for DeactivateOrganization {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeactivateOrganization";
    const MESSAGE: &'static Message = &messages::organization::ORGANIZATION_ID;
    type Request = organizations::ByOrganizationId;
    type Reply = values::Changed;
}

#[derive(Debug)]
pub struct SetOrganizationMetadata;

impl Operation for SetOrganizationMetadata {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "SetOrganizationMetadata";
    const MESSAGE: &'static Message = &messages::organization::SET_METADATA;
    type Request = organizations::SetOrganizationMetadata;
    type Reply = organizations::MetadataSet;
}

#[derive(Debug)]
pub struct ListOrganizationMetadata;

impl Operation for ListOrganizationMetadata {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "ListOrganizationMetadata";
    const MESSAGE: &'static Message = &messages::organization::LIST_METADATA;
    type Request = organizations::ListOrganizationMetadata;
    type Reply = organizations::Metadata;
}

#[derive(Debug)]
pub struct DeleteOrganizationMetadata;

impl Operation for DeleteOrganizationMetadata {
    const SERVICE: &'static str = SERVICE;
    const METHOD: &'static str = "DeleteOrganizationMetadata";
    const MESSAGE: &'static Message = &messages::organization::DELETE_METADATA;
    type Request = organizations::DeleteOrganizationMetadata;
    type Reply = values::Deleted;
}
