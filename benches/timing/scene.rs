//! Refusals by reason: tokens for another project, and clients that fail to authenticate.

use jeton_benches::connection::Connection;
use jeton_benches::fill::Filled;
use jeton_benches::lab::Lab;
use jeton_benches::process::call;
use jeton_benches::{Result, seed};
use jeton_load::workload::{basic, form_request, form_request_as};
use memchr::memmem;
use serde_json::{Value, json};
use std::cell::Cell;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;

/// Number of users per reason.
const USERS: usize = 8;
const INTROSPECTION: &str = "/oauth/v2/introspect";
const TOKEN: &str = "/oauth/v2/token";

/// Requests that are refused for one reason.
#[derive(Debug)]
pub(crate) struct Reason {
    /// The name in the output.
    pub(crate) name: &'static str,
    /// The requests that are sent in turn.
    pub(crate) requests: Vec<Vec<u8>>,
    answers: &'static [&'static str],
}

impl Reason {
    /// True if an answer is the expected refusal.
    pub(crate) fn is_answered_by(&self, answer: &[u8]) -> bool {
        self.answers.iter().any(|expected| memmem::find(answer, expected.as_bytes()).is_some())
    }
}

/// A server with the users, secrets and tokens of all reasons.
pub(crate) struct Scene {
    filled: Filled,
    other_instance: Filled,
    api: String,
    project: String,
    /// The number of users that were made.
    made: Cell<usize>,
}

/// A user, a secret of it, and the secret's id.
struct User {
    name: String,
    secret: String,
    secret_id: String,
}

impl Scene {
    /// Starts the servers, and creates an API that introspects and a project outside its audience.
    pub(crate) fn set(lab: &Lab) -> Result<Self> {
        let filled = Filled::start(lab, "timing", &[])?;
        let other_instance = Filled::start(lab, "timing-other", &[])?;
        let api = seed::api(&filled.socket)?;
        let made =
            manage(&filled, "zitadel.project.v2.ProjectService/CreateProject", &json!({ "name": "Other" }))?;
        let project = text(&made, "/projectId")?;
        Ok(Self { filled, other_instance, api, project, made: Cell::new(100) })
    }

    /// Address of the server.
    pub(crate) fn address(&self) -> SocketAddr {
        self.filled.server.address
    }

    /// Introspections by an API of tokens that are inactive for it.
    pub(crate) fn by_an_api(&self) -> Result<Vec<Reason>> {
        self.introspections(&format!("Basic {}", self.api))
    }

    /// Introspections by the bearer of a token, of tokens that are inactive for it.
    pub(crate) fn by_a_bearer(&self) -> Result<Vec<Reason>> {
        let own = manage(
            &self.filled,
            "zitadel.project.v2.ProjectService/CreateProject",
            &json!({ "name": "Of the bearer" }),
        )?;
        let bearer = user(&self.filled, "bearer".to_owned())?;
        let assignment = json!({
            "userId": bearer.name,
            "resource": { "projectId": text(&own, "/projectId")? },
            "roles": ["PROJECT_TOKEN_INTROSPECTOR"],
        });
        let path = "zitadel.internal_permission.v2.InternalPermissionService/CreateAdministrator";
        manage(&self.filled, path, &assignment)?;
        let token =
            token_for(&self.filled, &bearer, "urn%3Azitadel%3Aiam%3Aorg%3Aproject%3Aid%3Azitadel%3Aaud")?;
        self.introspections(&format!("Bearer {token}"))
    }

    fn introspections(&self, authorization: &str) -> Result<Vec<Reason>> {
        let here = &self.filled;
        let foreign = self.tokens_of("foreign", |_, _| Ok(()))?;
        let reasons = [
            ("lives, for others", foreign.clone()),
            ("lives, for others (control)", foreign),
            (
                "revoked",
                self.tokens_of("revoked", |_, token| {
                    manage(here, "jeton.token.v1.TokenService/RevokeToken", &json!({ "token": token }))
                        .map(drop)
                })?,
            ),
            (
                "revoked with all of its user",
                self.tokens_of("all", |user, _| {
                    let request = json!({ "userId": user.name });
                    manage(here, "jeton.token.v1.TokenService/RevokeUserTokens", &request).map(drop)
                })?,
            ),
            (
                "its secret was revoked",
                self.tokens_of("secret", |user, _| {
                    let request = json!({ "userId": user.name, "secretId": user.secret_id });
                    manage(here, "zitadel.user.v2.UserService/RemoveSecret", &request).map(drop)
                })?,
            ),
            (
                "its user is deactivated",
                self.tokens_of("deactivated", |user, _| {
                    manage(
                        here,
                        "zitadel.user.v2.UserService/DeactivateUser",
                        &json!({ "userId": user.name }),
                    )
                    .map(drop)
                })?,
            ),
            (
                "its user was deleted",
                self.tokens_of("deleted", |user, _| {
                    manage(here, "zitadel.user.v2.UserService/DeleteUser", &json!({ "userId": user.name }))
                        .map(drop)
                })?,
            ),
            ("of another instance", self.tokens_elsewhere()?),
        ];
        let reason = |(name, tokens): (_, Vec<String>)| Reason {
            name,
            requests: tokens
                .iter()
                .map(|token| form_request_as(INTROSPECTION, authorization, &format!("token={token}")))
                .collect(),
            answers: &[r#"{"active":false}"#],
        };
        Ok(reasons.map(reason).into())
    }

    /// Token requests of clients that fail to authenticate.
    pub(crate) fn clients(&self) -> Result<Vec<Reason>> {
        let wrong = self.users("wrong")?;
        let others = self.users("others")?;
        let deactivated = self.users("disabled")?;
        let ended = self.users("ended")?;
        for user in &deactivated {
            manage(
                &self.filled,
                "zitadel.user.v2.UserService/DeactivateUser",
                &json!({ "userId": user.name }),
            )?;
        }
        for user in &ended {
            let request = json!({ "userId": user.name, "secretId": user.secret_id });
            manage(&self.filled, "zitadel.user.v2.UserService/RemoveSecret", &request)?;
        }
        let own =
            |users: &[User]| users.iter().map(|user| basic(&user.name, &user.secret)).collect::<Vec<_>>();
        let pairs = wrong.iter().zip(&others);
        let wrong: Vec<_> = pairs.map(|(user, other)| basic(&user.name, &other.secret)).collect();
        let unknown =
            others.iter().map(|user| basic(&user.name.replace("others", "absent"), &user.secret)).collect();
        let reasons = [
            ("another client's secret", wrong.clone()),
            ("another client's secret (control)", wrong),
            ("no such client", unknown),
            ("deactivated", own(&deactivated)),
            ("its secret was removed", own(&ended)),
        ];
        let reason = |(name, clients): (_, Vec<String>)| Reason {
            name,
            requests: clients
                .iter()
                .map(|client| form_request(TOKEN, client, "grant_type=client_credentials&scope=openid"))
                .collect(),
            answers: &[r#""error":"invalid_client""#, " 429 "],
        };
        Ok(reasons.map(reason).into())
    }

    /// Stops the servers and removes their data.
    pub(crate) fn remove(self) -> Result<()> {
        self.filled.remove()?;
        self.other_instance.remove()
    }

    /// New users, with the same names but for a number.
    fn users(&self, prefix: &str) -> Result<Vec<User>> {
        let first = self.made.replace(self.made.get() + USERS);
        let numbers = first..first + USERS;
        numbers.map(|number| user(&self.filled, format!("{prefix}-{number}"))).collect()
    }

    /// Tokens of new users, after `end` was applied to them.
    fn tokens_of(&self, prefix: &str, end: impl Fn(&User, &str) -> Result<()>) -> Result<Vec<String>> {
        let users = self.users(prefix)?;
        let token = |user: &User| {
            let token = token(&self.filled, user, &self.project)?;
            end(user, &token)?;
            Ok(token)
        };
        users.iter().map(token).collect()
    }

    fn tokens_elsewhere(&self) -> Result<Vec<String>> {
        let elsewhere = &self.other_instance;
        let first = self.made.replace(self.made.get() + USERS);
        (first..first + USERS)
            .map(|n| token(elsewhere, &user(elsewhere, format!("elsewhere-{n}"))?, &self.project))
            .collect()
    }
}

fn user(server: &Filled, name: String) -> Result<User> {
    let request = json!({ "username": name, "machine": { "name": name } });
    manage(server, "zitadel.user.v2.UserService/CreateUser", &request)?;
    let made = manage(server, "zitadel.user.v2.UserService/AddSecret", &json!({ "userId": name }))?;
    Ok(User { name, secret: text(&made, "/clientSecret")?, secret_id: text(&made, "/secretId")? })
}

fn token(server: &Filled, user: &User, project: &str) -> Result<String> {
    token_for(server, user, &format!("openid+urn%3Azitadel%3Aiam%3Aorg%3Aproject%3Aid%3A{project}%3Aaud"))
}

fn token_for(server: &Filled, user: &User, scopes: &str) -> Result<String> {
    let body = format!("grant_type=client_credentials&scope={scopes}");
    let mut connection = Connection::open(server.server.address)?;
    connection.send(&form_request(TOKEN, &basic(&user.name, &user.secret), &body))?;
    let answer = String::from_utf8_lossy(connection.answer()).into_owned();
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).ok_or("no body")?;
    text(&serde_json::from_str(body)?, "/access_token")
}

fn manage(server: &Filled, path: &str, request: &Value) -> Result<Value> {
    let stream = UnixStream::connect(&server.socket)?;
    Ok(serde_json::from_str(&call(stream, "POST", &format!("/{path}"), &request.to_string())?)?)
}

fn text(reply: &Value, member: &str) -> Result<String> {
    let found = reply.pointer(member).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| format!("no {member} in {reply}").into())
}
