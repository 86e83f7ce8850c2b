//! The generator of `docs/conformance.md`: every test that verifies a line of the checklist has a doc
//! comment `/// Conformance <line>: <source of the rule>`.
//!
//! `JETON_WRITE_DOCS=1 cargo test conformance_table` writes the file.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const HEAD: &str = "# Conformance

Which test holds which line of the conformance checklist. Generated from the doc comments of the
tests by `JETON_WRITE_DOCS=1 cargo test conformance_table`; a test fails when it is out of date.
Where ZITADEL behaves otherwise on the wire, the last section says so.

| line | rule | tests |
|---|---|---|
";

const DIFFERENCES: &str = "
## Where ZITADEL differs

| case | ZITADEL | Jeton |
|---|---|---|
| failed client authentication | 400 `invalid_request` | 401 `invalid_client` with `WWW-Authenticate`, the same bytes for every cause (RFC 6749 §5.2) |
| failed authentication at introspection | 400 | 401 |
| no scope | 400 `invalid_request` | the service user's default scopes if it has any, else the same |
| `expires_in` | one second less than the lifetime | what is left when the answer is made |
| userinfo without a token | 401 without a challenge | 401 with `WWW-Authenticate: Bearer` (RFC 6750 §3) |
| revoking another client's token | error | 200 without effect (RFC 7009 §2.1 leaves the choice) |
| generating a secret | replaces the old one | the same on the compatible call; several at a time with `keepOthers` or `overlap` |
| client id of a service user | the username | the username in any case, or the user id, which is what is shown where the username would have to be encoded inside Basic |
| username of digits alone, or with spaces at an end, two in a row, or other ones than U+0020 | accepted | refused; the README has advice for imports |
| authorization endpoint | people sign in | listed for clients that insist, answers 400 `unsupported_response_type` |
| assertion for client authentication | up to an hour, any audience that holds the issuer | up to an hour or `--client-assertion-lifetime`, the issuer alone, used once (draft-ietf-oauth-rfc7523bis); `--accept-token-endpoint-audience` takes the endpoint, too |
| bad assertion of a grant | 400 `invalid_request` or 500 | 400 `invalid_grant` |
| id token of a service user | `exp` equals `iat` | `exp` is that of the access token; only for users with JWTs |
| scope of a role | granted whether the user has the role or not | granted if the user has it in a project of the audience, and told to APIs of projects where it has it |
| discovery | `response_types_supported` of what people sign in with | `[\"none\"]`: no person signs in, and the member may not be missing or empty |
| audience of a token whose scopes name none | none | the default project |
| authorization that a project's own organization gives to a user of an organization that the project is granted to | any roles of the project | roles of the grant, and it ends with the grant |
";

fn rust_files(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Lines of the checklist, each with its rule and the tests that verify it.
fn lines(root: &Path) -> BTreeMap<u32, (String, Vec<String>)> {
    let mut files = Vec::new();
    rust_files(&root.join("crates"), &mut files);
    rust_files(&root.join("tests"), &mut files);
    files.sort();
    let mut lines: BTreeMap<u32, (String, Vec<String>)> = BTreeMap::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let mut pending: Vec<(u32, String)> = Vec::new();
        for line in source.lines().map(str::trim) {
            if let Some((number, rule)) =
                line.strip_prefix("/// Conformance ").and_then(|rest| rest.split_once(": "))
            {
                pending.push((number.parse().unwrap(), rule.to_owned()));
            } else if let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()) {
                for (number, rule) in pending.drain(..) {
                    let tests = lines.entry(number).or_insert((rule, Vec::new()));
                    tests.1.push(name.to_owned());
                }
            }
        }
        assert!(pending.is_empty(), "{} ends before the test", file.display());
    }
    lines
}

#[test]
fn the_conformance_table_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lines = lines(root);
    let mut table = HEAD.to_owned();
    for (number, (rule, tests)) in &lines {
        writeln!(table, "| {number} | {rule} | `{}` |", tests.join("`, `")).unwrap();
    }
    table.push_str(DIFFERENCES);
    let path = root.join("docs/conformance.md");
    if std::env::var_os("JETON_WRITE_DOCS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let is_current = std::fs::read_to_string(&path).is_ok_and(|written| written == table);
    assert!(is_current, "run JETON_WRITE_DOCS=1 cargo test conformance_table");
}

#[test]
fn every_line_of_the_protocol_is_held_by_a_test() {
    let lines = lines(Path::new(env!("CARGO_MANIFEST_DIR")));
    let sections = (1..=83).chain(91..=99);
    let missing: Vec<u32> = sections.filter(|line| !lines.contains_key(line)).collect();
    assert!(missing.is_empty(), "no test for {missing:?}");
}
