//! Full disks, damaged stores, and first starts that are interrupted.

use crate::harness::{Credentials, Reply, Server, failure, jeton, text, without_settings};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PAGE: usize = 4096;

fn verify(data: &Path) -> std::process::Output {
    jeton().args(["verify", "--data-dir"]).arg(data).output().unwrap()
}

fn ready(server: &Server) -> (u16, Value) {
    let reply = server.request("GET", "/debug/ready", &[], b"");
    (reply.status, reply.json())
}

/// A small file system in memory, if this user may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(size: &str) -> Result<Self, String> {
        let directory = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(directory.path())
            .output()
            .map_err(|error| error.to_string())?;
        match mount.status.success() {
            true => Ok(Self(directory)),
            false => Err(String::from_utf8_lossy(&mount.stderr).into_owned()),
        }
    }

    fn fill(&self) -> PathBuf {
        let ballast = self.0.path().join("ballast");
        let mut file = std::fs::File::create(&ballast).unwrap();
        while file.write_all(&[0x5a; PAGE]).is_ok() {}
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn on_a_full_disk_reads_continue_and_the_server_recovers() {
    let disk = match SmallDisk::new("24m") {
        Ok(disk) => disk,
        Err(reason) => {
            // Not by a macro, because the test harness hides its output if the test passes.
            let _ = writeln!(std::io::stderr(), "\nSKIPPED: a server on a full disk: {reason}\n");
            return;
        }
    };
    let server = Server::start_on(&disk.0.path().join("data"), &[]);
    let (api, user) = (server.api(), server.user("billing"));
    let of_jwts = crate::jwt::jwt_user(&server, "of-jwts");
    let token = server.token(&user);
    assert_eq!(
        ready(&server),
        (
            200,
            json!({
                "status": "ready", "reads": "ok", "writes": "ok", "damagedPages": 0, "damagedTables": [],
            })
        )
    );

    let ballast = disk.fill();
    let deadline = Instant::now() + Duration::from_secs(10);
    while ready(&server).0 == 200 {
        assert!(Instant::now() < deadline, "a full disk is not noticed");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (_, body) = ready(&server);
    assert_eq!(
        (&body["status"], &body["reads"], &body["writes"]),
        (&"not ready".into(), &"ok".into(), &"disk full".into(),)
    );
    for _ in 0..50 {
        assert!(server.is_active(&api, &token));
        for client in [&user, &of_jwts] {
            let issued = ask(&server, client);
            assert_eq!(issued.status, 200, "{issued:?}");
        }
        let refused = server.post("/oauth/v2/revoke", &user, &format!("token={token}"));
        assert_eq!((refused.status, refused.header("retry-after").is_some()), (503, true));
    }
    let revoke = server.post("/oauth/v2/revoke", &user, &format!("token={token}"));
    assert_eq!(revoke.status, 503, "a revocation that is not durable is not acknowledged");
    assert!(server.is_active(&api, &token));

    std::fs::remove_file(ballast).unwrap();
    while ready(&server).0 != 200 {
        assert!(Instant::now() < deadline + Duration::from_secs(10), "the server does not heal");
        std::thread::sleep(Duration::from_millis(20));
    }
    let later = server.token(&user);
    let mut server = server;
    server.kill();
    let server = Server::start_on(&server.data_dir.clone(), &[]);
    assert!(server.is_active(&api, &token) && server.is_active(&api, &later));
}

fn ask(server: &Server, client: &Credentials) -> Reply {
    server.post("/oauth/v2/token", client, "grant_type=client_credentials&scope=openid")
}

#[test]
fn a_sound_store_verifies_but_not_while_a_server_has_it() {
    let mut server = Server::start();
    server.user("billing");
    let sentence = failure(&verify(&server.data_dir));
    assert!(sentence.contains("another process is using the store"), "{sentence}");
    server.kill();
    let before = std::fs::read(server.data_dir.join("jeton.redb")).unwrap();
    let output = verify(&server.data_dir);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("The store is sound.\n"), "{output:?}");
    assert!(std::fs::read(server.data_dir.join("jeton.redb")).unwrap() == before, "verifying changed it");
}

/// Makes calls that fill the tables that users, APIs and tokens leave empty.
fn fill_tables(server: &Server, api: &Credentials) {
    let call = |path: &str, body: &Value| {
        let reply = server.management(&format!("/zitadel.{path}"), &body.to_string());
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    };
    let project = call("project.v2.ProjectService/CreateProject", &json!({ "name": "Shop" }));
    let project = text(&project, "/projectId");
    let role = json!({ "projectId": project, "roleKey": "reader", "displayName": "Reader" });
    call("project.v2.ProjectService/AddProjectRole", &role);
    let user = server.json(&["user", "create", "granted"]);
    let user = text(&user, "/id");
    let grant = json!({ "userId": user, "projectId": project, "roleKeys": ["reader"] });
    call("authorization.v2.AuthorizationService/CreateAuthorization", &grant);
    server.administrator("admin", &["IAM_OWNER"]);
    // A replaced secret, a deleted user with a retired name, a revoked JWT.
    let of_jwts = crate::jwt::jwt_user(server, "of-jwts");
    server.secret("of-jwts");
    let resource = ["api", "create", "With a resource", "--resource", "https://api.example.com/"];
    server.json(&resource);
    server.user("gone");
    server.json(&["user", "delete", "gone"]);
    let jwt = server.token(&of_jwts);
    assert_eq!(server.post("/oauth/v2/revoke", api, &format!("token={jwt}")).status, 200);
    assert_eq!(server.post("/oauth/v2/revoke", &of_jwts, &format!("token={jwt}")).status, 200);
}

/// Each page of the file is damaged in turn. The server's start does as the report of `verify` says; every
/// answer about tokens is correct or 503, and the server does not exit.
#[test]
fn a_server_on_a_damaged_store_behaves_as_verify_reports_and_answers_nothing_wrong() {
    let mut server = Server::start();
    let api = server.api();
    let users: Vec<_> = (0..12).map(|number| server.user(&format!("user-{number}"))).collect();
    let tokens: Vec<_> = users.iter().map(|user| server.token(user)).collect();
    assert_eq!(server.post("/oauth/v2/revoke", &users[0], &format!("token={}", tokens[0])).status, 200);
    fill_tables(&server, &api);
    assert!(server.terminate().success());
    let path = server.data_dir.join("jeton.redb");
    let sound = std::fs::read(&path).unwrap();
    let filled = tables_with_rows(&verify_json(&server.data_dir));
    let (mut stopping, mut going_on, mut unavailable) = (BTreeSet::new(), BTreeSet::new(), 0);
    for page in 0..sound.len() / PAGE {
        let mut damaged = sound.clone();
        if page % 2 == 0 {
            damaged[page * PAGE..(page + 1) * PAGE].fill(0);
        } else {
            // The first row of a page begins before this offset.
            damaged[page * PAGE + 5] ^= 0x10;
        }
        std::fs::write(&path, &damaged).unwrap();
        let report = verify_json(&server.data_dir);
        let is_sound = report["sound"] == true;
        let table = report["damagedPages"]["first"][0]["table"].as_str().map(str::to_owned);
        let Some(mut server) = start_or_sentence(&server.data_dir) else {
            assert!(report["starts"] == false && !is_sound, "page {page}: {report}");
            stopping.extend(table);
            continue;
        };
        assert_eq!(report["starts"], true, "page {page}: {report}");
        for (number, token) in tokens.iter().enumerate() {
            let reply = server.post("/oauth/v2/introspect", &api, &format!("token={token}"));
            match reply.status {
                200 => assert_eq!(reply.json()["active"], number > 0, "page {page}"),
                503 => {
                    assert!(!is_sound, "page {page}");
                    unavailable += 1;
                }
                other => panic!("page {page}: {other}"),
            }
        }
        for user in &users {
            let reply = ask(&server, user);
            assert!([200, 503].contains(&reply.status), "page {page}: {reply:?}");
        }
        let is_in_memory = |table: &&String| IN_MEMORY.contains(&table.as_str());
        if let Some(table) = table.as_ref().filter(is_in_memory) {
            let (_, body) = ready(&server);
            assert_eq!(body["damagedTables"], json!([table]), "page {page}: {body}");
            let listed = match table.as_str() {
                "organizations" => "/zitadel.org.v2.OrganizationService/ListOrganizations",
                "projects" => "/zitadel.project.v2.ProjectService/ListProjects",
                _ => "/zitadel.webkey.v2.WebKeyService/ListWebKeys",
            };
            assert_eq!(server.management(listed, "{}").status, 503, "page {page}: {table}");
        }
        going_on.extend(table);
        assert_eq!(server.request("GET", "/debug/healthz", &[], b"").status, 200, "page {page}");
        server.kill();
    }
    assert!(unavailable > 2, "{unavailable}");
    let mut met = &stopping | &going_on;
    met.retain(|table| filled.contains(table));
    assert_eq!(met, filled, "every table was damaged");
    let parts: BTreeSet<_> =
        ["metadata", "header", "definitions of tables", "tables of the engine"].map(String::from).into();
    assert!(stopping.is_subset(&parts), "{stopping:?}");
}

/// Tables that a start reads whole, and whose damaged pages do not stop it.
const IN_MEMORY: [&str; 3] = ["organizations", "projects", "signing_keys"];

fn verify_json(data: &Path) -> Value {
    let output = jeton().args(["--json", "verify", "--data-dir"]).arg(data).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// The tables of ours with rows, from the report on an undamaged store.
fn tables_with_rows(report: &Value) -> BTreeSet<String> {
    let engines =
        ["allocator_state", "data_allocated", "data_freed", "system_freed", "system_pages_unreachable"];
    let tables = report["tables"].as_array().unwrap().iter();
    let filled = tables.filter(|table| table["rows"] != 0).map(|table| text(table, "/name"));
    filled.filter(|name| !engines.iter().any(|engine| name.contains(engine))).collect()
}

/// A server, or `None` if it refused to start with one sentence.
fn start_or_sentence(data: &Path) -> Option<Server> {
    let mut probe = jeton()
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data)
        .env("JETON_LOG", "off")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0];
    let starts = std::io::Read::read(probe.stdout.as_mut().unwrap(), &mut first).unwrap() > 0;
    if starts {
        probe.kill().unwrap();
        probe.wait().unwrap();
        return Some(Server::start_on(data, &[]));
    }
    let output = probe.wait_with_output().unwrap();
    let sentence = failure(&output);
    assert!(sentence.contains("damaged"), "{sentence}");
    None
}

#[test]
fn a_database_that_is_empty_or_gone_is_not_replaced_by_a_new_one() {
    let mut server = Server::start();
    server.user("billing");
    assert!(server.terminate().success());
    let path = server.data_dir.join("jeton.redb");
    let database = std::fs::read(&path).unwrap();
    let serve =
        || jeton().args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&server.data_dir).output();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    let sentence = failure(&serve().unwrap());
    assert!(sentence.contains("is empty"), "{sentence}");
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
    std::fs::remove_file(&path).unwrap();
    let sentence = failure(&serve().unwrap());
    assert!(sentence.contains("is missing"), "{sentence}");
    assert!(!path.exists() && server.data_dir.join("server.key").exists());
    // With the file put back the server works again.
    let file = std::fs::File::options();
    let file = { file }.create_new(true).write(true).open(&path).unwrap();
    std::os::unix::fs::fchown(&file, None, None).unwrap();
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    file.write_all_at(&database, 0).unwrap();
    let server = Server::start_on(&server.data_dir, &[]);
    server.secret("billing");
}

/// The first start is killed at many points, and each time the next start works.
#[test]
fn a_first_start_that_is_killed_at_any_time_can_be_done_again() {
    let begin = Instant::now();
    drop(Server::start());
    let step = begin.elapsed() / 40;
    for kill_after in 0..44 {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("data");
        let mut first = jeton()
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&data)
            .env("JETON_SIGNING_ALGORITHM", "EdDSA")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(step * kill_after);
        first.kill().unwrap();
        first.wait().unwrap();
        let mut left: Vec<_> =
            std::fs::read_dir(&data).into_iter().flatten().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        let mut second = Server::start_on(&data, &[]);
        second.user("billing");
        assert!(second.terminate().success(), "after {kill_after} steps it had left {left:?}");
    }
}

#[test]
fn the_operators_socket_works_when_all_connections_are_taken() {
    let parent = tempfile::tempdir().unwrap();
    let mut few = without_settings(Command::new("bash"));
    few.arg("-c").arg(r#"ulimit -n 120; exec "$0" "$@""#).arg(env!("CARGO_BIN_EXE_jeton"));
    few.env("JETON_LOG", "error");
    let server = Server::start_by(few, &parent.path().join("data"), &[]);
    let open: Vec<_> = (0..150)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(server.address).unwrap();
            stream.write_all(b"GET /").unwrap();
            stream
        })
        .collect();
    for round in 0..5 {
        server.user(&format!("user-{round}"));
    }
    drop(open);
}
