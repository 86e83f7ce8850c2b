//! Records that are no values of the domain.

use super::*;

#[test]
fn values_outside_the_domain_are_corrupt() {
    let unknown_scope = Scopes { standard: 1 << 15, project_audiences: Vec::new(), parameters: Vec::new() };
    assert!(unknown_scope.into_set().is_err());
    let (name, key) = (Text::new("c-d").unwrap(), RoleKey::parse("a-b").unwrap());
    let named = Role { key, name, group: Text::default(), ..project().roles[0].clone() };
    let record = write_project(&Project { roles: vec![named], grants: [].into(), ..project() }).unwrap();
    let read_with_line_break_in = |text: &[u8]| {
        let at = record.windows(3).position(|window| window == text).unwrap();
        let mut broken = record.clone();
        broken[at + 1] = b'\n';
        read_project(ProjectId(3), &broken)
    };
    assert!(read_project(ProjectId(3), &record).is_ok());
    assert_eq!(read_with_line_break_in(b"a-b"), Err(Corrupt));
    // Text is not checked again, so that it stays readable when the rules change.
    assert!(read_with_line_break_in(b"c-d").is_ok());
}

#[test]
fn a_length_beyond_the_bytes_is_corrupt_and_takes_no_memory() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert_eq!(codec::decode::<Vec<u64>>(&huge), Err(Corrupt));
    assert_eq!(codec::decode::<String>(&huge), Err(Corrupt));
}

#[test]
fn a_record_over_the_bound_is_not_written() {
    use crate::limits::RECORD_BYTES_MAX;
    let bytes = vec![7_u8; RECORD_BYTES_MAX - 3];
    assert_eq!(codec::encode(&bytes).map(|record| record.len()), Ok(RECORD_BYTES_MAX));
    assert_eq!(codec::encode(&vec![7_u8; RECORD_BYTES_MAX - 2]), Err(Corrupt));
}
