//! The web console's files, embedded as bytes.
//!
//! The crate knows nothing of the server; it says what is at a path below the console's own, and under which policy a
//! browser shall run it. `ui/` has the sources of `assets/app.js`, and a check that they match.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::LazyLock;

/// What a browser lets the console do (Content Security Policy Level 3): its own script, style and images, requests to
/// its own server, nothing in a frame, no text that becomes markup or script.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// A file.
#[derive(Debug)]
pub struct Asset {
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
    /// The same, compressed with gzip.
    pub gzip: Vec<u8>,
    /// What changes with the content, in the form of an entity tag (RFC 9110 §8.8.3).
    pub etag: String,
}

macro_rules! assets {
    ($($path:literal $file:literal $content_type:literal,)*) => {
        /// The file at a path below the console's.
        pub fn asset(path: &str) -> Option<&'static Asset> {
            match path {
                $($path => {
                    static ASSET: LazyLock<Asset> =
                        LazyLock::new(|| Asset::new($content_type, include_bytes!(concat!("../assets/", $file))));
                    Some(&ASSET)
                })*
                _ => None,
            }
        }

        /// Where the files are.
        pub const PATHS: &[&str] = &[$($path,)*];
    };
}

assets! {
    "" "index.html" "text/html; charset=utf-8",
    "app.js" "app.js" "text/javascript; charset=utf-8",
    "style.css" "style.css" "text/css; charset=utf-8",
    "icon.svg" "icon.svg" "image/svg+xml",
}

impl Asset {
    /// Compressed when somebody asks for it first, once per process: a few milliseconds.
    fn new(content_type: &'static str, bytes: &'static [u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default();
        let digest = blake3::hash(bytes).to_hex();
        Self { content_type, bytes, gzip, etag: format!("\"{}\"", digest.get(..32).unwrap_or_default()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_together_are_small() {
        let bytes: usize = PATHS.iter().filter_map(|path| asset(path)).map(|asset| asset.gzip.len()).sum();
        assert!(bytes > 0 && bytes < 300 * 1024, "{bytes}");
    }

    /// Preact can set markup when it is told to; no page tells it to, so names are only ever text.
    #[test]
    fn no_source_turns_text_into_markup_or_script() {
        let ui = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src");
        let mut looked_at = 0;
        for directory in [ui.clone(), ui.join("pages"), ui.join("parts")] {
            for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    continue;
                }
                let source = std::fs::read_to_string(entry.path()).unwrap();
                looked_at += 1;
                for word in
                    ["innerHTML", "InnerHTML", "outerHTML", "insertAdjacent", "document.write", "eval("]
                {
                    assert!(!source.contains(word), "{word} in {}", entry.path().display());
                }
            }
        }
        assert!(looked_at > 15, "{looked_at}");
    }

    #[test]
    fn the_page_has_nothing_that_its_policy_forbids_and_asks_nobody_else() {
        for path in PATHS {
            let text = std::str::from_utf8(asset(path).unwrap().bytes).unwrap();
            for word in ["://fonts", "https://cdn", "eval(", "new Function(", "@import"] {
                assert!(!text.contains(word), "{word} in {path}");
            }
        }
        let page = std::str::from_utf8(asset("").unwrap().bytes).unwrap();
        for word in [" style=", " onload=", " onclick=", "<style", "href=\"/", "src=\"/", "//"] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
