//! What a panic does to the process.
//!
//! It ends it: what a panic leaves half done in memory is not trusted, and what was answered is on the disk. A panic inside
//! the storage engine does not; it is caught there, and all that it may have touched is opened anew.

use jeton_store::engine;

/// Whether a panic of this thread now must end the process.
pub fn is_fatal() -> bool {
    !engine::is_inside()
}

/// From now on a fatal panic ends the process, behind its usual message.
pub fn end_the_process() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        if is_fatal() {
            std::process::abort();
        }
    }));
}
