use super::*;
use crate::fixtures::{
    CREDENTIAL, MANAGEMENT, MOMENT, NOW, OTHER_PROJECT, PROJECT, api, authorization, instance, proof, scopes,
    service_user, statement, times, user_with,
};
use crate::form::Parameters;
use jeton_domain::credential::CredentialKind;
use jeton_domain::token::{assess, assess_personal};
use jeton_secret::PersonalAccessTokenDigest;

mod admission;

fn policy() -> Policy {
    Policy {
        token_lifetime: Lifetime(43_200),
        default_scopes: ScopeSet::default(),
        unknown_scopes: UnknownScopes::Drop,
        assertions: AssertionPolicy::default(),
        jwt_type: JwtType::default(),
    }
}

fn strict() -> Policy {
    Policy { unknown_scopes: UnknownScopes::Refuse, ..policy() }
}

fn ask_as(user: Client, scope: &str, targets: &[Target], policy: &Policy) -> Result<Grant, Denial> {
    ask_in(&instance(), user, scope, targets, policy)
}

fn ask_in(
    instance: &Instance,
    user: Client,
    scope: &str,
    targets: &[Target],
    policy: &Policy,
) -> Result<Grant, Denial> {
    let body = format!("grant_type=client_credentials&scope={}", scope.replace(' ', "+"));
    decide(
        &proof(user),
        &Form::parse(body.as_bytes(), Parameters::TOKEN_REQUEST).unwrap(),
        targets,
        policy,
        instance,
        MOMENT,
    )
}

/// The granted scope of a user for this scope parameter.
fn granted(user: Client, scope: &str) -> String {
    ask_as(user, scope, &[], &policy()).unwrap().facts.scopes.to_string()
}

fn aud(project: ProjectId) -> String {
    format!("urn:zitadel:iam:org:project:id:{project}:aud")
}

const MANAGEMENT_AUD: &str = "urn:zitadel:iam:org:project:id:zitadel:aud";

#[test]
fn a_grant_has_user_scope_kind_and_end() {
    let grant = ask_as(service_user(), "openid profile", &[], &policy()).unwrap();
    assert_eq!((grant.facts.client, grant.facts.credential), (service_user().id, CREDENTIAL));
    assert_eq!(grant.facts.scopes, scopes("openid profile"));
    assert_eq!((grant.facts.issued, grant.token_type), (MOMENT, AccessTokenType::Opaque));
    assert_eq!(grant.expires.seconds_after(NOW), 43_200);
}

#[test]
fn a_jwt_has_the_type_of_its_user_or_else_that_of_the_instance() {
    let rfc = Policy { jwt_type: JwtType::AtJwt, ..policy() };
    let of = |own: Option<JwtType>, policy: &Policy| {
        ask_as(user_with(|user| user.jwt_type = own), "openid", &[], policy).unwrap().jwt_type
    };
    assert_eq!((of(None, &policy()), of(None, &rfc)), (JwtType::Jwt, JwtType::AtJwt));
    assert_eq!(of(Some(JwtType::AtJwt), &policy()), JwtType::AtJwt);
    assert_eq!(of(Some(JwtType::Jwt), &rfc), JwtType::Jwt);
}

#[test]
fn only_two_grant_types_are_supported() {
    let of = |body: &str| GrantType::of(&Form::parse(body.as_bytes(), Parameters::TOKEN_REQUEST).unwrap());
    assert_eq!(of("grant_type=client_credentials"), Ok(GrantType::ClientCredentials));
    assert_eq!(of("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer"), Ok(GrantType::JwtBearer));
    assert_eq!(of("scope=a"), Err(Denial::GrantTypeMissing));
    assert_eq!(of("grant_type="), Err(Denial::GrantTypeMissing));
    for other in ["password", "Client_Credentials", "client_credentials+", "authorization_code", "implicit"] {
        assert_eq!(of(&format!("grant_type={other}")), Err(Denial::UnsupportedGrantType), "{other}");
    }
}

#[test]
fn an_api_gets_no_tokens() {
    assert_eq!(ask_as(api(), "openid", &[], &policy()).err(), Some(Denial::UnauthorizedClient));
}

#[test]
fn without_a_scope_the_defaults_count_and_without_these_it_is_refused() {
    assert_eq!(ask_as(service_user(), "", &[], &policy()).err(), Some(Denial::ScopeMissing));
    let with_defaults = user_with(|user| user.default_scopes = scopes("openid"));
    assert_eq!(granted(with_defaults.clone(), ""), "openid");
    let instance_default = Policy { default_scopes: scopes("profile"), ..policy() };
    let grant = |user| ask_as(user, "", &[], &instance_default).unwrap().facts.scopes.to_string();
    assert_eq!(grant(service_user()), "profile");
    assert_eq!(grant(with_defaults), "openid", "the user's own come first");
}

#[test]
fn unknown_scopes_are_dropped_or_refused_as_configured() {
    assert_eq!(granted(service_user(), "openid made-up"), "openid");
    assert_eq!(ask_as(service_user(), "openid made-up", &[], &strict()).err(), Some(Denial::InvalidScope));
}

#[test]
fn another_organizations_scopes_are_dropped_and_ones_own_are_kept() {
    let own = "urn:zitadel:iam:org:id:401 urn:zitadel:iam:org:domain:primary:Example.com \
               urn:zitadel:iam:org:roles:id:401";
    let foreign = "urn:zitadel:iam:org:id:402 urn:zitadel:iam:org:domain:primary:example.org \
                   urn:zitadel:iam:org:roles:id:402";
    assert_eq!(granted(service_user(), &format!("openid {own} {foreign}")), format!("openid {own}"));
    assert_eq!(ask_as(service_user(), foreign, &[], &strict()).err(), Some(Denial::InvalidScope));
}

#[test]
fn a_user_gets_no_scope_beyond_its_limits() {
    let limited = user_with(|user| {
        user.limits.scopes = Some(scopes("openid urn:zitadel:iam:org:project:role:reader"));
        user.authorizations = vec![authorization(PROJECT, &["reader", "writer"])];
    });
    let asked =
        "openid profile urn:zitadel:iam:org:project:role:reader urn:zitadel:iam:org:project:role:writer";
    assert_eq!(granted(limited.clone(), asked), "openid urn:zitadel:iam:org:project:role:reader");
    assert_eq!(ask_as(limited.clone(), "openid profile", &[], &strict()).err(), Some(Denial::InvalidScope));
    assert!(ask_as(limited, "openid", &[], &strict()).is_ok());
}

#[test]
fn a_user_gets_no_audience_beyond_its_limits() {
    let limited = user_with(|user| user.limits.audiences = Some(vec![OTHER_PROJECT]));
    let both = format!("openid {} {} {MANAGEMENT_AUD}", aud(PROJECT), aud(OTHER_PROJECT));
    assert_eq!(granted(limited.clone(), &both), format!("openid {}", aud(OTHER_PROJECT)));
    assert_eq!(ask_as(limited.clone(), &both, &[], &strict()).err(), Some(Denial::InvalidScope));
    // A request that names no audience must not fall back to the default project, which is not allowed.
    assert_eq!(granted(limited, "openid"), format!("openid {}", aud(OTHER_PROJECT)));
    let manager = user_with(|user| user.limits.audiences = Some(vec![MANAGEMENT]));
    assert_eq!(granted(manager, "openid"), format!("openid {MANAGEMENT_AUD}"));
}

#[test]
fn an_audience_that_the_limits_drop_leads_to_no_other_one() {
    let audiences = user_with(|user| user.limits.audiences = Some(vec![OTHER_PROJECT]));
    let scopes = user_with(|user| user.limits.scopes = Some(scopes("openid")));
    for limited in [audiences, scopes] {
        for named in [aud(PROJECT), MANAGEMENT_AUD.into()] {
            let asked = format!("openid {named}");
            assert_eq!(ask_as(limited.clone(), &asked, &[], &policy()).err(), Some(Denial::NoAudience));
        }
    }
}

#[test]
fn a_resource_joins_the_audience_within_the_limits() {
    let resource = Resource::parse("https://api.example.com").unwrap();
    let target = Target { api: ClientId(700), project: OTHER_PROJECT, resource: resource.clone() };
    let grant = ask_as(service_user(), "openid", std::slice::from_ref(&target), &policy()).unwrap();
    assert_eq!((grant.facts.resources, grant.resources), (vec![ClientId(700)], vec![resource]));
    let elsewhere = user_with(|user| user.limits.audiences = Some(vec![PROJECT]));
    assert_eq!(ask_as(elsewhere, "openid", &[target], &policy()).err(), Some(Denial::InvalidTarget));
}

#[test]
fn a_lifetime_of_the_user_comes_before_that_of_the_instance() {
    let short = user_with(|user| user.limits.lifetime = Some(Lifetime(60)));
    assert_eq!(ask_as(short, "openid", &[], &policy()).unwrap().expires, Timestamp(NOW.0 + 60));
}

#[test]
fn an_expiry_beyond_time_stays_at_its_end() {
    let form = Form::parse(b"grant_type=client_credentials&scope=openid", Parameters::TOKEN_REQUEST).unwrap();
    let late = Moment { wall: Timestamp(u64::MAX - 1), careful: MOMENT.careful };
    let grant = decide(&proof(service_user()), &form, &[], &policy(), &instance(), late).unwrap();
    assert_eq!(grant.expires, Timestamp(u64::MAX));
}

fn facts(scope: &str, resources: &[u64]) -> AccessTokenFacts {
    AccessTokenFacts {
        client: service_user().id,
        credential: CREDENTIAL,
        issued: MOMENT,
        scopes: scopes(scope),
        resources: resources.iter().copied().map(ClientId).collect(),
        personal: false,
    }
}

#[test]
fn a_token_is_for_the_projects_that_it_names_else_for_the_default_one() {
    let list = |scope: &str, resources: &[u64]| {
        audience(&facts(scope, resources), &service_user(), &instance())
            .map(|project| project.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(list("openid", &[]), [501]);
    assert_eq!(list(&format!("openid {}", aud(OTHER_PROJECT)), &[]), [502]);
    assert_eq!(list(&format!("{} {}", aud(OTHER_PROJECT), aud(PROJECT)), &[]), [501, 502]);
    assert_eq!(list(MANAGEMENT_AUD, &[]), [599]);
    assert_eq!(list(&format!("{MANAGEMENT_AUD} {}", aud(OTHER_PROJECT)), &[]), [502, 599]);
    assert_eq!(list(&format!("openid {}", aud(ProjectId(7))), &[]), [7], "others may know it");
    assert_eq!(list("openid", &[700]), [0; 0], "a resource is named, so there is no default");
}

fn sees(project: ProjectId, user: &Client, facts: &AccessTokenFacts) -> bool {
    sees_in(&instance(), project, user, facts)
}

fn sees_in(instance: &Instance, project: ProjectId, user: &Client, facts: &AccessTokenFacts) -> bool {
    let mut caller = api();
    if let jeton_domain::client::Profile::Api(api) = &mut caller.profile {
        api.project = project;
    }
    let statement = statement(facts.clone(), 60);
    let credential = user.credential(CREDENTIAL).map(Into::into);
    let token = assess(&statement, user, credential, times(MOMENT)).unwrap();
    may_introspect(&caller, caller.api().unwrap(), &token, instance)
}

#[test]
fn an_api_sees_only_tokens_for_its_project_or_for_itself() {
    let user = service_user();
    assert!(sees(PROJECT, &user, &facts("openid", &[])));
    assert!(!sees(OTHER_PROJECT, &user, &facts("openid", &[])));
    assert!(!sees(PROJECT, &user, &facts(&aud(OTHER_PROJECT), &[])));
    assert!(sees(OTHER_PROJECT, &user, &facts(&format!("{} {}", aud(PROJECT), aud(OTHER_PROJECT)), &[])));
    assert!(sees(OTHER_PROJECT, &user, &facts("openid", &[api().id.0])), "named as a resource");
    assert!(!sees(PROJECT, &user, &facts("openid", &[700])), "another API of the project was named");
}

/// True if an API of a project sees a personal access token of this user.
fn sees_personal(project: ProjectId, mut user: Client) -> bool {
    let digest = PersonalAccessTokenDigest([7; 32]);
    user.credentials[0].kind = CredentialKind::PersonalAccessToken(digest);
    let facts = personal(&user, &user.credentials[0], &instance());
    let token = assess_personal(&facts, &digest, &user, Some((&user.credentials[0]).into()), MOMENT).unwrap();
    let mut caller = api();
    if let jeton_domain::client::Profile::Api(api) = &mut caller.profile {
        api.project = project;
    }
    may_introspect(&caller, caller.api().unwrap(), &token, &instance())
}

#[test]
fn a_personal_access_token_is_for_projects_with_roles_within_the_limits_of_its_user() {
    let user = |audiences: Option<Vec<ProjectId>>| {
        user_with(|user| {
            user.authorizations = vec![authorization(OTHER_PROJECT, &["reader"])];
            user.limits.audiences = audiences;
        })
    };
    assert!(!sees(OTHER_PROJECT, &user(None), &facts(MANAGEMENT_AUD, &[])), "an ordinary token is not");
    assert!(sees_personal(OTHER_PROJECT, user(None)));
    assert!(!sees_personal(PROJECT, user(None)));
    assert!(!sees_personal(OTHER_PROJECT, user(Some(vec![PROJECT]))), "not allowed for this user");
    assert!(sees_personal(OTHER_PROJECT, user(Some(vec![OTHER_PROJECT]))));
    assert!(!sees_personal(PROJECT, user(Some(vec![OTHER_PROJECT]))), "a limit gives no audience");
    let without_scopes = |user: &mut ServiceUser| user.limits.scopes = Some(scopes("openid"));
    assert!(!sees_personal(PROJECT, user_with(without_scopes)), "nor does one of scopes");
}

#[test]
fn a_personal_access_token_allows_what_its_users_tokens_may() {
    let allows = |change: fn(&mut ServiceUser)| {
        let user = user_with(change);
        personal(&user, &user.credentials[0], &instance()).scopes.to_string()
    };
    assert!(allows(|_| {}).starts_with("openid profile") && allows(|_| {}).contains(MANAGEMENT_AUD));
    assert_eq!(allows(|user| user.limits.scopes = Some(scopes("openid email"))), "openid");
    assert!(!allows(|user| user.limits.audiences = Some(vec![PROJECT])).contains(MANAGEMENT_AUD));
    assert!(allows(|user| user.limits.audiences = Some(vec![MANAGEMENT])).contains(MANAGEMENT_AUD));
}
