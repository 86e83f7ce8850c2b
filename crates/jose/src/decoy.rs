//! Keys for verifying in vain: a client that does not exist costs as much time as one that does.
//!
//! Nobody has the private halves, and nothing that these verify would count.

use crate::public;
use crate::verify::Verifier;
use jeton_oauth::key::Algorithm;
use std::sync::LazyLock;

const RSA: &str = "\
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

const ED25519: &str = "\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA5+g4FjoW+XKltCtt9NVc3SsCXaLX8UHhnWSG4xWjZqQ=
-----END PUBLIC KEY-----
";

static DECOYS: LazyLock<Vec<Verifier>> = LazyLock::new(|| {
    let read = |pem, algorithm| {
        let key = public::from_pem(pem, Some(algorithm)).expect("the keys above are well-formed");
        Verifier::new(&key).expect("the keys above are well-formed")
    };
    vec![
        read(RSA, Algorithm::Rs256),
        read(RSA, Algorithm::Ps256),
        read(P256, Algorithm::Es256),
        read(P384, Algorithm::Es384),
        read(ED25519, Algorithm::EdDsa),
    ]
});

/// Does the work of verifying a signature.
pub fn verify_in_vain(algorithm: Algorithm, message: &[u8], signature: &[u8]) {
    let decoy = DECOYS.iter().find(|decoy| decoy.algorithm() == algorithm);
    std::hint::black_box(decoy.is_some_and(|decoy| decoy.verifies(algorithm, message, signature)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_for_every_algorithm() {
        for algorithm in Algorithm::ALL {
            assert!(DECOYS.iter().any(|decoy| decoy.algorithm() == algorithm), "{algorithm}");
            verify_in_vain(algorithm, b"message", &[0; 64]);
        }
    }
}
