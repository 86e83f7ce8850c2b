use super::*;
use crate::envelope::{KeyTag, SealedToken, TokenKey};
use proptest::prelude::*;

fn client_secret() -> String {
    ClientSecret::new(CredentialId(7), SecretBytes::new([0xA5; 32])).text().expose().to_owned()
}

fn access_token() -> String {
    let key = TokenKey::new(KeyTag(3), &SecretBytes::new([0x5A; 32]));
    key.seal([9; 12], &[7; 64]).unwrap().expose().to_owned()
}

fn personal_access_token() -> String {
    PersonalAccessToken::new(3, CredentialId(7), SecretBytes::new([0xA5; 32])).text().expose().to_owned()
}

fn one_of_each() -> [String; 3] {
    [client_secret(), access_token(), personal_access_token()]
}

/// True if no kind of secret or token takes this text.
fn is_junk(text: &str) -> bool {
    ClientSecret::parse(text).is_err()
        && SealedToken::parse(text).is_err()
        && PersonalAccessToken::parse(text).is_err()
}

#[test]
fn every_written_text_is_read_back() {
    let secret = ClientSecret::parse(&client_secret()).unwrap();
    assert_eq!(secret.credential(), CredentialId(7));
    assert_eq!(secret.secret().expose(), &[0xA5; 32]);
    assert_eq!(SealedToken::parse(&access_token()).unwrap().key_tag(), KeyTag(3));
    let personal = PersonalAccessToken::parse(&personal_access_token()).unwrap();
    assert_eq!((personal.client(), personal.credential()), (3, CredentialId(7)));
    assert_eq!(personal.secret().expose(), &[0xA5; 32]);
}

/// The text form is a format: secrets already handed out must stay readable.
#[test]
fn the_text_form_is_stable() {
    assert_eq!(
        access_token(),
        "jeton_at_AQADCQkJCQkJCQkJCQkJUy7L8O9dtfGGd0qOo0UkoPGoNHaPdvnHWcnOoSZC2n2jBOsSvwM1Nwe37IocCd0v\
         CJ1plMqk3kQ8HS1s6-jIbfCULBU8mrsgmxr-FunOexG9LUIn"
    );
    assert_eq!(client_secret(), "jeton_cs_AAAAAAAAAAelpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpfvGl94");
    assert_eq!(
        personal_access_token(),
        "jeton_pat_AAAAAAAAAAMAAAAAAAAAB6WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlQ2h6Uw"
    );
}

#[test]
fn every_kind_has_one_length_and_unreserved_characters() {
    let lengths = [ClientSecret::TEXT_LEN, 141, PersonalAccessToken::TEXT_LEN];
    for (text, len) in one_of_each().into_iter().zip(lengths) {
        assert_eq!(text.len(), len);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)), "{text}");
    }
}

#[test]
fn every_single_wrong_character_is_found() {
    for text in one_of_each() {
        for at in 0..text.len() {
            for other in ['A', 'b', '0', '-', '_', '+', '/', '=', '.', ' ', '\0', 'é'] {
                let wrong: String =
                    text.chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect();
                assert!(wrong == text || is_junk(&wrong), "{wrong}");
            }
        }
    }
}

#[test]
fn every_other_text_is_junk() {
    for text in one_of_each() {
        let (prefix, body) = text.split_at(9);
        let junk = [
            String::new(),
            prefix.to_owned(),
            body.to_owned(),
            text[..text.len() - 1].to_owned(),
            format!("{text}A"),
            format!("{text}="),
            format!(" {text}"),
            format!("{text}\n"),
            text.to_uppercase(),
            format!("jeton_xx_{body}"),
            format!("{prefix}{}", "é".repeat(body.len() / 2)),
            "A".repeat(100_000),
        ];
        for junk in junk {
            assert!(is_junk(&junk), "{junk:?}");
        }
    }
}

#[test]
fn one_kind_never_passes_for_another() {
    let kinds = |text: &str| {
        [
            ClientSecret::parse(text).is_ok(),
            SealedToken::parse(text).is_ok(),
            PersonalAccessToken::parse(text).is_ok(),
        ]
    };
    for (at, text) in one_of_each().into_iter().enumerate() {
        assert_eq!(kinds(&text), [at == 0, at == 1, at == 2]);
        for (from, to) in [("_at_", "_cs_"), ("_cs_", "_pat_"), ("_pat_", "_at_"), ("_pat_", "_cs_")] {
            let renamed = text.replace(from, to);
            assert!(renamed == text || is_junk(&renamed), "{renamed}");
        }
    }
}

/// The unused bits of the last character must be zero.
#[test]
fn there_is_one_spelling_of_every_secret() {
    for text in one_of_each() {
        let spellings = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']);
        let stem = &text[..text.len() - 1];
        assert_eq!(spellings.filter(|last| !is_junk(&format!("{stem}{last}"))).count(), 1);
    }
}

proptest! {
    #[test]
    fn any_secret_round_trips(id: u64, bytes: [u8; 32]) {
        let text = ClientSecret::new(CredentialId(id), SecretBytes::new(bytes)).text();
        let read = ClientSecret::parse(text.expose()).unwrap();
        prop_assert_eq!(read.credential(), CredentialId(id));
        prop_assert_eq!(read.secret().expose(), &bytes);
    }

    #[test]
    fn any_personal_access_token_round_trips(client: u64, id: u64, bytes: [u8; 32]) {
        let text = PersonalAccessToken::new(client, CredentialId(id), SecretBytes::new(bytes)).text();
        let read = PersonalAccessToken::parse(text.expose()).unwrap();
        prop_assert_eq!((read.client(), read.credential()), (client, CredentialId(id)));
        prop_assert_eq!(read.secret().expose(), &bytes);
    }

    #[test]
    fn text_at_random_agrees_with_the_slow_reader(text in "(jeton_(cs|at|pat)_)?[A-Za-z0-9_=+/-]{0,80}") {
        crate::fuzzing::token_text(text.as_bytes());
    }
}
