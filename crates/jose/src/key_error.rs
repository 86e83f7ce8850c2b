//! The reasons why a key is refused.

/// The size of an RSA modulus in bits (RFC 7518 §3.3); larger ones only cost time.
pub const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// The maximal size of an uploaded file in bytes: a key in PEM, and text around it.
pub const PEM_BYTES_MAX: usize = 16 * 1024;

/// The reason a key is refused. The administrator must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The private half was sent.
    #[error("this is a private key; upload the public one, and treat the private one as leaked")]
    Private,
    /// Not PEM, or not a public key.
    #[error("not a public key in PEM (-----BEGIN PUBLIC KEY-----)")]
    Malformed,
    /// A certificate. Its names and dates would mean nothing here.
    #[error("this is a certificate; upload its public key (openssl x509 -pubkey -noout)")]
    Certificate,
    /// More than one public key.
    #[error("there is more than one public key in it; upload one at a time")]
    Many,
    /// More than [`PEM_BYTES_MAX`].
    #[error("a key with the text around it has at most {PEM_BYTES_MAX} bytes")]
    TooLong,
    /// A kind of key that no algorithm here uses.
    #[error("keys are RSA, EC on P-256, P-384 or P-521, or Ed25519")]
    Unsupported,
    /// An RSA modulus outside [`RSA_BITS`], or an exponent other than 65537.
    #[error("an RSA key has 2048 to 4096 bits and the exponent 65537")]
    Rsa,
    /// A key whose private half is known, or found by little work.
    #[error("this key is weak, make another one: {0}")]
    Weak(#[from] Weakness),
    /// The requested algorithm does not fit this kind of key.
    #[error("this kind of key does not sign with the algorithm asked for")]
    Algorithm,
}

/// The weakness of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// The modulus has a small factor, is prime, or a power.
    #[error("its modulus is not the product of two large primes")]
    Factor,
    /// Fermat's method finds the two primes.
    #[error("its two primes are so close to each other that they are found at once (CVE-2022-26320)")]
    ClosePrimes,
    /// The key was made by an affected chip (ROCA, CVE-2017-15361).
    #[error("it was made by a chip whose keys can be factored (ROCA, CVE-2017-15361)")]
    Roca,
    /// The modulus is not a product of random numbers.
    #[error("its modulus has a pattern, so it was not made of random numbers")]
    Pattern,
    /// The point has a small order, so signatures can be made without the private half.
    #[error("its point has a small order, so signatures can be made without the private half")]
    SmallOrder,
    /// The private half is one of the first numbers.
    #[error("its private half is a small number")]
    SmallPrivate,
    /// The seed of the private half is one that comes to mind.
    #[error("its private half was made of a simple seed")]
    SimpleSeed,
    /// Everybody can have the private half.
    #[error("it is an example from a public document, so everybody can have its private half")]
    Published,
}
