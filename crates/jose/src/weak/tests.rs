use super::*;
use crate::public::from_pem;
use crate::sign::generate;
use curve25519_dalek::Scalar;
use jeton_domain::key::{Algorithm, KeySpec, RsaBits};
use pkcs8::der::pem::{LineEnding, encode_string};

fn pem_of(spki: &[u8]) -> String {
    encode_string("PUBLIC KEY", LineEnding::LF, spki).unwrap()
}

/// Moduli of 2048 bits; the name of each tells its weakness.
fn modulus(name: &str) -> BigUint {
    let line = include_str!("moduli.txt").lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    BigUint::parse_bytes(line.unwrap().as_bytes(), 16).unwrap()
}

#[test]
fn a_modulus_that_can_be_factored_is_refused_for_its_own_reason() {
    for (name, weakness) in [
        ("roca", Weakness::Roca),
        ("close primes", Weakness::ClosePrimes),
        ("square", Weakness::Factor),
        ("prime", Weakness::Factor),
        ("cube", Weakness::Factor),
        ("factor 65521", Weakness::Factor),
        ("smooth", Weakness::Factor),
        ("equal bytes", Weakness::Pattern),
        ("few bits", Weakness::Pattern),
    ] {
        assert_eq!(rsa(&modulus(name)), Some(weakness), "{name}");
    }
    let sound = BigUint::from_bytes_be(&rsa_modulus(&generate(Algorithm::Rs256).unwrap().1.spki).unwrap());
    assert_eq!(rsa(&sound), None);
    assert_eq!(rsa(&(sound + 1_u8)), Some(Weakness::Factor), "even");
}

#[test]
fn keys_that_we_make_are_not_weak() {
    for algorithm in Algorithm::ALL {
        for _ in 0..3 {
            assert_eq!(check(&generate(algorithm).unwrap().1), Ok(()), "{algorithm}");
        }
    }
    let large = KeySpec { algorithm: Algorithm::Rs512, rsa_bits: RsaBits::B4096 };
    assert_eq!(check(&generate(large).unwrap().1), Ok(()));
}

fn ed25519_pem(point: [u8; 32]) -> String {
    let head = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    pem_of(&[&head[..], &point].concat())
}

/// A number below 2^255 as a point's second coordinate, with the sign of the first.
fn encoded(y: &BigUint, is_odd: bool) -> [u8; 32] {
    let mut bytes = [0; 32];
    let little = y.to_bytes_le();
    bytes[..little.len()].copy_from_slice(&little);
    bytes[31] |= u8::from(is_odd) << 7;
    bytes
}

/// All encodings of the eight points of small order, including those that are not canonical.
#[test]
fn no_point_of_small_order_is_taken() {
    let prime = (BigUint::from(1_u8) << 255_u32) - 19_u8;
    let eighth = curve25519_dalek::constants::EIGHT_TORSION.map(|point| point.compress().0);
    let mut tried = HashSet::new();
    let mut refuse = |point: [u8; 32]| {
        tried.insert(point);
        let refused = from_pem(&ed25519_pem(point), None);
        let good = matches!(refused, Err(KeyError::Weak(Weakness::SmallOrder) | KeyError::Malformed));
        assert!(good, "{point:02x?}: {refused:?}");
    };
    for point in eighth {
        let y = BigUint::from_bytes_le(&[&point[..31], &[point[31] & 127]].concat());
        for is_odd in [false, true] {
            refuse(encoded(&y, is_odd));
            if (&y + &prime).bits() <= 255 {
                refuse(encoded(&(&y + &prime), is_odd));
            }
        }
    }
    assert_eq!(tried.len(), 14);
}

#[test]
fn a_point_of_mixed_order_and_an_invalid_point_are_refused() {
    let (_, sound) = generate(Algorithm::EdDsa).unwrap();
    let point = CompressedEdwardsY::from_slice(&raw(&sound.spki).unwrap()).unwrap().decompress().unwrap();
    for torsion in &curve25519_dalek::constants::EIGHT_TORSION[1..] {
        let mixed = from_pem(&ed25519_pem((point + torsion).compress().0), None);
        assert_eq!(mixed, Err(KeyError::Weak(Weakness::SmallOrder)));
    }
    let prime = (BigUint::from(1_u8) << 255_u32) - 19_u8;
    // About half of all numbers are no coordinate of a point; from the prime on, none is canonical.
    let off =
        (2_u8..40).filter(|y| CompressedEdwardsY(encoded(&BigUint::from(*y), false)).decompress().is_none());
    let off: Vec<_> = off.map(|y| encoded(&BigUint::from(y), false)).collect();
    assert!(off.len() > 5);
    let beyond = (0_u8..19).map(|more| encoded(&(&prime + more), false));
    for point in off.into_iter().chain(beyond) {
        assert!(from_pem(&ed25519_pem(point), None).is_err(), "{point:02x?}");
    }
}

#[test]
fn a_private_half_that_is_a_small_number_is_refused() {
    for scalar in [1, 2, 17, SMALL_PRIVATE_MAX] {
        let point = ED25519_BASEPOINT_POINT * Scalar::from(scalar);
        for point in [point, -point] {
            let refused = from_pem(&ed25519_pem(point.compress().0), None);
            assert_eq!(refused, Err(KeyError::Weak(Weakness::SmallPrivate)), "{scalar}");
        }
    }
    for (algorithm, ecdh, len) in [
        (Algorithm::Es256, &ECDH_P256, 32),
        (Algorithm::Es384, &ECDH_P384, 48),
        (Algorithm::Es512, &ECDH_P521, 66),
    ] {
        let (_, sound) = generate(algorithm).unwrap();
        let head = &sound.spki[..sound.spki.len() - 2 * len - 1];
        for scalar in [1, 2, SMALL_PRIVATE_MAX, SMALL_PRIVATE_MAX + 1] {
            let mut private = vec![0; len];
            *private.last_chunk_mut().unwrap() = u16::to_be_bytes(scalar);
            let point = PrivateKey::from_private_key(ecdh, &private).unwrap().compute_public_key().unwrap();
            let read = from_pem(&pem_of(&[head, point.as_ref()].concat()), None);
            assert_eq!(read.is_ok(), scalar > SMALL_PRIVATE_MAX, "{algorithm} {scalar}: {read:?}");
        }
    }
}

#[test]
fn an_ed25519_key_of_a_simple_seed_is_refused() {
    let mut number = [0; 32];
    number[31] = 1;
    let rising = std::array::from_fn(|place| u8::try_from(place).unwrap());
    for seed in [[0; 32], [0xff; 32], [0x42; 32], number, rising] {
        let public = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap().public_key().as_ref().try_into();
        let refused = from_pem(&ed25519_pem(public.unwrap()), None);
        assert_eq!(refused, Err(KeyError::Weak(Weakness::SimpleSeed)), "{seed:02x?}");
    }
}

#[test]
fn examples_of_public_documents_are_refused() {
    for text in [
        // jwt.io
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==",
        // RFC 7515, Appendix A.3
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==",
        // RFC 8037, Appendix A.2
        "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        // RFC 8410 §10.1
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
        // RFC 9421, Appendix B.1.4
        "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=",
        // RFC 9500 §2.1 and §2.3
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71vc75eSOkyMsxFxbFsTNEMTLjVuKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==",
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEWwkBuIUjKW65GdUP+hqcs3S8TUCVhigr/soRsdla27VHNK9XC/grcijPImvPTCXdvP47GjrTlDDv92Ph1o0uFR2Rcgt3lbWNprNGOWE6j7m1qNpIxnRxF/mRnoQk837I",
        "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQB0P1yV6hMdH9WJXXAc4Xb6/L1K+pYCD24L90VMdiq48yHX/Av9/otomDY62LW0vXWSSeOMhc2oGKMu7MDCLbmGNsA9irSBMZGA1m8gYq4lhvw8PwOxaropCgXPOVvAN6bFXweXILGT1Yvyt78Skwo9tNCzz72FvyC0ztyhckh8r82/dg=",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsPnoGUOnrpiSqt4XynxA+HRP7S+BSObI6qJ7fQAVSPtRkqsotWxQYLEYzNEx5ZSHTGypibVsJylvCfuToDTfMul8b/CZjP2Ob0LdpYrNH6l5hvFE89FU1nZQF15oVLOpUgA7wGiHuEVawrGfey92UE68mOyUVXGweJIVDdxqdMoPvNNUl86BU02vlBiESxOuox+dWmuVV7vfYZ79Toh/LUK43YvJh+rhv4nKuF7iHjVjBd9sB6iDjj70HFldzOQ9r8SRI+9NirupPTkF5AKNe6kUhKJ1luB7S27ZkvB3tSTT3P593VVJvnzOjaA1z6Cz+4+eRvcysqhrRgFlwI9TEwIDAQAB",
    ] {
        let text = format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----");
        assert_eq!(from_pem(&text, None), Err(KeyError::Weak(Weakness::Published)));
    }
}
