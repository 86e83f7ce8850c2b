//! `jeton pat`: personal access tokens.

use crate::CliError;
use crate::args::Pat;
use crate::session::{Session, seconds};
use jeton_api::access_tokens;
use jeton_api::calls::user::{AddPersonalAccessToken, ListPersonalAccessTokens, RemovePersonalAccessToken};
use jeton_api::user_credentials::ListCredentials;

pub(crate) fn run(session: &mut Session<'_>, command: Pat) -> Result<(), CliError> {
    match command {
        Pat::Create { user, expires } => {
            let request = access_tokens::AddPersonalAccessToken {
                user_id: user,
                expiration_date: None,
                lifetime: expires.map(seconds),
            };
            session.perform::<AddPersonalAccessToken>(&request, |output, reply| {
                output.line(&reply.token)?;
                output.remark("Copy the token now: it can't be shown again.");
                Ok(())
            })
        }
        Pat::List { user } => {
            let request = ListCredentials { user_id: Some(user), ..ListCredentials::default() };
            session.list::<ListPersonalAccessTokens>(
                request,
                |request| &mut request.pagination,
                |output, reply| output.credentials(reply),
            )
        }
        Pat::Revoke { user, token } => {
            let request = access_tokens::RemovePersonalAccessToken { user_id: user, token_id: token };
            session.perform_and_say::<RemovePersonalAccessToken>(&request, "revoked")
        }
    }
}
