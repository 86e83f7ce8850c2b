//! The web console's files, embedded as bytes.
//!
//! The crate knows nothing of the server: it maps paths below the console's own to files, and has the
//! policy for browsers. `ui/` has the sources of `assets/app.js`, and a check that they match.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::LazyLock;

/// The limits of the console in a browser (Content Security Policy Level 3): only its own script, style and
/// images, requests only to its own server, no frames, and no text that becomes markup or script.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// A file of the console.
#[derive(Debug)]
pub struct Asset {
    /// The media type, for `Content-Type`.
    pub content_type: &'static str,
    /// The content, uncompressed.
    pub bytes: &'static [u8],
    /// The content, compressed with gzip.
    pub gzip: Vec<u8>,
    /// An entity tag that changes with the content (RFC 9110 §8.8.3).
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

        /// Paths of the files.
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
    /// Compresses the content, which takes a few milliseconds, once per process at the first request for it.
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
    use std::collections::HashMap;
    use std::path::Path;

    /// Maximum bytes of all files, compressed.
    const BYTES_MAX: usize = 45 * 1024;

    #[test]
    fn all_files_together_are_within_the_limit() {
        let bytes: usize = PATHS.iter().filter_map(|path| asset(path)).map(|asset| asset.gzip.len()).sum();
        assert!(bytes > 0 && bytes < BYTES_MAX, "{bytes}");
    }

    /// The sources of `app.js`, by name.
    fn sources() -> Vec<(String, String)> {
        fn collect(directory: &Path, found: &mut Vec<(String, String)>) {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(&path, found);
                } else {
                    found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
        let mut found = Vec::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src"), &mut found);
        assert!(found.len() > 15, "{}", found.len());
        found.sort();
        found
    }

    /// Preact can set markup on request; no page requests it, so names are always text.
    #[test]
    fn no_source_turns_text_into_markup_or_script() {
        for (name, source) in sources() {
            for word in ["innerHTML", "InnerHTML", "outerHTML", "insertAdjacent", "document.write", "eval("] {
                assert!(!source.contains(word), "{word} in {name}");
            }
        }
    }

    /// The console knows the store's events only by their names on the wire, so a new event could lack a
    /// sentence here.
    #[test]
    fn every_kind_of_event_has_a_sentence() {
        let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/src/event.rs");
        let kinds = std::fs::read_to_string(store).unwrap();
        let names: Vec<&str> =
            kinds.lines().filter_map(|line| line.trim().strip_suffix("\",")?.split('"').nth(1)).collect();
        assert!(names.len() > 50, "{}", names.len());
        let all = sources();
        let (_, sentences) = all.iter().find(|(name, _)| name.ends_with("events.tsx")).unwrap();
        let missing: Vec<_> =
            names.iter().filter(|name| !sentences.contains(&format!("\"{name}\": \""))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    /// A repeated run belongs in a component or a function. Imports and empty lines are ignored.
    #[test]
    fn no_run_of_more_than_six_lines_is_repeated() {
        let sources = sources();
        let mut seen = HashMap::new();
        for (name, source) in &sources {
            let mut is_import = false;
            let mut counts = |line: &str| {
                is_import |= line.starts_with("import ");
                let counts = !is_import && !line.is_empty();
                is_import &= !line.contains("from \"");
                counts
            };
            let lines = (1_usize..).zip(source.lines().map(str::trim)).filter(|(_, line)| counts(line));
            let (numbers, lines): (Vec<_>, Vec<_>) = lines.unzip();
            for (number, run) in numbers.iter().zip(lines.windows(7)) {
                let place = format!("{name}:{number}");
                if let Some(earlier) = seen.insert(run.to_vec(), place.clone()) {
                    panic!("{place} repeats {earlier}");
                }
            }
        }
    }

    #[test]
    fn the_page_complies_with_its_policy_and_sends_requests_to_no_other_server() {
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
