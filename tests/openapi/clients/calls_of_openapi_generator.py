"""Calls by the client that openapi-generator made: calls_of_openapi_generator.py URL TOKEN"""

import sys

import client_oag
from client_oag import models

configuration = client_oag.Configuration(host=sys.argv[1], access_token=sys.argv[2])

with client_oag.ApiClient(configuration) as client:
    users = client_oag.ZitadelUserV2UserServiceApi(client)
    projects = client_oag.ZitadelProjectV2ProjectServiceApi(client)
    grants = client_oag.ZitadelAuthorizationV2AuthorizationServiceApi(client)

    machine = models.CreateMachine(name="Generated", default_scopes=["openid"])
    request = models.CreateUserRequest(username="oag", machine=machine)
    made = users.zitadel_user_v2_user_service_create_user_rest(request)
    state = models.UserQuery(state_query=models.UserStateQuery(state=models.UserState.USER_STATE_ACTIVE))
    names = models.UserQuery(in_user_ids_query=models.InUserIdsQuery(user_ids=[made.user_id]))
    either = models.UserQuery(or_query=models.OrQuery(queries=[names, state]))
    request = models.ListUsersRequest(queries=[either, names])
    listed = users.zitadel_user_v2_user_service_list_users(list_users_request=request)
    assert [one.username for one in listed.result] == ["oag"], listed

    request = models.UpdateUserRequestBody(machine=models.UpdateMachine(description="changed"))
    users.zitadel_user_v2_user_service_update_user_rest(made.user_id, update_user_request_body=request)
    shown = users.zitadel_user_v2_user_service_get_user_by_id_rest(made.user_id)
    assert (shown.user.machine.name, shown.user.machine.description) == ("Generated", "changed"), shown

    project = projects.zitadel_project_v2_project_service_create_project(
        models.CreateProjectRequest(name="Generated", authorization_required=True))
    projects.zitadel_project_v2_project_service_add_project_role(
        models.AddProjectRoleRequest(project_id=project.project_id, role_key="reader"))
    grants.zitadel_authorization_v2_authorization_service_create_authorization(
        models.CreateAuthorizationRequest(
            user_id=made.user_id, project_id=project.project_id, role_keys=["reader"]))
    request = models.ListAuthorizationsRequest(
        filters=[models.AuthorizationFilter(in_user_ids=models.Ids(ids=[made.user_id]))])
    listed = grants.zitadel_authorization_v2_authorization_service_list_authorizations(
        list_authorizations_request=request)
    assert [role.key for role in listed.authorizations[0].roles] == ["reader"], listed

    secret = users.zitadel_user_v2_user_service_add_secret_rest(made.user_id)
    assert secret.client_secret.startswith("jeton_cs_") and secret.expiration_date is None, secret
    try:
        users.zitadel_user_v2_user_service_create_user(models.CreateUserRequest(
            username="oag", machine=models.CreateMachine(name="x")))
        raise AssertionError("a name that is taken was given again")
    except client_oag.ApiException as refused:
        assert refused.status == 409 and '"already_exists"' in refused.body, refused
    assert users.zitadel_user_v2_user_service_delete_user_rest(made.user_id).deletion_date
print("openapi-generator: all calls did what they should")
