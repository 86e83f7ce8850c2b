//! Messages of Jeton's own services, `jeton.*`.

use super::PAGE;
use super::user::NEW_USER;
use crate::message::{Enum, Message, duration, flag, message, text, timestamp, uint32, value_of};

pub static CREATE_USERS: Message = Message::new(
    "CreateUsersRequest",
    &[
        text(1, "organization_id").about("By default the caller's own organization."),
        message(2, "users", &NEW_USER).repeated(),
    ],
);

pub static TOKEN: Message = Message::new(
    "TokenRequest",
    &[text(1, "token").required().about("An access token, opaque or JWT. It is not kept.")],
);

pub static EXPLAIN_TOKEN: Message = Message::new(
    "ExplainTokenRequest",
    &[
        text(1, "token").required().about("An access token, opaque or JWT. It is not kept."),
        text(2, "application_id").about("The API that asks; by default any that the token is for."),
    ],
);

pub static REVOKE_USER_TOKENS: Message = Message::new(
    "RevokeUserTokensRequest",
    &[text(1, "user_id").required(), text(2, "secret_id").about("Only tokens that this secret obtained.")],
);

pub static LIST_UNUSED: Message = Message::new(
    "ListUnusedCredentialsRequest",
    &[
        message(1, "pagination", &PAGE),
        duration(2, "unused_for").about("Minimum time without use; by default 90 days."),
    ],
);

pub static LIST_EXPIRING: Message = Message::new(
    "ListExpiringCredentialsRequest",
    &[
        message(1, "pagination", &PAGE),
        duration(2, "within").about("Maximum time until the expiry; by default 30 days."),
    ],
);

pub static REPORT_LEAK: Message = Message::new(
    "ReportLeakRequest",
    &[
        text(1, "secret").required().about("A client secret, a personal access token, or an access token."),
        text(2, "client_id").about("The client that owns the secret, if known."),
    ],
);

pub static ROTATE: Message = Message::new(
    "RotateWebKeyRequest",
    &[
        text(1, "algorithm").about("Algorithm of the key that signs next; by default the current one."),
        flag(2, "now").about("Sign with the next key even if verifiers may not know it yet."),
        uint32(3, "rsa_bits").optional().about("Size of an RSA key; by default the current one."),
    ],
);

pub static LIST_EVENTS: Message = Message::new(
    "ListEventsRequest",
    &[
        message(1, "pagination", &PAGE),
        text(2, "types").repeated(),
        text(3, "subject_id").about("A user, application, project, organization or signing key."),
        text(4, "actor_id").about("The user who caused the event."),
        timestamp(5, "from"),
        timestamp(6, "until"),
    ],
);

pub static BOOTSTRAP: Message = Message::new(
    "BootstrapRequest",
    &[
        text(1, "username").required(),
        timestamp(2, "expiration_date"),
        duration(3, "lifetime").about("Instead of an expiration date."),
    ],
);

static NAME_TYPE: Enum = Enum {
    name: "NameType",
    values: &[
        ("NAME_TYPE_UNSPECIFIED", 0),
        ("NAME_TYPE_USERNAME", 1),
        ("NAME_TYPE_RESOURCE", 2),
        ("NAME_TYPE_ORGANIZATION_DOMAIN", 3),
    ],
};

pub static LIST_RETIRED_NAMES: Message =
    Message::new("ListRetiredNamesRequest", &[message(1, "pagination", &PAGE)]);

pub static FREE_NAME: Message = Message::new(
    "FreeNameRequest",
    &[value_of(1, "type", &NAME_TYPE).required(), text(2, "name").required()],
);
