"""The server's test data, and a function that reports successful steps."""

import json
import os

import requests

with open(os.environ["JETON_INTEROP"]) as file:
    fixture = json.load(file)

issuer = fixture["issuer"]


def ok(what):
    print(f"ok {what}")


def introspect(token):
    """The answer of introspection to the API of the run."""
    api = fixture["api"]
    return introspect_as(api["clientId"], api["clientSecret"], token)


def introspect_as(client_id, client_secret, token):
    """The answer of introspection to an API."""
    answer = requests.post(
        f"{issuer}/oauth/v2/introspect", data={"token": token}, auth=(client_id, client_secret), timeout=20
    )
    answer.raise_for_status()
    return answer.json()


def userinfo(token):
    answer = requests.get(f"{issuer}/oidc/v1/userinfo", headers={"Authorization": f"Bearer {token}"}, timeout=20)
    answer.raise_for_status()
    return answer.json()


def metadata():
    answer = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=20)
    answer.raise_for_status()
    return answer.json()
