//! The content of an opaque access token, as bytes for its envelope.
//!
//! ```text
//! statement  = name 16 | client 8 | credential 8 | generation 7 | issued 5 | careful 5 | expires 5
//!              | standard scopes, varint | audiences | parameters | resources | padding
//! audiences  = number, varint | project id 8 each                    rising
//! parameters = number, varint | ( kind 1 | id 8 or text ) each       rising
//! resources  = number, varint | API's id 8 each                      in the order of the request
//! text       = length, varint | bytes
//! padding    = zeros to whole 8 bytes
//! ```
//! Each statement has exactly one encoding, and no other bytes are read: numbers have a fixed length,
//! varints are minimal, sets are in ascending order, and nothing follows but the padding.

use crate::generation::Generation;
use crate::id::{ClientId, OrganizationId, ProjectId};
use crate::role::RoleKey;
use crate::scope::{Parameter, ScopeSet};
use crate::time::{Careful, Moment, Timestamp};
use crate::token::{AccessTokenFacts, Life, Statement};
use jeton_secret::{CredentialId, TokenName};

const GRAIN: usize = 8;

const ROLE: u8 = 0;
const ORGANIZATION: u8 = 1;
const PRIMARY_DOMAIN: u8 = 2;
const ROLES_OF_ORGANIZATION: u8 = 3;

impl Life {
    /// The bytes to seal, with the facts; a multiple of 8.
    pub fn write(&self, facts: &AccessTokenFacts) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(80);
        bytes.extend_from_slice(&self.name.0);
        push_number::<8>(&mut bytes, facts.client.0);
        push_number::<8>(&mut bytes, facts.credential.0);
        push_number::<7>(&mut bytes, self.generation.0);
        push_number::<5>(&mut bytes, self.issued.wall.0);
        push_number::<5>(&mut bytes, self.issued.careful.0);
        push_number::<5>(&mut bytes, self.expires.0);
        push_varint(&mut bytes, usize::from(facts.scopes.standard_bits()));
        let audiences = facts.scopes.project_audiences();
        push_varint(&mut bytes, audiences.len());
        audiences.iter().for_each(|project| push_number::<8>(&mut bytes, project.0));
        let parameters = facts.scopes.parameters();
        push_varint(&mut bytes, parameters.len());
        parameters.iter().for_each(|parameter| push_parameter(&mut bytes, parameter));
        push_varint(&mut bytes, facts.resources.len());
        facts.resources.iter().for_each(|api| push_number::<8>(&mut bytes, api.0));
        bytes.resize(bytes.len().next_multiple_of(GRAIN), 0);
        bytes
    }
}

impl Statement {
    /// The bytes to seal.
    #[cfg(any(test, feature = "fuzzing"))]
    pub fn write(&self) -> Vec<u8> {
        self.life().write(&self.facts)
    }

    /// Reads the output of [`Life::write`]; `None` for all other bytes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = Reader(bytes);
        let name = TokenName(rest.take(16)?.try_into().ok()?);
        let client = ClientId(rest.number(8)?);
        let credential = CredentialId(rest.number(8)?);
        let generation = Generation(rest.number(7)?);
        let issued = Moment { wall: Timestamp(rest.number(5)?), careful: Careful(rest.number(5)?) };
        let expires = Timestamp(rest.number(5)?);
        let standard = u16::try_from(rest.varint()?).ok()?;
        let audiences = rest.list(|rest| rest.number(8).map(ProjectId))?;
        let parameters = rest.list(Reader::parameter)?;
        let scopes = ScopeSet::from_rising(standard, audiences, parameters)?;
        let resources = rest.list(|rest| rest.number(8).map(ClientId))?;
        let is_padding = rest.0.len() < GRAIN && rest.0.iter().all(|byte| *byte == 0);
        let facts = AccessTokenFacts { client, credential, issued, scopes, resources, personal: false };
        (is_padding && bytes.len().is_multiple_of(GRAIN)).then_some(Self { name, generation, expires, facts })
    }
}

fn push_parameter(bytes: &mut Vec<u8>, parameter: &Parameter) {
    let mut push_text = |kind, text: &str| {
        bytes.push(kind);
        push_varint(bytes, text.len());
        bytes.extend_from_slice(text.as_bytes());
    };
    match parameter {
        Parameter::Role(role) => push_text(ROLE, role.as_str()),
        Parameter::PrimaryDomain(domain) => push_text(PRIMARY_DOMAIN, domain),
        Parameter::Organization(id) => {
            bytes.push(ORGANIZATION);
            push_number::<8>(bytes, id.0);
        }
        Parameter::RolesOfOrganization(id) => {
            bytes.push(ROLES_OF_ORGANIZATION);
            push_number::<8>(bytes, id.0);
        }
    }
}

/// Appends the low bytes of a number; the fields of [`Statement`] have no higher ones.
fn push_number<const BYTES: usize>(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend(number.to_be_bytes().iter().skip(8 - BYTES));
}

/// Seven bits a byte, the lowest first (LEB128).
fn push_varint(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// The bytes still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, len: usize) -> Option<u64> {
        Some(self.take(len)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    /// Reads a varint of at most two bytes, enough for all numbers in a statement.
    fn varint(&mut self) -> Option<usize> {
        let [low] = *self.take(1)? else { return None };
        if low < 0x80 {
            return Some(usize::from(low));
        }
        let [high] = *self.take(1)? else { return None };
        (1..0x80).contains(&high).then(|| usize::from(low & 0x7f) | usize::from(high) << 7)
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let len = self.varint()?;
        // Every element takes at least a byte, so a number that is not backed by bytes allocates nothing.
        (len <= self.0.len()).then_some(())?;
        (0..len).map(|_| one(self)).collect()
    }

    fn text(&mut self) -> Option<&'a str> {
        let len = self.varint()?;
        std::str::from_utf8(self.take(len)?).ok()
    }

    fn parameter(&mut self) -> Option<Parameter> {
        match *self.take(1)? {
            [ROLE] => RoleKey::parse(self.text()?).ok().map(Parameter::Role),
            [PRIMARY_DOMAIN] => Parameter::primary_domain(self.text()?),
            [ORGANIZATION] => self.number(8).map(|id| Parameter::Organization(OrganizationId(id))),
            [ROLES_OF_ORGANIZATION] => {
                self.number(8).map(|id| Parameter::RolesOfOrganization(OrganizationId(id)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
