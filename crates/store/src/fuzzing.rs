//! Properties that the fuzz targets check. Each target is one call of a function here.

use crate::codec::Corrupt;
use crate::records;
use jeton_domain::id::{ClientId, EventId, OrganizationId, ProjectId, SigningKeyId, TokenKeyId};
use jeton_secret::CredentialId;

/// The bytes of a record that is read, written, read and written again are those of the first writing: no
/// reader makes a value that its writer can't hold, and no writer bytes that its reader refuses.
/// (Integers are read in longer forms than they are written, so the bytes settle at the first writing.)
///
/// # Panics
/// The property does not hold.
pub fn records(data: &[u8]) {
    settles(data, |bytes| {
        records::read_token_key(TokenKeyId(5), bytes).map(|key| records::write_token_key(&key))
    });
    settles(data, |bytes| {
        records::read_client(ClientId(7), bytes).map(|client| records::write_client(&client))
    });
    settles(data, |bytes| {
        let read = records::read_past_credential(CredentialId(3), bytes);
        read.map(|past| records::write_past_credential(&past))
    });
    settles(data, |bytes| {
        records::read_project(ProjectId(3), bytes).map(|project| records::write_project(&project))
    });
    settles(data, |bytes| {
        let read = records::read_organization(OrganizationId(6), bytes);
        read.map(|organization| records::write_organization(&organization))
    });
    settles(data, |bytes| {
        records::read_signing_key(SigningKeyId(5), bytes).map(|key| records::write_signing_key(&key))
    });
    settles(data, |bytes| {
        let (link, _) = records::split_event(bytes)?;
        records::read_event(EventId(3), bytes).map(|event| {
            let written = records::write_event(event.at, event.by, event.organization, &event.entry)?;
            Ok([link.0.as_slice(), &written].concat())
        })
    });
}

type Written = Result<Vec<u8>, Corrupt>;

fn settles(data: &[u8], rewrite: impl Fn(&[u8]) -> Result<Written, Corrupt>) {
    let Ok(written) = rewrite(data) else { return };
    let written = written.expect("a value that was read can be written");
    let again = rewrite(&written).expect("written bytes can be read").expect("and written again");
    assert_eq!(again, written);
}
