//! Messages of `zitadel.user.v2`.

use super::{DATE_FILTER, ID, KEY_FORMAT, METADATA_ENTRY, PAGE, TEXT_METHOD};
use crate::message::{
    Enum, Message, duration, flag, foreign, message, pem, text, timestamp, uint32, value_of,
};

static JWT_TYPE: Enum = Enum {
    name: "JwtType",
    values: &[("JWT_TYPE_UNSPECIFIED", 0), ("JWT_TYPE_JWT", 1), ("JWT_TYPE_AT_JWT", 2)],
};

pub const NO_HUMANS: &str = "there are no human users here; create a machine user";

static TOKEN_TYPE: Enum = Enum {
    name: "AccessTokenType",
    values: &[("ACCESS_TOKEN_TYPE_BEARER", 0), ("ACCESS_TOKEN_TYPE_JWT", 1)],
};

const SCOPES: &str = "Granted when a token request names no scope.";
const SCOPES_MAX: &str = "Scopes of its tokens at most; an empty list lifts the bound.";
const AUDIENCES_MAX: &str = "Projects that its tokens are for at most; an empty list lifts the bound.";
const LIFETIME: &str = "Lifetime of its tokens; `0s` goes back to the instance's.";

static CREATE_MACHINE: Message = Message::new(
    "CreateMachine",
    &[
        text(1, "name").required().about("Name for people."),
        text(2, "description").optional(),
        value_of(1000, "access_token_type", &TOKEN_TYPE).optional(),
        text(1001, "default_scopes").repeated().about(SCOPES),
        text(1002, "allowed_scopes").repeated().about(SCOPES_MAX),
        text(1003, "allowed_audiences").repeated().about(AUDIENCES_MAX),
        duration(1004, "token_lifetime").optional().about(LIFETIME),
        value_of(1005, "jwt_type", &JWT_TYPE)
            .optional()
            .about("The `typ` of its JWTs; unspecified: the instance's."),
    ],
);

static UPDATE_MACHINE: Message = Message::new(
    "UpdateMachine",
    &[
        text(1, "name").optional().about("Name for people."),
        text(2, "description").optional(),
        value_of(1000, "access_token_type", &TOKEN_TYPE).optional(),
        text(1001, "default_scopes").repeated().about(SCOPES),
        text(1002, "allowed_scopes").repeated().about(SCOPES_MAX),
        text(1003, "allowed_audiences").repeated().about(AUDIENCES_MAX),
        duration(1004, "token_lifetime").optional().about(LIFETIME),
        value_of(1005, "jwt_type", &JWT_TYPE)
            .optional()
            .about("The `typ` of its JWTs; unspecified: the instance's."),
    ],
);

pub static CREATE_USER: Message = Message::new(
    "CreateUserRequest",
    &[
        text(1, "organization_id").about("By default the caller's own organization."),
        text(2, "user_id"),
        text(3, "username"),
        foreign(4, "human", NO_HUMANS),
        message(5, "machine", &CREATE_MACHINE).required(),
    ],
);

pub static NEW_USER: Message = Message::new(
    "NewUser",
    &[
        text(1, "user_id"),
        text(2, "username"),
        foreign(3, "human", NO_HUMANS),
        message(4, "machine", &CREATE_MACHINE).required(),
    ],
);

pub static UPDATE_USER: Message = Message::new(
    "UpdateUserRequest",
    &[
        text(1, "user_id").required(),
        text(2, "username").optional(),
        foreign(3, "human", NO_HUMANS),
        message(4, "machine", &UPDATE_MACHINE),
    ],
);

pub static USER_ID: Message = Message::new("UserIdRequest", &[text(1, "user_id").required()]);

static USER_COLUMN: Enum = Enum {
    name: "UserFieldName",
    values: &[
        ("USER_FIELD_NAME_UNSPECIFIED", 0),
        ("USER_FIELD_NAME_USER_NAME", 1),
        ("USER_FIELD_NAME_FIRST_NAME", 2),
        ("USER_FIELD_NAME_LAST_NAME", 3),
        ("USER_FIELD_NAME_NICK_NAME", 4),
        ("USER_FIELD_NAME_DISPLAY_NAME", 5),
        ("USER_FIELD_NAME_EMAIL", 6),
        ("USER_FIELD_NAME_STATE", 7),
        ("USER_FIELD_NAME_TYPE", 8),
        ("USER_FIELD_NAME_CREATION_DATE", 9),
    ],
};

static USER_STATE: Enum = Enum {
    name: "UserState",
    values: &[
        ("USER_STATE_UNSPECIFIED", 0),
        ("USER_STATE_ACTIVE", 1),
        ("USER_STATE_INACTIVE", 2),
        ("USER_STATE_DELETED", 3),
        ("USER_STATE_LOCKED", 4),
        ("USER_STATE_INITIAL", 5),
    ],
};

static USER_TYPE: Enum =
    Enum { name: "UserType", values: &[("TYPE_UNSPECIFIED", 0), ("TYPE_HUMAN", 1), ("TYPE_MACHINE", 2)] };

static USER_QUERY: Message = Message::filter(
    "UserQuery",
    &[
        message(1, "user_name_query", &USER_NAME_QUERY).choice(),
        message(5, "display_name_query", &DISPLAY_NAME_QUERY).choice(),
        message(7, "state_query", &STATE_QUERY).choice(),
        message(8, "type_query", &TYPE_QUERY).choice(),
        message(9, "login_name_query", &LOGIN_NAME_QUERY).choice(),
        message(10, "in_user_ids_query", &USER_IDS_QUERY).choice(),
        message(11, "or_query", &OR_QUERY).choice(),
        message(12, "and_query", &AND_QUERY).choice(),
        message(13, "not_query", &NOT_QUERY).choice(),
        message(15, "organization_id_query", &ORGANIZATION_QUERY).choice(),
    ],
);

static USER_NAME_QUERY: Message =
    Message::new("UserNameQuery", &[text(1, "user_name"), value_of(2, "method", &TEXT_METHOD)]);

static DISPLAY_NAME_QUERY: Message =
    Message::new("UserDisplayNameQuery", &[text(1, "display_name"), value_of(2, "method", &TEXT_METHOD)]);

static LOGIN_NAME_QUERY: Message =
    Message::new("UserLoginNameQuery", &[text(1, "login_name"), value_of(2, "method", &TEXT_METHOD)]);

static STATE_QUERY: Message = Message::new("UserStateQuery", &[value_of(1, "state", &USER_STATE).required()]);

static TYPE_QUERY: Message = Message::new("UserTypeQuery", &[value_of(1, "type", &USER_TYPE).required()]);

static USER_IDS_QUERY: Message = Message::new("InUserIdsQuery", &[text(1, "user_ids").repeated()]);

static ORGANIZATION_QUERY: Message =
    Message::new("UserOrganizationQuery", &[text(1, "organization_id").required()]);

static OR_QUERY: Message = Message::new("OrQuery", &[message(1, "queries", &USER_QUERY).repeated()]);

static AND_QUERY: Message = Message::new("AndQuery", &[message(1, "queries", &USER_QUERY).repeated()]);

static NOT_QUERY: Message = Message::new("NotQuery", &[message(1, "query", &USER_QUERY).required()]);

pub static LIST_USERS: Message = Message::new(
    "ListUsersRequest",
    &[
        message(1, "query", &PAGE),
        value_of(2, "sorting_column", &USER_COLUMN),
        message(3, "queries", &USER_QUERY).repeated(),
    ],
);

pub static ADD_SECRET: Message = Message::new(
    "AddSecretRequest",
    &[
        text(1, "user_id").required(),
        text(1000, "label"),
        timestamp(1001, "expiration_date"),
        duration(1002, "lifetime").about("Instead of an expiration date."),
        duration(1003, "overlap").about("Time for which the older secrets stay valid."),
        flag(1004, "keep_others").about("True if the older secrets stay as they are."),
    ],
);

pub static REMOVE_SECRET: Message = Message::new(
    "RemoveSecretRequest",
    &[
        text(1, "user_id").required(),
        text(1000, "secret_id").about("The secret to remove; by default all of them."),
    ],
);

pub static ADD_KEY: Message = Message::new(
    "AddKeyRequest",
    &[
        text(1, "user_id").required(),
        timestamp(2, "expiration_date"),
        pem(3, "public_key").about("PEM, in base64 or as it is."),
        duration(1000, "lifetime").about("Instead of an expiration date."),
        text(1001, "algorithm").about("Algorithm of the key, such as EdDSA; for RSA keys by default RS256."),
        uint32(1002, "rsa_bits").optional().about("Size of an RSA key that is made: 2048, 3072 or 4096."),
        value_of(1003, "key_format", &KEY_FORMAT).optional().about("Form of the private key in its file."),
    ],
);

pub static REMOVE_KEY: Message =
    Message::new("RemoveKeyRequest", &[text(1, "user_id").required(), text(2, "key_id").required()]);

const ONE_USER: &str = "Shorter than a filter.";
const BY_USER: &str = "By default in the order of the creation of their users.";

static KEY_COLUMN: Enum = Enum {
    name: "KeyFieldName",
    values: &[
        ("KEY_FIELD_NAME_UNSPECIFIED", 0),
        ("KEY_FIELD_NAME_CREATED_DATE", 1),
        ("KEY_FIELD_NAME_ID", 2),
        ("KEY_FIELD_NAME_USER_ID", 3),
        ("KEY_FIELD_NAME_ORGANIZATION_ID", 4),
        ("KEY_FIELD_NAME_KEY_EXPIRATION_DATE", 5),
    ],
};

pub static LIST_KEYS: Message = Message::new(
    "ListKeysRequest",
    &[
        message(1, "pagination", &PAGE),
        value_of(2, "sorting_column", &KEY_COLUMN).about(BY_USER),
        message(3, "filters", &KEY_FILTER).repeated(),
        text(1000, "user_id").about(ONE_USER),
    ],
);

static KEY_FILTER: Message = Message::filter(
    "KeyFilter",
    &[
        message(1, "key_id_filter", &ID).choice(),
        message(2, "user_id_filter", &ID).choice(),
        message(3, "organization_id_filter", &ID).choice(),
        message(4, "created_date_filter", &DATE_FILTER).choice(),
        message(5, "expiration_date_filter", &DATE_FILTER).choice(),
    ],
);

pub static ADD_TOKEN: Message = Message::new(
    "AddPersonalAccessTokenRequest",
    &[
        text(1, "user_id").required(),
        timestamp(2, "expiration_date"),
        duration(1000, "lifetime").about("Instead of an expiration date."),
    ],
);

pub static REMOVE_TOKEN: Message = Message::new(
    "RemovePersonalAccessTokenRequest",
    &[text(1, "user_id").required(), text(2, "token_id").required()],
);

static TOKEN_COLUMN: Enum = Enum {
    name: "PersonalAccessTokenFieldName",
    values: &[
        ("PERSONAL_ACCESS_TOKEN_FIELD_NAME_UNSPECIFIED", 0),
        ("PERSONAL_ACCESS_TOKEN_FIELD_NAME_CREATED_DATE", 1),
        ("PERSONAL_ACCESS_TOKEN_FIELD_NAME_ID", 2),
        ("PERSONAL_ACCESS_TOKEN_FIELD_NAME_USER_ID", 3),
        ("PERSONAL_ACCESS_TOKEN_FIELD_NAME_ORGANIZATION_ID", 4),
        ("PERSONAL_ACCESS_TOKEN_FIELD_NAME_EXPIRATION_DATE", 5),
    ],
};

pub static LIST_TOKENS: Message = Message::new(
    "ListPersonalAccessTokensRequest",
    &[
        message(1, "pagination", &PAGE),
        value_of(2, "sorting_column", &TOKEN_COLUMN).about(BY_USER),
        message(3, "filters", &TOKEN_FILTER).repeated(),
        text(1000, "user_id").about(ONE_USER),
    ],
);

static TOKEN_FILTER: Message = Message::filter(
    "PersonalAccessTokenFilter",
    &[
        message(1, "token_id_filter", &ID).choice(),
        message(2, "user_id_filter", &ID).choice(),
        message(3, "organization_id_filter", &ID).choice(),
        message(4, "created_date_filter", &DATE_FILTER).choice(),
        message(5, "expiration_date_filter", &DATE_FILTER).choice(),
    ],
);

pub static SET_METADATA: Message = Message::new(
    "SetUserMetadataRequest",
    &[text(1, "user_id").required(), message(2, "metadata", &METADATA_ENTRY).repeated()],
);

pub static METADATA_FILTER: Message =
    Message::filter("MetadataFilter", &[message(1, "key_filter", &super::METADATA_KEY_FILTER).choice()]);

pub static LIST_METADATA: Message = Message::new(
    "ListUserMetadataRequest",
    &[
        text(1, "user_id").required(),
        message(2, "pagination", &PAGE),
        message(3, "filters", &METADATA_FILTER).repeated(),
    ],
);

pub static DELETE_METADATA: Message =
    Message::new("DeleteUserMetadataRequest", &[text(1, "user_id").required(), text(2, "keys").repeated()]);
