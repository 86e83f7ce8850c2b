//! Log lines as text and as JSON: the subscriber's output, split, escaped and extended.

use crate::args::LogFormat;
use crate::escape::{self, Notation};
use crate::limits::LOG_LINE_BYTES_MAX;
use std::fmt::Write as _;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time;
use tracing_subscriber::fmt::time::FormatTime as _;

/// A line in two parts: the beginning up to the time, and the rest without the line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamped {
    pub(super) time: String,
    pub(super) content: String,
}

/// The summary of repeated lines: a count, and the seconds in which they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    /// The same line.
    Repeated(u64, u64),
    /// Lines from the same place in the code with other details; the line is the last one.
    Similar(u64, u64),
}

impl Stamped {
    /// Splits a line of the subscriber.
    pub(super) fn read(format: LogFormat, line: &str) -> Self {
        let line = line.strip_suffix('\n').unwrap_or(line);
        if line.len() > LOG_LINE_BYTES_MAX {
            let message = format!("a log line of {} bytes was left out", line.len());
            return Self::made(format, &message, &[]);
        }
        // `2026-01-31T12:00:00.000000Z  WARN ...` or
        // `{"timestamp":"2026-01-31T12:00:00.000000Z","level":...`.
        let (time, content) = line.split_at(line.find([' ', ',']).map_or(0, |end| end.saturating_add(1)));
        Self { time: time.to_owned(), content: escape::line(content, notation(format)).into_owned() }
    }

    /// A warning of the log itself, with the current time.
    pub(super) fn made(format: LogFormat, message: &str, numbers: &[(&str, u64)]) -> Self {
        const TARGET: &str = "jeton::log";
        let mut now = String::new();
        // Writing to a string does not fail.
        let _ = time().format_time(&mut Writer::new(&mut now));
        let mut fields = String::new();
        for (name, number) in numbers {
            let _ = match format {
                LogFormat::Text => write!(fields, " {name}={number}"),
                LogFormat::Json => write!(fields, r#","{name}":{number}"#),
            };
        }
        let (time, content) = match format {
            LogFormat::Text => (format!("{now} "), format!(" WARN {TARGET}: {message}{fields}")),
            LogFormat::Json => (
                format!(r#"{{"timestamp":"{now}","#),
                format!(r#""level":"WARN","fields":{{"message":"{message}"{fields}}},"target":"{TARGET}"}}"#),
            ),
        };
        Self { time, content }
    }

    /// The whole line.
    pub(super) fn line(&self) -> String {
        format!("{}{}\n", self.time, self.content)
    }

    /// The whole line with the summary of its repetitions.
    pub(super) fn summed(&self, format: LogFormat, sum: Sum) -> String {
        let Self { time, content } = self;
        match (format, content.strip_suffix('}')) {
            (LogFormat::Json, Some(open)) => {
                let (name, count, seconds) = match sum {
                    Sum::Repeated(count, seconds) => ("repeated", count, seconds),
                    Sum::Similar(count, seconds) => ("similar", count, seconds),
                };
                format!("{time}{open},\"{name}\":{count},\"seconds\":{seconds}}}\n")
            }
            _ => {
                let words = match sum {
                    Sum::Repeated(1, seconds) => format!("repeated once in {seconds} s"),
                    Sum::Repeated(count, seconds) => format!("repeated {count} times in {seconds} s"),
                    Sum::Similar(count, seconds) => format!("the last of {count} such lines in {seconds} s"),
                };
                format!("{time}{content} ({words})\n")
            }
        }
    }
}

fn notation(format: LogFormat) -> Notation {
    match format {
        LogFormat::Text => Notation::Text,
        LogFormat::Json => Notation::Json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "2026-01-31T12:00:00.000000Z  WARN jeton_server::listener: no, error=a b\n";
    const JSON: &str = "{\"timestamp\":\"2026-01-31T12:00:00.000000Z\",\"level\":\"WARN\",\"fields\":{\"message\":\"no\"}}\n";

    #[test]
    fn a_split_line_is_joined_unchanged() {
        for (format, line) in [(LogFormat::Text, TEXT), (LogFormat::Json, JSON)] {
            let stamped = Stamped::read(format, line);
            assert!(
                stamped.time.contains("12:00:00") && !stamped.content.contains("12:00:00"),
                "{stamped:?}"
            );
            assert_eq!(stamped.line(), line);
        }
        assert_eq!(Stamped::read(LogFormat::Text, "").line(), "\n");
        assert_eq!(Stamped::read(LogFormat::Text, "word").line(), "word\n");
    }

    #[test]
    fn a_summed_line_is_still_one_line_and_one_object() {
        let text = Stamped::read(LogFormat::Text, TEXT);
        let summed = text.summed(LogFormat::Text, Sum::Repeated(5569, 5));
        assert_eq!(summed, format!("{} (repeated 5569 times in 5 s)\n", TEXT.trim_end()));
        assert!(text.summed(LogFormat::Text, Sum::Repeated(1, 5)).contains("(repeated once in 5 s)"));
        let json = Stamped::read(LogFormat::Json, JSON).summed(LogFormat::Json, Sum::Similar(7, 60));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&json["similar"], &json["seconds"]), (&7.into(), &60.into()));
        assert_eq!((&json["fields"]["message"], &json["level"]), (&"no".into(), &"WARN".into()));
    }

    #[test]
    fn the_logs_own_lines_look_like_the_others() {
        let json = Stamped::made(LogFormat::Json, "lost", &[("lines", 3)]).line();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&json["fields"]["message"], &json["fields"]["lines"]), (&"lost".into(), &3.into()));
        let text = Stamped::made(LogFormat::Text, "lost", &[("lines", 3)]).line();
        assert!(text.ends_with("Z  WARN jeton::log: lost lines=3\n"), "{text}");
    }

    #[test]
    fn a_line_can_not_begin_another_one_or_turn_around() {
        for evil in ['\n', '\r', '\x1b', '\0', '\u{85}', '\u{9b}', '\u{2028}', '\u{202e}', '\u{2066}'] {
            for (format, line) in [(LogFormat::Text, TEXT), (LogFormat::Json, JSON)] {
                let stamped = Stamped::read(format, &line.replace("no", &format!("n{evil}o"))).line();
                assert!(!stamped.trim_end_matches('\n').contains(evil), "{stamped:?}");
                assert_eq!(stamped.lines().count(), 1);
                if format == LogFormat::Json {
                    let json: serde_json::Value = serde_json::from_str(&stamped).unwrap();
                    assert_eq!(json["fields"]["message"], format!("n{evil}o"));
                }
            }
        }
    }

    #[test]
    fn a_line_is_bounded() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let longest = "x".repeat(LOG_LINE_BYTES_MAX);
            assert_eq!(Stamped::read(format, &format!("{longest}\n")).line().trim_end(), longest);
            let line = Stamped::read(format, &format!("{longest}x\n")).line();
            assert!(line.len() < 200 && line.contains("a log line of 8193 bytes was left out"), "{line}");
        }
    }
}
