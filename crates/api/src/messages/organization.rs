//! Messages of `zitadel.org.v2`.

use super::user::METADATA_FILTER;
use super::{METADATA_ENTRY, PAGE, TEXT_METHOD};
use crate::message::{Enum, Message, foreign, message, text, value_of};

static ADMIN: Message = Message::new(
    "OrganizationAdmin",
    &[
        text(1, "user_id").required(),
        foreign(2, "human", "there are no human users here; name a machine user"),
        text(3, "roles").repeated().about("By default ORG_OWNER."),
    ],
);

pub static ADD: Message = Message::new(
    "AddOrganizationRequest",
    &[
        text(1, "name").required(),
        message(2, "admins", &ADMIN).repeated(),
        text(4, "organization_id").alias(3, "org_id"),
    ],
);

pub static UPDATE: Message = Message::new(
    "UpdateOrganizationRequest",
    &[text(1, "organization_id").required(), text(2, "name").required()],
);

pub static ORGANIZATION_ID: Message =
    Message::new("OrganizationIdRequest", &[text(1, "organization_id").required()]);

static COLUMN: Enum = Enum {
    name: "OrganizationFieldName",
    values: &[
        ("ORGANIZATION_FIELD_NAME_UNSPECIFIED", 0),
        ("ORGANIZATION_FIELD_NAME_NAME", 1),
        ("ORGANIZATION_FIELD_NAME_CREATION_DATE", 2),
    ],
};

static STATE: Enum = Enum {
    name: "OrganizationStateFilter",
    values: &[
        ("ORGANIZATION_STATE_UNSPECIFIED", 0),
        ("ORGANIZATION_STATE_ACTIVE", 1),
        ("ORGANIZATION_STATE_INACTIVE", 2),
        ("ORGANIZATION_STATE_REMOVED", 3),
    ],
};

static NAME_QUERY: Message =
    Message::new("OrganizationNameQuery", &[text(1, "name"), value_of(2, "method", &TEXT_METHOD)]);

static DOMAIN_QUERY: Message =
    Message::new("OrganizationDomainQuery", &[text(1, "domain"), value_of(2, "method", &TEXT_METHOD)]);

static STATE_QUERY: Message =
    Message::new("OrganizationStateQuery", &[value_of(1, "state", &STATE).required()]);

static ID_QUERY: Message = Message::new("OrganizationIdQuery", &[text(1, "id").required()]);

static DEFAULT_QUERY: Message = Message::new("DefaultOrganizationQuery", &[]);

static QUERY: Message = Message::filter(
    "OrganizationQuery",
    &[
        message(1, "name_query", &NAME_QUERY).choice(),
        message(2, "domain_query", &DOMAIN_QUERY).choice(),
        message(3, "state_query", &STATE_QUERY).choice(),
        message(4, "id_query", &ID_QUERY).choice(),
        message(5, "default_query", &DEFAULT_QUERY).choice(),
    ],
);

pub static LIST: Message = Message::new(
    "ListOrganizationsRequest",
    &[
        message(1, "query", &PAGE),
        value_of(2, "sorting_column", &COLUMN),
        message(3, "queries", &QUERY).repeated(),
    ],
);

pub static SET_METADATA: Message = Message::new(
    "SetOrganizationMetadataRequest",
    &[text(1, "organization_id").required(), message(2, "metadata", &METADATA_ENTRY).repeated()],
);

pub static LIST_METADATA: Message = Message::new(
    "ListOrganizationMetadataRequest",
    &[
        text(1, "organization_id").required(),
        message(2, "pagination", &PAGE),
        message(3, "filters", &METADATA_FILTER).repeated(),
    ],
);

pub static DELETE_METADATA: Message = Message::new(
    "DeleteOrganizationMetadataRequest",
    &[text(1, "organization_id").required(), text(2, "keys").repeated()],
);
