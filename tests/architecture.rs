//! The rules of `ARCHITECTURE.md` that span more than one file.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test program fails by panicking, its helpers too"
)]

#[path = "architecture/circles.rs"]
mod circles;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All Rust files below these directories.
fn sources(directories: &[&str]) -> Vec<PathBuf> {
    fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    directories.iter().for_each(|directory| collect(&root().join(directory), &mut files));
    files.sort();
    files
}

/// The files that contain one of these words outside of comments.
fn files_naming(directories: &[&str], words: &[&str]) -> Vec<String> {
    let names = |path: &PathBuf| {
        let source = read(path);
        let mut code = source.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        code.any(|line| words.iter().any(|word| line.contains(word)))
    };
    let relative = |path: PathBuf| path.strip_prefix(root()).unwrap().display().to_string();
    sources(directories).into_iter().filter(names).map(relative).collect()
}

/// Direct dependencies of each crate of the workspace, without those for tests, from cargo's metadata.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    dependencies_that(|_| true)
}

/// Those that every build has: the fuzz targets' oracles are optional.
fn dependencies_of_every_build() -> BTreeMap<String, Vec<String>> {
    dependencies_that(|dependency| dependency["optional"] == false)
}

fn dependencies_that(is_meant: impl Fn(&serde_json::Value) -> bool) -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text =
        |value: &serde_json::Value, member: &str| value[member].as_str().unwrap_or_default().to_owned();
    let of = |package: &serde_json::Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        let all = all.filter(|dependency| text(dependency, "kind") != "dev" && is_meant(dependency));
        all.map(|dependency| text(dependency, "name")).collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (text(package, "name"), of(package))).collect()
}

#[test]
fn crates_depend_on_each_other_in_one_direction() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("jeton-secret", &[][..]),
        ("jeton-domain", &["jeton-secret"][..]),
        ("jeton-api", &["jeton-domain", "jeton-secret"][..]),
        ("jeton-oauth", &["jeton-domain", "jeton-secret"][..]),
        ("jeton-store", &["jeton-domain", "jeton-secret"][..]),
        ("jeton-jose", &["jeton-domain", "jeton-secret"][..]),
        ("jeton-tokens", &["jeton-domain", "jeton-jose", "jeton-oauth", "jeton-secret", "jeton-store"][..]),
        (
            "jeton-management",
            &[
                "jeton-api",
                "jeton-domain",
                "jeton-jose",
                "jeton-oauth",
                "jeton-secret",
                "jeton-store",
                "jeton-tokens",
            ][..],
        ),
        ("jeton-cluster", &["jeton-domain", "jeton-store"][..]),
        ("jeton-console", &[][..]),
        (
            "jeton-server",
            &[
                "jeton-api",
                "jeton-cluster",
                "jeton-console",
                "jeton-domain",
                "jeton-jose",
                "jeton-management",
                "jeton-oauth",
                "jeton-secret",
                "jeton-store",
                "jeton-tokens",
            ][..],
        ),
        ("jeton-load", &[][..]),
        (
            "jeton-cli",
            &[
                "jeton-api",
                "jeton-domain",
                "jeton-load",
                "jeton-management",
                "jeton-oauth",
                "jeton-secret",
                "jeton-server",
            ][..],
        ),
        ("jeton", &["jeton-cli"][..]),
        ("jeton-benches", &["jeton-domain", "jeton-load", "jeton-secret", "jeton-server", "jeton-store"][..]),
    ]);
    for (package, dependencies) in dependencies_of_every_build() {
        let ours: Vec<_> = dependencies.iter().filter(|name| name.starts_with("jeton")).collect();
        let allowed =
            allowed.get(package.as_str()).unwrap_or_else(|| panic!("{package} is not in the table"));
        assert!(ours.iter().all(|name| allowed.contains(&name.as_str())), "{package} depends on {ours:?}");
    }
}

#[test]
fn the_core_reaches_no_clock_disk_socket_or_entropy_source() {
    let words = [
        "SystemTime",
        "Instant::",
        "std::fs",
        "std::net",
        "std::env",
        "std::io::std",
        "std::process",
        "std::thread",
        "tokio",
        "getrandom",
        "OsRng",
        "thread_rng",
        "rand::",
        "println!",
        "eprintln!",
    ];
    assert_eq!(
        files_naming(
            &["crates/secret/src", "crates/domain/src", "crates/oauth/src", "crates/api/src"],
            &words
        ),
        [""; 0]
    );
    let dependencies = dependencies();
    for package in ["jeton-secret", "jeton-domain", "jeton-oauth"] {
        for banned in ["tokio", "hyper", "getrandom", "rand", "rustix", "time", "redb", "tracing", "tempfile"]
        {
            assert!(
                !dependencies[package].iter().any(|name| name == banned),
                "{package} depends on {banned}"
            );
        }
    }
}

#[test]
fn keys_and_signatures_need_no_clock_disk_or_socket() {
    let words =
        ["SystemTime", "Instant::", "std::fs", "std::net", "std::env", "std::thread", "tokio", "println!"];
    assert_eq!(files_naming(&["crates/jose/src"], &words), [""; 0]);
}

#[test]
fn the_cryptographic_library_is_known_where_something_is_signed_or_sealed() {
    let outside = [
        "secret/src",
        "domain",
        "api",
        "oauth",
        "store",
        "cluster",
        "tokens",
        "management",
        "console",
        "server",
        "cli",
    ];
    let outside = outside.map(|name| format!("crates/{name}"));
    let naming = files_naming(&outside.each_ref().map(String::as_str), &["aws_lc_rs"]);
    // The command line and the way to the database name it as the cryptographic library of TLS.
    let known = ["cli/src/transport/remote.rs", "cluster/src/tls.rs", "secret/src/envelope.rs"];
    assert_eq!(naming, known.map(|file| format!("crates/{file}")));
}

#[test]
fn one_file_encodes_records() {
    assert_eq!(files_naming(&["crates"], &["postcard"]), ["crates/store/src/codec.rs"]);
}

#[test]
fn the_store_has_no_plaintext_secret_type() {
    let words = [
        "SecretBytes",
        "SecretText",
        "ClientSecret,",
        "ClientSecret;",
        "ClientSecret}",
        " AccessToken,",
        "{AccessToken,",
        ":AccessToken;",
        "Mint",
        "ServerKey",
        "expose(",
    ];
    assert_eq!(files_naming(&["crates/store/src", "crates/cluster/src"], &words), [""; 0]);
}

#[test]
fn the_database_engine_is_known_to_the_store_alone() {
    let outside = [
        "crates/secret",
        "crates/domain",
        "crates/api",
        "crates/oauth",
        "crates/cluster",
        "crates/tokens",
        "crates/management/src",
        "crates/server/src",
        "crates/cli",
        "src",
    ];
    assert_eq!(files_naming(&outside, &["redb::"]), [""; 0]);
}

/// The store loads the facts of a command and writes its decision. The rules are in `jeton_domain::admin`.
#[test]
fn the_store_decides_nothing_about_administration() {
    let words = ["Permission", "ResourcePath", "AdminRole", ".permit", ".may(", "check_fresh", "EventKind::"];
    assert_eq!(files_naming(&["crates/store/src/administer"], &words), [""; 0]);
    let words = ["redb", "tracing"];
    assert_eq!(files_naming(&["crates/domain/src"], &words), [""; 0]);
}

#[test]
fn domain_types_are_not_serialized() {
    let words = ["Serialize", "Deserialize", "serde"];
    assert_eq!(files_naming(&["crates/domain/src"], &words), [""; 0]);
    let serializing = files_naming(&["crates/oauth/src"], &["Serialize", "Deserialize"]);
    // These read foreign JSON and write the metadata document and values of answers: the wire, not the
    // domain.
    let wire = ["json.rs", "metadata.rs", "write.rs"].map(|file| format!("crates/oauth/src/{file}"));
    assert_eq!(serializing, wire);
}

/// serde buffers flattened members, and then accepts lists as objects and duplicate members.
#[test]
fn requests_are_read_member_by_member() {
    assert_eq!(files_naming(&["crates/api/src", "crates/management/src"], &["serde(flatten)"]), [""; 0]);
}

#[test]
fn the_clock_and_entropy_are_read_in_one_place_each() {
    let crates = [
        "crates/secret/src",
        "crates/domain/src",
        "crates/api/src",
        "crates/oauth/src",
        "crates/jose/src",
        "crates/store/src",
        "crates/cluster/src",
        "crates/tokens/src",
        "crates/management/src",
        "crates/server/src",
        "crates/cli/src",
    ];
    assert_eq!(files_naming(&crates, &["SystemTime"]), ["crates/server/src/clock.rs"]);
    assert_eq!(files_naming(&crates, &["getrandom::"]), ["crates/server/src/entropy.rs"]);
}

/// The words of HTTP are the server's.
#[test]
fn calls_and_tokens_know_no_http() {
    let words = ["hyper", "http_body", "HeaderMap", "HeaderValue", "StatusCode"];
    let below = ["crates/api/src", "crates/cluster/src", "crates/tokens/src", "crates/management/src"];
    assert_eq!(files_naming(&below, &words), [""; 0]);
    let dependencies = dependencies();
    for package in ["jeton-api", "jeton-cluster", "jeton-tokens", "jeton-management"] {
        for banned in ["hyper", "hyper-util", "http-body-util", "redb", "getrandom"] {
            assert!(
                !dependencies[package].iter().any(|name| name == banned),
                "{package} depends on {banned}"
            );
        }
    }
}

/// A file that serves a request is given the parts that it uses.
#[test]
fn all_parts_of_a_worker_are_known_where_it_is_made_and_where_requests_are_handed_out() {
    let naming = files_naming(&["crates/server/src"], &["Dispatcher", "Wiring"]);
    let known = ["dispatch.rs", "run.rs", "testing.rs", "wiring.rs", "worker.rs"];
    assert_eq!(naming, known.map(|file| format!("crates/server/src/{file}")));
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    assert!(read(&root().join("Cargo.toml")).contains("unsafe_code = \"forbid\""));
    for package in dependencies().keys().filter(|name| *name != "jeton") {
        let directory = match package.as_str() {
            "jeton-benches" => "benches".to_owned(),
            other => format!("crates/{}", other.trim_start_matches("jeton-")),
        };
        let manifest = read(&root().join(directory).join("Cargo.toml"));
        assert!(manifest.contains("[lints]\nworkspace = true"), "{package} has lints of its own");
    }
}

#[test]
fn every_dependency_has_a_comment_with_its_purpose() {
    let manifest = read(&root().join("Cargo.toml"));
    let table = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for line in table.lines().filter(|line| line.contains(" = ") && !line.contains("{ path =")) {
        let reason = line.rsplit_once(" # ").map(|(_, reason)| reason).unwrap_or_default();
        assert!(reason.len() > 8, "{line}");
    }
    let crates = std::fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let packages = crates.chain([root().join("benches"), root().to_owned()]);
    let manifests: Vec<_> = packages.map(|package| read(&package.join("Cargo.toml"))).collect();
    for name in table.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name) {
        let used = |manifest: &String| {
            manifest.contains(&format!("\n{name}.workspace"))
                || manifest.contains(&format!("\n{name} = {{ workspace"))
        };
        assert!(manifests.iter().any(used), "no crate depends on {name}");
    }
    assert!(table.contains("redb = \"=4.6."), "the engine is pinned");
}

#[test]
fn every_dependency_is_used() {
    for (package, dependencies) in dependencies() {
        let directories = match package.as_str() {
            "jeton" => vec!["src".to_owned(), "tests".to_owned()],
            "jeton-benches" => vec!["benches".to_owned()],
            other => vec![format!("crates/{}", other.trim_start_matches("jeton-"))],
        };
        let directories: Vec<&str> = directories.iter().map(String::as_str).collect();
        for dependency in dependencies {
            let name = dependency.replace('-', "_");
            let (path, import) = (format!("{name}::"), format!("use {name};"));
            assert!(
                !files_naming(&directories, &[&path, &import]).is_empty(),
                "{package} does not use {dependency}"
            );
        }
    }
}

#[test]
fn files_are_small_enough_to_be_read() {
    for path in sources(&["crates", "src", "tests", "benches", "fuzz/targets"]) {
        let lines = read(&path).lines().count();
        assert!(lines <= 500, "{} has {lines} lines", path.display());
    }
}

/// Words that begin a question: a doc comment names the thing instead.
const QUESTION_WORDS: [&str; 9] = ["What", "Whose", "Who", "Which", "How", "Whether", "Where", "Why", "Whom"];

/// Columns of a line at most, as the formatter has them.
const COLUMNS_MAX: usize = 110;

#[test]
fn doc_comments_name_the_thing_and_comments_fit_the_formatters_width() {
    let mut found = Vec::new();
    for path in sources(&["src", "crates", "benches", "tests", "fuzz/targets"]) {
        for (number, line) in read(&path).lines().enumerate() {
            let text = line.trim();
            let doc = text.strip_prefix("///").or_else(|| text.strip_prefix("//!")).unwrap_or_default();
            let first = doc.split_whitespace().next().unwrap_or_default();
            // The continuation of a sentence may begin with any word, but these are capitalized.
            let is_question = QUESTION_WORDS.contains(&first);
            let is_wide = text.starts_with("//") && line.chars().count() > COLUMNS_MAX;
            if is_question || is_wide {
                found.push(format!("{}:{}: {text}", path.display(), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_tests_that_documents_name_exist() {
    let all: Vec<String> = sources(&["crates", "tests"]).iter().map(|path| read(path)).collect();
    let text = read(&root().join("docs/threat-model.md"));
    let is_test =
        |name: &&str| name.contains('_') && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    for name in text.split('`').skip(1).step_by(2).filter(is_test) {
        assert!(all.iter().any(|source| source.contains(&format!("fn {name}("))), "there is no test {name}");
    }
}

/// The numbered stops of the walks at the end of the page, walk by walk.
fn walks() -> Vec<Vec<String>> {
    let page = read(&root().join("ARCHITECTURE.md"));
    let walks = page.split("## Three walks").nth(1).unwrap();
    let mut all: Vec<Vec<String>> = Vec::new();
    for line in walks.lines() {
        if line.starts_with("**") {
            all.push(Vec::new());
        }
        if line.starts_with(|first: char| first.is_ascii_digit()) {
            let files = line.split('`').skip(1).step_by(2).filter(|name| name.ends_with(".rs"));
            all.last_mut().unwrap().extend(files.map(str::to_owned));
        }
    }
    all
}

#[test]
fn the_walks_pass_at_most_twelve_files_that_exist() {
    let walks = walks();
    assert_eq!(walks.len(), 3, "a token request, an introspection, CreateUser");
    for stops in walks {
        assert!((1..=12).contains(&stops.len()), "{stops:?}");
        for stop in stops {
            assert!(root().join("crates").join(&stop).is_file(), "{stop}");
        }
    }
}
