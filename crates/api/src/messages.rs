//! The tables of members, by service, and those that several services share.

pub mod application;
pub mod authorization;
pub mod organization;
pub mod own;
pub mod permission;
pub mod project;
pub mod project_grant;
pub mod user;
pub mod web_key;

use crate::message::{Enum, Message, bytes, flag, text, timestamp, uint64, up_to, value_of};
use crate::page::PAGE_LEN;

pub static EMPTY: Message = Message::new("EmptyRequest", &[]);

pub static PAGE: Message = Message::new(
    "PageRequest",
    &[
        uint64(1, "offset"),
        up_to(2, "limit", PAGE_LEN.1),
        flag(3, "asc").about("Ascending order."),
        text(1000, "page_token").about(
            "The `nextPageToken` of the previous page; unlike an offset it costs the same for every page.",
        ),
    ],
);

pub static ID: Message = Message::new("Id", &[text(1, "id").required()]);

pub static IDS: Message = Message::new("Ids", &[text(1, "ids").repeated()]);

pub static METADATA_ENTRY: Message =
    Message::new("MetadataEntryInput", &[text(1, "key").required(), bytes(2, "value")]);

/// The comparisons of text have two families of names in ZITADEL, with the same numbers.
pub static TEXT_METHOD: Enum = Enum {
    name: "TextMethod",
    values: &[
        ("TEXT_FILTER_METHOD_EQUALS", 0),
        ("TEXT_QUERY_METHOD_EQUALS", 0),
        ("TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE", 1),
        ("TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE", 1),
        ("TEXT_FILTER_METHOD_STARTS_WITH", 2),
        ("TEXT_QUERY_METHOD_STARTS_WITH", 2),
        ("TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE", 3),
        ("TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE", 3),
        ("TEXT_FILTER_METHOD_CONTAINS", 4),
        ("TEXT_QUERY_METHOD_CONTAINS", 4),
        ("TEXT_FILTER_METHOD_CONTAINS_IGNORE_CASE", 5),
        ("TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE", 5),
        ("TEXT_FILTER_METHOD_ENDS_WITH", 6),
        ("TEXT_QUERY_METHOD_ENDS_WITH", 6),
        ("TEXT_FILTER_METHOD_ENDS_WITH_IGNORE_CASE", 7),
        ("TEXT_QUERY_METHOD_ENDS_WITH_IGNORE_CASE", 7),
    ],
};

/// The private key in a key file: PKCS#1 for RSA as in ZITADEL, or PKCS#8.
static KEY_FORMAT: Enum = Enum {
    name: "KeyFormat",
    values: &[("KEY_FORMAT_UNSPECIFIED", 0), ("KEY_FORMAT_PKCS1", 1), ("KEY_FORMAT_PKCS8", 2)],
};

static DATE_METHOD: Enum = Enum {
    name: "TimestampFilterMethod",
    values: &[
        ("TIMESTAMP_FILTER_METHOD_EQUALS", 0),
        ("TIMESTAMP_FILTER_METHOD_AFTER", 1),
        ("TIMESTAMP_FILTER_METHOD_AFTER_OR_EQUALS", 2),
        ("TIMESTAMP_FILTER_METHOD_BEFORE", 3),
        ("TIMESTAMP_FILTER_METHOD_BEFORE_OR_EQUALS", 4),
    ],
};

static DATE_FILTER: Message = Message::new(
    "TimestampFilter",
    &[timestamp(1, "timestamp").required(), value_of(2, "method", &DATE_METHOD)],
);

static METADATA_KEY_FILTER: Message =
    Message::new("MetadataKeyFilter", &[text(1, "key"), value_of(2, "method", &TEXT_METHOD)]);
