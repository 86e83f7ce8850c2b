"""The official Python SDK of ZITADEL: its three ways to authenticate."""

from fixture import fixture, introspect, issuer, ok, userinfo
from zitadel_client.auth.client_credentials_authenticator import ClientCredentialsAuthenticator
from zitadel_client.auth.personal_access_token_authenticator import PersonalAccessTokenAuthenticator
from zitadel_client.auth.web_token_authenticator import WebTokenAuthenticator
from zitadel_client.transport_options import TransportOptions

options = TransportOptions(ca_cert_path=fixture["ca"])


def check(authenticator, who):
    headers = authenticator.get_auth_headers()
    token = headers["Authorization"].removeprefix("Bearer ")
    assert userinfo(token)["sub"] == fixture["billing_key"]["userId"], who
    return token


billing = fixture["billing"]
credentials = ClientCredentialsAuthenticator.builder(
    issuer, billing["clientId"], billing["clientSecret"], transport_options=options
).build()
check(credentials, "client credentials")
ok("client credentials")

# With its default scopes the token is for the management API, so an API of another project must not see it.
key = WebTokenAuthenticator.from_json(issuer, fixture["billing_key_file"], transport_options=options)
token = check(key, "key file")
assert introspect(token) == {"active": False}
ok("key file (JWT profile)")

scoped = ClientCredentialsAuthenticator.builder(
    issuer, billing["clientId"], billing["clientSecret"], transport_options=options
).scopes("openid", "profile").build()
token = check(scoped, "scopes")
seen = introspect(token)
assert seen["active"] and seen["username"] == "billing" and seen["name"] == "Billing worker", seen
ok("client credentials with scopes, introspected")

pat = PersonalAccessTokenAuthenticator(issuer, fixture["pat"]["token"])
check(pat, "personal access token")
ok("personal access token")
