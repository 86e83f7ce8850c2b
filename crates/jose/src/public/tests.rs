use super::*;
use crate::key_file::{KeyFormat, make};
use crate::sign::generate;
use crate::spki::raw;
use crate::spki::rsa_modulus;
use jeton_domain::key::{KeySpec, RsaBits};
use pkcs8::der::pem::{LineEnding, encode_string};

fn pem_of(spki: &[u8]) -> String {
    encode_string("PUBLIC KEY", LineEnding::LF, spki).unwrap()
}

#[test]
fn a_key_is_read_for_its_one_algorithm() {
    for algorithm in
        [Algorithm::Rs256, Algorithm::Es256, Algorithm::Es384, Algorithm::Es512, Algorithm::EdDsa]
    {
        let (_, public) = generate(algorithm).unwrap();
        let text = pem_of(&public.spki);
        assert_eq!(from_pem(&text, None), Ok(public.clone()));
        assert_eq!(from_pem(&format!("\n{}\r\n", text.replace('\n', "\r\n")), Some(algorithm)), Ok(public));
    }
}

#[test]
fn an_rsa_key_can_be_for_pss_and_no_key_for_an_algorithm_of_another_kind() {
    let (_, rsa) = generate(Algorithm::Rs256).unwrap();
    for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| algorithm.family() == Family::Rsa) {
        assert_eq!(from_pem(&pem_of(&rsa.spki), Some(algorithm)).unwrap().algorithm, algorithm);
    }
    for (own, wrong) in [
        (Algorithm::Rs256, Algorithm::Es256),
        (Algorithm::Rs256, Algorithm::EdDsa),
        (Algorithm::Es256, Algorithm::Es384),
        (Algorithm::Es384, Algorithm::Es256),
        (Algorithm::Es512, Algorithm::Es384),
        (Algorithm::Es384, Algorithm::Es512),
        (Algorithm::Es256, Algorithm::Rs256),
        (Algorithm::EdDsa, Algorithm::Es256),
    ] {
        let (_, public) = generate(own).unwrap();
        assert_eq!(from_pem(&pem_of(&public.spki), Some(wrong)), Err(KeyError::Algorithm), "{own} {wrong}");
    }
}

#[test]
fn a_private_key_is_recognised_and_refused() {
    let (private, public) = make(Algorithm::Rs256.into(), KeyFormat::Pkcs1).unwrap();
    assert_eq!(from_pem(private.expose(), None), Err(KeyError::Private));
    let both = format!("{}{}", pem_of(&public.spki), private.expose());
    assert_eq!(from_pem(&both, None), Err(KeyError::Private));
    for label in ["PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
        let text = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        assert_eq!(from_pem(&text, None), Err(KeyError::Private), "{label}");
    }
    // A private key under the label of a public one.
    let (private, _) = generate(Algorithm::Es256).unwrap();
    assert_eq!(from_pem(&pem_of(&private), None), Err(KeyError::Malformed));
}

/// An RSA key in SubjectPublicKeyInfo with this modulus and exponent.
fn rsa_with(modulus: &[u8], exponent: &[u8]) -> String {
    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        match u8::try_from(content.len()) {
            Ok(short @ ..128) => out.push(short),
            Ok(longer) => out.extend([0x81, longer]),
            Err(_) => {
                out.push(0x82);
                out.extend_from_slice(&u16::try_from(content.len()).unwrap().to_be_bytes());
            }
        }
        out.extend_from_slice(content);
        out
    }
    let integer = |bytes: &[u8]| {
        let sign: &[u8] = if bytes[0] >= 128 { &[0] } else { &[] };
        tlv(2, &[sign, bytes].concat())
    };
    let key = tlv(0x30, &[integer(modulus), integer(exponent)].concat());
    let algorithm = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    pem_of(&tlv(0x30, &[&algorithm[..], &tlv(3, &[&[0], key.as_slice()].concat())].concat()))
}

/// A modulus of this many bits that is not a known weak one.
fn modulus(bits: usize) -> Vec<u8> {
    let sound = generate(KeySpec { algorithm: Algorithm::Rs256, rsa_bits: RsaBits::B4096 }).unwrap().1;
    let mut bytes = rsa_modulus(&sound.spki).unwrap();
    bytes.drain(..512 - bits.div_ceil(8).min(512));
    if !bits.is_multiple_of(8) {
        bytes[0] &= (1 << (bits % 8)) - 1;
        bytes[0] |= 1 << (bits % 8 - 1);
    } else {
        bytes[0] |= 0x80;
    }
    while bits > bytes.len() * 8 {
        bytes.insert(1, 0x5a);
    }
    bytes
}

#[test]
fn an_rsa_key_has_a_size_between_bounds_and_the_usual_exponent() {
    let is_size = |refused: &Result<PublicKey, KeyError>| *refused == Err(KeyError::Rsa);
    for bits in [512, 1024, 2040, 2047, 4104, 8192, 16_384] {
        let refused = from_pem(&rsa_with(&modulus(bits), &[1, 0, 1]), None);
        assert!(is_size(&refused), "{bits}: {refused:?}");
    }
    let huge = vec![0x5b; 5000];
    for exponent in
        [&[1][..], &[3], &[17], &[1, 0, 0], &[2], &[1, 0, 2], &[1, 0, 3], &[1, 0, 0, 1], &[255; 256], &huge]
    {
        let refused = from_pem(&rsa_with(&modulus(2048), exponent), None);
        assert!(matches!(refused, Err(KeyError::Rsa | KeyError::Malformed)), "{exponent:?}: {refused:?}");
    }
    // Sizes in between pass; only their factors may be refused.
    for bits in [2048, 2432, 3072, 4095, 4096] {
        let read = from_pem(&rsa_with(&modulus(bits), &[1, 0, 1]), None);
        assert!(matches!(read, Ok(_) | Err(KeyError::Weak(_))), "{bits}: {read:?}");
    }
}

#[test]
fn a_point_that_is_not_on_its_curve_is_refused() {
    let (_, public) = generate(Algorithm::Es256).unwrap();
    for at in [public.spki.len() - 1, public.spki.len() - 40] {
        let mut off = public.spki.clone();
        off[at] ^= 1;
        assert_eq!(from_pem(&pem_of(&off), None), Err(KeyError::Malformed), "byte {at}");
    }
    // The point at infinity, and a point without its second half.
    let head = &public.spki[..public.spki.len() - 65];
    for point in [&[0][..], &[4], &[4; 33], &[4; 65]] {
        assert_eq!(from_pem(&pem_of(&[head, point].concat()), None), Err(KeyError::Malformed));
    }
}

#[test]
fn a_key_has_one_encoding() {
    for algorithm in
        [Algorithm::Rs256, Algorithm::Es256, Algorithm::Es384, Algorithm::Es512, Algorithm::EdDsa]
    {
        let (_, public) = generate(algorithm).unwrap();
        let spki = &public.spki;
        // A length in too many bytes, an indefinite length, trailing bytes, a byte missing, no header.
        let (head, content) = if spki[1] == 0x82 {
            (4, &spki[4..])
        } else if spki[1] == 0x81 {
            (3, &spki[3..])
        } else {
            (2, &spki[2..])
        };
        let long =
            [&[0x30, 0x83, 0][..], &u16::try_from(content.len()).unwrap().to_be_bytes(), content].concat();
        let indefinite = [&[0x30, 0x80][..], content, &[0, 0]].concat();
        let more = [&spki[..], &[5, 0]].concat();
        for bad in [long, indefinite, more, spki[..spki.len() - 1].to_vec(), spki[head..].to_vec()] {
            assert_eq!(from_pem(&pem_of(&bad), None), Err(KeyError::Malformed), "{algorithm}");
        }
        // Unused bits in the bit string.
        let mut unused = spki.to_vec();
        let at = spki.len() - raw(spki).unwrap().len() - 1;
        assert_eq!(unused[at], 0);
        unused[at] = 1;
        assert_eq!(from_pem(&pem_of(&unused), None), Err(KeyError::Malformed), "{algorithm}");
    }
    // A leading zero that the modulus does not need, and no leading zero for one that needs it.
    let sound = modulus(2048);
    let text = rsa_with(&sound, &[1, 0, 1]);
    let der = pem::blocks(&text).next().unwrap().decode().unwrap();
    let at = der.windows(8).position(|window| *window == sound[..8]).unwrap();
    let mut negative = der.to_vec();
    negative.remove(at - 1);
    assert!(from_pem(&pem_of(&negative), None).is_err());
}

/// A point may be written shorter, or with a redundant sign; here it is written in full.
#[test]
fn a_point_is_uncompressed() {
    let (_, public) = generate(Algorithm::Es256).unwrap();
    let (head, point) = public.spki.split_at(public.spki.len() - 65);
    let odd = point[64] & 1;
    let hybrid = [&[6 + odd][..], &point[1..]].concat();
    let mut compressed = [head, &[2 + odd], &point[1..33]].concat();
    compressed[1] -= 32;
    compressed[head.len() - 2] -= 32;
    assert_eq!(from_pem(&pem_of(&compressed), None), Err(KeyError::Malformed));
    assert_eq!(from_pem(&pem_of(&[head, &hybrid].concat()), None), Err(KeyError::Malformed));
}

/// SubjectPublicKeyInfo of other kinds of keys, as OpenSSL writes them.
#[test]
fn keys_of_other_kinds_are_named_as_such() {
    for (kind, text) in [
        ("X25519", "MCowBQYDK2VuAyEAeUYyejNFfnI2pDPCjYUtF/68DiuKo3Z5NYdrtcuWQm8="),
        (
            "Ed448",
            "MEMwBQYDK2VxAzoAnoRsn7IXjdV/I3INNR4BUaIMcODO2NI0v/NIiatEURZs4a1hKaCleik9EdkRZ8r3Fu2hDSAL5NUA",
        ),
        (
            "secp256k1",
            "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEyQeoL13zucL1N8QxOOxqrqsY6Gj4bEsWjzeZKbium1W8kQrvtAsYvZzeHIYIiqYLpykqnOJnxaY9Ab71SDWa0g==",
        ),
        (
            "P-224",
            "ME4wEAYHKoZIzj0CAQYFK4EEACEDOgAEwcmA+AXxjjmvQW3On1oYli+BZfz1Lo4dkKn93n6gu42zFIAT6rwFEpaonM9DEzC75RH9NCHs5rA=",
        ),
    ] {
        let text = format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----");
        assert_eq!(from_pem(&text, None), Err(KeyError::Unsupported), "{kind}");
    }
    // An RSA key restricted to PSS by its own object identifier.
    let (_, rsa) = generate(Algorithm::Rs256).unwrap();
    let mut pss = rsa.spki.to_vec();
    let at = pss.windows(3).position(|window| window == [0x01, 0x01, 0x01]).unwrap();
    pss[at + 2] = 0x0a;
    assert_eq!(from_pem(&pem_of(&pss), None), Err(KeyError::Unsupported));
}

#[test]
fn a_file_is_one_key_with_any_text_around_it() {
    let (_, public) = generate(Algorithm::Es256).unwrap();
    let sound = pem_of(&public.spki);
    let utf16: Vec<u8> = format!("\u{feff}{sound}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let around = format!("ASN1 OID: prime256v1\n{sound}# of the billing worker");
    for file in [sound.as_bytes(), &utf16, around.as_bytes()] {
        assert_eq!(from_file(file, None), Ok(public.clone()));
    }
    assert_eq!(from_file(sound.repeat(2).as_bytes(), None), Err(KeyError::Many));
    assert_eq!(from_file(&[0xff], None), Err(KeyError::Malformed));
    let filled = |len: usize| format!("{sound}{}", "x".repeat(len - sound.len()));
    assert_eq!(from_file(filled(PEM_BYTES_MAX).as_bytes(), None), Ok(public));
    assert_eq!(from_file(filled(PEM_BYTES_MAX + 1).as_bytes(), None), Err(KeyError::TooLong));
}

#[test]
fn a_text_without_a_public_key_is_refused() {
    let (_, public) = generate(Algorithm::EdDsa).unwrap();
    let sound = pem_of(&public.spki);
    for bad in [
        "",
        "key",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n",
        &sound.replace("PUBLIC", "RSA PUBLIC"),
        &pem_of(&[&public.spki[..], &[0]].concat()),
        &pem_of(&public.spki[..public.spki.len() - 1]),
    ] {
        assert!(matches!(from_pem(bad, None), Err(KeyError::Malformed)), "{bad}");
    }
    let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    assert_eq!(from_pem(certificate, None), Err(KeyError::Certificate));
}
