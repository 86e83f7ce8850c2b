//! Every operation by every kind of actor: the answers, the rights that were checked, and the rows that
//! are left, compared with `golden/operations.txt`. `JETON_WRITE_DOCS=1 cargo test --test operations`
//! writes the file.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

mod golden;
mod rows;
mod steps;

use golden::attempts::{Attempt, attempts, spoiled_attempts};
use golden::{API, FOREIGN, Name, PROJECT, TARGET};
use jeton_domain::admin::{
    AdminCommand, Bearer, ClientOperation, ClientUpdate, NewServiceUser, Operation, OrganizationOperation,
    Outcome, Principal, ProjectEdit, ProjectOperation,
};
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, ClientName, EventId};
use jeton_domain::permission::{AdminRole, AdminScope};
use jeton_secret::CredentialId;
use jeton_store::journal::memory::MemoryJournal;
use jeton_store::{Applied, Command, CommandError};
use rows::dump;
use std::fmt::Write as _;
use std::path::Path;
use steps::{DAY, Steps, text};

/// The store, and the lines so far.
struct Script {
    steps: Steps,
    actors: Vec<(&'static str, Principal)>,
    number: u64,
    lines: String,
}

impl Script {
    fn on(steps: Steps) -> Self {
        let mut script = Self { steps, actors: Vec::new(), number: 1000, lines: String::new() };
        script.prepare();
        let home = script.steps.organization();
        let roles = [
            ("no role", None),
            ("viewer", Some((AdminScope::Instance, AdminRole::IamOwnerViewer))),
            ("foreign owner", Some((AdminScope::Organization(FOREIGN), AdminRole::OrgOwner))),
            ("editor", Some((AdminScope::Organization(home), AdminRole::OrgUserPermissionEditor))),
            ("project owner", Some((AdminScope::Project(PROJECT), AdminRole::ProjectOwner))),
            ("user manager", Some((AdminScope::Organization(home), AdminRole::OrgUserManager))),
            ("home owner", Some((AdminScope::Organization(home), AdminRole::OrgOwner))),
            ("owner", Some((AdminScope::Instance, AdminRole::IamOwner))),
        ];
        for (place, (name, role)) in (0..).zip(roles) {
            let bearer = script.bearer(ClientId(200 + place), name, role);
            script.actors.push((name, bearer));
        }
        script.actors.push(("operator", Principal::Operator));
        script
    }

    /// The objects of the attempts: an organization, a project, users and an API.
    fn prepare(&self) {
        let first = NewServiceUser { id: ClientId(1), ..self.steps.new_user(ClientId(1), "first") };
        self.run(Operation::Bootstrap(Box::new(first), Some(self.credential(11))));
        self.run(Operation::Client(ClientId(1), ClientOperation::Delete));
        let organization = OrganizationOperation::Create(text("Foreign"), Vec::new());
        self.run(Operation::Organization(FOREIGN, organization));
        let (organization, edit) = (self.steps.organization(), ProjectEdit::default());
        let project = ProjectOperation::Create { organization, name: text("Shop"), edit };
        self.run(Operation::Project(PROJECT, project));
        for key in ["reader", "writer"] {
            let (key, name, group) = (golden::role(key), text(key), text(""));
            self.run(Operation::Project(PROJECT, ProjectOperation::AddRole { key, name, group }));
        }
        for name in Name::ALL {
            let (id, organization) = (name.id(), name.organization(self.steps.organization()));
            let user = NewServiceUser { organization, ..self.steps.new_user(id, name.text()) };
            self.run(Operation::CreateServiceUsers(vec![user]));
        }
        let api = ClientOperation::CreateApi {
            name: text("Orders"),
            project: PROJECT,
            resource: Some(golden::resource("https://orders.example.com")),
            credential: None,
        };
        self.run(Operation::Client(API, api));
        for name in [Name::Administrator, Name::SpoiledAdministrator] {
            let home = AdminScope::Organization(self.steps.organization());
            let administers = ClientUpdate::AddAdminRoles(home, vec![AdminRole::OrgOwner]);
            self.run(golden::update(name.id(), administers));
        }
    }

    fn bearer(&self, id: ClientId, name: &str, role: Option<(AdminScope, AdminRole)>) -> Principal {
        let user = NewServiceUser {
            name: ClientName::username(&name.replace(' ', "-")).unwrap(),
            ..self.steps.new_user(id, "user")
        };
        self.run(Operation::CreateServiceUsers(vec![user]));
        let credential = CredentialId(id.0 + 1000);
        self.run(golden::update(id, golden::add(self.credential(credential.0))));
        if let Some((realm, role)) = role {
            self.run(golden::update(id, ClientUpdate::AddAdminRoles(realm, vec![role])));
        }
        let token = self.steps.issued(id, credential, 20 * DAY);
        Principal::Bearer(Bearer { client: id, credential, token: self.steps.presented(&token) })
    }

    fn credential(&self, id: u64) -> jeton_domain::credential::Credential {
        self.steps.credential_with(CredentialId(id))
    }

    /// A preparation, which succeeds.
    fn run(&self, operation: Operation) {
        self.steps
            .store()
            .execute(self.steps.command(operation))
            .unwrap_or_else(|error| unreachable!("{error:?}"));
    }

    /// An operation by each actor, those with the fewest rights first. Before that the operator attempts it
    /// with a condition that does not hold, if it has a condition.
    fn attempt(&mut self, attempt: &Attempt, has_condition: bool) {
        let _ = writeln!(self.lines, "{}", attempt.name);
        let mut answers = Vec::new();
        if has_condition {
            answers.push(("stale", self.try_as(Principal::Operator, attempt, Some(EventId(0)))));
        }
        for (name, by) in self.actors.clone() {
            answers.push((name, self.try_as(by, attempt, None)));
        }
        for alike in answers.chunk_by(|one, other| one.1 == other.1) {
            let names: Vec<_> = alike.iter().map(|(name, _)| *name).collect();
            let answer = alike.first().map(|(_, answer)| answer.as_str());
            let _ = writeln!(self.lines, "    {}: {}", names.join(", "), answer.unwrap_or_default());
        }
    }

    /// The answer, and the actors that could not do the same.
    fn try_as(&mut self, by: Principal, attempt: &Attempt, expected: Option<EventId>) -> String {
        self.number += 1;
        self.steps.clock.advance(1);
        let operation = (attempt.operation)(&self.steps, self.number);
        let command = AdminCommand { by, operation, expected, now: self.steps.now() };
        let answers = self.steps.applied(vec![Command::Administer(Box::new(command))]);
        let Applied { outcome, rights } = match answers.into_iter().next().unwrap() {
            Ok(applied) => applied,
            Err(error) => return error_text(&error),
        };
        let may = |by| self.steps.store().execute(Command::AskAgain { by, rights: rights.clone() }).is_ok();
        let others: Vec<_> = self.actors.iter().filter(|(_, by)| !may(*by)).map(|(name, _)| *name).collect();
        format!("{}; needs {rights:?}; not for {}", said(&outcome), others.join(", "))
    }
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Client(client) => shown(client),
        Outcome::Clients(clients) => {
            clients.iter().map(|client| shown(client)).collect::<Vec<_>>().join("; ")
        }
        Outcome::Organization(one) => format!("organization {} {} at {}", one.id, one.active, one.event_id.0),
        Outcome::Project(one) => format!("project {} {} at {}", one.id, one.active, one.event_id.0),
        Outcome::TokenKeys(keys) => format!("{} token keys", keys.keys.len()),
        Outcome::SigningKeys(keys) => format!("{} signing keys", keys.keys.len()),
        other => format!("{other:?}"),
    }
}

fn shown(client: &Client) -> String {
    format!("client {} {:?} {} at {}", client.id, client.state, client.home_active, client.event_id.0)
}

/// The reason, in any error that carries it.
fn error_text(error: &CommandError) -> String {
    let text = format!("{error:?}");
    let refusal = text.strip_prefix("Refused(").and_then(|text| text.strip_suffix(')'));
    refusal.unwrap_or(&text).to_owned()
}

/// The store with records that can't be read.
fn spoiled(steps: Steps) -> Steps {
    let (project, organization) = (golden::SPOILED_PROJECT, golden::SPOILED_ORGANIZATION);
    let clients = [Name::Spoiled, Name::SpoiledAdministrator, Name::Spare];
    let steps = clients.into_iter().fold(steps, |steps, name| steps.spoil("clients", name.id().0));
    steps.spoil("projects", project.0).spoil("organizations", organization.0)
}

/// The rows that servers share.
fn shared_rows(steps: Steps) -> Vec<String> {
    let own = |line: &&str| !line.contains("_clock\"");
    dump(&steps.close()).lines().filter(own).map(str::to_owned).collect()
}

#[test]
fn another_server_has_the_rows_that_every_operation_left() {
    let [first, mut second] = Steps::sharing(&MemoryJournal::default());
    let mut script = Script::on(first);
    for attempt in attempts() {
        script.attempt(&attempt, true);
        second.confirm().unwrap();
    }
    let Script { steps, actors, number, lines } = script;
    second = spoiled(second);
    let mut script = Script { steps: spoiled(steps), actors, number, lines };
    for attempt in spoiled_attempts() {
        script.attempt(&attempt, false);
        second.confirm().unwrap();
    }
    let (written, applied) = (shared_rows(script.steps), shared_rows(second));
    let differs = written.iter().zip(&applied).find(|(written, applied)| written != applied);
    assert_eq!(differs, None, "the first row that differs");
    assert_eq!(written.len(), applied.len());
}

#[test]
fn operations_answer_and_write_what_they_did() {
    let mut script = Script::on(Steps::new());
    for attempt in attempts() {
        script.attempt(&attempt, true);
    }
    let Script { steps, actors, number, lines } = script;
    let steps = spoiled(steps);
    let mut script = Script { steps, actors, number, lines };
    for attempt in spoiled_attempts() {
        script.attempt(&attempt, false);
    }
    let Script { steps, lines, .. } = script;
    assert!(steps.store().snapshot().unwrap().client(TARGET).is_ok());
    let found = lines + &dump(&steps.close());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/operations.txt");
    if std::env::var_os("JETON_WRITE_DOCS").is_some() {
        std::fs::write(&file, &found).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = found.lines().zip(golden.lines()).find(|(found, golden)| found != golden);
    assert_eq!(differs, None, "the first line that differs");
    assert_eq!(found.lines().count(), golden.lines().count());
}
