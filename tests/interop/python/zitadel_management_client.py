"""The official Python SDK of ZITADEL manages everything that a machine user needs, and cleans up."""

import base64
import json
from datetime import datetime, timedelta, timezone

import zitadel_client as z
from fixture import fixture, introspect_as, issuer, ok, userinfo
from zitadel_client.auth.client_credentials_authenticator import ClientCredentialsAuthenticator
from zitadel_client.auth.web_token_authenticator import WebTokenAuthenticator
from zitadel_client.models import *  # noqa: F403 the SDK has one class per request
from zitadel_client.transport_options import TransportOptions

options = TransportOptions(ca_cert_path=fixture["ca"])
client = z.Zitadel.with_access_token(issuer, fixture["owner"]["token"], transport_options=options)
soon = datetime.now(timezone.utc) + timedelta(days=30)


def refused(status, call, request):
    try:
        call(request)
    except z.exceptions.ApiError as error:
        assert error.code == status, (error.code, error.response_body)
        return error
    raise AssertionError(f"{call} was not refused")


# A new organization, so that cleaning up is one call at the end.
organization = client.organizations.add_organization(OrganizationServiceAddOrganizationRequest(name="SDK"))
org = organization.organization_id
assert org == organization.details.resource_owner
ok("organization")

user = client.users.create_user(
    UserServiceCreateUserRequest(
        organizationId=org,
        username="sdk-machine",
        machine=UserServiceMachine(name="SDK machine", description="made by the SDK"),
    )
)
shown = client.users.get_user_by_id(UserServiceGetUserByIDRequest(userId=user.id))
assert shown.user.username == "sdk-machine" and shown.user.machine.name == "SDK machine", shown
assert shown.user.state == "USER_STATE_ACTIVE" and not shown.user.machine.has_secret
assert shown.user.details.resource_owner == org
refused(
    409,
    client.users.create_user,
    UserServiceCreateUserRequest(
        organizationId=org, username="sdk-machine", machine=UserServiceMachine(name="x")
    ),
)
client.users.update_user(
    UserServiceUpdateUserRequest(userId=user.id, machine=UserServiceMachine(name="Renamed"))
)
found = client.users.list_users(
    UserServiceListUsersRequest(
        query=UserServiceListQuery(limit=10, asc=True),
        sortingColumn="USER_FIELD_NAME_USER_NAME",
        queries=[
            UserServiceSearchQuery(
                userNameQuery=UserServiceUserNameQuery(
                    userName="SDK-", method="TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE"
                )
            ),
            UserServiceSearchQuery(typeQuery=UserServiceTypeQuery(type="TYPE_MACHINE")),
        ],
    )
)
assert [one.machine.name for one in found.result] == ["Renamed"], found
ok("user: create, get, update, list")

secret = client.users.add_secret(UserServiceAddSecretRequest(userId=user.id)).client_secret
machine = ClientCredentialsAuthenticator.builder(issuer, "sdk-machine", secret, transport_options=options).build()
token = machine.get_auth_headers()["Authorization"].removeprefix("Bearer ")
assert userinfo(token)["sub"] == user.id
own = z.Zitadel.with_client_credentials(issuer, "sdk-machine", secret, transport_options=options)
denied = refused(403, own.users.list_users, UserServiceListUsersRequest())
assert denied.response_body["code"] == "permission_denied", denied.response_body
ok("secret: add, authenticate as it, no permission by default")

key = client.users.add_key(UserServiceAddKeyRequest(userId=user.id, expirationDate=soon))
content = key.key_content if isinstance(key.key_content, bytes) else str(key.key_content).encode()
file = json.loads(base64.b64decode(content) if not content.lstrip().startswith(b"{") else content)
assert file["userId"] == user.id and file["keyId"] == key.key_id
path = fixture["data_dir"] + "/../sdk.key.json"
with open(path, "w") as out:
    json.dump(file, out)
by_key = WebTokenAuthenticator.from_json(issuer, path, transport_options=options)
assert userinfo(by_key.get_auth_headers()["Authorization"].removeprefix("Bearer "))["sub"] == user.id
keys = client.users.list_keys(
    UserServiceListKeysRequest(filters=[UserServiceKeysSearchFilter(userIdFilter=UserServiceIDFilter(id=user.id))])
)
assert [one.id for one in keys.result] == [key.key_id]
assert abs((keys.result[0].expiration_date - soon).total_seconds()) < 2
client.users.remove_key(UserServiceRemoveKeyRequest(userId=user.id, keyId=key.key_id))
ok("key: add, authenticate with it, list, remove")

pat = client.users.add_personal_access_token(
    UserServiceAddPersonalAccessTokenRequest(userId=user.id, expirationDate=soon)
)
assert userinfo(pat.token)["sub"] == user.id
pats = client.users.list_personal_access_tokens(
    UserServiceListPersonalAccessTokensRequest(
        filters=[UserServicePersonalAccessTokensSearchFilter(userIdFilter=UserServiceIDFilter(id=user.id))]
    )
)
assert [one.id for one in pats.result] == [pat.token_id]
client.users.remove_personal_access_token(
    UserServiceRemovePersonalAccessTokenRequest(userId=user.id, tokenId=pat.token_id)
)
ok("personal access token: add, use, list, remove")

client.users.set_user_metadata(
    UserServiceSetUserMetadataRequest(
        userId=user.id,
        metadata=[UserServiceMetadata(key="team", value=base64.b64encode(b"payments").decode())],
    )
)
noted = client.users.list_user_metadata(UserServiceListUserMetadataRequest(userId=user.id))
assert [entry.key for entry in noted.metadata] == ["team"]
client.users.delete_user_metadata(UserServiceDeleteUserMetadataRequest(userId=user.id, keys=["team"]))
ok("metadata: set, list, delete")

project = client.projects.create_project(
    ProjectServiceCreateProjectRequest(organizationId=org, name="SDK shop", projectRoleAssertion=True)
).project_id
client.projects.add_project_role(
    ProjectServiceAddProjectRoleRequest(projectId=project, roleKey="reader", displayName="Reader")
)
client.projects.update_project_role(
    ProjectServiceUpdateProjectRoleRequest(projectId=project, roleKey="reader", displayName="Reads")
)
roles = client.projects.list_project_roles(ProjectServiceListProjectRolesRequest(projectId=project))
assert [(role.key, role.display_name) for role in roles.project_roles] == [("reader", "Reads")]
client.projects.update_project(ProjectServiceUpdateProjectRequest(projectId=project, name="SDK market"))
got = client.projects.get_project(ProjectServiceGetProjectRequest(projectId=project)).project
assert got.name == "SDK market" and got.project_role_assertion and got.state == "PROJECT_STATE_ACTIVE"
client.projects.deactivate_project(ProjectServiceDeactivateProjectRequest(projectId=project))
client.projects.activate_project(ProjectServiceActivateProjectRequest(projectId=project))
listed = client.projects.list_projects(
    ProjectServiceListProjectsRequest(
        filters=[ProjectServiceProjectSearchFilter(inProjectIdsFilter=ProjectServiceInIDsFilter(ids=[project]))]
    )
)
assert [one.project_id for one in listed.projects] == [project]
ok("project and roles: create, change, list, deactivate")

application = client.applications.create_application(
    ApplicationServiceCreateApplicationRequest(
        projectId=project,
        name="SDK API",
        apiConfiguration=ApplicationServiceCreateAPIApplicationRequest(authMethodType="API_AUTH_METHOD_TYPE_BASIC"),
    )
)
app = application.application_id
api = application.api_configuration
authorization = client.authorizations.create_authorization(
    AuthorizationServiceCreateAuthorizationRequest(
        userId=user.id, projectId=project, organizationId=org, roleKeys=["reader"]
    )
).id
scoped = ClientCredentialsAuthenticator.builder(issuer, "sdk-machine", secret, transport_options=options)
scoped = scoped.scopes("openid", f"urn:zitadel:iam:org:project:id:{project}:aud").build()
token = scoped.get_auth_headers()["Authorization"].removeprefix("Bearer ")
seen = introspect_as(api.client_id, api.client_secret, token)
assert seen["active"] and "reader" in seen["urn:zitadel:iam:org:project:roles"], seen
ok("application and authorization: the API sees the role")

listed = client.authorizations.list_authorizations(
    AuthorizationServiceListAuthorizationsRequest(
        filters=[AuthorizationServiceAuthorizationsSearchFilter(inUserIds=AuthorizationServiceInIDsFilter(ids=[user.id]))]
    )
)
assert [(one.id, one.roles[0].key, one.project.id) for one in listed.authorizations] == [
    (authorization, "reader", project)
]
client.authorizations.deactivate_authorization(AuthorizationServiceDeactivateAuthorizationRequest(id=authorization))
seen = introspect_as(api.client_id, api.client_secret, token)
assert "urn:zitadel:iam:org:project:roles" not in seen, seen
client.authorizations.activate_authorization(AuthorizationServiceActivateAuthorizationRequest(id=authorization))
client.authorizations.update_authorization(
    AuthorizationServiceUpdateAuthorizationRequest(id=authorization, roleKeys=[])
)
client.authorizations.delete_authorization(AuthorizationServiceDeleteAuthorizationRequest(id=authorization))
client.authorizations.delete_authorization(AuthorizationServiceDeleteAuthorizationRequest(id=authorization))
ok("authorization: list, deactivate, activate, update, delete twice")

app_key = client.applications.create_application_key(
    ApplicationServiceCreateApplicationKeyRequest(projectId=project, applicationId=app, expirationDate=soon)
)
app_keys = client.applications.list_application_keys(
    ApplicationServiceListApplicationKeysRequest(
        filters=[
            ApplicationServiceApplicationKeySearchFilter(
                applicationIdFilter=ApplicationServiceApplicationKeyApplicationIDFilter(applicationId=app)
            )
        ]
    )
)
assert [one.key_id for one in app_keys.keys] == [app_key.key_id]
client.applications.get_application_key(ApplicationServiceGetApplicationKeyRequest(keyId=app_key.key_id))
client.applications.delete_application_key(
    ApplicationServiceDeleteApplicationKeyRequest(projectId=project, applicationId=app, keyId=app_key.key_id)
)
again = client.applications.generate_client_secret(
    ApplicationServiceGenerateClientSecretRequest(projectId=project, applicationId=app)
)
assert introspect_as(api.client_id, again.client_secret, token)["active"]
client.applications.update_application(
    ApplicationServiceUpdateApplicationRequest(projectId=project, applicationId=app, name="SDK renamed")
)
client.applications.deactivate_application(
    ApplicationServiceDeactivateApplicationRequest(projectId=project, applicationId=app)
)
client.applications.reactivate_application(
    ApplicationServiceReactivateApplicationRequest(projectId=project, applicationId=app)
)
got = client.applications.get_application(ApplicationServiceGetApplicationRequest(applicationId=app)).application
assert got.name == "SDK renamed" and got.state == "APPLICATION_STATE_ACTIVE", got
listed = client.applications.list_applications(
    ApplicationServiceListApplicationsRequest(
        filters=[
            ApplicationServiceApplicationSearchFilter(
                projectIdFilter=ApplicationServiceProjectIDFilter(projectId=project)
            )
        ]
    )
)
assert [one.application_id for one in listed.applications] == [app]
ok("application: keys, secret, rename, deactivate, list")

resource = InternalPermissionServiceResourceType(organizationId=org)
client.internal_permissions.create_administrator(
    InternalPermissionServiceCreateAdministratorRequest(
        userId=user.id, resource=resource, roles=["ORG_OWNER_VIEWER"]
    )
)
assert [one.username for one in own.users.list_users(UserServiceListUsersRequest()).result] == ["sdk-machine"]
client.internal_permissions.update_administrator(
    InternalPermissionServiceUpdateAdministratorRequest(
        userId=user.id, resource=resource, roles=["ORG_USER_MANAGER"]
    )
)
administrators = client.internal_permissions.list_administrators(
    InternalPermissionServiceListAdministratorsRequest(
        filters=[
            InternalPermissionServiceAdministratorSearchFilter(
                inUserIdsFilter=InternalPermissionServiceInIDsFilter(ids=[user.id])
            )
        ]
    )
)
assert [(one.organization.id, one.roles) for one in administrators.administrators] == [(org, ["ORG_USER_MANAGER"])]
client.internal_permissions.delete_administrator(
    InternalPermissionServiceDeleteAdministratorRequest(userId=user.id, resource=resource)
)
refused(403, own.users.list_users, UserServiceListUsersRequest())
ok("administrator: assign, change, list, dismiss; the rights follow at once")

web_key = client.webkeys.create_web_key(WebKeyServiceCreateWebKeyRequest(ed25519={}))
states = {key.id: key.state for key in client.webkeys.list_web_keys({}).web_keys}
assert states[web_key.id] == "STATE_INITIAL", states
client.webkeys.delete_web_key(WebKeyServiceDeleteWebKeyRequest(id=web_key.id))
ok("web key: create, list, delete")

for change, state in [
    (lambda: client.users.deactivate_user(UserServiceDeactivateUserRequest(userId=user.id)), "USER_STATE_INACTIVE"),
    (lambda: client.users.reactivate_user(UserServiceReactivateUserRequest(userId=user.id)), "USER_STATE_ACTIVE"),
    (lambda: client.users.lock_user(UserServiceLockUserRequest(userId=user.id)), "USER_STATE_LOCKED"),
    (lambda: client.users.unlock_user(UserServiceUnlockUserRequest(userId=user.id)), "USER_STATE_ACTIVE"),
]:
    change()
    now = client.users.get_user_by_id(UserServiceGetUserByIDRequest(userId=user.id)).user.state
    assert now == state, (now, state)
ok("states of a user")

client.users.remove_secret(UserServiceRemoveSecretRequest(userId=user.id))
client.applications.delete_application(ApplicationServiceDeleteApplicationRequest(projectId=project, applicationId=app))
client.projects.remove_project_role(ProjectServiceRemoveProjectRoleRequest(projectId=project, roleKey="reader"))
client.projects.delete_project(ProjectServiceDeleteProjectRequest(projectId=project))
client.users.delete_user(UserServiceDeleteUserRequest(userId=user.id))
refused(404, client.users.get_user_by_id, UserServiceGetUserByIDRequest(userId=user.id))
client.organizations.set_organization_metadata(
    OrganizationServiceSetOrganizationMetadataRequest(
        organizationId=org, metadata=[OrganizationServiceMetadata(key="a", value="Yg==")]
    )
)
client.organizations.update_organization(
    OrganizationServiceUpdateOrganizationRequest(organizationId=org, name="SDK done")
)
client.organizations.deactivate_organization(OrganizationServiceDeactivateOrganizationRequest(organizationId=org))
client.organizations.activate_organization(OrganizationServiceActivateOrganizationRequest(organizationId=org))
client.organizations.delete_organization(OrganizationServiceDeleteOrganizationRequest(organizationId=org))
left = client.organizations.list_organizations(OrganizationServiceListOrganizationsRequest())
assert org not in [one.id for one in left.result]
ok("cleaned up")
