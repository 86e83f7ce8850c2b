//! `jeton name`.

use crate::CliError;
use crate::args::{Name, NameKind};
use crate::session::{self, Session, newest};
use jeton_api::calls::name::{FreeName, ListRetiredNames};
use jeton_api::names::{self, RetiredNameType};
use serde_json::json;

pub(crate) fn run(session: &mut Session<'_>, command: Name) -> Result<(), CliError> {
    match command {
        Name::List => list(session),
        Name::Free { name, kind } => {
            let r#type = match kind {
                NameKind::Username => RetiredNameType::Username,
                NameKind::Resource => RetiredNameType::Resource,
                NameKind::Domain => RetiredNameType::Domain,
            };
            session.perform_and_say::<FreeName>(&names::FreeName { r#type, name }, "freed")
        }
    }
}

fn list(session: &mut Session<'_>) -> Result<(), CliError> {
    let mut all = Vec::new();
    let mut request = names::ListRetiredNames { pagination: newest() };
    session.pages::<ListRetiredNames>(
        &mut request,
        |request| &mut request.pagination,
        |_, reply| {
            all.extend(reply.names);
            Ok(reply.next_page_token)
        },
    )?;
    if session.global.json {
        return session.output.json(&json!({ "names": session::json(&all)? }));
    }
    let rows = all.into_iter().map(|name| {
        let kind = match name.r#type {
            RetiredNameType::Username => "username",
            RetiredNameType::Resource => "resource",
            RetiredNameType::Domain => "organization_domain",
        };
        [name.name, kind.to_owned(), name.former_id, name.organization_id, name.free_date.to_string()]
    });
    session.output.table(["NAME", "KIND", "FORMER ID", "ORGANIZATION", "FREE THERE FROM"], rows)
}
