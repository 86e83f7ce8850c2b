//! The command line for people and scripts.

use crate::harness::{Server, jeton, text};
use std::process::Command;

fn stdout(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn json_has_the_members_of_the_api() {
    let server = Server::start();
    let user = server.json(&["user", "create", "billing-worker", "--name", "Billing worker"]);
    assert!(text(&user, "/userId").parse::<u64>().is_ok());
    let secret = server.json(&["secret", "generate", "billing-worker"]);
    assert_eq!(text(&secret, "/clientId"), "billing-worker");
    assert!(text(&secret, "/clientSecret").starts_with("jeton_cs_"));
}

#[test]
fn a_user_is_named_by_username_or_id() {
    let server = Server::start();
    let id = text(&server.json(&["user", "create", "billing"]), "/userId");
    for user in ["billing", &id] {
        assert_eq!(text(&server.json(&["user", "show", user]), "/user/username"), "billing");
        server.json(&["secret", "generate", user]);
        server.json(&["user", "deactivate", user]);
        server.json(&["user", "reactivate", user]);
    }
    assert_eq!(server.json(&["secret", "list", &id])["result"].as_array().unwrap().len(), 2);
    server.json(&["user", "delete", &id]);
    assert_eq!(server.cli(&["user", "show", "billing"], false).status.code(), Some(1));
}

#[test]
fn people_get_sentences_and_columns() {
    let server = Server::start();
    assert!(
        stdout(&server.cli(&["user", "create", "billing"], false)).contains("jeton secret generate billing")
    );
    let generated =
        server.cli(&["secret", "generate", "billing", "--label", "laptop", "--expires", "90d"], false);
    let shown = stdout(&generated);
    assert!(shown.starts_with("ClientID      billing\nClientSecret  jeton_cs_"), "{shown}");
    assert!(String::from_utf8_lossy(&generated.stderr).contains("can't be shown again"));
    let list = stdout(&server.cli(&["secret", "list", "billing"], false));
    assert!(list.contains("laptop") && !list.contains("jeton_cs_"), "{list}");
    assert!(stdout(&server.cli(&["user", "list"], false)).contains("billing"));
    assert!(stdout(&server.cli(&["user", "show", "billing"], false)).contains("has secret         yes"));
    assert!(stdout(&server.cli(&["api", "create", "Shop"], false)).contains("ClientSecret  jeton_cs_"));
    assert!(stdout(&server.cli(&["api", "list"], false)).contains("Shop"));
    assert!(stdout(&server.cli(&["secret", "revoke", "billing", "--all"], false)).contains("revoked"));
}

#[test]
fn rotation_with_overlap_lets_the_older_secrets_end_by_themselves() {
    let server = Server::start();
    let old = server.user("billing");
    let made = server.json(&["secret", "generate", "billing", "--overlap", "24h"]);
    let new =
        crate::harness::Credentials { id: text(&made, "/clientId"), secret: text(&made, "/clientSecret") };
    server.token(&old);
    server.token(&new);
    let listed = server.json(&["secret", "list", "billing"]);
    assert!(listed["result"][0].get("expirationDate").is_some());
    assert!(listed["result"][1].get("expirationDate").is_none());
    server.json(&["secret", "generate", "billing", "--replace"]);
    let form = "grant_type=client_credentials&scope=openid";
    for ended in [&old, &new] {
        server.post("/oauth/v2/token", ended, form).is_refused(401, "invalid_client");
    }
}

#[test]
fn refusals_say_what_to_do_and_exit_with_one() {
    let server = Server::start();
    server.user("billing");
    for (arguments, hint) in [
        (&["user", "create", "billing"][..], "taken"),
        (&["user", "create", "BILLING"], "taken"),
        (&["user", "create", ""], "empty"),
        (&["user", "create", "a\u{202e}b"], "U+202E"),
        (&["user", "create", "a "], "spaces"),
        (&["user", "create", "123"], "not a digit"),
        (&["user", "show", "nobody"], "no user"),
        (&["user", "reactivate", "billing"], "already active"),
        (&["secret", "generate", "nobody"], "no user"),
        (&["secret", "revoke", "billing", "5"], "no secret with this id"),
        (&["secret", "revoke", "billing", "x"], "number"),
        (&["token", "revoke", "junk"], "not a whole access token"),
        (&["token", "revoke"], "standard input"),
        (&["api", "create", ""], "name: is missing"),
        (&["api", "create", "x", "--project", "5"], "no project 5"),
        (&["api", "delete", "billing"], "no application billing"),
    ] {
        let sentence = crate::harness::failure(&server.cli(arguments, false));
        assert!(sentence.contains(hint), "{arguments:?}: {sentence}");
    }
}

#[test]
fn every_command_has_help_that_a_newcomer_understands() {
    for command in [
        &[][..],
        &["serve"],
        &["user"],
        &["user", "create"],
        &["user", "list"],
        &["user", "show"],
        &["user", "delete"],
        &["user", "deactivate"],
        &["user", "reactivate"],
        &["secret"],
        &["secret", "generate"],
        &["secret", "list"],
        &["secret", "revoke"],
        &["token"],
        &["token", "revoke"],
        &["api"],
        &["api", "create"],
    ] {
        let help = stdout(&jeton().args(command).arg("--help").output().unwrap());
        assert!(
            help.contains("Usage: jeton") && help.contains("--data-dir") && help.contains("--json"),
            "{command:?}"
        );
    }
    assert!(stdout(&jeton().arg("--version").output().unwrap()).starts_with("jeton "));
}

#[test]
fn a_data_directory_that_cannot_be_used_is_one_sentence() {
    let parent = tempfile::tempdir().unwrap();
    std::fs::write(parent.path().join("file"), "").unwrap();
    let output =
        jeton().args(["user", "list", "--data-dir"]).arg(parent.path().join("file")).output().unwrap();
    assert!(crate::harness::failure(&output).contains("not a directory"));
}

#[test]
fn bench_is_for_the_machine_that_it_runs_on() {
    let output = jeton().args(["--server", "https://id.example.com", "bench"]).output().unwrap();
    assert!(crate::harness::failure(&output).contains("leave out --server"));
}

#[test]
fn completions_and_man_pages_know_every_command() {
    let run = |arguments: &[&str]| {
        let output = jeton().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let help = run(&["--help"]);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<_> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert!(commands.contains(&"user") && commands.len() > 15, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]);
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
    }
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man");
    run(&["man", pages.to_str().unwrap()]);
    for command in commands.into_iter().filter(|command| *command != "help") {
        let page = std::fs::read_to_string(pages.join(format!("jeton-{command}.1"))).unwrap();
        assert!(page.contains(".SH NAME"), "{command}");
    }
}

#[test]
fn an_unusable_benchmark_directory_is_refused_and_nothing_is_left() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    for wrong in [file, place.path().join("missing")] {
        let output = Command::new(env!("CARGO_BIN_EXE_jeton"))
            .args(["bench", "--directory"])
            .arg(&wrong)
            .output()
            .unwrap();
        let failed = crate::harness::failure(&output);
        assert!(failed.contains("--directory") || failed.contains("creating"), "{failed}");
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "only the file");
    let output =
        Command::new(env!("CARGO_BIN_EXE_jeton")).args(["bench", "--seconds", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
