use super::*;
use crate::client::Profile;
use crate::fixtures::{CREDENTIAL, NOW, PROJECT, api, proof, scopes, service_user};
use crate::scope::StandardScope;

const POLICY: Policy = Policy {
    token_lifetime: Lifetime(43_200),
    unknown_scopes: UnknownScopes::Drop,
    default_project: PROJECT,
};

fn ask(body: &str) -> Result<Grant, Denial> {
    decide(&proof(service_user()), &Form::parse(body.as_bytes()).unwrap(), &POLICY, NOW)
}

#[test]
fn a_grant_says_whose_token_for_what_and_how_long() {
    let grant = ask("grant_type=client_credentials&scope=openid+profile").unwrap();
    assert_eq!((grant.client, grant.credential), (service_user().id, CREDENTIAL));
    assert_eq!(grant.scopes, scopes("openid profile"));
    assert_eq!(grant.issued, NOW);
    assert_eq!(grant.expires.seconds_after(grant.issued), 43_200);
}

#[test]
fn the_grant_type_is_checked_before_the_scope() {
    assert_eq!(ask("scope=a++b").err(), Some(Denial::GrantTypeMissing));
    for grant in ["password", "Client_Credentials", "client_credentials+", "authorization_code"] {
        let refused = ask(&format!("grant_type={grant}&scope=a++b")).err();
        assert_eq!(refused, Some(Denial::UnsupportedGrantType), "{grant}");
    }
}

#[test]
fn an_api_gets_no_tokens() {
    let form = Form::parse(b"grant_type=client_credentials&scope=openid").unwrap();
    assert_eq!(decide(&proof(api()), &form, &POLICY, NOW).err(), Some(Denial::UnauthorizedClient));
}

#[test]
fn without_a_scope_the_defaults_count_and_without_these_it_is_refused() {
    assert_eq!(ask("grant_type=client_credentials").err(), Some(Denial::ScopeMissing));
    assert_eq!(ask("grant_type=client_credentials&scope=").err(), Some(Denial::ScopeMissing));
    let mut user = service_user();
    if let Profile::ServiceUser(service) = &mut user.profile {
        service.default_scopes = scopes("openid");
    }
    let form = Form::parse(b"grant_type=client_credentials").unwrap();
    assert_eq!(decide(&proof(user), &form, &POLICY, NOW).unwrap().scopes, scopes("openid"));
}

#[test]
fn unknown_scopes_are_dropped_or_refused_as_configured() {
    let body = "grant_type=client_credentials&scope=openid+made-up";
    assert_eq!(ask(body).unwrap().scopes, scopes("openid"));
    let strict = Policy { unknown_scopes: UnknownScopes::Refuse, ..POLICY };
    let refused = decide(&proof(service_user()), &Form::parse(body.as_bytes()).unwrap(), &strict, NOW).err();
    assert_eq!(refused, Some(Denial::InvalidScope));
}

#[test]
fn an_expiry_beyond_time_stays_at_its_end() {
    let late = Timestamp(u64::MAX - 1);
    let form = Form::parse(b"grant_type=client_credentials&scope=openid").unwrap();
    assert_eq!(decide(&proof(service_user()), &form, &POLICY, late).unwrap().expires, Timestamp(u64::MAX));
}

#[test]
fn a_token_is_for_the_projects_that_it_names_else_for_the_default_one() {
    let list = |text| audience(&scopes(text), PROJECT).map(|project| project.0).collect::<Vec<_>>();
    assert_eq!(list("openid"), [501]);
    assert_eq!(list("openid urn:zitadel:iam:org:project:id:7:aud"), [7]);
    let two = "urn:zitadel:iam:org:project:id:9:aud urn:zitadel:iam:org:project:id:7:aud";
    assert_eq!(list(two), [7, 9]);
}

#[test]
fn an_api_sees_only_tokens_for_its_project() {
    let api = api();
    let api = api.api().unwrap();
    assert!(may_introspect(api, &scopes("openid"), PROJECT));
    assert!(!may_introspect(api, &scopes("openid"), ProjectId(502)));
    let others = scopes("openid urn:zitadel:iam:org:project:id:7:aud");
    assert!(!may_introspect(api, &others, PROJECT));
    let both = scopes("urn:zitadel:iam:org:project:id:7:aud urn:zitadel:iam:org:project:id:501:aud");
    assert!(may_introspect(api, &both, ProjectId(502)));
    assert!(!both.contains(StandardScope::OpenId));
}
