//! Calls into the engine. Every error and panic below becomes a value here.
//!
//! redb remembers the first error of its backend and refuses everything from then on, until the database
//! is opened anew. One page that can't be read must not do that to all others. So `refuse` leaves a
//! reader's call by unwinding: the engine holds no lock while it reads a page for a reader, keeps nothing
//! of a page that could not be read, and has no error to remember. To the writer the same damage is an
//! I/O error, because unwinding would leave its transaction half done.
//!
//! A panic of the engine ends at the same place. The state it left behind is not trusted: the caller asks
//! for the database to be opened anew. Everywhere else a panic ends the process ([`is_inside`]).

use crate::damage::Damage;
use std::any::Any;
use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

thread_local! {
    static CALL: Cell<Call> = const { Cell::new(Call::None) };
}

/// The call into the engine that this thread is making.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    None,
    Reader,
    Writer,
}

/// A call into the engine that did not return.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwound {
    /// The call met a damaged page.
    #[error(transparent)]
    Damage(Damage),
    /// The call panicked.
    #[error("the storage engine panicked: {0}")]
    Panic(String),
}

impl From<Unwound> for redb::Error {
    fn from(unwound: Unwound) -> Self {
        Self::Io(io::Error::other(unwound))
    }
}

/// True if this thread is in a call whose panic is caught. Elsewhere the panic hook ends the process.
pub fn is_inside() -> bool {
    CALL.get() != Call::None
}

/// A reader's call.
///
/// # Errors
/// [`Unwound`] if it met damage or panicked.
pub(crate) fn read<T>(call: impl FnOnce() -> T) -> Result<T, Unwound> {
    guard(Call::Reader, call)
}

/// The writer's call, or one that opens the database.
///
/// # Errors
/// [`Unwound::Panic`]
pub(crate) fn write<T>(call: impl FnOnce() -> T) -> Result<T, Unwound> {
    guard(Call::Writer, call)
}

fn guard<T>(kind: Call, call: impl FnOnce() -> T) -> Result<T, Unwound> {
    let before = CALL.replace(kind);
    // After a panic the values borrowed by `call` are only used to close the database.
    let result = catch_unwind(AssertUnwindSafe(call));
    CALL.set(before);
    result.map_err(|payload| match payload.downcast::<Damage>() {
        Ok(damage) => Unwound::Damage(*damage),
        Err(payload) => Unwound::Panic(message(payload.as_ref())),
    })
}

/// Reports that a page is damaged, in the way that suits the current call.
pub(crate) fn refuse(damage: Damage) -> io::Result<()> {
    match CALL.get() {
        Call::Reader => resume_unwind(Box::new(damage)),
        Call::Writer | Call::None => Err(io::Error::other(damage)),
    }
}

/// The damaged page that caused an error of the engine.
pub(crate) fn damage_of(error: &redb::Error) -> Option<Damage> {
    match error {
        redb::Error::Io(error) => match error.get_ref()?.downcast_ref() {
            Some(Unwound::Damage(damage)) => Some(*damage),
            _ => error.get_ref()?.downcast_ref().copied(),
        },
        _ => None,
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::Defect;
    use crate::tables::Part;

    const DAMAGE: Damage = Damage { offset: 4096, bytes: 4096, part: Part::Engine, defect: Defect::Altered };

    #[test]
    fn damage_unwinds_a_reader_and_is_an_error_to_the_writer() {
        let read = read(|| refuse(DAMAGE));
        assert!(matches!(read, Err(Unwound::Damage(DAMAGE))));
        let error = write(|| refuse(DAMAGE)).unwrap().unwrap_err();
        assert_eq!(damage_of(&redb::Error::Io(error)), Some(DAMAGE));
        assert!(refuse(DAMAGE).is_err(), "outside of all calls");
    }

    #[test]
    fn a_panic_becomes_its_message() {
        let sentence = String::from("a sentence");
        assert!(matches!(read(|| panic!("{sentence}")), Err(Unwound::Panic(text)) if text == "a sentence"));
        assert!(matches!(write(|| panic!("plain")), Err(Unwound::Panic(text)) if text == "plain"));
    }

    #[test]
    fn a_panic_is_caught_inside_of_calls_only() {
        assert!(!is_inside());
        assert!(read(is_inside).unwrap() && write(|| read(is_inside).unwrap() && is_inside()).unwrap());
        assert!(!is_inside());
    }
}
