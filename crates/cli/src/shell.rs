//! Commands to paste into a shell.

use std::borrow::Cow;

/// A command with arguments, quoted where a POSIX shell needs it, and after `--` if one begins with a hyphen.
pub(crate) fn command(command: &str, arguments: &[&str]) -> String {
    let ends_options = arguments.iter().any(|argument| argument.starts_with('-'));
    let words = ends_options.then_some(Cow::Borrowed("--")).into_iter();
    let words = words.chain(arguments.iter().map(|argument| quoted(argument)));
    words.fold(command.to_owned(), |line, word| line + " " + &word)
}

/// A word for a shell, in single quotes unless it has only plain characters.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._@:/,+%".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for word in [
            "billing",
            "ci@example.com",
            "build+deploy",
            "",
            "-x",
            "..",
            "~root",
            "=ls",
            "a b",
            "o'neil",
            "'",
            "\"$HOME\" `id` $(id) \\ !! & | ; < > * ? [a] {a,b} # ~",
            "Müller 👩‍💻",
            "a\nb",
        ] {
            let line = format!("printf %s {}", quoted(word));
            let output = Command::new("sh").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word, "{line}");
        }
    }

    #[test]
    fn an_argument_that_looks_like_an_option_follows_a_double_hyphen() {
        assert_eq!(command("jeton secret generate", &["billing"]), "jeton secret generate billing");
        assert_eq!(command("jeton secret generate", &["-x"]), "jeton secret generate -- -x");
        assert_eq!(command("jeton user show", &["a b"]), "jeton user show 'a b'");
    }
}
