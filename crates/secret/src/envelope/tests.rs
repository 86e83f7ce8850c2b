use super::*;
use proptest::prelude::*;

const NONCE: [u8; NONCE_BYTES] = [7; NONCE_BYTES];

fn key(tag: u16, byte: u8) -> TokenKey {
    TokenKey::new(KeyTag(tag), &SecretBytes::new([byte; 32]))
}

fn opened(key: &TokenKey, text: &str) -> Option<Vec<u8>> {
    key.open(SealedToken::parse(text).ok()?).map(|statement| statement.bytes().to_vec())
}

#[test]
fn a_statement_is_opened_as_it_was_sealed_with_its_own_key_only() {
    for len in [8, 64, STATEMENT_BYTES_MAX] {
        let statement: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let text = key(1, 1).seal(NONCE, &statement).unwrap();
        assert_eq!(opened(&key(1, 1), text.expose()), Some(statement));
        assert_eq!(opened(&key(1, 2), text.expose()), None, "another key of the same tag");
        assert_eq!(opened(&key(2, 1), text.expose()), None, "the same key by another tag");
        assert_eq!(SealedToken::parse(text.expose()).unwrap().key_tag(), KeyTag(1));
        assert!(text.expose().len() <= TOKEN_CHARS_MAX);
    }
}

#[test]
fn a_statement_of_an_invalid_length_is_not_sealed() {
    for len in [0, 1, 7, 9, STATEMENT_BYTES_MAX - 1, STATEMENT_BYTES_MAX + 8] {
        assert_eq!(key(1, 1).seal(NONCE, &vec![0; len]).err(), Some(Unsealable), "{len}");
    }
}

#[test]
fn any_changed_bit_is_found_even_with_a_right_checksum() {
    let text = key(0x1234, 1).seal(NONCE, &[9; 64]).unwrap();
    let raw = raw_of(text.expose());
    for bit in 0..raw.len() * 8 {
        let mut changed = raw.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = text_of(&changed);
        // The key of the changed tag is tried too.
        for tag in [0x1234, SealedToken::parse(&changed).map_or(0, |token| token.key_tag().0)] {
            assert_eq!(opened(&key(tag, 1), &changed), None, "bit {bit}");
        }
    }
    let body = text.expose().strip_prefix(ACCESS_TOKEN_PREFIX).unwrap();
    let with_checksum = URL_SAFE_NO_PAD.decode(body).unwrap();
    for bit in 0..with_checksum.len() * 8 {
        let mut changed = with_checksum.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = format!("{ACCESS_TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(changed));
        assert_eq!(SealedToken::parse(&changed).err(), Some(MalformedSecret), "bit {bit}");
    }
}

#[test]
fn a_cut_extended_or_foreign_text_is_junk() {
    let text = key(1, 1).seal(NONCE, &[9; 64]).unwrap();
    let text = text.expose();
    let body = text.strip_prefix(ACCESS_TOKEN_PREFIX).unwrap();
    for len in 0..text.len() {
        assert_eq!(SealedToken::parse(&text[..len]).err(), Some(MalformedSecret), "cut at {len}");
    }
    let others = [
        format!("{text}A"),
        format!("{text}="),
        format!("{text} "),
        format!(" {text}"),
        text.to_uppercase(),
        format!("jeton_cs_{body}"),
        format!("jeton_pat_{body}"),
        body.to_owned(),
        text.replace('_', "-"),
        format!("{ACCESS_TOKEN_PREFIX}{}", "A".repeat(TOKEN_CHARS_MAX)),
    ];
    for other in others {
        assert_eq!(SealedToken::parse(&other).err(), Some(MalformedSecret), "{other}");
    }
    let raw = raw_of(text);
    for bytes in [raw[..raw.len() - 8].to_vec(), [&raw[..], &[0; 8]].concat()] {
        assert_eq!(opened(&key(1, 1), &text_of(&bytes)), None, "with a checksum that is right");
    }
    for bytes in [raw[..raw.len() - 1].to_vec(), [&raw[..], &[0]].concat(), [&[2], &raw[1..]].concat()] {
        assert_eq!(SealedToken::parse(&text_of(&bytes)).err(), Some(MalformedSecret), "length or version");
    }
}

#[test]
fn the_longest_token_is_read_and_a_longer_one_is_junk() {
    let text = key(1, 1).seal(NONCE, &vec![0; STATEMENT_BYTES_MAX]).unwrap();
    assert_eq!(text.expose().len(), TOKEN_CHARS_MAX);
    assert!(SealedToken::parse(text.expose()).is_ok());
    let raw = [raw_of(text.expose()), vec![0; 8]].concat();
    assert_eq!(SealedToken::parse(&text_of(&raw)).err(), Some(MalformedSecret));
}

#[test]
fn equal_statements_under_different_nonces_have_unrelated_texts() {
    let texts: Vec<_> = (0..50)
        .map(|nonce| raw_of(key(1, 1).seal([nonce; NONCE_BYTES], &[9; 64]).unwrap().expose()))
        .collect();
    for pair in texts.windows(2) {
        let differing = pair[0].iter().zip(&pair[1]).skip(HEAD_BYTES).filter(|(a, b)| a != b).count();
        assert!(differing > 80, "{differing} of 92 bytes differ");
    }
}

#[test]
fn a_text_consists_of_unreserved_characters() {
    let text = key(1, 1).seal(NONCE, &[9; 64]).unwrap();
    assert!(text.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    assert_eq!(text.expose().len(), 141);
}

proptest! {
    #[test]
    fn any_bytes_keep_the_properties(data in proptest::collection::vec(any::<u8>(), 14..96)) {
        crate::fuzzing::envelope(&data);
    }

    #[test]
    fn any_changed_token_is_refused(at: u8, change: u8, blocks in 1_usize..12) {
        let mut data = vec![at; NONCE_BYTES + 2 + 8 * blocks];
        data[NONCE_BYTES + 1] = change;
        crate::fuzzing::envelope(&data);
    }
}
