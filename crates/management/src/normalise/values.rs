//! Values by their kind: the accepted spellings of each, and its normalised form.

use super::place::At;
use crate::ApiError;
use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use jeton_api::message::{Enum, Kind};
use jeton_domain::time::TIMESTAMP_MAX;
use serde_json::Value;
use std::borrow::Cow;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The first second of the year 1, before which protobuf has no timestamps.
const TIMESTAMP_MIN: i64 = -62_135_596_800;

/// A value as it came.
#[derive(Clone, Copy)]
pub(super) enum Token<'t> {
    Flag(bool),
    Whole(u64),
    Text(&'t str),
    /// Text of a path or a query, which has no other types.
    Written(&'t str),
    /// A value that no kind accepts: another number, a list, an object.
    Other,
}

/// The normalised value: times as seconds, bytes as padded base64, enums by their first name.
pub(super) fn read_value(kind: Kind, token: Token<'_>, at: At<'_>) -> Result<Value, ApiError> {
    let wrong = || at.invalid(format!("must be {}", expected(kind)));
    let text = match token {
        Token::Text(text) | Token::Written(text) => Some(text),
        Token::Flag(_) | Token::Whole(_) | Token::Other => None,
    };
    match kind {
        Kind::Text => text.map(Value::from).ok_or_else(wrong),
        Kind::Flag => match token {
            Token::Flag(flag) => Ok(flag.into()),
            Token::Written(text) => written_flag(text).map(Value::from).ok_or_else(wrong),
            _ => Err(wrong()),
        },
        Kind::Integer(max) => {
            let number = integer(token).filter(|number| *number <= max);
            number.map(Value::from).ok_or_else(wrong)
        }
        Kind::Bytes => {
            let bytes = text.and_then(decode_base64).ok_or_else(wrong)?;
            Ok(STANDARD.encode(bytes).into())
        }
        Kind::Pem => {
            let text = text.ok_or_else(wrong)?;
            let pem = text.contains("-----BEGIN").then(|| text.as_bytes().to_vec());
            // Pasted text is often indented or joined to one line.
            let decoded = || decode_base64(&text.replace([' ', '\t'], ""));
            Ok(STANDARD.encode(pem.or_else(decoded).ok_or_else(wrong)?).into())
        }
        Kind::Timestamp => {
            let date = text.and_then(timestamp).ok_or_else(wrong)?;
            let seconds = date.unix_timestamp();
            // No stored time is older than 1970.
            match u64::try_from(seconds).unwrap_or(0) {
                _ if seconds < TIMESTAMP_MIN => Err(at.invalid("must be in the year 1 or later")),
                seconds if seconds > TIMESTAMP_MAX.0 => Err(at.invalid("must be before the year 10000")),
                seconds => Ok(seconds.into()),
            }
        }
        Kind::Duration => match text.and_then(duration).ok_or_else(wrong)? {
            Span { is_negative: true, .. } => Err(at.invalid("must not be negative")),
            // Without its fraction it would be 0s, which has a meaning of its own.
            Span { seconds: 0, has_fraction: true, .. } => Err(at.invalid("must be 0s, or 1s or longer")),
            Span { seconds, .. } if seconds <= u64::from(u32::MAX) => Ok(seconds.into()),
            Span { .. } => Err(at.invalid(format!("must be at most {}s", u32::MAX))),
        },
        Kind::Enum(values) => read_enum(values, token).map(Value::from).ok_or_else(wrong),
        Kind::Message(_) | Kind::Foreign(_) => Err(wrong()),
    }
}

/// The values that it accepts, for a refusal.
pub(super) fn expected(kind: Kind) -> Cow<'static, str> {
    match kind {
        Kind::Text => "text".into(),
        Kind::Flag => "true or false".into(),
        Kind::Integer(max) => format!("an integer from 0 to {max}").into(),
        Kind::Bytes => "base64".into(),
        Kind::Pem => "PEM, or PEM in base64".into(),
        Kind::Timestamp => "an RFC 3339 timestamp such as 2027-01-31T12:00:00Z".into(),
        Kind::Duration => "a number of seconds such as 86400s".into(),
        Kind::Enum(values) => {
            let mut names: Vec<_> = values.values.iter().map(|(name, _)| *name).collect();
            names.truncate(16);
            format!("one of {}", names.join(", ")).into()
        }
        Kind::Message(_) | Kind::Foreign(_) => "an object".into(),
    }
}

/// The name that handlers read. Empty text is the first value: SDKs send it for an unset member.
fn read_enum(all: &Enum, token: Token<'_>) -> Option<&'static str> {
    let number = match token {
        Token::Text("") | Token::Written("") => 0,
        Token::Text(text) | Token::Written(text) => match all.values.iter().find(|(name, _)| *name == text) {
            Some((_, number)) => u64::from(*number),
            None => integer(token)?,
        },
        Token::Flag(_) | Token::Whole(_) | Token::Other => integer(token)?,
    };
    all.values.iter().find(|(_, own)| u64::from(*own) == number).map(|(name, _)| *name)
}

/// A flag in a path or a query, in all spellings that grpc-gateway accepts there.
fn written_flag(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A date by RFC 3339, whose grammar has a `T` between day and time; the parser alone accepts any byte there.
fn timestamp(text: &str) -> Option<OffsetDateTime> {
    let has_t = matches!(text.as_bytes().get(10), Some(b'T' | b't'));
    OffsetDateTime::parse(text, &Rfc3339).ok().filter(|_| has_t)
}

/// An integer as a number or as text, also with a fraction of zeros or an exponent.
fn integer(token: Token<'_>) -> Option<u64> {
    match token {
        Token::Whole(number) => Some(number),
        Token::Text(text) | Token::Written(text) => {
            let digits = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
            let float = || {
                let is_number = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
                is_number.then(|| serde_json::from_str(text).ok()).flatten().and_then(whole)
            };
            digits.or_else(float)
        }
        Token::Flag(_) | Token::Other => None,
    }
}

/// A float without a fraction.
pub(super) fn whole(value: f64) -> Option<u64> {
    // 2^64 is the first value that does not fit.
    const END: f64 = 18_446_744_073_709_551_616.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it has no fraction and fits"
    )]
    ((0.0..END).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

/// Base64 of either alphabet, with padding or without.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let standard: String = text
        .chars()
        .filter(|letter| !matches!(letter, '\r' | '\n'))
        .map(|letter| match letter {
            '-' => '+',
            '_' => '/',
            letter => letter,
        })
        .collect();
    LENIENT.decode(standard).ok()
}

/// A duration as it came.
struct Span {
    /// True if it is less than 0s.
    is_negative: bool,
    seconds: u64,
    has_fraction: bool,
}

fn duration(text: &str) -> Option<Span> {
    const SECONDS_MAX: u64 = 315_576_000_000;
    let text = text.strip_suffix('s')?;
    let (is_minus, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    // One half may be missing, but not both.
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || fraction.len() > 9 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let seconds = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let seconds = Some(seconds).filter(|seconds| *seconds <= SECONDS_MAX)?;
    let has_fraction = fraction.bytes().any(|b| b != b'0');
    Some(Span { is_negative: is_minus && (seconds > 0 || has_fraction), seconds, has_fraction })
}
