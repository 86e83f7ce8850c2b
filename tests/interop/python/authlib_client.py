"""Authlib: OAuth client, assertions, JOSE and the validator of RFC 9068."""

import time

import requests
from authlib.integrations.requests_client import AssertionSession, OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from fixture import fixture, introspect, issuer, metadata, ok, userinfo
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

discovered = metadata()
endpoint = discovered["token_endpoint"]
billing, reports, api = fixture["billing"], fixture["reports"], fixture["api"]

for method in ["client_secret_basic", "client_secret_post"]:
    session = OAuth2Session(
        billing["clientId"], billing["clientSecret"], scope="openid profile", token_endpoint_auth_method=method
    )
    token = session.fetch_token(endpoint, grant_type="client_credentials")
    assert token["token_type"] == "Bearer" and token["scope"] == "openid profile", token
    assert introspect(token["access_token"])["active"]
    ok(method)

info = session.get(discovered["userinfo_endpoint"]).json()
assert info["preferred_username"] == "billing", info
ok("userinfo through the session")

caller = OAuth2Session(api["clientId"], api["clientSecret"], token_endpoint_auth_method="client_secret_basic")
seen = caller.introspect_token(discovered["introspection_endpoint"], token["access_token"]).json()
assert seen["active"] and seen["client_id"] == "billing", seen
assert session.revoke_token(discovered["revocation_endpoint"], token["access_token"]).status_code == 200
assert introspect(token["access_token"]) == {"active": False}
ok("introspection and revocation")

# The audience is the issuer, as the revision of RFC 7523 says (the library calls the parameter otherwise),
# and the assertion lives for a minute instead of the library's hour.
key = fixture["billing_key"]
method = PrivateKeyJWT(issuer, claims={"exp": int(time.time()) + 60}, headers={"kid": key["keyId"]})
session = OAuth2Session("billing", key["key"], scope="openid", token_endpoint_auth_method=method)
token = session.fetch_token(endpoint, grant_type="client_credentials")
assert introspect(token["access_token"])["active"]
ok("private_key_jwt")

key = fixture["reports_key"]
session = AssertionSession(
    token_endpoint=endpoint, issuer=key["userId"], subject=key["userId"], audience=issuer,
    grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", scope="openid", key=RSAKey.import_key(key["key"]),
    header={"alg": "RS256", "kid": key["keyId"]},
)
session.refresh_token()
granted = session.token
ok("JWT bearer grant")

keys = KeySet.import_key_set(requests.get(discovered["jwks_uri"], timeout=20).json())
rules = jwt.JWTClaimsRegistry(iss={"essential": True, "value": issuer}, exp={"essential": True})
claims = jwt.decode(granted["access_token"], keys, algorithms=["RS256"]).claims
rules.validate(claims)
assert claims["client_id"] == "reports" and claims["sub"] == key["userId"], claims
claims = jwt.decode(granted["id_token"], keys, algorithms=["RS256"]).claims
rules.validate(claims)
assert claims["exp"] > claims["iat"] and claims["aud"] == ["reports"], claims
ok("JOSE verifies access token and id token")


class Validator(JWTBearerTokenValidator):
    def get_jwks(self):
        return keys


validator = Validator(issuer=issuer, resource_server=fixture["project"])
token = validator.authenticate_token(granted["access_token"])
validator.validate_token(token, scopes=["openid"], request=None)
ok("RFC 9068 validator")
assert userinfo(granted["access_token"])["sub"] == key["userId"]
