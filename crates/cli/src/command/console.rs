//! `jeton console`: a sign-in link for the web console of the local server.

use crate::CliError;
use crate::session::Session;
use jeton_server::router::SIGN_IN_LINK_PATH;
use serde_json::{Value, json};

pub(crate) fn run(session: &mut Session<'_>) -> Result<(), CliError> {
    if session.is_remote() {
        return Err(CliError::new(
            "a sign-in link is made on the server's own machine; elsewhere open /ui/console in a browser and sign in \
             with client credentials or a personal access token",
        ));
    }
    let reply = session.server.call(SIGN_IN_LINK_PATH, &json!({}))?;
    if session.global.json {
        return session.output.json(&reply);
    }
    session.output.line(reply.get("url").and_then(Value::as_str).unwrap_or_default())?;
    session.output.remark(
        "It works once, for five minutes. It signs in as an owner of the instance, so keep it secret.",
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{Fixed, Script, accounts, answered, refused_at_once, run_over};
    use serde_json::json;

    #[test]
    fn a_link_is_printed_alone_and_its_danger_is_a_remark() {
        let reply = json!({ "url": "http://localhost:8080/ui/console/#x", "novelty": 1 });
        let mut server = Fixed(Ok(reply.clone()));
        let ran = run_over(&mut Script::new([]), &mut server, &accounts(&[]), &["console"], b"");
        assert_eq!(ran.output, "http://localhost:8080/ui/console/#x\n");
        assert!(
            ran.remarks.contains("works once") && ran.remarks.contains("keep it secret"),
            "{}",
            ran.remarks
        );
        let printed = answered(&["--json", "console"], reply.clone()).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), reply);
    }

    #[test]
    fn a_link_is_made_by_the_running_server_on_its_own_machine() {
        assert_eq!(refused_at_once("console"), "no server runs here");
        for command in ["--server https://x.example console", "--profile p console"] {
            assert!(
                refused_at_once(command).starts_with("a sign-in link is made on the server's own machine")
            );
        }
    }
}
