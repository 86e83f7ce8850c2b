//! `jeton console`: a sign-in link for the web console of the local server.

use crate::args::Global;
use crate::output::{self, line, text};
use crate::{CliError, operator};
use jeton_server::router::SIGN_IN_LINK_PATH;

pub(crate) fn run(global: &Global) -> Result<(), CliError> {
    if global.server.is_some() || global.profile.is_some() {
        return Err(CliError::new(
            "a sign-in link is made on the server's own machine; elsewhere open /ui/console in a browser and sign in \
             with client credentials or a personal access token",
        ));
    }
    let reply = operator::ask_server(global, SIGN_IN_LINK_PATH, &serde_json::json!({}))?;
    if global.json {
        return output::json(&reply);
    }
    line(text(&reply, "/url"))?;
    output::remark(
        "It works once, for five minutes. It signs in as an owner of the instance, so keep it secret.",
    );
    Ok(())
}
