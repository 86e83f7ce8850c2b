//! A place in a request, and what is found on the way to it.

use crate::ApiError;
use crate::limits::{FILTERS_MAX, IGNORED_MEMBERS_MAX, IGNORED_NAME_CHARS_MAX, LIST_LEN_MAX};
use jeton_api::message::json_name;
use serde::de::Error;
use std::cell::{Cell, RefCell};
use std::fmt;

/// Findings collected on the way.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) ignored: RefCell<Vec<String>>,
    /// A refusal, on its way around serde, whose errors are text.
    pub(super) refusal: RefCell<Option<ApiError>>,
    /// The path of the member whose JSON can't be read.
    pub(super) unread: RefCell<Option<String>>,
    /// Filters so far, nested ones included.
    pub(super) filters: Cell<usize>,
}

/// A place in a request.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) notes: &'a Notes,
    pub(super) path: &'a Path<'a>,
}

pub(super) enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    Element(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the request"),
            Self::Member(Self::Root, name) => f.write_str(&json_name(name)),
            Self::Member(above, name) => write!(f, "{above}.{}", json_name(name)),
            Self::Element(above, place) => write!(f, "{above}[{place}]"),
        }
    }
}

impl At<'_> {
    pub(super) fn invalid(self, what: impl fmt::Display) -> ApiError {
        ApiError::invalid(format!("{}: {what}", self.path))
    }

    /// Passes a refusal around serde.
    pub(super) fn refuse<E: Error>(self, refusal: ApiError) -> E {
        *self.notes.refusal.borrow_mut() = Some(refusal);
        E::custom("refused")
    }

    /// Records the place of unreadable JSON, unless a place further inside was recorded.
    pub(super) fn unread(self) {
        self.notes.unread.borrow_mut().get_or_insert_with(|| self.path.to_string());
    }

    /// Refuses an element beyond the maximum length of a list.
    pub(super) fn check_room(self, len: usize) -> Result<(), ApiError> {
        if len < LIST_LEN_MAX {
            return Ok(());
        }
        Err(self.invalid(format!("must have at most {LIST_LEN_MAX} elements")))
    }

    /// Counts a filter.
    pub(super) fn count_filter(self) -> Result<(), ApiError> {
        let filters = self.notes.filters.get().saturating_add(1);
        self.notes.filters.set(filters);
        if filters <= FILTERS_MAX {
            return Ok(());
        }
        Err(self.invalid(format!("a request may have at most {FILTERS_MAX} filters, nested ones included")))
    }

    pub(super) fn ignore(self, name: &str) {
        let mut ignored = self.notes.ignored.borrow_mut();
        if ignored.len() < IGNORED_MEMBERS_MAX {
            ignored.push(self.unknown(name));
        }
    }

    /// The path of a member that is in no table, in printable form.
    pub(super) fn unknown(self, name: &str) -> String {
        let name: String = name.chars().take(IGNORED_NAME_CHARS_MAX).flat_map(char::escape_debug).collect();
        match self.path {
            Path::Root => name,
            above => format!("{above}.{name}"),
        }
    }
}
