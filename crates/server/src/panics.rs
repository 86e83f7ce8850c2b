//! The effect of a panic on the process.
//!
//! A panic ends the process: half-done changes in memory are not trusted, and acknowledged changes are on the
//! disk. A panic inside the storage engine is the exception: it is caught there, and everything that it may
//! have touched is reopened.

use jeton_store::engine;

/// True if a panic of this thread now must end the process.
pub fn is_fatal() -> bool {
    !engine::is_inside()
}

/// Installs a hook that ends the process after a fatal panic's usual message.
pub fn end_the_process() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        if is_fatal() {
            std::process::abort();
        }
    }));
}
