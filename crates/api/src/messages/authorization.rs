//! Messages of `zitadel.authorization.v2`.

use super::{ID, IDS, PAGE, TEXT_METHOD};
use crate::message::{Enum, Message, message, text, value_of};

pub static CREATE: Message = Message::new(
    "CreateAuthorizationRequest",
    &[
        text(1, "user_id").required(),
        text(2, "project_id").required(),
        text(3, "organization_id")
            .about("The project's, or the user's if the project is granted to it; others are refused."),
        text(4, "role_keys").repeated(),
    ],
);

pub static UPDATE: Message =
    Message::new("UpdateAuthorizationRequest", &[text(1, "id").required(), text(2, "role_keys").repeated()]);

static STATE: Enum = Enum {
    name: "AuthorizationStateFilter",
    values: &[("STATE_UNSPECIFIED", 0), ("STATE_ACTIVE", 1), ("STATE_INACTIVE", 2)],
};

static STATE_FILTER: Message =
    Message::new("AuthorizationStateQuery", &[value_of(1, "state", &STATE).required()]);

static LOGIN_NAME: Message = Message::new(
    "AuthorizationLoginNameQuery",
    &[text(1, "login_name"), value_of(2, "method", &TEXT_METHOD)],
);

static DISPLAY_NAME: Message = Message::new(
    "AuthorizationDisplayNameQuery",
    &[text(1, "display_name"), value_of(2, "method", &TEXT_METHOD)],
);

static PROJECT_NAME: Message =
    Message::new("AuthorizationProjectNameQuery", &[text(1, "name"), value_of(2, "method", &TEXT_METHOD)]);

static ROLE_KEY: Message =
    Message::new("AuthorizationRoleKeyQuery", &[text(1, "key"), value_of(2, "method", &TEXT_METHOD)]);

static FILTER: Message = Message::filter(
    "AuthorizationFilter",
    &[
        message(1, "authorization_ids", &IDS).choice(),
        message(2, "organization_id", &ID).choice(),
        message(3, "state", &STATE_FILTER).choice(),
        message(4, "user_id", &ID).choice(),
        message(5, "user_organization_id", &ID).choice(),
        message(6, "user_preferred_login_name", &LOGIN_NAME).choice(),
        message(7, "user_display_name", &DISPLAY_NAME).choice(),
        message(8, "project_id", &ID).choice(),
        message(9, "project_name", &PROJECT_NAME).choice(),
        message(10, "role_key", &ROLE_KEY).choice(),
        message(12, "in_user_ids", &IDS).choice(),
    ],
);

static COLUMN: Enum = Enum {
    name: "AuthorizationFieldName",
    values: &[
        ("AUTHORIZATION_FIELD_NAME_UNSPECIFIED", 0),
        ("AUTHORIZATION_FIELD_NAME_CREATED_DATE", 1),
        ("AUTHORIZATION_FIELD_NAME_CHANGED_DATE", 2),
        ("AUTHORIZATION_FIELD_NAME_ID", 3),
        ("AUTHORIZATION_FIELD_NAME_USER_ID", 4),
        ("AUTHORIZATION_FIELD_NAME_PROJECT_ID", 5),
        ("AUTHORIZATION_FIELD_NAME_ORGANIZATION_ID", 6),
        ("AUTHORIZATION_FIELD_NAME_USER_ORGANIZATION_ID", 7),
    ],
};

pub static LIST: Message = Message::new(
    "ListAuthorizationsRequest",
    &[
        message(1, "pagination", &PAGE),
        value_of(2, "sorting_column", &COLUMN),
        message(3, "filters", &FILTER).repeated(),
    ],
);
