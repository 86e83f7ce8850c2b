//! Stops, crashes and restarts.

use crate::harness::{Reply, Server, text};
use rustix::process::Signal;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

#[test]
fn sigterm_finishes_what_is_under_way_and_takes_nothing_new() {
    let mut server = Server::start();
    let client = server.user("billing");
    let form = "grant_type=client_credentials&scope=openid";
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    let (first, second) = form.split_at(20);
    write!(
        stream,
        "POST /oauth/v2/token HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{first}",
        client.basic(),
        form.len()
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    rustix::process::kill_process(server.pid(), Signal::TERM).unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(server.address).is_ok() {
        assert!(Instant::now() < deadline, "nothing new is accepted");
        std::thread::sleep(Duration::from_millis(10));
    }
    stream.write_all(second.as_bytes()).unwrap();
    let reply = Reply::read(&mut stream);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(server.wait().success());
    assert!(!server.data_dir.join("jeton.sock").exists());
    let again = Server::start_on(&server.data_dir, &[]);
    assert!(again.is_active(&again.api(), &text(&reply.json(), "/access_token")));
}

/// A disk that stops answering, simulated by a library between the program and the kernel: a sync waits as
/// long as a file exists.
#[test]
fn sigterm_ends_the_server_while_a_sync_hangs() {
    const STANDING_STILL: &str = r#"
        #include <sys/syscall.h>
        #include <unistd.h>
        #include <stdlib.h>
        static int sync_by(long number, int file) {
            while (access(getenv("HANGING"), F_OK) == 0) usleep(1000);
            return syscall(number, file);
        }
        int fdatasync(int file) { return sync_by(SYS_fdatasync, file); }
        int fsync(int file) { return sync_by(SYS_fsync, file); }
    "#;
    let directory = tempfile::tempdir().unwrap();
    let (source, library) = (directory.path().join("hang.c"), directory.path().join("hang.so"));
    let (hanging, log) = (directory.path().join("hanging"), directory.path().join("log"));
    std::fs::write(&source, STANDING_STILL).unwrap();
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(compiled.unwrap().success());
    let mut command = crate::harness::jeton();
    command.env("LD_PRELOAD", &library).env("HANGING", &hanging);
    command.stderr(std::fs::File::create(&log).unwrap());
    let mut server = Server::start_by(command, &directory.path().join("data"), &[]);
    std::fs::write(&hanging, "").unwrap();
    let created = std::thread::spawn({
        let data_dir = server.data_dir.clone();
        move || {
            crate::harness::jeton().args(["user", "create", "billing", "--data-dir"]).arg(data_dir).output()
        }
    });
    std::thread::sleep(Duration::from_millis(300));
    rustix::process::kill_process(server.pid(), Signal::TERM).unwrap();
    let begun = Instant::now();
    let status = server.wait_for(Duration::from_secs(40));
    assert_eq!(status.code(), Some(1));
    assert!(begun.elapsed() < Duration::from_secs(30));
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("the disk does not answer"), "{log}");
    assert!(!created.join().unwrap().unwrap().status.success(), "what was not answered was not done");
    std::fs::remove_file(&hanging).unwrap();
    let mut again = Server::start_on(&server.data_dir, &[]);
    again.user("billing-again");
    assert!(again.terminate().success());
}

#[test]
fn everything_that_was_answered_survives_a_kill() {
    let mut server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let mut tokens = Vec::new();
    for round in 0..5 {
        tokens.extend((0..10).map(|_| server.token(&user)));
        server.user(&format!("user-{round}"));
        server.kill();
        let data_dir = server.data_dir.clone();
        let parent = server;
        server = Server::start_on(&data_dir, &[]).keeping(parent);
        for token in &tokens {
            assert!(server.is_active(&api, token));
        }
        assert_eq!(server.json(&["user", "list"])["result"].as_array().unwrap().len(), round + 2);
    }
}

#[test]
fn the_last_use_of_a_secret_is_kept_over_a_stop() {
    let mut server = Server::start();
    let user = server.user("billing");
    assert!(server.json(&["secret", "list", "billing"])["result"][0].get("lastUseDate").is_none());
    server.token(&user);
    assert!(server.terminate().success());
    let again = Server::start_on(&server.data_dir, &[]);
    let listed = again.json(&["secret", "list", "billing"]);
    assert!(text(&listed, "/result/0/lastUseDate").ends_with('Z'));
}

#[test]
fn commands_work_with_and_without_a_running_server() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let offline = |arguments: &[&str]| {
        let output = crate::harness::jeton().args(arguments).arg("--data-dir").arg(&data).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    offline(&["admin", "create", "root"]);
    offline(&["user", "create", "before"]);
    let made: serde_json::Value =
        serde_json::from_str(&offline(&["secret", "generate", "before", "--json"])).unwrap();
    let client =
        crate::harness::Credentials { id: text(&made, "/clientId"), secret: text(&made, "/clientSecret") };
    let mut server = Server::start_on(&data, &[]);
    let token = server.token(&client);
    server.user("during");
    assert!(server.terminate().success());
    let list = offline(&["user", "list"]);
    assert!(list.contains("before") && list.contains("during"), "{list}");
    offline(&["user", "deactivate", "before"]);
    let server = Server::start_on(&data, &[]);
    assert!(!server.is_active(&server.api(), &token));
}

#[test]
fn the_demo_prints_commands_that_work_on_every_start() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    for _ in 0..2 {
        let address = crate::harness::free_address().unwrap();
        let out = parent.path().join("out");
        let mut child = crate::harness::jeton()
            .args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"])
            .arg(&data)
            .stdout(std::fs::File::create(&out).unwrap())
            .spawn()
            .unwrap();
        while !std::fs::read_to_string(&out).unwrap().contains("Stop with Ctrl-C") {
            assert!(child.try_wait().unwrap().is_none(), "the demo ended");
            std::thread::sleep(Duration::from_millis(20));
        }
        while TcpStream::connect(address).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        // Everything between the headings is run in a shell.
        let printed = std::fs::read_to_string(&out).unwrap();
        let is_prose =
            |line: &&str| line.starts_with("1.") || line.starts_with("2.") || line.starts_with("3.");
        let commands: Vec<&str> =
            printed.lines().skip(2).filter(|line| !is_prose(line) && !line.starts_with("Your own")).collect();
        let output = Command::new("bash").arg("-ec").arg(commands.join("\n")).output().unwrap();
        let answers = String::from_utf8(output.stdout).unwrap();
        assert!(answers.contains(r#""preferred_username":"demo-service""#), "{answers}");
        assert!(answers.contains(r#""active":true"#), "{answers}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Starts a demo with JSON output and returns it after the output.
fn demo_as_json(data: &std::path::Path) -> (std::process::Child, serde_json::Value) {
    let mut child = crate::harness::jeton()
        .args(["serve", "--dev", "--json", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut values = serde_json::Deserializer::from_reader(child.stdout.take().unwrap()).into_iter();
    let started = values.next().unwrap().unwrap();
    (child, started)
}

#[test]
fn the_demo_prints_the_same_as_json() {
    let parent = tempfile::tempdir().unwrap();
    let (mut child, started) = demo_as_json(&parent.path().join("data"));
    for member in ["/listen", "/issuer", "/dataDir", "/user/clientId", "/user/clientSecret", "/api/clientId"]
    {
        assert!(!text(&started, member).is_empty(), "{member}");
    }
    assert!(text(&started, "/api/clientSecret").starts_with("jeton_cs_"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_demo_starts_any_number_of_times() {
    let mut server = Server::start();
    server.json(&["user", "create", "demo-service"]);
    for _ in 0..50 {
        server.secret("demo-service");
    }
    server.terminate();
    let (mut child, started) = demo_as_json(&server.data_dir);
    assert_eq!(text(&started, "/user/clientId"), "demo-service");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Service managers, log rotators and operators may send such signals by mistake.
#[test]
fn signals_without_a_meaning_do_not_end_the_server() {
    let mut server = Server::start();
    let mut stream = TcpStream::connect(server.address).unwrap();
    // Numbers of Linux; 32 and 33 are reserved by the C library.
    let (fatal, stopping) = ([4, 5, 6, 7, 8, 9, 11, 31], [19, 20, 21, 22]);
    let draining = [2, 3, 15];
    let left_out = [&fatal[..], &stopping, &draining, &[32, 33]].concat();
    let meaningless = (1..=64).filter(|number| !left_out.contains(number));
    let kill: String = meaningless.map(|number| format!("kill -{number} {}; ", server.pid())).collect();
    assert!(Command::new("bash").args(["-ec", &kill]).status().unwrap().success());
    std::thread::sleep(Duration::from_millis(200));
    write!(stream, "GET /debug/ready HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert_eq!(Reply::read(&mut stream).status, 200, "the same connection, and still ready");
    assert!(server.terminate().success());
}

#[test]
fn after_sigterm_the_server_is_not_ready_and_serves_until_the_delay_is_over() {
    let mut server = Server::start_with(&["--shutdown-delay", "2s"]);
    let client = server.user("billing");
    rustix::process::kill_process(server.pid(), Signal::TERM).unwrap();
    let began = Instant::now();
    while server.request("GET", "/debug/ready", &[], b"").status == 200 {
        assert!(began.elapsed() < Duration::from_secs(1), "it is ready still");
    }
    let mut served = 0;
    while began.elapsed() < Duration::from_millis(1_500) {
        let reply = server.request("GET", "/debug/ready", &[], b"");
        assert_eq!((reply.status, text(&reply.json(), "/status").as_str()), (503, "stopping"));
        server.token(&client);
        served += 1;
    }
    assert!(served > 0);
    assert!(server.wait().success());
    assert!(began.elapsed() >= Duration::from_secs(2));
}

#[test]
fn ctrl_c_and_a_second_sigterm_skip_the_delay() {
    for signals in [&[Signal::INT][..], &[Signal::TERM, Signal::TERM]] {
        let mut server = Server::start_with(&["--shutdown-delay", "1h"]);
        for signal in signals {
            rustix::process::kill_process(server.pid(), *signal).unwrap();
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(server.wait().success());
    }
}

/// A client with a keep-alive connection that sends requests until the server closes it and refuses the next
/// connection. A request without an answer counts as lost.
fn ask_until_refused(address: SocketAddr, request: &[u8]) -> u32 {
    let mut answered = 0;
    while let Ok(mut stream) = TcpStream::connect(address) {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        loop {
            stream.write_all(request).unwrap();
            let reply = Reply::read(&mut stream);
            assert_eq!(reply.status, 200, "{}", reply.text());
            answered += 1;
            if reply.closed {
                break;
            }
        }
    }
    answered
}

#[test]
fn a_restart_under_load_loses_no_request() {
    let mut server = Server::start();
    let (client, address) = (server.user("billing"), server.address);
    let form = "grant_type=client_credentials&scope=openid";
    let request = format!(
        "POST /oauth/v2/token HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        client.basic(),
        form.len()
    );
    for _ in 0..3 {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let request = request.clone();
                std::thread::spawn(move || ask_until_refused(address, request.as_bytes()))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(300));
        assert!(server.terminate().success());
        for client in clients {
            assert!(client.join().unwrap() > 0);
        }
        server = server.restarted();
    }
}
