//! Keys of clients, and assertions signed with them by a library that we didn't write.

use crate::harness::{Reply, Server, text};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
pub const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[expect(clippy::disallowed_methods, reason = "the clock of a client, which is not the server's")]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A key of a user or an API.
pub struct Key {
    pub id: String,
    /// `userId` or `clientId` of the key file.
    pub owner: String,
    pub pem: String,
}

pub fn issuer(server: &Server) -> String {
    format!("http://{}", server.address)
}

/// A different one each time.
pub fn unique() -> String {
    static COUNTER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    format!("{}-{}", std::process::id(), COUNTER.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

/// Signs this header and payload, whatever they say.
pub fn sign(header: &str, payload: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

impl Key {
    /// Adds a key that the server makes.
    pub fn add(server: &Server, owner: &str) -> Self {
        let made = server.json(&["key", "add", owner]);
        let content = made.get("keyContent").or_else(|| made.get("keyDetails")).unwrap();
        let file: Value =
            serde_json::from_slice(&STANDARD.decode(content.as_str().unwrap()).unwrap()).unwrap();
        let owner = file.get("userId").or_else(|| file.get("clientId")).unwrap();
        Self {
            id: text(&file, "/keyId"),
            owner: owner.as_str().unwrap().to_owned(),
            pem: text(&file, "/key"),
        }
    }

    pub fn encoding_key(&self) -> EncodingKey {
        EncodingKey::from_rsa_pem(self.pem.as_bytes()).unwrap()
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        sign(&header.to_string(), &claims.to_string(), &self.encoding_key(), Algorithm::RS256)
    }

    pub fn header(&self) -> Value {
        json!({ "alg": "RS256", "kid": self.id, "typ": "JWT" })
    }

    pub fn claims(&self, server: &Server, subject: &str) -> Value {
        let now = now();
        json!({
            "iss": subject, "sub": subject, "aud": issuer(server), "iat": now, "exp": now + 60, "jti": unique(),
        })
    }

    /// A sound assertion for the grant.
    pub fn grant(&self, server: &Server) -> String {
        self.sign(&self.header(), &self.claims(server, &self.owner))
    }

    /// The parameters of client authentication.
    pub fn client_assertion(&self, server: &Server, client: &str) -> String {
        client_assertion(&self.sign(&self.header(), &self.claims(server, client)))
    }
}

pub fn client_assertion(text: &str) -> String {
    format!("client_assertion={text}&client_assertion_type={CLIENT_ASSERTION_TYPE}")
}

pub fn grant(server: &Server, assertion: &str) -> Reply {
    server.post_with(
        "/oauth/v2/token",
        &[],
        &format!("grant_type={GRANT}&scope=openid&assertion={assertion}"),
    )
}

pub fn credentials(server: &Server, assertion: &str) -> Reply {
    let form = format!("grant_type=client_credentials&scope=openid&{}", client_assertion(assertion));
    server.post_with("/oauth/v2/token", &[], &form)
}

/// A refusal of a grant, always with the same words.
#[track_caller]
pub fn refused_grant(reply: &Reply, fault: &str) {
    assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_grant"), "{fault}: {}", reply.text());
    assert_eq!(
        text(&reply.json(), "/error_description"),
        "the assertion is invalid, expired or was used before",
        "{fault}"
    );
}

#[track_caller]
pub fn refused_client(reply: &Reply, fault: &str) {
    assert_eq!((reply.status, reply.error().as_str()), (401, "invalid_client"), "{fault}: {}", reply.text());
    assert_eq!(reply.header("www-authenticate"), Some("Basic realm=\"jeton\""), "{fault}");
}

pub fn user_id(server: &Server, name: &str) -> String {
    text(&server.json(&["user", "show", name]), "/user/userId")
}
