"""Calls by the client that openapi-python-client made: calls_of_openapi_python_client.py URL TOKEN"""

import datetime
import importlib
import sys

from client_opc import AuthenticatedClient, models

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])


def call(name, *path, service="zitadel_user_v_2_user_service", **arguments):
    """The function of a call, in its module of the same name."""
    module = f"client_opc.api.{service}.{service}_{name}"
    return importlib.import_module(module).sync(*path, client=client, **arguments)


machine = models.CreateMachine(name="Generated", access_token_type=models.AccessTokenType.ACCESS_TOKEN_TYPE_JWT)
made = call("create_user", body=models.CreateUserRequest(username="opc", machine=machine))
user = call("get_user_by_id_rest", made.user_id).user
assert (user.username, user.machine.access_token_type) == ("opc", "ACCESS_TOKEN_TYPE_JWT"), user

name = models.UserNameQuery(user_name="OP", method=models.TextMethod.TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE)
query = models.UserQuery(user_name_query=name)
not_human = models.UserQuery(not_query=models.NotQuery(query=models.UserQuery(
    type_query=models.UserTypeQuery(type_=models.UserType.TYPE_HUMAN))))
page = models.PageRequest(limit=5, asc=True)
listed = call("list_users", body=models.ListUsersRequest(
    query=page, sorting_column=models.UserFieldName.USER_FIELD_NAME_USER_NAME, queries=[query, not_human]))
assert [one.user_id for one in listed.result] == [made.user_id], listed

secret = call("add_secret_rest", made.user_id, body=models.AddSecretRequestBody(label="generated", lifetime="3600s"))
assert secret.client_secret.startswith("jeton_cs_"), secret
end = datetime.datetime(2030, 1, 31, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
token = call("add_personal_access_token", body=models.AddPersonalAccessTokenRequest(
    user_id=made.user_id, expiration_date=end))
assert token.token.startswith("jeton_pat_"), token
tokens = call("list_personal_access_tokens", body=models.ListPersonalAccessTokensRequest(
    filters=[models.PersonalAccessTokenFilter(user_id_filter=models.Id(id=made.user_id))]))
assert [one.expiration_date for one in tokens.result] == [end], tokens

entry = models.MetadataEntryInput(key="team", value="YmlsbGluZw==")
call("set_user_metadata", body=models.SetUserMetadataRequest(user_id=made.user_id, metadata=[entry]))
assert call("delete_user_metadata_rest", made.user_id, keys=["team"]).deletion_date
refused = call("delete_user_metadata_rest", made.user_id, keys=["team"])
assert isinstance(refused, models.RestError) and refused.message, refused

events = call("list_events", service="jeton_audit_v_1_audit_service",
              body=models.ListEventsRequest(pagination=models.PageRequest(limit=1)))
assert len(events.events) == 1 and events.next_page_token, events
assert call("delete_user_rest", made.user_id).deletion_date
gone = call("get_user_by_id_rest", made.user_id)
assert isinstance(gone, models.RestError) and gone.code == 5, gone
print("openapi-python-client: all calls did what they should")
