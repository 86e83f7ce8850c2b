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
