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

#[cfg(test)]
mod tests {
    use crate::testing::{Script, check, refused_at_once};
    use serde_json::json;

    #[test]
    fn a_token_is_printed_alone_so_that_a_program_can_read_it() {
        let reply = json!({ "tokenId": "5", "token": "jeton_pat_x", "creationDate": "2026-01-02T03:04:05Z" });
        for (command, request) in [
            ("pat create u", json!({ "userId": "u" })),
            ("pat create u --expires 90m", json!({ "userId": "u", "lifetime": "5400s" })),
        ] {
            check(command, "AddPersonalAccessToken", request, reply.clone(), "jeton_pat_x\n");
        }
        let remarks = Script::new([Ok(reply.clone())]).command("pat create u").remarks;
        assert_eq!(remarks, "Copy the token now: it can't be shown again.\n");
        let remarks = Script::new([Ok(reply)]).command("--json pat create u").remarks;
        assert_eq!(remarks, "", "programs get no advice");
    }

    #[test]
    fn a_token_is_revoked_by_its_id() {
        let request = json!({ "userId": "u", "tokenId": "5" });
        check("pat revoke u 5", "RemovePersonalAccessToken", request, json!({}), "revoked\n");
        for command in ["pat revoke u", "pat revoke", "pat create", "pat list"] {
            assert!(refused_at_once(command).contains("required"), "{command}");
        }
    }
}
