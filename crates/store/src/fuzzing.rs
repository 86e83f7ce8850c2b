//! Properties that the fuzz targets check; each target is one call of a function here.

use crate::records;
use jeton_oauth::id::ClientId;

/// What was read is what is written and read again: no reader makes up a value that its writer
/// can't hold. (bincode takes numbers in longer forms than it writes, and an old version is written
/// as the current one; the bytes settle at the second writing.)
///
/// # Panics
/// When that is not so.
pub fn records(data: &[u8]) {
    let instance = records::instance_of_tests();
    let token = |bytes: &[u8]| {
        records::read_token(bytes).ok().map(|token| {
            let mut again = Vec::new();
            records::write_token(&token, &mut again).expect("it was read, so it fits");
            again
        })
    };
    let client = |bytes: &[u8]| {
        records::read_client(ClientId(7), bytes, &instance).ok().map(|client| {
            let mut again = Vec::new();
            records::write_client(&client, &mut again).expect("it was read, so it fits");
            again
        })
    };
    if let Some(written) = token(data) {
        assert_eq!(token(&written).as_ref(), Some(&written));
    }
    if let Some(written) = client(data) {
        assert_eq!(client(&written).as_ref(), Some(&written));
    }
}
