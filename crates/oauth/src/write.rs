//! JSON written straight into a buffer, for the hot path.

use serde::Serialize;

/// Text that needs no escaping: literals, ids, scopes and the issuer, by their grammars.
pub(crate) fn push(body: &mut Vec<u8>, parts: &[&str]) {
    parts.iter().for_each(|part| body.extend_from_slice(part.as_bytes()));
}

/// Digits without the formatting machinery, which cost a fifth of rendering.
pub(crate) fn push_number(body: &mut Vec<u8>, number: u64) {
    body.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends a value that may contain any character, escaped by `serde_json`.
pub(crate) fn push_json<V: Serialize + ?Sized>(body: &mut Vec<u8>, value: &V) {
    let mut writer = serde_json::Serializer::new(body);
    value.serialize(&mut writer).expect("strings, numbers and maps with text keys are always JSON");
}

/// `,"name":value`
pub(crate) fn push_member<V: Serialize + ?Sized>(body: &mut Vec<u8>, name: &str, value: &V) {
    push(body, &[",\"", name, "\":"]);
    push_json(body, value);
}
