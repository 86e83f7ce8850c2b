"""A token that is made anew every few seconds: the calls under test may revoke the one in use."""

import itertools
import json
import os
import subprocess

import schemathesis

# Another user each time: the calls may also rename, lock and demote them, and a user has at most fifty tokens.
NAMES = (f"owner-{number}" for number in itertools.count())


@schemathesis.auth(refresh_interval=3)
class Owner:
    def get(self, case, context):
        made = subprocess.run(
            [os.environ["JETON"], "admin", "recover", next(NAMES), "--json"],
            capture_output=True,
            check=True,
            text=True,
        )
        return json.loads(made.stdout)["token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
