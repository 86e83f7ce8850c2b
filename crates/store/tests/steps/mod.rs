//! Steps of which the tests of the store are made.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test program fails by panicking, its helpers too")]
#![expect(unreachable_pub, reason = "public to the test programs that include it")]
#![allow(dead_code, clippy::allow_attributes, reason = "each test program uses some of the steps")]

use jeton_domain::admin::{
    AdminCommand, BearerToken, ClientOperation, ClientUpdate, NewServiceUser, Operation, Outcome, Principal,
    RevokedToken,
};
use jeton_domain::client::found;
use jeton_domain::client::{Client, Revision};
use jeton_domain::credential::{Credential, CredentialKind, CredentialState, ExistingCredentials};
use jeton_domain::generation::Generation;
use jeton_domain::id::{ClientId, ClientName, OrganizationId, TokenKeyId};
use jeton_domain::refusal::OperationError;
use jeton_domain::service_user::ServiceUser;
use jeton_domain::text::Text;
use jeton_domain::time::{Lifetime, Moment, Timestamp};
use jeton_domain::token::{Life, Times};
use jeton_domain::token_key::{NewTokenKey, TokenKeyChange};
use jeton_secret::{AuditKey, ClientSecretDigest, CredentialId, SecretBytes, TokenName};
use jeton_store::journal::memory::MemoryJournal;
use jeton_store::journal::{Journal, JournalError};
use jeton_store::query::{EventFilter, EventQuery, ListedEvents, Within};
use jeton_store::testing::{MemoryDisk, TestClock};
use jeton_store::{
    Clock, Command, CommandBatch, CommandError, CommandResult, OpenError, Options, Snapshot, Store,
    Unavailable, UsedAssertion,
};
use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::{Arc, mpsc};

pub const DAY: u32 = 86_400;
/// 2026-11-01, so that ids look like real ones.
const START: u64 = 1_793_491_200;

pub fn options() -> Options {
    thread_local! {
        // As in the server, where each process draws another one; the same in each run of a test.
        static SEEDS: Cell<u64> = const { Cell::new(7) };
    }
    let audit_key = AuditKey::new(SecretBytes::new([43; 32]));
    Options { cache_bytes: 16 << 20, ..Options::new([42; 32], audit_key, SEEDS.replace(SEEDS.get() + 1)) }
}

pub fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

/// An issued token as its holder knows it.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    pub client: ClientId,
    pub credential: CredentialId,
    pub life: Life,
}

impl Token {
    /// Its revocation.
    pub fn revoked(&self) -> RevokedToken {
        let Life { name, issued, expires, .. } = self.life;
        RevokedToken { client: self.client, credential: self.credential, name, issued, expires }
    }
}

/// A token as the server decides it on the facts of a snapshot; None if the client may not have one.
pub fn decide(
    snapshot: &Snapshot,
    name: TokenName,
    client: ClientId,
    credential: CredentialId,
    (now, lifetime): (Moment, u32),
) -> Result<Option<Token>, Unavailable> {
    let Some(known) = snapshot.client(client)? else { return Ok(None) };
    let past = snapshot.past_of(&known.client, credential)?;
    let Some(found) = found(&known.client, past.as_ref(), credential) else { return Ok(None) };
    let mark = found.credential.mark;
    let may = known.client.may_obtain_tokens() && found.state(now) == CredentialState::Live;
    let life = Life {
        name,
        generation: known.client.mark.max(mark),
        issued: now,
        expires: now.wall.after(Lifetime(lifetime)),
    };
    Ok(may.then_some(Token { client, credential, life }))
}

/// True if introspection by a snapshot finds it live.
pub fn lives(snapshot: &Snapshot, token: &Token, now: Moment) -> Result<bool, Unavailable> {
    let Some(known) = snapshot.client(token.client)? else { return Ok(false) };
    let past = snapshot.past_of(&known.client, token.credential)?;
    let credential = found(&known.client, past.as_ref(), token.credential);
    let times = Times { newest: snapshot.newest_generation(), now };
    let lives = token.life.check(&known.client, credential, times).is_ok();
    Ok(lives && !snapshot.is_token_revoked(token.life.name)?)
}

/// A store on a disk, a clock, and a counter for names of tokens.
pub struct Steps {
    pub disk: MemoryDisk,
    pub clock: Arc<TestClock>,
    store: Option<Store>,
    counter: Cell<u64>,
    journal: Option<MemoryJournal>,
}

impl Steps {
    pub fn new() -> Self {
        Self::on(MemoryDisk::default(), TestClock::at(START), 0, None)
    }

    /// Stores of several servers that share a journal. Each begins with the same rows.
    pub fn sharing<const SERVERS: usize>(journal: &MemoryJournal) -> [Self; SERVERS] {
        let clock = TestClock::at(START);
        let begin = Self::on(MemoryDisk::default(), Arc::clone(&clock), 0, None).close();
        std::array::from_fn(|server| {
            let counter = server as u64 * 1_000_000;
            Self::on(begin.image(), Arc::clone(&clock), counter, Some(journal.clone()))
        })
    }

    fn on(disk: MemoryDisk, clock: Arc<TestClock>, counter: u64, journal: Option<MemoryJournal>) -> Self {
        let shared = journal.clone().map(|journal| Arc::new(journal) as Arc<dyn Journal>);
        let store = disk.open_shared(options(), Arc::clone(&clock) as Arc<dyn Clock>, shared).unwrap();
        Self { disk, clock, store: Some(store), counter: Cell::new(counter), journal }
    }

    /// Another store in the place of this one.
    fn again(&self, disk: MemoryDisk) -> Self {
        Self::on(disk, Arc::clone(&self.clock), self.counter.get(), self.journal.clone())
    }

    /// Waits until this server has everything that any server has acknowledged.
    pub fn confirm(&self) -> Result<(), JournalError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.store().confirm(move |result| sender.send(result).unwrap());
        receiver.recv().unwrap()
    }

    /// Steps around an open store.
    pub fn with(store: Store, disk: MemoryDisk, clock: Arc<TestClock>) -> Self {
        Self { disk, clock, store: Some(store), counter: Cell::new(0), journal: None }
    }

    /// A store on another disk, at the time of these steps.
    pub fn over(disk: MemoryDisk, steps: &Self) -> Self {
        steps.again(disk)
    }

    /// A store on another disk, at the time of these steps, if it can be opened.
    pub fn try_over(disk: MemoryDisk, steps: &Self) -> Result<Self, OpenError> {
        let clock = Arc::clone(&steps.clock);
        let store = disk.open(options(), Arc::clone(&clock) as Arc<dyn Clock>)?;
        Ok(Self { disk, clock, store: Some(store), counter: Cell::new(steps.counter.get()), journal: None })
    }

    /// Closes the store. Its disk remains.
    pub fn close(self) -> MemoryDisk {
        drop(self.store);
        self.disk
    }

    pub fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    /// Closes the store and opens it again.
    pub fn reopen(mut self) -> Self {
        self.store = None;
        self.again(self.disk.clone())
    }

    /// Takes an image of the disk as it is, without closing, and goes on from there.
    pub fn crash(self) -> Self {
        self.again(self.disk.image())
    }

    /// Closes the store, overwrites a record with invalid bytes, and opens it again.
    pub fn spoil(mut self, table: &str, id: u64) -> Self {
        self.store = None;
        self.disk.spoil::<u64>(table, id);
        self.again(self.disk.clone())
    }

    /// The same with a past credential of a client.
    pub fn spoil_past(mut self, client: ClientId, credential: CredentialId) -> Self {
        self.store = None;
        self.disk.spoil::<(u64, u64)>("past_credentials", (client.0, credential.0));
        self.again(self.disk.clone())
    }

    /// Closes the store, removes a row that it would keep for good, and opens it again.
    pub fn without_row(self, table: &str, id: u64) -> Self {
        self.edited(|write| {
            let mut table = write.open_table(redb::TableDefinition::<u64, ()>::new(table)).unwrap();
            assert!(table.remove(id).unwrap().is_some(), "there was a row");
        })
    }

    /// The same with a past credential of a client.
    pub fn without_past(self, client: ClientId, credential: CredentialId) -> Self {
        self.edited(|write| {
            let past = redb::TableDefinition::<(u64, u64), &[u8]>::new("past_credentials");
            write.open_table(past).unwrap().remove((client.0, credential.0)).unwrap();
        })
    }

    pub fn edited(mut self, edit: impl FnOnce(&redb::WriteTransaction)) -> Self {
        self.store = None;
        let database = self.disk.plain_database().unwrap();
        let write = database.begin_write().unwrap();
        edit(&write);
        write.commit().unwrap();
        drop(database);
        self.again(self.disk.clone())
    }

    /// Waits for the end of the check after an unclean stop.
    pub fn wait_for_check(&mut self) {
        self.store.as_mut().unwrap().wait_for_check();
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn moment(&self) -> Moment {
        self.store().moment()
    }

    fn count(&self) -> u64 {
        self.counter.set(self.counter.get() + 1);
        self.counter.get()
    }

    pub fn credential(&self) -> Credential {
        self.credential_with(CredentialId(self.store().next_id(self.now())))
    }

    pub fn credential_with(&self, id: CredentialId) -> Credential {
        Credential {
            id,
            label: text(""),
            created: self.moment(),
            not_after: None,
            mark: Generation::default(),
            kind: CredentialKind::Secret(ClientSecretDigest([1; 32])),
        }
    }

    /// A command of the operator.
    pub fn command(&self, operation: Operation) -> Command {
        self.act_by(Principal::Operator, operation)
    }

    pub fn act_by(&self, by: Principal, operation: Operation) -> Command {
        Command::Administer(Box::new(AdminCommand { by, operation, expected: None, now: self.now() }))
    }

    pub fn change_command(&self, client: ClientId, action: ClientOperation) -> Command {
        self.command(Operation::Client(client, action))
    }

    pub fn change(&self, client: ClientId, action: ClientOperation) -> Result<Arc<Client>, OperationError> {
        match self.store().execute(self.change_command(client, action)) {
            Ok(Outcome::Client(client)) => Ok(client),
            Err(CommandError::Refused(refusal)) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub fn update(&self, client: ClientId, update: ClientUpdate) -> Result<Arc<Client>, OperationError> {
        self.change(client, ClientOperation::Update(update))
    }

    pub fn create(&self, id: ClientId, name: &str) -> Result<(), OperationError> {
        match self.store().execute(self.command(Operation::CreateServiceUsers(vec![self.new_user(id, name)])))
        {
            Ok(Outcome::Client(_)) => Ok(()),
            Err(CommandError::Refused(refusal)) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    /// Creates a service user in vain, for a reason that is no rule.
    pub fn create_refused(&self, id: ClientId, name: &str) -> CommandError {
        let users = Operation::CreateServiceUsers(vec![self.new_user(id, name)]);
        self.store().execute(self.command(users)).unwrap_err()
    }

    /// A service user of the default organization, to be created.
    pub fn new_user(&self, id: ClientId, name: &str) -> NewServiceUser {
        NewServiceUser {
            id,
            organization: self.organization(),
            name: ClientName::username(name).unwrap(),
            user: ServiceUser { name: text(name), ..ServiceUser::default() },
        }
    }

    /// The events of these organizations, the oldest first.
    pub fn list_events(&self, within: Within<OrganizationId>) -> ListedEvents {
        let at = Timestamp(0)..=Timestamp(u64::MAX);
        let filter = EventFilter { kinds: Vec::new(), subject: None, actor: None, at };
        let query = EventQuery { within, filter, after: None, backwards: false, limit: 1_000 };
        self.store().snapshot().unwrap().list_events(&query).unwrap()
    }

    pub fn organization(&self) -> OrganizationId {
        self.store().snapshot().unwrap().instance().default_organization
    }

    pub fn add_credential(
        &self,
        client: ClientId,
        others: ExistingCredentials,
    ) -> Result<CredentialId, OperationError> {
        let credential = self.credential();
        let id = credential.id;
        let update = ClientUpdate::AddCredential { credential, others };
        self.update(client, update).map(|_| id)
    }

    /// A service user with a credential.
    pub fn user(&self, name: &str) -> (ClientId, CredentialId) {
        let id = ClientId(self.store().next_id(self.now()));
        self.create(id, name).unwrap();
        (id, self.add_credential(id, ExistingCredentials::Keep).unwrap())
    }

    /// A token as the server decides it, on the present facts; None if the client may not have one.
    pub fn issue(&self, client: ClientId, credential: CredentialId, lifetime: u32) -> Option<Token> {
        self.try_issue(client, credential, lifetime).unwrap()
    }

    /// The same, if the facts can be read.
    pub fn try_issue(
        &self,
        client: ClientId,
        credential: CredentialId,
        lifetime: u32,
    ) -> Result<Option<Token>, Unavailable> {
        let name = TokenName(self.new_name());
        decide(&*self.store().snapshot()?, name, client, credential, (self.moment(), lifetime))
    }

    /// A new name of a token or assertion.
    pub fn new_name(&self) -> [u8; 16] {
        let mut name = [0xdd; 16];
        name[..8].copy_from_slice(&self.count().to_le_bytes());
        name
    }

    /// Uses a new assertion up: a small command that has to be durable.
    pub fn use_assertion(&self, client: ClientId) -> Result<UsedAssertion, CommandError> {
        let until = self.now().after(Lifetime(60));
        let assertion = UsedAssertion { client, digest: self.new_name(), until };
        self.store().execute(Command::UseAssertion(assertion)).map(|_| assertion)
    }

    /// Uses an assertion; true if it was used before.
    pub fn was_used(&self, assertion: &UsedAssertion) -> bool {
        match self.store().execute(Command::UseAssertion(*assertion)) {
            Ok(_) => false,
            Err(CommandError::AssertionUsed) => true,
            other => panic!("{other:?}"),
        }
    }

    /// Like [`Steps::issue`], which must succeed.
    pub fn issued(&self, client: ClientId, credential: CredentialId, lifetime: u32) -> Token {
        self.issue(client, credential, lifetime).unwrap()
    }

    pub fn revoke(&self, token: &Token) -> bool {
        match self.store().execute(Command::RevokeToken(token.revoked())).unwrap() {
            Outcome::TokenRevoked(revoked) => revoked,
            other => panic!("{other:?}"),
        }
    }

    /// Commands in one batch, and their answers.
    pub fn together(&self, commands: Vec<Command>) -> Vec<Result<Outcome, CommandError>> {
        self.applied(commands).into_iter().map(|answer| answer.map(|applied| applied.outcome)).collect()
    }

    /// Commands in one batch, and their answers with the rights that were checked.
    pub fn applied(&self, commands: Vec<Command>) -> Vec<CommandResult> {
        let (sender, receiver) = mpsc::channel();
        self.store().submit(CommandBatch::new(commands, move |answers| sender.send(answers).unwrap()));
        receiver.recv().unwrap()
    }

    /// The active token key, created if there is none.
    pub fn token_key(&self) -> TokenKeyId {
        let active = || self.store().snapshot().unwrap().token_keys().active().map(|key| key.id);
        active().unwrap_or_else(|| {
            let new = NewTokenKey { id: TokenKeyId(1), sealed: Box::new([1]) };
            let predecessor_until = self.moment();
            let change = TokenKeyChange::Rotate { new, predecessor_until };
            self.store().execute(self.command(Operation::TokenKeys(change))).unwrap();
            active().unwrap()
        })
    }

    /// The token as its bearer presents it.
    pub fn presented(&self, token: &Token) -> BearerToken {
        BearerToken::Opaque(token.life, self.token_key())
    }

    /// The number of events in the audit trail.
    pub fn events(&self) -> u64 {
        self.store().snapshot().unwrap().event_next().0
    }

    /// The revision of the known facts about a client.
    pub fn as_of(&self, client: ClientId) -> Revision {
        self.store().snapshot().unwrap().client(client).unwrap().unwrap().as_of
    }

    /// True if introspection would find it live now.
    pub fn is_live(&self, token: &Token) -> bool {
        self.try_is_live(token).unwrap()
    }

    /// True if introspection would find it live now, if the facts can be read.
    pub fn try_is_live(&self, token: &Token) -> Result<bool, Unavailable> {
        lives(&*self.store().snapshot()?, token, self.moment())
    }

    /// All clients that can be read.
    pub fn listing(&self) -> Vec<Client> {
        let mut all = self.records();
        let snapshot = self.store().snapshot().unwrap();
        all.retain(|client| !snapshot.instance().is_removed(client));
        all
    }

    /// The number of service users.
    pub fn users_len(&self, within: &Within<OrganizationId>) -> u64 {
        self.store().snapshot().unwrap().users_len(within).unwrap()
    }

    /// All clients whose record is there and can be read.
    pub fn records(&self) -> Vec<Client> {
        let mut all = Vec::new();
        let show = |client: Result<Client, _>| {
            all.extend(client);
            ControlFlow::Continue(())
        };
        self.store().snapshot().unwrap().for_each_client(ClientId(0), show).unwrap();
        all
    }
}
