"""PyJWT: verifies with the key set that it fetches."""

import jwt
import requests
from fixture import fixture, issuer, metadata, ok

discovered = metadata()
reports = fixture["reports"]
answer = requests.post(
    discovered["token_endpoint"], data={"grant_type": "client_credentials", "scope": "openid profile"},
    auth=(reports["clientId"], reports["clientSecret"]), timeout=20,
).json()

keys = jwt.PyJWKClient(discovered["jwks_uri"])
for name, audience in [("access_token", fixture["project"]), ("id_token", "reports")]:
    key = keys.get_signing_key_from_jwt(answer[name])
    claims = jwt.decode(
        answer[name], key, algorithms=["RS256"], audience=audience, issuer=issuer,
        options={"require": ["exp", "iat", "iss", "sub", "aud"]},
    )
    assert claims["name"] == "Reports", claims
    ok(name)

for name, audience in [("access_token", "another"), ("id_token", fixture["project"])]:
    try:
        jwt.decode(answer[name], keys.get_signing_key_from_jwt(answer[name]), algorithms=["RS256"], audience=audience)
        raise SystemExit(f"{name} is good for {audience}")
    except jwt.InvalidAudienceError:
        ok(f"{name} is not for others")
