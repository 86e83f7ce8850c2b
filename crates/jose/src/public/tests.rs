use super::*;
use crate::key_file::generate_rsa;
use crate::sign::generate;
use pkcs8::der::pem::LineEnding;

fn pem_of(spki: &[u8]) -> String {
    pem::encode_string("PUBLIC KEY", LineEnding::LF, spki).unwrap()
}

#[test]
fn a_key_is_read_for_its_one_algorithm() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa] {
        let (_, public) = generate(algorithm).unwrap();
        let text = pem_of(&public.spki);
        assert_eq!(from_pem(&text, None), Ok(public.clone()));
        assert_eq!(from_pem(&format!("\n{}\r\n", text.replace('\n', "\r\n")), Some(algorithm)), Ok(public));
    }
}

#[test]
fn an_rsa_key_can_be_for_pss_and_no_key_for_an_algorithm_of_another_kind() {
    let (_, rsa) = generate(Algorithm::Rs256).unwrap();
    assert_eq!(from_pem(&pem_of(&rsa.spki), Some(Algorithm::Ps256)).unwrap().algorithm, Algorithm::Ps256);
    for (own, wrong) in [
        (Algorithm::Rs256, Algorithm::Es256),
        (Algorithm::Rs256, Algorithm::EdDsa),
        (Algorithm::Es256, Algorithm::Es384),
        (Algorithm::Es384, Algorithm::Es256),
        (Algorithm::Es256, Algorithm::Rs256),
        (Algorithm::EdDsa, Algorithm::Es256),
    ] {
        let (_, public) = generate(own).unwrap();
        assert_eq!(from_pem(&pem_of(&public.spki), Some(wrong)), Err(KeyError::Algorithm), "{own} {wrong}");
    }
}

#[test]
fn a_private_key_is_recognised_and_refused() {
    let (private, _) = generate_rsa().unwrap();
    assert_eq!(from_pem(private.expose(), None), Err(KeyError::Private));
    for label in ["PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
        let text = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        assert_eq!(from_pem(&text, None), Err(KeyError::Private), "{label}");
    }
    // Under the label of a public one.
    let (private, _) = generate(Algorithm::Es256).unwrap();
    assert_eq!(from_pem(&pem_of(&private), None), Err(KeyError::Malformed));
}

/// An RSA key in SubjectPublicKeyInfo with this modulus and exponent.
fn rsa_with(modulus: &[u8], exponent: &[u8]) -> String {
    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        match u8::try_from(content.len()) {
            Ok(short @ ..128) => out.push(short),
            _ => {
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

#[test]
fn weak_rsa_keys_are_refused() {
    let odd = |bytes: usize| {
        let mut modulus = vec![0xb5; bytes];
        modulus[bytes - 1] |= 1;
        modulus
    };
    let mut one_bit_short = odd(256);
    one_bit_short[0] = 0x7f;
    assert!(from_pem(&rsa_with(&odd(256), &[1, 0, 1]), None).is_ok(), "the same way a sound one passes");
    for (modulus, exponent) in [
        (odd(128), &[1, 0, 1][..]),
        (odd(255), &[1, 0, 1]),
        (one_bit_short, &[1, 0, 1]),
        (odd(513), &[1, 0, 1]),
        (odd(256), &[3]),
        (odd(256), &[1]),
        (odd(256), &[1, 0, 0]),
        (odd(256), &[1, 0, 0, 1]),
    ] {
        let refused = from_pem(&rsa_with(&modulus, exponent), None);
        assert!(
            matches!(refused, Err(KeyError::Rsa | KeyError::Malformed)),
            "{} bytes, exponent {exponent:?}: {refused:?}",
            modulus.len()
        );
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
fn what_is_no_public_key_is_refused() {
    let (_, public) = generate(Algorithm::EdDsa).unwrap();
    let sound = pem_of(&public.spki);
    for bad in [
        "",
        "key",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        &format!("{sound}{sound}"),
        &sound.replace("PUBLIC", "RSA PUBLIC"),
        &pem_of(&[&public.spki[..], &[0]].concat()),
        &pem_of(&public.spki[..public.spki.len() - 1]),
        &format!("{sound}{}", "x".repeat(PEM_BYTES_MAX)),
    ] {
        assert!(matches!(from_pem(bad, None), Err(KeyError::Malformed)), "{bad}");
    }
}
