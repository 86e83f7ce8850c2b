//! Messages of `zitadel.project.v2` about grants of projects to other organizations.

use super::project::{KEY_FILTER, NAME_FILTER};
use super::{ID, IDS, PAGE};
use crate::message::{Enum, Message, message, text, value_of};

pub static CREATE: Message = Message::new(
    "CreateProjectGrantRequest",
    &[
        text(1, "project_id").required(),
        text(2, "granted_organization_id").required(),
        text(3, "role_keys").repeated().about("The roles that users of the organization can have."),
    ],
);

pub static UPDATE: Message = Message::new(
    "UpdateProjectGrantRequest",
    &[
        text(1, "project_id").required(),
        text(2, "granted_organization_id").required(),
        text(3, "role_keys")
            .repeated()
            .about("All roles of the grant from now on; those that are missing are taken from its users."),
    ],
);

pub static GRANT: Message = Message::new(
    "ProjectGrantIdRequest",
    &[text(1, "project_id").required(), text(2, "granted_organization_id").required()],
);

static COLUMN: Enum = Enum {
    name: "ProjectGrantFieldName",
    values: &[
        ("PROJECT_GRANT_FIELD_NAME_UNSPECIFIED", 0),
        ("PROJECT_GRANT_FIELD_NAME_PROJECT_ID", 1),
        ("PROJECT_GRANT_FIELD_NAME_CREATION_DATE", 2),
        ("PROJECT_GRANT_FIELD_NAME_CHANGE_DATE", 3),
    ],
};

static FILTER: Message = Message::filter(
    "ProjectGrantFilter",
    &[
        message(1, "project_name_filter", &NAME_FILTER).choice(),
        message(2, "role_key_filter", &KEY_FILTER).choice(),
        message(3, "in_project_ids_filter", &IDS).choice(),
        message(4, "organization_id_filter", &ID).choice(),
        message(5, "granted_organization_id_filter", &ID).choice(),
    ],
);

pub static LIST: Message = Message::new(
    "ListProjectGrantsRequest",
    &[
        message(1, "pagination", &PAGE),
        value_of(2, "sorting_column", &COLUMN),
        message(3, "filters", &FILTER).repeated(),
    ],
);
