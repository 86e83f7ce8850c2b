//! Messages of `zitadel.project.v2`; those of grants are in [`super::project_grant`].
//! `private_labeling_setting` is ignored, because it is about sign-in pages, which Jeton does not have.

use super::{IDS, PAGE, TEXT_METHOD};
use crate::message::{Enum, Message, flag, message, text, value_of};

pub static CREATE: Message = Message::new(
    "CreateProjectRequest",
    &[
        text(1, "organization_id").about("By default the caller's own organization."),
        text(2, "project_id"),
        text(3, "name").required(),
        flag(4, "project_role_assertion"),
        flag(5, "authorization_required"),
        flag(6, "project_access_required"),
    ],
);

pub static UPDATE: Message = Message::new(
    "UpdateProjectRequest",
    &[
        text(1, "project_id").required(),
        text(2, "name").optional(),
        flag(3, "project_role_assertion").optional(),
        flag(4, "authorization_required").optional(),
        flag(5, "project_access_required").optional(),
    ],
);

/// ZITADEL called the member `id` in one of these calls, with the same number.
pub static PROJECT_ID: Message =
    Message::new("ProjectIdRequest", &[text(1, "project_id").required().alias(1000, "id")]);

static COLUMN: Enum = Enum {
    name: "ProjectFieldName",
    values: &[
        ("PROJECT_FIELD_NAME_UNSPECIFIED", 0),
        ("PROJECT_FIELD_NAME_ID", 1),
        ("PROJECT_FIELD_NAME_CREATION_DATE", 2),
        ("PROJECT_FIELD_NAME_CHANGE_DATE", 3),
        ("PROJECT_FIELD_NAME_NAME", 4),
    ],
};

pub static NAME_FILTER: Message =
    Message::new("ProjectNameFilter", &[text(1, "project_name"), value_of(2, "method", &TEXT_METHOD)]);

static ORGANIZATION_TYPE: Enum = Enum {
    name: "ProjectOrganizationType",
    values: &[("TYPE_UNSPECIFIED", 0), ("OWNED", 1), ("GRANTED", 2), ("OWNED_OR_GRANTED", 3)],
};

static ORGANIZATION_FILTER: Message = Message::new(
    "ProjectOrganizationFilter",
    &[text(1, "organization_id").required(), value_of(2, "type", &ORGANIZATION_TYPE)],
);

static FILTER: Message = Message::filter(
    "ProjectFilter",
    &[
        message(1, "project_name_filter", &NAME_FILTER).choice(),
        message(2, "in_project_ids_filter", &IDS).choice(),
        message(3, "organization_id_filter", &ORGANIZATION_FILTER).choice(),
    ],
);

pub static LIST: Message = Message::new(
    "ListProjectsRequest",
    &[
        message(1, "pagination", &PAGE),
        value_of(2, "sorting_column", &COLUMN),
        message(3, "filters", &FILTER).repeated(),
    ],
);

pub static ADD_ROLE: Message = Message::new(
    "AddProjectRoleRequest",
    &[
        text(1, "project_id").required(),
        text(2, "role_key").required(),
        text(3, "display_name").about("By default the key."),
        text(4, "group"),
    ],
);

pub static UPDATE_ROLE: Message = Message::new(
    "UpdateProjectRoleRequest",
    &[
        text(1, "project_id").required(),
        text(2, "role_key").required(),
        text(3, "display_name").optional(),
        text(4, "group").optional(),
    ],
);

pub static REMOVE_ROLE: Message = Message::new(
    "RemoveProjectRoleRequest",
    &[text(1, "project_id").required(), text(2, "role_key").required()],
);

pub static KEY_FILTER: Message =
    Message::new("RoleKeyFilter", &[text(1, "key"), value_of(2, "method", &TEXT_METHOD)]);

static DISPLAY_NAME_FILTER: Message =
    Message::new("RoleDisplayNameFilter", &[text(1, "display_name"), value_of(2, "method", &TEXT_METHOD)]);

static ROLE_FILTER: Message = Message::filter(
    "RoleFilter",
    &[
        message(1, "role_key_filter", &KEY_FILTER).choice(),
        message(2, "display_name_filter", &DISPLAY_NAME_FILTER).choice(),
    ],
);

static ROLE_COLUMN: Enum = Enum {
    name: "ProjectRoleFieldName",
    values: &[
        ("PROJECT_ROLE_FIELD_NAME_UNSPECIFIED", 0),
        ("PROJECT_ROLE_FIELD_NAME_KEY", 1),
        ("PROJECT_ROLE_FIELD_NAME_CREATION_DATE", 2),
        ("PROJECT_ROLE_FIELD_NAME_CHANGE_DATE", 3),
    ],
};

pub static LIST_ROLES: Message = Message::new(
    "ListProjectRolesRequest",
    &[
        text(1, "project_id").required(),
        message(2, "pagination", &PAGE),
        value_of(3, "sorting_column", &ROLE_COLUMN),
        message(4, "filters", &ROLE_FILTER).repeated(),
    ],
);
