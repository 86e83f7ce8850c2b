//! Pasted secrets and tokens: preceded by a header's name or the word Bearer, in quotes, broken into lines,
//! or inside of a JSON reply.

use crate::CliError;
use jeton_domain::characters::is_unprintable;
use jeton_secret::SecretText;
use serde_json::Value;
use std::io::Read;
use zeroize::Zeroizing;

/// Maximum bytes of pasted text.
const BYTES_MAX: u64 = 16 * 1024;
/// Members of replies that are secrets or tokens.
const MEMBERS: [&str; 3] = ["access_token", "token", "clientSecret"];
/// Words before a token that are not part of it.
const LABELS: [&str; 7] =
    ["-h", "--header", "authorization", "bearer", "token", "access_token", "clientsecret"];

/// Reads a secret or token; errors call it `name`.
///
/// # Errors
/// The input can't be read, is too long or is empty.
pub(crate) fn read(input: impl Read, name: &str) -> Result<SecretText, CliError> {
    let mut text = Zeroizing::new(String::new());
    let read = input.take(BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|error| CliError::new(format!("reading the {name}: {error}")))?;
    if text.len() as u64 > BYTES_MAX {
        return Err(CliError::new(format!("the {name} is too long: more than {BYTES_MAX} bytes")));
    }
    let mut bare = bare(&text);
    if bare.is_empty() {
        Err(CliError::new(format!("the {name} is empty")))
    } else {
        Ok(SecretText::new(std::mem::take(&mut *bare)))
    }
}

/// The secret or token alone. Secrets and tokens of this server contain no separator.
fn bare(text: &str) -> Zeroizing<String> {
    let json = serde_json::from_str(text).ok();
    let member = |reply: &Value| MEMBERS.iter().find_map(|name| reply.get(name)?.as_str().map(str::to_owned));
    if let Some(found) = json.as_ref().and_then(member) {
        return Zeroizing::new(found);
    }
    let separates = |c: char| c.is_whitespace() || is_unprintable(c) || "\"'`:=,;<>{}".contains(c);
    let words = text.split(separates).filter(|word| !word.is_empty());
    let is_label = |word: &&str| LABELS.iter().any(|label| label.eq_ignore_ascii_case(word));
    let parts = words.skip_while(is_label);
    // Allocated at full size, so that growing leaves no copy of the secret behind.
    let mut bare = Zeroizing::new(String::with_capacity(text.len()));
    parts.for_each(|part| bare.push_str(part));
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_token_is_the_token_alone() {
        for pasted in [
            "jeton_at_abc.d-e",
            "  jeton_at_abc.d-e\r\n",
            "Bearer jeton_at_abc.d-e",
            "bearer\tjeton_at_abc.d-e",
            "Authorization: Bearer jeton_at_abc.d-e",
            "-H 'Authorization: Bearer jeton_at_abc.d-e'",
            "\"jeton_at_abc.d-e\"",
            "'jeton_at_abc.d-e',",
            "`jeton_at_abc.d-e`",
            "jeton_at_\n  abc.d\r\n-e",
            "\u{feff}jeton_at_\u{200b}abc.d-e",
            "token=jeton_at_abc.d-e",
            "\"access_token\": \"jeton_at_abc.d-e\",",
            r#"{"access_token":"jeton_at_abc.d-e","token_type":"Bearer","expires_in":43199}"#,
            r#"{"tokenId":"1","token":"jeton_at_abc.d-e"}"#,
        ] {
            assert_eq!(bare(pasted).as_str(), "jeton_at_abc.d-e", "{pasted:?}");
        }
    }

    #[test]
    fn empty_too_long_and_binary_input_is_refused() {
        for empty in ["", " \n", "\"\"", "Bearer ", "Authorization: Bearer"] {
            assert_eq!(
                read(empty.as_bytes(), "token").unwrap_err().to_string(),
                "the token is empty",
                "{empty:?}"
            );
        }
        let longest = "x".repeat(16 * 1024);
        assert_eq!(read(longest.as_bytes(), "token").unwrap().expose(), longest);
        let error = read(format!("{longest}x").as_bytes(), "token").unwrap_err();
        assert!(error.to_string().contains("too long: more than 16384 bytes"), "{error}");
        assert!(read(&b"\xff"[..], "secret").unwrap_err().to_string().starts_with("reading the secret: "));
    }
}
