//! A posted form, with its assertions parsed.
//!
//! An assertion is looked at twice, to queue its verification and to verify it, for a sender that has proved
//! nothing yet. It is parsed once, and the name in it resolved once: folding a name costs more than anything
//! else before a signature check.

use jeton_oauth::assertion::{Assertion, AssertionError};
use jeton_oauth::credentials::ClientRef;
use jeton_oauth::form::{Form, Value};
use std::sync::OnceLock;

/// The parameters of a request, and its assertions.
pub(super) struct Posted<'f> {
    /// The parameters.
    pub(super) form: &'f Form<'f>,
    for_client: OnceLock<Result<Box<Named<'f>>, AssertionError>>,
    as_grant: OnceLock<Result<Box<Named<'f>>, AssertionError>>,
}

/// An assertion, and the client that it is about if its subject is the name or id of one.
pub(super) struct Named<'f> {
    pub(super) assertion: Assertion<'f>,
    pub(super) subject: Option<ClientRef>,
}

/// An assertion, or its fault.
pub(super) type Taken<'p, 'f> = Result<&'p Named<'f>, AssertionError>;

impl<'f> Posted<'f> {
    pub(super) const fn new(form: &'f Form<'f>) -> Self {
        Self { form, for_client: OnceLock::new(), as_grant: OnceLock::new() }
    }

    /// The assertion that authenticates the client (RFC 7523 §2.2).
    pub(super) fn client_assertion(&self) -> Option<Taken<'_, 'f>> {
        taken(self.form.client_assertion.as_ref(), &self.for_client)
    }

    /// The assertion that is the grant (RFC 7523 §2.1).
    pub(super) fn assertion(&self) -> Option<Taken<'_, 'f>> {
        taken(self.form.assertion.as_ref(), &self.as_grant)
    }
}

fn taken<'p, 'f>(
    text: Option<&'f Value<'f>>,
    cell: &'p OnceLock<Result<Box<Named<'f>>, AssertionError>>,
) -> Option<Taken<'p, 'f>> {
    let text = text?;
    Some(cell.get_or_init(|| Named::of(text.expose()).map(Box::new)).as_deref().map_err(|fault| *fault))
}

impl<'f> Named<'f> {
    fn of(text: &'f str) -> Result<Self, AssertionError> {
        let assertion = Assertion::parse(text)?;
        let subject = ClientRef::parse(assertion.subject()).ok();
        Ok(Self { assertion, subject })
    }
}
