//! Messages of `zitadel.internal_permission.v2`.

use super::{ID, IDS, PAGE, TEXT_METHOD};
use crate::message::{Enum, Message, flag, foreign, message, text, value_of};

static RESOURCE: Message = Message::one_of(
    "AdministratorResource",
    &[
        flag(1, "instance").choice().about("True: the instance."),
        text(2, "organization_id").choice(),
        text(3, "project_id").choice(),
        foreign(
            4,
            "project_grant",
            "project grants have no administrators of their own; those of the granted organization administer them",
        ),
    ],
);

pub static ASSIGNMENT: Message = Message::new(
    "AdministratorRequest",
    &[
        text(1, "user_id").required(),
        message(2, "resource", &RESOURCE).required(),
        text(3, "roles").repeated(),
    ],
);

pub static DISMISSAL: Message = Message::new(
    "DeleteAdministratorRequest",
    &[text(1, "user_id").required(), message(2, "resource", &RESOURCE).required()],
);

static LOGIN_NAME: Message = Message::new(
    "AdministratorLoginNameFilter",
    &[text(1, "preferred_login_name"), value_of(2, "method", &TEXT_METHOD)],
);

static DISPLAY_NAME: Message = Message::new(
    "AdministratorDisplayNameFilter",
    &[text(1, "display_name"), value_of(2, "method", &TEXT_METHOD)],
);

static ROLE: Message = Message::new("AdministratorRoleFilter", &[text(1, "role_key").required()]);

static FILTER: Message = Message::filter(
    "AdministratorFilter",
    &[
        message(3, "in_user_ids_filter", &IDS).choice(),
        message(4, "user_organization_id", &ID).choice(),
        message(5, "user_preferred_login_name", &LOGIN_NAME).choice(),
        message(6, "user_display_name", &DISPLAY_NAME).choice(),
        message(7, "resource", &RESOURCE).choice(),
        message(8, "role", &ROLE).choice(),
    ],
);

static COLUMN: Enum = Enum {
    name: "AdministratorFieldName",
    values: &[
        ("ADMINISTRATOR_FIELD_NAME_UNSPECIFIED", 0),
        ("ADMINISTRATOR_FIELD_NAME_USER_ID", 1),
        ("ADMINISTRATOR_FIELD_NAME_CREATION_DATE", 2),
        ("ADMINISTRATOR_FIELD_NAME_CHANGE_DATE", 3),
    ],
};

pub static LIST: Message = Message::new(
    "ListAdministratorsRequest",
    &[
        message(1, "pagination", &PAGE),
        value_of(2, "sorting_column", &COLUMN),
        message(3, "filters", &FILTER).repeated(),
    ],
);
