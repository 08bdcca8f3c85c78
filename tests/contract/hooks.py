"""Leads random requests to what exists.

Drawn keys name nothing: nearly every answer would be 404. So most requests are sent to things that are made for them beforehand,
and conditional writes know the state. What a request says of itself (which of its parts are wrong on purpose) stays true: only
well-formed values are replaced.
"""

import itertools
import os
import re
import zlib

import requests
import schemathesis

URL = os.environ["PENNON_URL"]
SESSION = requests.Session()
SESSION.headers["Authorization"] = f"Bearer {os.environ['ADMIN_TOKEN']}"

KEY = re.compile(r"[a-z0-9-]{1,40}\Z")
KID = re.compile(r"[0-9A-Za-z]{1,32}\Z")
VISIBLE = re.compile(r"[!-~]{1,255}\Z")
TAG = re.compile(r'"[0-9a-f]{32}"\Z')
FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
SEGMENT = {"ends_with": [{"var": "email"}, "@example.com"]}

PROJECT = "demo"
# Where whole environments are replaced.
ENVIRONMENTS = {"import-flags": "imports", "promote-flags": "imports", "rollback-environment": "imports"}
KNOWN = {"local", *ENVIRONMENTS.values()}
# How the keys of what is made or deleted as a whole begin.
OWN = "own-"
COUNTER = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw["operationId"]
    if not case.path_parameters or case.method != case.operation.method.upper():
        return
    if operation == "evaluate-flag":
        lead_to_member(operation, {"project": PROJECT, "environment": "local"} | case.path_parameters, False)
    else:
        lead(operation, case, is_chained(case))


def lead(operation, case, chained):
    path = case.path_parameters
    lead_to_environment(operation, path, chained)
    lead_to_member(operation, path, chained)
    headers = case.headers
    if "If-Match" in headers and headers.get("If-None-Match") == "*":
        # Both together are refused, whatever else there is.
        del headers["If-None-Match" if mostly(path) else "If-Match"]
    if "If-Match" in headers and not TAG.match(str(headers["If-Match"])) and mostly(headers["If-Match"]):
        headers["If-Match"] = "*"
    idempotency = headers.get("Idempotency-Key")
    if isinstance(idempotency, str) and VISIBLE.match(idempotency) and mostly(idempotency):
        # Short keys come again, with another request.
        headers["Idempotency-Key"] = f"{idempotency[:200]}-{next(COUNTER)}"
    if chained:
        ease(operation, case)
    if isinstance(case.body, dict):
        if operation == "promote-flags" and is_key(case.body.get("from")) and mostly(case.body["from"]):
            case.body["from"] = "local"
        if operation.startswith("rollback-") and isinstance(case.body.get("version"), int) and mostly(case.body):
            case.body["version"] = version(path)


def ease(operation, case):
    """Takes away what would end a chain: filters that nothing passes, and conditions that no state fulfils."""
    if operation.startswith("list-"):
        case.query.clear()
    if operation.startswith("put-") and not TAG.match(str(case.headers.get("If-Match"))):
        case.headers.pop("If-Match", None)
    if operation in ENVIRONMENTS:
        case.headers.setdefault("If-Match", "*")


def lead_to_environment(operation, path, chained):
    """Leads to the demo; what is made or deleted as a whole has names of its own, so that the demo stays."""
    project, environment = path.get("project"), path.get("environment")
    if is_key(project) and not project.startswith(OWN):
        if operation == "put-project":
            path["project"] = own(f"{project} {next(COUNTER)}" if chained else project)
        elif operation == "delete-project":
            path["project"] = made(f"/v1/projects/{own(next(COUNTER))}")
        elif chained or mostly(project):
            path["project"] = PROJECT
    if is_key(environment) and path["project"] == PROJECT and not environment.startswith(OWN):
        if operation == "put-environment":
            path["environment"] = own(f"{environment} {next(COUNTER)}" if chained else environment)
        elif operation == "delete-environment":
            path["environment"] = made(f"/v1/projects/{PROJECT}/environments/{own(next(COUNTER))}")
        elif chained:
            path["environment"] = environment if environment in KNOWN else "local"
        elif mostly(environment):
            path["environment"] = ENVIRONMENTS.get(operation, "local")
            made(environment_of(path))


def lead_to_member(operation, path, chained):
    """Makes the flag, segment or key that the path names."""
    if chained or path.get("project") != PROJECT or not is_key(path.get("environment")):
        return
    if operation == "revoke-key" and KID.match(str(path["kid"])):
        created = SESSION.post(f"{URL}{environment_of(path)}/keys", json={"scope": "client"})
        path["kid"] = created.json().get("kid", "none")
    elif "key" in path and isinstance(path["key"], str) and mostly(path["key"]):
        kind, content = ("segments", SEGMENT) if "segment" in operation else ("flags", FLAG)
        if operation not in ("put-flag", "put-segment"):
            key = requests.utils.quote(path["key"], safe="")
            made(f"{environment_of(path)}/{kind}/{key}", content)


@schemathesis.hook
def after_call(context, case, response):
    """Takes a key back that was made: an environment holds a limited number of them."""
    if case.operation.definition.raw["operationId"] == "create-key" and response.status_code == 201 and not is_chained(case):
        kid = response.json()["kid"]
        SESSION.delete(f"{URL}{environment_of(case.path_parameters)}/keys/{kid}", headers={"If-Match": "*"})


def made(path, content=None):
    """Makes what the path names, unless it is there; returns the last part of the path."""
    SESSION.put(URL + path, json=content or {}, headers={"If-None-Match": "*"})
    return path.rsplit("/", 1)[1]


def version(path):
    return int(SESSION.get(f"{URL}{environment_of(path)}/export").headers.get("Pennon-Version", 0))


def environment_of(path):
    return f"/v1/projects/{path['project']}/environments/{path['environment']}"


def own(value):
    return f"{OWN}{zlib.crc32(str(value).encode()):08x}"


def is_chained(case):
    """Whether the request is one of a chain, in which what it is about was made, or deleted, before."""
    return case.meta is not None and case.meta.phase.name.value == "stateful"


def is_key(value):
    return isinstance(value, str) and KEY.match(value) is not None


def mostly(value):
    """Seven times out of eight, and always alike for a value."""
    return zlib.crc32(repr(value).encode()) % 8 != 0
