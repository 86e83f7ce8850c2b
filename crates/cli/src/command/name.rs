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

#[cfg(test)]
mod tests {
    use crate::testing::{check, refused_at_once};
    use serde_json::json;

    #[test]
    fn a_name_is_freed_by_its_kind_which_is_username_by_default() {
        for (command, kind) in [
            ("name free x", "NAME_TYPE_USERNAME"),
            ("name free x --kind username", "NAME_TYPE_USERNAME"),
            ("name free x --kind resource", "NAME_TYPE_RESOURCE"),
            ("name free x --kind domain", "NAME_TYPE_ORGANIZATION_DOMAIN"),
        ] {
            check(command, "FreeName", json!({ "type": kind, "name": "x" }), json!({}), "freed\n");
        }
        assert!(refused_at_once("name free x --kind project").contains("invalid value 'project'"));
        assert!(refused_at_once("name free").contains("required"));
    }

    #[test]
    fn a_retired_name_is_listed_with_its_kind_and_the_date_of_its_freedom() {
        let name = |kind: &str| {
            json!({
                "type": kind, "name": "x", "formerId": "5", "organizationId": "7",
                "retiredDate": "2026-01-02T03:04:05Z", "freeDate": "2027-01-02T03:04:05Z",
            })
        };
        for (kind, shown) in [
            ("NAME_TYPE_USERNAME", "username"),
            ("NAME_TYPE_RESOURCE", "resource"),
            ("NAME_TYPE_ORGANIZATION_DOMAIN", "organization_domain"),
        ] {
            check(
                "name list",
                "ListRetiredNames",
                json!({ "pagination": { "asc": false, "limit": 1000, "offset": 0 } }),
                json!({ "names": [name(kind)] }),
                &format!(
                    "NAME  KIND  FORMER ID  ORGANIZATION  FREE THERE FROM\nx  {shown}  5  7  2027-01-02T03:04:05Z\n"
                ),
            );
        }
    }
}
