//! Messages of `zitadel.application.v2`.

use super::{KEY_FORMAT, PAGE, TEXT_METHOD};
use crate::message::{
    Enum, Message, duration, flag, foreign, message, pem, text, timestamp, uint32, value_of,
};

const NO_SIGN_IN: &str = "people do not sign in to applications here; create an API";

static AUTH_METHOD: Enum = Enum {
    name: "ApiAuthMethodType",
    values: &[("API_AUTH_METHOD_TYPE_BASIC", 0), ("API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT", 1)],
};

static API: Message = Message::new(
    "ApiConfigurationInput",
    &[
        value_of(1, "auth_method_type", &AUTH_METHOD),
        text(1000, "resource").about("The URI by which token requests name it (RFC 8707)."),
    ],
);

pub static CREATE: Message = Message::new(
    "CreateApplicationRequest",
    &[
        text(1, "project_id").about("By default the default project."),
        text(2, "application_id"),
        text(3, "name").required(),
        foreign(4, "oidc_configuration", NO_SIGN_IN),
        foreign(5, "saml_configuration", NO_SIGN_IN),
        message(6, "api_configuration", &API).required(),
    ],
);

/// The method has presence here: its first value is a requested one, not a missing member.
static API_UPDATE: Message = Message::new(
    "ApiConfigurationUpdate",
    &[
        value_of(1, "auth_method_type", &AUTH_METHOD)
            .optional()
            .about("Follows from the credentials of the API; another value is refused."),
        text(1000, "resource").about("The resource that the API was created with; another value is refused."),
    ],
);

pub static UPDATE: Message = Message::new(
    "UpdateApplicationRequest",
    &[
        text(1, "application_id").required(),
        text(2, "project_id"),
        text(3, "name"),
        foreign(4, "saml_configuration", NO_SIGN_IN),
        foreign(5, "oidc_configuration", NO_SIGN_IN),
        message(6, "api_configuration", &API_UPDATE),
    ],
);

pub static APPLICATION_ID: Message =
    Message::new("ApplicationIdRequest", &[text(1, "application_id").required(), text(2, "project_id")]);

static COLUMN: Enum = Enum {
    name: "ApplicationSorting",
    values: &[
        ("APPLICATION_SORT_BY_ID", 0),
        ("APPLICATION_SORT_BY_NAME", 1),
        ("APPLICATION_SORT_BY_STATE", 2),
        ("APPLICATION_SORT_BY_CREATION_DATE", 3),
        ("APPLICATION_SORT_BY_CHANGE_DATE", 4),
    ],
};

static STATE: Enum = Enum {
    name: "ApplicationStateFilter",
    values: &[
        ("APPLICATION_STATE_UNSPECIFIED", 0),
        ("APPLICATION_STATE_ACTIVE", 1),
        ("APPLICATION_STATE_INACTIVE", 2),
        ("APPLICATION_STATE_REMOVED", 3),
    ],
};

static TYPE: Enum = Enum {
    name: "ApplicationType",
    values: &[
        ("APPLICATION_TYPE_UNSPECIFIED", 0),
        ("APPLICATION_TYPE_OIDC", 1),
        ("APPLICATION_TYPE_API", 2),
        ("APPLICATION_TYPE_SAML", 3),
    ],
};

static PROJECT_FILTER: Message =
    Message::new("ApplicationProjectFilter", &[text(1, "project_id").required()]);

static NAME_FILTER: Message =
    Message::new("ApplicationNameFilter", &[text(1, "name"), value_of(2, "method", &TEXT_METHOD)]);

static CLIENT_ID_FILTER: Message =
    Message::new("ApplicationClientIdFilter", &[text(1, "client_id").required()]);

static FILTER: Message = Message::filter(
    "ApplicationFilter",
    &[
        message(1, "project_id_filter", &PROJECT_FILTER).choice(),
        message(2, "name_filter", &NAME_FILTER).choice(),
        value_of(3, "state_filter", &STATE).choice(),
        value_of(4, "type_filter", &TYPE).choice(),
        message(5, "client_id_filter", &CLIENT_ID_FILTER).choice(),
    ],
);

pub static LIST: Message = Message::new(
    "ListApplicationsRequest",
    &[
        message(1, "pagination", &PAGE),
        message(2, "filters", &FILTER).repeated(),
        value_of(3, "sorting_column", &COLUMN),
    ],
);

pub static GENERATE_SECRET: Message = Message::new(
    "GenerateClientSecretRequest",
    &[
        text(1, "application_id").required(),
        text(2, "project_id"),
        text(1000, "label"),
        timestamp(1001, "expiration_date"),
        duration(1002, "lifetime").about("Instead of an expiration date."),
        duration(1003, "overlap").about("Time for which the older secrets stay valid."),
        flag(1004, "keep_others").about("True if the older secrets stay as they are."),
    ],
);

pub static CREATE_KEY: Message = Message::new(
    "CreateApplicationKeyRequest",
    &[
        text(1, "application_id").required(),
        text(2, "project_id"),
        timestamp(3, "expiration_date"),
        duration(1000, "lifetime").about("Instead of an expiration date."),
        pem(1001, "public_key").about("PEM, in base64 or as it is."),
        text(1002, "algorithm").about("Algorithm of the key, such as EdDSA; for RSA keys by default RS256."),
        uint32(1003, "rsa_bits").optional().about("Size of an RSA key that is made: 2048, 3072 or 4096."),
        value_of(1004, "key_format", &KEY_FORMAT).optional().about("Form of the private key in its file."),
    ],
);

pub static DELETE_KEY: Message = Message::new(
    "DeleteApplicationKeyRequest",
    &[text(1, "key_id").required(), text(2, "application_id").required(), text(3, "project_id")],
);

pub static GET_KEY: Message = Message::new("GetApplicationKeyRequest", &[text(1, "key_id").required()]);

static KEY_APPLICATION: Message =
    Message::new("ApplicationKeyApplicationFilter", &[text(1, "application_id").required()]);

static KEY_PROJECT: Message =
    Message::new("ApplicationKeyProjectFilter", &[text(1, "project_id").required()]);

static KEY_ORGANIZATION: Message =
    Message::new("ApplicationKeyOrganizationFilter", &[text(1, "organization_id").required()]);

static KEY_FILTER: Message = Message::filter(
    "ApplicationKeyFilter",
    &[
        message(1, "application_id_filter", &KEY_APPLICATION).choice(),
        message(2, "project_id_filter", &KEY_PROJECT).choice(),
        message(3, "organization_id_filter", &KEY_ORGANIZATION).choice(),
    ],
);

static KEY_COLUMN: Enum = Enum {
    name: "ApplicationKeysSorting",
    values: &[
        ("APPLICATION_KEYS_SORT_BY_ID", 0),
        ("APPLICATION_KEYS_SORT_BY_PROJECT_ID", 1),
        ("APPLICATION_KEYS_SORT_BY_APPLICATION_ID", 2),
        ("APPLICATION_KEYS_SORT_BY_CREATION_DATE", 3),
        ("APPLICATION_KEYS_SORT_BY_ORGANIZATION_ID", 4),
        ("APPLICATION_KEYS_SORT_BY_EXPIRATION", 5),
        ("APPLICATION_KEYS_SORT_BY_TYPE", 6),
    ],
};

pub static LIST_KEYS: Message = Message::new(
    "ListApplicationKeysRequest",
    &[
        message(1, "pagination", &PAGE),
        value_of(2, "sorting_column", &KEY_COLUMN).optional().about("By default by application."),
        message(3, "filters", &KEY_FILTER).repeated(),
    ],
);
