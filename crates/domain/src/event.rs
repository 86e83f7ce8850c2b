//! The content of the audit trail: one [`Event`] per administrator's command, and summaries of security
//! events.

use crate::id::{ClientId, EventId, OrganizationId};
use crate::time::Timestamp;
use jeton_secret::{CredentialId, Link};

/// Bytes of an event's note at most; longer notes are cut.
pub const NOTE_BYTES_MAX: usize = 500;

/// One record of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its position in the trail.
    pub number: EventId,
    /// The wall clock at the event.
    pub at: Timestamp,
    /// The actor.
    pub by: Actor,
    /// The organization that it concerns, if there is one.
    pub organization: Option<OrganizationId>,
    /// The kind and the object of the event.
    pub entry: Entry,
    /// The link of the chain behind this event.
    pub link: Link,
}

/// The kind and the object of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The kind of the event.
    pub kind: EventKind,
    /// The id of the user, application, project, organization or signing key; 0 if there is none.
    pub subject: u64,
    /// The id of its credential, authorization or other part; 0 if there is none.
    pub object: u64,
    /// Further details, for people; never a secret.
    pub note: Box<str>,
}

impl Entry {
    /// An entry about a part of an object.
    pub fn new(kind: EventKind, subject: u64, object: u64, note: impl Into<Box<str>>) -> Self {
        let note: Box<str> = note.into();
        let note = if note.len() > NOTE_BYTES_MAX { cut(&note) } else { note };
        Self { kind, subject, object, note }
    }
}

fn cut(note: &str) -> Box<str> {
    let end = (0..=NOTE_BYTES_MAX - '…'.len_utf8()).rev().find(|end| note.is_char_boundary(*end));
    format!("{}…", note.get(..end.unwrap_or_default()).unwrap_or_default()).into()
}

/// The actor of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// An operator, who may use the operator's socket or the data directory.
    Operator,
    /// The server itself.
    System,
    /// A client, with a token that this credential obtained.
    Client(ClientId, CredentialId),
}

/// Defines the kinds with their numbers on disk and their names on the wire, neither of which ever
/// changes.
macro_rules! event_kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal $wire:literal,)*) => {
        /// The kinds of events.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $name,)*
        }

        impl EventKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }

            /// Its number on disk.
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $number,)* }
            }
        }
    };
}

event_kinds! {
    /// A service user was created.
    UserAdded = 1 "user.added",
    /// Names, limits or token type were changed.
    UserChanged = 2 "user.changed",
    /// A service user was deactivated.
    UserDeactivated = 3 "user.deactivated",
    /// A service user was reactivated.
    UserReactivated = 4 "user.reactivated",
    /// A service user was locked.
    UserLocked = 5 "user.locked",
    /// A service user was unlocked.
    UserUnlocked = 6 "user.unlocked",
    /// A service user was deleted.
    UserRemoved = 7 "user.removed",
    /// All tokens of a service user were revoked.
    UserTokensRevoked = 8 "user.tokens.revoked",
    /// Metadata of a service user were set.
    UserMetadataSet = 9 "user.metadata.set",
    /// Metadata of a service user were removed.
    UserMetadataRemoved = 10 "user.metadata.removed",
    /// A client secret was generated.
    SecretAdded = 20 "credential.secret.added",
    /// A key was added.
    KeyAdded = 21 "credential.key.added",
    /// A personal access token was made.
    PersonalAccessTokenAdded = 22 "credential.pat.added",
    /// A credential was revoked, with the tokens that it obtained.
    CredentialRevoked = 23 "credential.revoked",
    /// All client secrets were revoked.
    SecretsRevoked = 24 "credential.secrets.revoked",
    /// The tokens that a credential obtained were revoked.
    CredentialTokensRevoked = 25 "credential.tokens.revoked",
    /// An access token was revoked by an administrator.
    TokenRevoked = 26 "token.revoked",
    /// A leaked credential or token was reported and disabled.
    LeakReported = 27 "leak.reported",
    /// A user got roles of a project.
    GrantAdded = 30 "user.grant.added",
    /// The roles of an authorization were changed.
    GrantChanged = 31 "user.grant.changed",
    /// An authorization was reactivated.
    GrantReactivated = 32 "user.grant.reactivated",
    /// An authorization was deactivated.
    GrantDeactivated = 33 "user.grant.deactivated",
    /// An authorization was removed.
    GrantRemoved = 34 "user.grant.removed",
    /// A user got administrator roles for a realm.
    AdministratorAdded = 40 "member.added",
    /// The administrator roles of a user for a realm were changed.
    AdministratorChanged = 41 "member.changed",
    /// The administrator roles of a user for a realm were removed.
    AdministratorRemoved = 42 "member.removed",
    /// An application was created.
    ApplicationAdded = 50 "application.added",
    /// An application was changed.
    ApplicationChanged = 51 "application.changed",
    /// An application was deactivated.
    ApplicationDeactivated = 52 "application.deactivated",
    /// An application was reactivated.
    ApplicationReactivated = 53 "application.reactivated",
    /// An application was deleted.
    ApplicationRemoved = 54 "application.removed",
    /// A project was created.
    ProjectAdded = 60 "project.added",
    /// A project was changed.
    ProjectChanged = 61 "project.changed",
    /// A project was deactivated.
    ProjectDeactivated = 62 "project.deactivated",
    /// A project was activated.
    ProjectReactivated = 63 "project.reactivated",
    /// A project was deleted.
    ProjectRemoved = 64 "project.removed",
    /// A role was added.
    RoleAdded = 65 "project.role.added",
    /// A role was renamed.
    RoleChanged = 66 "project.role.changed",
    /// A role was removed, also from all authorizations.
    RoleRemoved = 67 "project.role.removed",
    /// A project was granted to another organization.
    ProjectGrantAdded = 130 "project.grant.added",
    /// The roles of a project's grant were changed.
    ProjectGrantChanged = 131 "project.grant.changed",
    /// A project's grant was reactivated.
    ProjectGrantReactivated = 132 "project.grant.reactivated",
    /// A project's grant was deactivated.
    ProjectGrantDeactivated = 133 "project.grant.deactivated",
    /// A project's grant was removed, with the authorizations that were given by it.
    ProjectGrantRemoved = 134 "project.grant.removed",
    /// An organization was created.
    OrganizationAdded = 70 "org.added",
    /// An organization was renamed.
    OrganizationChanged = 71 "org.changed",
    /// An organization was deactivated.
    OrganizationDeactivated = 72 "org.deactivated",
    /// An organization was activated.
    OrganizationReactivated = 73 "org.reactivated",
    /// An organization was deleted, with all that belonged to it.
    OrganizationRemoved = 74 "org.removed",
    /// Metadata of an organization were set.
    OrganizationMetadataSet = 75 "org.metadata.set",
    /// Metadata of an organization were removed.
    OrganizationMetadataRemoved = 76 "org.metadata.removed",
    /// A signing key was made.
    SigningKeyAdded = 80 "web_key.added",
    /// A signing key began to sign.
    SigningKeyActivated = 81 "web_key.activated",
    /// A signing key will sign as soon as verifiers know it.
    SigningKeyScheduled = 84 "web_key.scheduled",
    /// Signing keys whose last token has expired were retired.
    SigningKeysRetired = 82 "web_key.retired",
    /// A signing key was removed. Its signatures are no longer valid.
    SigningKeyRemoved = 83 "web_key.removed",
    /// A token key was made and seals tokens from now on.
    TokenKeyAdded = 85 "token_key.added",
    /// Token keys whose last token has expired were retired.
    TokenKeysRetired = 86 "token_key.retired",
    /// A token key was removed. The tokens that it sealed are no longer valid.
    TokenKeyRemoved = 87 "token_key.removed",
    /// An authentic token says something that no token of this store can say: a key is in other hands, or
    /// a backup was restored.
    ImplausibleToken = 28 "token.implausible",
    /// The first administrator was created.
    Bootstrapped = 90 "instance.bootstrapped",
    /// Client authentications failed.
    AuthenticationFailed = 100 "authentication.failed",
    /// Calls of the management API were refused for lack of permission.
    PermissionDenied = 101 "permission.denied",
    /// A user signed in to the console.
    SessionBegan = 110 "session.began",
    /// A console session was ended before its time.
    SessionEnded = 111 "session.ended",
    /// The name of a deleted or renamed object was freed for others.
    NameFreed = 121 "name.freed",
    /// The machine's clock was set by more than is bridged, and the server followed it.
    ClockStepped = 120 "clock.stepped",
}

impl EventKind {
    /// The kind with this number.
    pub fn of_number(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_and_names_are_unique() {
        let numbers: HashSet<_> = EventKind::ALL.iter().map(|kind| kind.number()).collect();
        let names: HashSet<_> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!((numbers.len(), names.len()), (EventKind::ALL.len(), EventKind::ALL.len()));
        for kind in EventKind::ALL {
            assert_eq!(EventKind::of_number(kind.number()), Some(*kind));
            assert_eq!(EventKind::parse(kind.name()), Some(*kind));
        }
    }

    #[test]
    fn a_note_that_is_too_long_is_cut_between_characters() {
        for filler in ["x", "é", "日"] {
            let note = Entry::new(EventKind::UserAdded, 1, 0, filler.repeat(600)).note;
            assert!(note.len() <= NOTE_BYTES_MAX && note.len() > NOTE_BYTES_MAX - 8 && note.ends_with('…'));
        }
        assert_eq!(&*Entry::new(EventKind::UserAdded, 1, 0, "x".repeat(500)).note, "x".repeat(500));
    }
}
