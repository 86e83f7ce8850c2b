//! `jeton name`.

use crate::CliError;
use crate::args::{Name, NameKind};
use crate::session::{Session, newest};
use jeton_api::calls::name::{FreeName, ListRetiredNames};
use jeton_api::names::{self, RetiredNameType};

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
    let request = names::ListRetiredNames { pagination: newest() };
    session.list::<ListRetiredNames>(
        request,
        |request| &mut request.pagination,
        |output, reply| {
            let rows = reply.names.into_iter().map(|name| {
                let kind = match name.r#type {
                    RetiredNameType::Username => "username",
                    RetiredNameType::Resource => "resource",
                    RetiredNameType::Domain => "organization_domain",
                };
                [name.name, kind.to_owned(), name.former_id, name.organization_id, name.free_date.to_string()]
            });
            output.table(["NAME", "KIND", "FORMER ID", "ORGANIZATION", "FREE THERE FROM"], rows)
        },
    )
}
