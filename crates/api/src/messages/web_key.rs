//! Messages of `zitadel.webkey.v2`.

use crate::message::{Enum, Message, message, text, uint32, value_of};

static BITS: Enum = Enum {
    name: "RsaBits",
    values: &[("RSA_BITS_UNSPECIFIED", 0), ("RSA_BITS_2048", 1), ("RSA_BITS_3072", 2), ("RSA_BITS_4096", 3)],
};

static HASHER: Enum = Enum {
    name: "RsaHasher",
    values: &[
        ("RSA_HASHER_UNSPECIFIED", 0),
        ("RSA_HASHER_SHA256", 1),
        ("RSA_HASHER_SHA384", 2),
        ("RSA_HASHER_SHA512", 3),
    ],
};

/// P-521, which ZITADEL calls P512.
static CURVE: Enum = Enum {
    name: "EcdsaCurve",
    values: &[
        ("ECDSA_CURVE_UNSPECIFIED", 0),
        ("ECDSA_CURVE_P256", 1),
        ("ECDSA_CURVE_P384", 2),
        ("ECDSA_CURVE_P512", 3),
    ],
};

static RSA: Message = Message::new("RsaInput", &[value_of(1, "bits", &BITS), value_of(2, "hasher", &HASHER)]);

static ECDSA: Message = Message::new("EcdsaInput", &[value_of(1, "curve", &CURVE)]);

static ED25519: Message = Message::new("Ed25519Input", &[]);

pub static CREATE: Message = Message::new(
    "CreateWebKeyRequest",
    &[
        message(1, "rsa", &RSA).choice(),
        message(2, "ecdsa", &ECDSA).choice(),
        message(3, "ed25519", &ED25519).choice(),
        text(1000, "algorithm")
            .about("Algorithm by its name in RFC 7518, instead of rsa, ecdsa and ed25519."),
        uint32(1001, "rsa_bits").optional().about(
            "Size of an RSA key: 2048, 3072 or 4096; by default 2048. Beside rsa, its bits are the size.",
        ),
    ],
);
