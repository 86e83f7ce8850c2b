//! Public documents: rendered once, compressed once, and not sent again to a client that has them.

use crate::limits::LISTED_MAX;
use crate::response::{self, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::StatusCode;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, VARY};
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;

/// Minimum size in bytes for compression. Smaller documents fit into one packet either way.
const COMPRESSED_FROM: usize = 1_200;

/// A document that is the same for every client.
#[derive(Debug)]
pub struct Document {
    plain: Bytes,
    etag: HeaderValue,
    /// The compressed document and its own validator (RFC 9110 §8.8.3).
    gzip: Option<(Bytes, HeaderValue)>,
}

impl Document {
    /// Compresses the document and computes its validators.
    pub fn new(plain: Bytes) -> Self {
        let gzip = (plain.len() >= COMPRESSED_FROM).then(|| compress(&plain)).flatten();
        let mut hasher = DefaultHasher::new();
        hasher.write(&plain);
        let tag = |suffix: &str| HeaderValue::from_str(&format!("\"{:016x}{suffix}\"", hasher.finish())).ok();
        let gzip = gzip.and_then(|gzip| Some((gzip, tag("-gzip")?)));
        let etag = tag("").unwrap_or(HeaderValue::from_static("\"\""));
        Self { plain, etag, gzip }
    }

    /// The response to a client with these request headers.
    pub fn answer(&self, headers: &HeaderMap) -> Response {
        let gzip = self.gzip.as_ref().filter(|_| takes_gzip(headers));
        let (bytes, etag) = gzip.map_or((&self.plain, &self.etag), |(bytes, etag)| (bytes, etag));
        let is_known = is_known(headers, etag);
        let mut answer = response::document(if is_known { Bytes::new() } else { bytes.clone() });
        let fields = answer.headers_mut();
        fields.insert(ETAG, etag.clone());
        if self.gzip.is_some() {
            fields.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        if gzip.is_some() && !is_known {
            fields.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if is_known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        answer
    }
}

fn compress(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).and_then(|()| encoder.finish()).map(Bytes::from).ok()
}

/// True if the client has the version with this validator (RFC 9110 §13.1.2, weak comparison).
pub(crate) fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let fields = headers.get_all(IF_NONE_MATCH).iter();
    fields.map(HeaderValue::as_bytes).any(|field| {
        let mut listed = field.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).take(LISTED_MAX);
        field == b"*" || listed.any(|listed| listed.strip_prefix(b"W/").unwrap_or(listed) == etag.as_bytes())
    })
}

/// True if the client accepts gzip (RFC 9110 §12.5.3): by name or by `*`, and not with the weight 0.
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut any = false;
    for coding in fields.flat_map(|field| field.split(',')).take(LISTED_MAX) {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim_ascii().strip_prefix("q=").map(|q| q.trim_ascii().parse::<f32>());
        let is_taken = !matches!(weight, Some(Ok(0.0) | Err(_)));
        match name.trim_ascii() {
            name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => {
                return is_taken;
            }
            "*" => any = is_taken,
            _ => {}
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn with(name: hyper::header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_validator_is_found_in_a_list_strong_or_weak() {
        let etag = HeaderValue::from_static("\"1-2\"");
        for field in ["\"1-2\"", "*", "W/\"1-2\"", "\"0\", \"1-2\"", "\"0\" ,W/\"1-2\""] {
            assert!(is_known(&with(IF_NONE_MATCH, field), &etag), "{field}");
        }
        for field in ["", "\"1\"", "1-2", "\"1-2", "\"1-2\"x"] {
            assert!(!is_known(&with(IF_NONE_MATCH, field), &etag), "{field}");
        }
    }

    #[test]
    fn gzip_is_sent_to_clients_that_take_it() {
        for field in ["gzip", "deflate, gzip;q=1.0, *;q=0.5", "GZIP", "x-gzip", "*", "gzip; q=0.1", "br,gzip"]
        {
            assert!(takes_gzip(&with(ACCEPT_ENCODING, field)), "{field}");
        }
        for field in
            ["", "identity", "gzip;q=0", "gzip; q=0.000", "*;q=0", "*, gzip;q=0", "gzipped", "gzip;q=x"]
        {
            assert!(!takes_gzip(&with(ACCEPT_ENCODING, field)), "{field}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn lists_are_looked_at_up_to_a_bound() {
        let etag = HeaderValue::from_static("\"1\"");
        let tags = |before: usize| format!("{}\"1\"", "\"0\",".repeat(before));
        assert!(is_known(&with(IF_NONE_MATCH, &tags(LISTED_MAX - 1)), &etag));
        assert!(!is_known(&with(IF_NONE_MATCH, &tags(LISTED_MAX)), &etag));
        let codings = |before: usize| format!("{}gzip", "br,".repeat(before));
        assert!(takes_gzip(&with(ACCEPT_ENCODING, &codings(LISTED_MAX - 1))));
        assert!(!takes_gzip(&with(ACCEPT_ENCODING, &codings(LISTED_MAX))));
    }

    #[test]
    fn a_document_and_its_compressed_form_are_two_representations_of_one() {
        let document = Document::new(Bytes::from("{\"a\":1}".repeat(1_000)));
        let plain = document.answer(&HeaderMap::new());
        let gzip = document.answer(&with(ACCEPT_ENCODING, "gzip"));
        assert_ne!(plain.headers()[ETAG], gzip.headers()[ETAG]);
        assert_eq!(
            (plain.headers().get(CONTENT_ENCODING), &gzip.headers()[CONTENT_ENCODING]),
            (None, &"gzip".parse().unwrap())
        );
        assert!(plain.headers().contains_key(VARY) && gzip.headers().contains_key(VARY));
        let (plain, gzip) = (plain.into_body().into_inner().unwrap(), gzip.into_body().into_inner().unwrap());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(gzip.as_ref()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(plain, unpacked);
        let known = document.answer(&with(IF_NONE_MATCH, document.etag.to_str().unwrap()));
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
        assert!(known.into_body().into_inner().is_none());
    }
}
