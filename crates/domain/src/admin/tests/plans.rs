//! Operations made of a few numbers, so that the same one can be decided twice.

use super::super::*;
use super::model::FOREIGN;
use crate::credential::{Credential, CredentialKind, ExistingCredentials};
use crate::fixtures::{MOMENT, ORGANIZATION, OTHER_PROJECT, PROJECT, authorization, credential, role, text};
use crate::id::{AuthorizationId, ClientId, ClientName, OrganizationId, ProjectId};
use crate::permission::{AdminRole, AdminScope};
use crate::resource::Resource;
use crate::role::RoleKey;
use crate::service_user::{Authorization, Edit, ServiceUser};
use crate::time::Lifetime;
use jeton_secret::{CredentialId, PersonalAccessTokenDigest, TokenName};

/// The kinds of operations.
pub(super) const KINDS: usize = 44;

/// A kind of operation, with numbers that choose among few objects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) kind: usize,
    pub(super) subject: u64,
    pub(super) part: u64,
}

impl Plan {
    const fn client(self) -> ClientId {
        ClientId(300 + self.subject % 8)
    }

    fn organization(self) -> OrganizationId {
        [ORGANIZATION, FOREIGN, OrganizationId(403)][(self.part % 3) as usize]
    }

    fn project(self) -> ProjectId {
        [PROJECT, OTHER_PROJECT, ProjectId(504)][(self.subject % 3) as usize]
    }

    fn realm(self) -> (AdminScope, AdminRole) {
        match self.part % 6 {
            0 => (AdminScope::Instance, AdminRole::IamOwner),
            1 => (AdminScope::Instance, AdminRole::IamOwnerViewer),
            2 => (AdminScope::Organization(ORGANIZATION), AdminRole::OrgOwner),
            3 => (AdminScope::Organization(FOREIGN), AdminRole::OrgUserManager),
            4 => (AdminScope::Project(PROJECT), AdminRole::ProjectOwner),
            _ => (AdminScope::Project(OTHER_PROJECT), AdminRole::ProjectOwnerViewer),
        }
    }

    fn roles(self) -> Vec<RoleKey> {
        if self.part.is_multiple_of(2) { vec![role("reader")] } else { Vec::new() }
    }

    fn name(self) -> ClientName {
        ClientName::username(&format!("user-{}", 300 + self.part % 8)).unwrap()
    }

    pub(super) fn token(self) -> RevokedToken {
        RevokedToken {
            client: self.client(),
            credential: CredentialId(11),
            name: TokenName([self.part.to_le_bytes()[0]; 16]),
            issued: MOMENT,
            expires: MOMENT.wall.after(Lifetime(600)),
        }
    }

    fn credential(self) -> Credential {
        let secret = credential(900 + self.part % 4);
        let kind = CredentialKind::PersonalAccessToken(PersonalAccessTokenDigest([3; 32]));
        if self.subject.is_multiple_of(2) { Credential { kind, ..secret } } else { secret }
    }

    /// The change of a client.
    fn update(self) -> Option<ClientUpdate> {
        let known = CredentialId(if self.part.is_multiple_of(2) { 11 } else { 900 });
        let given = AuthorizationId(1501 + self.part % 2);
        let (realm, admin_role) = self.realm();
        Some(match self.kind {
            0 => ClientUpdate::Deactivate,
            1 => ClientUpdate::Reactivate,
            2 => ClientUpdate::Lock,
            3 => ClientUpdate::Unlock,
            4 => ClientUpdate::AddCredential {
                credential: self.credential(),
                others: ExistingCredentials::Keep,
            },
            5 => ClientUpdate::AddCredential {
                credential: credential(self.part + 1000),
                others: ExistingCredentials::EndAfter(Lifetime(0)),
            },
            6 => ClientUpdate::RevokeCredential(known),
            7 => ClientUpdate::RevokeSecrets,
            8 => ClientUpdate::RevokeTokensOf(known),
            9 => ClientUpdate::RevokeTokens,
            10 => ClientUpdate::Edit { username: Some(self.name()), edit: Box::default() },
            11 => ClientUpdate::Edit {
                username: None,
                edit: Box::new(Edit { name: Some(text("New")), ..Edit::default() }),
            },
            12 => ClientUpdate::EditApi(text("New")),
            13 => ClientUpdate::Authorize(Authorization {
                id: given,
                ..authorization(self.project(), if self.part < 2 { &["reader"] } else { &[] })
            }),
            14 => ClientUpdate::Reauthorize(given, self.roles()),
            15 => ClientUpdate::SetAuthorizationActive(given, self.subject.is_multiple_of(2)),
            16 => ClientUpdate::Unauthorize(given),
            17 => ClientUpdate::AddAdminRoles(realm, vec![admin_role]),
            18 => ClientUpdate::UpdateAdminRoles(realm, vec![admin_role]),
            19 => ClientUpdate::RemoveAdminRoles(realm),
            20 => ClientUpdate::SetMetadata(vec![(text("key"), Box::new([1]))]),
            21 => ClientUpdate::DeleteMetadata(vec![text("key")]),
            _ => return None,
        })
    }

    pub(super) fn operation(self) -> Operation {
        if let Some(update) = self.update() {
            return Operation::Client(self.client(), ClientOperation::Update(update));
        }
        let active = self.part.is_multiple_of(2);
        let project = |operation| Operation::Project(self.project(), operation);
        let grant = |operation| Operation::ProjectGrant(self.project(), self.organization(), operation);
        let organization = |operation| Operation::Organization(self.organization(), operation);
        match self.kind {
            22 | 23 => {
                let (id, organization, name) = (self.client(), self.organization(), self.name());
                let user = NewServiceUser { id, organization, name, user: ServiceUser::default() };
                match self.kind {
                    22 => Operation::CreateServiceUsers(vec![user]),
                    _ => Operation::Bootstrap(Box::new(user), None),
                }
            }
            24 => Operation::Client(
                ClientId(350 + self.part % 3),
                ClientOperation::CreateApi {
                    name: text("Api"),
                    project: self.project(),
                    resource: active.then(|| Resource::parse("https://api.example.com").unwrap()),
                    credential: None,
                },
            ),
            25 => Operation::Client(self.client(), ClientOperation::Delete),
            26 => Operation::Client(ClientId(350 + self.part % 3), ClientOperation::Delete),
            27 => {
                let (organization, edit) = (self.organization(), ProjectEdit::default());
                project(ProjectOperation::Create { organization, name: text("Project"), edit })
            }
            28 => project(ProjectOperation::Edit(ProjectEdit::default())),
            29 => project(ProjectOperation::SetActive(active)),
            30 => project(ProjectOperation::Delete),
            31 => project(ProjectOperation::AddRole { key: role("admin"), name: text(""), group: text("") }),
            32 => project(ProjectOperation::EditRole { key: role("admin"), name: None, group: None }),
            33 => project(ProjectOperation::RemoveRole(role("reader"))),
            34 => grant(ProjectGrantOperation::Create(self.roles())),
            35 => grant(ProjectGrantOperation::Change(self.roles())),
            36 => grant(ProjectGrantOperation::SetActive(self.subject.is_multiple_of(2))),
            37 => grant(ProjectGrantOperation::Delete),
            38 => {
                let administrators = vec![(self.client(), vec![AdminRole::OrgOwner])];
                organization(OrganizationOperation::Create(text("New"), administrators))
            }
            39 => organization(OrganizationOperation::Rename(text(
                ["New", "Foreign", "Other"][(self.subject % 3) as usize],
            ))),
            40 => organization(OrganizationOperation::SetActive(self.subject.is_multiple_of(2))),
            41 => organization(OrganizationOperation::Delete),
            42 => Operation::RevokeToken(self.token()),
            43 if active => Operation::Leak(Leak::Token(self.token())),
            43 => Operation::Leak(Leak::Credential(self.client(), CredentialId(11))),
            _ => Operation::FreeName(RetiredName::Username(self.name())),
        }
    }
}
