use super::*;
use proptest::prelude::*;

fn name(text: &str) -> ClientName {
    ClientName::username(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn common_names_of_programs_are_usernames() {
    for good in [
        "a",
        "-x",
        ".",
        "..",
        "billing-worker",
        "ci@example.com",
        "1a",
        "CI Pipeline (prod)",
        "build+deploy",
        "urn:service:billing",
        "team/billing",
        "50%",
        "o'neil \"the\" $HOME `id` \\ & <b>",
        "Müller",
        "日本語の名前",
        "सेवा",
        "שירות",
        "علی\u{200c}رضا",
        "ක්\u{200d}රමලේඛය",
        "क्\u{200c}ष",
        "❤️ 👩‍💻 👍🏽 🇨🇭 1️⃣",
        "👩🏽‍💻",
        "👨‍👩‍👧‍👦",
        "↔\u{fe0f}",
    ] {
        assert_eq!(name(good).as_str(), good);
    }
}

#[test]
fn a_username_has_at_most_200_characters_of_any_size() {
    for character in ["x", "ü", "語", "👩", "u\u{308}", "\u{1112}\u{1161}\u{11ab}"] {
        let longest = name(&character.repeat(ClientName::CHARACTERS_MAX));
        assert!(longest.as_str().len() <= ClientName::BYTES_MAX);
        let longer = character.repeat(ClientName::CHARACTERS_MAX + 1);
        assert_eq!(ClientName::username(&longer), Err(NameError::TooLong), "{character}");
    }
    assert_eq!(ClientName::username(&"\u{308}".repeat(100_000)), Err(NameError::TooLong));
    assert_eq!(ClientName::username(""), Err(NameError::Empty));
}

#[test]
fn deceiving_characters_are_refused_in_usernames() {
    use NameError::{BadMarks, BadSpaces, Control, Direction, Invisible, NoCharacter};
    let cases = [
        ("a\0", Control('\0')),
        ("a\nb", Control('\n')),
        ("a\u{7f}", Control('\u{7f}')),
        ("a\u{85}b", Control('\u{85}')),
        ("a\u{1b}[31m", Control('\u{1b}')),
        ("a\u{2028}b", Control('\u{2028}')),
        ("a\u{2029}b", Control('\u{2029}')),
        ("a\u{200e}b", Direction('\u{200e}')),
        ("a\u{202e}b", Direction('\u{202e}')),
        ("a\u{2066}b", Direction('\u{2066}')),
        ("a\u{61c}b", Direction('\u{61c}')),
        ("a\u{200b}b", Invisible('\u{200b}')),
        ("a\u{200c}b", Invisible('\u{200c}')),
        ("a\u{200d}b", Invisible('\u{200d}')),
        ("ا\u{200c}ب", Invisible('\u{200c}')),
        ("ب\u{200c}", Invisible('\u{200c}')),
        ("ب\u{200d}ب", Invisible('\u{200d}')),
        ("क\u{200d}ष", Invisible('\u{200d}')),
        ("👩\u{200d}", Invisible('\u{200d}')),
        ("\u{200d}👩", Invisible('\u{200d}')),
        ("👩\u{200d}\u{200d}💻", Invisible('\u{200d}')),
        ("❤\u{fe0f}\u{fe0f}", Invisible('\u{fe0f}')),
        ("a\u{fe0f}", Invisible('\u{fe0f}')),
        ("a\u{feff}b", Invisible('\u{feff}')),
        ("a\u{ad}b", Invisible('\u{ad}')),
        ("a\u{2060}b", Invisible('\u{2060}')),
        ("a\u{34f}b", Invisible('\u{34f}')),
        ("a\u{115f}b", Invisible('\u{115f}')),
        ("a\u{3164}b", Invisible('\u{3164}')),
        ("a\u{ffa0}b", Invisible('\u{ffa0}')),
        ("a\u{2800}b", Invisible('\u{2800}')),
        ("a\u{fffd}b", Invisible('\u{fffd}')),
        ("a\u{e0061}b", Invisible('\u{e0061}')),
        ("a\u{e0100}", Invisible('\u{e0100}')),
        ("a\u{e000}", NoCharacter('\u{e000}')),
        ("a\u{f0000}", NoCharacter('\u{f0000}')),
        ("a\u{378}", NoCharacter('\u{378}')),
        ("a\u{ffff}", NoCharacter('\u{ffff}')),
        (" a", BadSpaces),
        ("a ", BadSpaces),
        ("a  b", BadSpaces),
        (" ", BadSpaces),
        ("a\u{a0}b", BadSpaces),
        ("a\u{3000}b", BadSpaces),
        ("a\u{2003}", BadSpaces),
        ("\u{301}a", BadMarks),
        ("a\u{31b}\u{323}\u{302}\u{301}\u{300}\u{300}\u{300}", BadMarks),
    ];
    for (bad, why) in cases {
        assert_eq!(ClientName::username(bad), Err(why), "{bad:?}");
    }
}

#[test]
fn a_username_is_never_taken_for_an_id() {
    for bad in ["1", "0", "00", "123456789012345678", "١٢٣", "１２", "12\u{fe0f}", "1\u{fe0f}2"] {
        assert_eq!(ClientName::username(bad), Err(NameError::LooksLikeAnId), "{bad:?}");
    }
    assert!(ClientName::username("1-2").is_ok() && ClientName::username("v1").is_ok());
}

#[test]
fn a_username_is_shown_as_typed_and_found_in_any_case() {
    for (one, other) in [
        ("Billing", "BILLING"),
        ("Mu\u{308}ller", "MÜLLER"),
        ("straße", "STRASSE"),
        ("❤", "❤\u{fe0f}"),
        ("👩\u{200d}💻", "👩💻"),
        ("↔\u{fe0f}\u{338}", "↮"),
        ("علی\u{200c}رضا", "علیرضا"),
        ("क्\u{200d}ष", "क्ष"),
    ] {
        assert_eq!(name(one).folded(), name(other).folded(), "{one} and {other}");
    }
    assert_eq!(name("Mu\u{308}ller").as_str(), "Müller");
    assert_ne!(name("Billing"), name("billing"), "they are shown differently");
}

#[test]
fn names_that_basic_would_encode_are_recognised() {
    for plain in ["billing", "svc.billing~1_x", "ci@example.com", "-x"] {
        assert!(name(plain).is_unreserved(), "{plain}");
    }
    for encoded in ["a b", "a+b", "a%b", "a:b", "a/b", "ä", "a\"b"] {
        assert!(!name(encoded).is_unreserved(), "{encoded}");
    }
}

proptest! {
    #[test]
    fn a_username_is_the_same_when_it_is_read_again(text in any::<String>()) {
        if let Ok(name) = ClientName::username(&text) {
            prop_assert!(ClientName::username(name.as_str()).as_ref() == Ok(&name));
            prop_assert_eq!(&ClientName::stored(name.as_str()), &name);
            prop_assert!(name.as_str().len() <= ClientName::BYTES_MAX);
            prop_assert!(ClientId::parse(name.folded()).is_err());
        }
    }

    #[test]
    fn other_capitals_find_the_same_user(text in "[a-zA-Z0-9äöüÄÖÜß .:/+@-]{1,40}") {
        if let (Ok(one), Ok(other)) = (ClientName::username(&text), ClientName::username(&text.to_uppercase())) {
            prop_assert_eq!(one.folded(), other.folded());
        }
    }
}
