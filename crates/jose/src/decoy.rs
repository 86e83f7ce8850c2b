//! Decoy keys: authenticating an unknown client costs as much time as a known one.
//!
//! Their private halves were not kept, and no caller uses the result of a verification by them.

use crate::verify::Verifier;
use jeton_domain::key::{Algorithm, Family, PublicKey};
use jeton_domain::pem;
use std::borrow::Cow;
use std::sync::LazyLock;

const RSA_2048: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAy36wCSFuiIEFAnxq964d
tde4zaKTJKEaTF9YM/0c+vZbottFtZwltih5rGuqgVLlhULPlLjkk5cOPy/0OUEa
SSOuYEmkrwhsNeeKrYBWngOUisHqGZK1eO5LPgPVOl92FCT1BwXhgqYTl5rwF+aH
uD6V+bsAKdowoOzE0nED5neDYmGYwfTQ2mWp2Ie7mI9ootVFRV8NfChXstGRRA5p
P+dL+OhJpGotRJk872NKZgTSnnnxLkI5CROA/JvgSucAzLdI1R1DBaOc+mplrJ7u
cyGZGrAFCGxw4EpLAfBvL4KFM+B9Jz2IqPM9cQsOR5uryl4/W+263tj0ggajHvIJ
sQIDAQAB
-----END PUBLIC KEY-----
";

const RSA_3072: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBojANBgkqhkiG9w0BAQEFAAOCAY8AMIIBigKCAYEArXUCImUiIWzd0cRO1rZl
iEcDe31ByIn6UC5caO5f+w20mfRNt6w+WpM/hubb2ERoGWEBidMpjgIYvvp4EiP4
ANqwxoDhaErW/xmTUH0tnLnSi8PC2I22fxrZP3hqJANJbdU0i74D14OeGWMmOSCd
go0eZwTg8GfLG3wBEODViPqSaxhuQfyUUwYy53ajBIP5kZIukIwUjZ/ighOaCLSk
lP4yhbbL7c8MmCu8IDahPpSBA5hjVwus7kcSwoBVBiXc26+4xIfjsTybLTU1pu/w
4f0TmcLZZZscHxwkw+1VY/aSqtTZYjVpssY41qyzx+nBnvO5QS8FkLeXVHKo8fdL
NhnC1Qz9NRyhMfupnfWG7Wcwn2J5EojFws0dU23aRI5l71aUqjVyBThVHapy+FJ/
AlbVuDqsnGbjFwe877mbCVDK8xt9GJd1Ki88k5kuhJf7J0MOP4lXtThYzK3M3EHD
DEwylsrd0bHuVOD3GNWpaG1wmB2vBi4nWW/NEwpKwGSTAgMBAAE=
-----END PUBLIC KEY-----
";

const RSA_4096: &str = "\
-----BEGIN PUBLIC KEY-----
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEApSynVncJJRe+z2gxFsgk
z4yurxrP94oUHdCQ4BV0R99ID/nwBOJEY3YVOOMrTv6yoMMuBE7EBsqe8XlEXH2K
eeTl8YmQnRRVRnvTegzfu0+uiM9bcUMXBWYBmqP//W0iW/rFamtk7V6VPdoH7woM
8gDWWQLsR5KDQrA7C0xGOpeS9uBccZnWE2yyFtt7BRCaE5kT4cUBdZUCkNXn4FKF
wOQoR8p4z9uSLQvWW1QbMiqnQ/Fi3mOFK6mhk7nsELUYvgXCUFBLYCTe/U/eoSVU
JRl7hJQ0uDmZnG2kQUW21zhBh9OOdzWqiF9rZ5DuUTOeg+vW05L6gn60UNzLb2vY
a2JHd9Gg8U4uZ3aHwvIbxT6VAGhXgLi08qibZAOT+zI2cqaPwDhvPer5jlsUe5yd
Ay8DglNnRVjpo+h5kvzyKNMVJaobDVpMAn9FJyUw7mcDciouYNeRo2QehAzRwKwK
QGyS0Oxvq0a+hSftopBR5qU4SOLK92GvQzqCrudFMk0Xj/Qry/WbG+QaARI3x4eT
jsCfBgvMe/ENxHymgogFFeR3KHQGmaChCDZBn3+CfZv0xQODJjaoRXQ1X2SajRUi
NDcMCqeZYqnotSAKqQCZGjgEOH6wYaXZ5z9Su/HyVXMG0MKQeH2A7F6mvWhhpQ06
MHZxv9bS24xHvAxMVNZAlZ8CAwEAAQ==
-----END PUBLIC KEY-----
";

const P256: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEC+e0PcQJg3Ki6VmVtwcsqC7FI0XO
L3SEVdvgaWYsELxd5Z2KLGq4QyaYbx2/5aYVlPSYRnyPlKIP4POQFixD0w==
-----END PUBLIC KEY-----
";

const P384: &str = "\
-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEMUSsW7tW7yvyZZAfmtJsTEjU59eRY1qS
kk1pPPP0jHemuYv261yZlL9d2k0mum20oa2QPmG/+SozKpV6EbS88CaJCQR+joJq
TikqjfZzYou63gX862+2TzqyUCjkONB4
-----END PUBLIC KEY-----
";

const P521: &str = "\
-----BEGIN PUBLIC KEY-----
MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAPp6b20rOgpZR+MAebTiOxWvMDU9J
Ea2UHMtKDkyraFYWD4U8Qrf7NNX8O9Hr/D0v9w9n4tE6ECfY8afIuixncakBmA72
ZhSa7EPKM3Yx4AF5oXL4z3yEtjtPceRGWI74pecdLrU0uUIQ+jpJziRrYcOLjsyW
c3A4zWkCFoZ6S318KDQ=
-----END PUBLIC KEY-----
";

const ED25519: &str = "\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA5+g4FjoW+XKltCtt9NVc3SsCXaLX8UHhnWSG4xWjZqQ=
-----END PUBLIC KEY-----
";

/// One key for each algorithm; for RSA, one for each size.
static DECOYS: LazyLock<Vec<Verifier>> = LazyLock::new(|| {
    let of = |algorithm: Algorithm| {
        let keys: &[&str] = match algorithm.family() {
            Family::Rsa => &[RSA_2048, RSA_3072, RSA_4096],
            Family::Ec("P-256") => &[P256],
            Family::Ec("P-384") => &[P384],
            Family::Ec(_) => &[P521],
            Family::Ed25519 => &[ED25519],
        };
        keys.iter().map(move |text| (*text, algorithm))
    };
    let read = |(text, algorithm)| {
        let spki = pem::blocks(text).next().and_then(|block| block.decode()).expect(WELL_FORMED);
        let key = PublicKey { algorithm, spki: spki.as_slice().into() };
        Verifier::new(&key).expect(WELL_FORMED)
    };
    Algorithm::ALL.into_iter().flat_map(of).map(read).collect()
});

const WELL_FORMED: &str = "the keys above are well-formed";

/// Does the work of verifying a signature, by a decoy whose size matches the signature's length: a key of
/// another size would refuse it without any work.
pub fn verify_in_vain(algorithm: Algorithm, message: &[u8], signature: &[u8]) {
    let fits = |decoy: &&Verifier| decoy.algorithm() == algorithm && decoy.signature_len() >= signature.len();
    let Some(decoy) = DECOYS.iter().find(fits) else { return };
    let mut padded = Cow::Borrowed(signature);
    if algorithm.family() == Family::Rsa && signature.len() < decoy.signature_len() {
        padded.to_mut().resize(decoy.signature_len(), 0);
    }
    std::hint::black_box(decoy.verifies(algorithm, message, &padded));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_and_size_has_a_decoy() {
        for algorithm in Algorithm::ALL {
            let lens: Vec<_> = DECOYS
                .iter()
                .filter(|decoy| decoy.algorithm() == algorithm)
                .map(Verifier::signature_len)
                .collect();
            let expected: &[usize] = match algorithm.family() {
                Family::Rsa => &[256, 384, 512],
                Family::Ec("P-256") | Family::Ed25519 => &[64],
                Family::Ec("P-384") => &[96],
                Family::Ec(_) => &[132],
            };
            assert_eq!(lens, expected, "{algorithm}");
            for len in [0, 1, 64, 255, 256, 257, 512, 513] {
                verify_in_vain(algorithm, b"message", &vec![0; len]);
            }
        }
    }
}
