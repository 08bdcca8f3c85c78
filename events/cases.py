"""What is asked of each function, and what it answers over the demo environment of `pennon-local`."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

PROJECT = "/v1/projects/{project}"
ENVIRONMENT = f"{PROJECT}/environments/{{environment}}"
ROUTES = {
    "evaluate-flag": "/ofrep/v1/evaluate/flags/{key+}",
    "evaluate-flags": "/ofrep/v1/evaluate/flags",
    "get-snapshot": "/v1/snapshot",
    "get-openapi": "/v1/openapi.json",
    "health": "/health",
    "ready": "/ready",
    "list-projects": "/v1/projects",
    "get-project": PROJECT,
    "put-project": PROJECT,
    "delete-project": PROJECT,
    "list-environments": f"{PROJECT}/environments",
    "get-environment": ENVIRONMENT,
    "put-environment": ENVIRONMENT,
    "delete-environment": ENVIRONMENT,
    "list-flags": f"{ENVIRONMENT}/flags",
    "get-flag": f"{ENVIRONMENT}/flags/{{key+}}",
    "put-flag": f"{ENVIRONMENT}/flags/{{key+}}",
    "patch-flag": f"{ENVIRONMENT}/flags/{{key+}}",
    "delete-flag": f"{ENVIRONMENT}/flags/{{key+}}",
    "list-segments": f"{ENVIRONMENT}/segments",
    "get-segment": f"{ENVIRONMENT}/segments/{{key+}}",
    "put-segment": f"{ENVIRONMENT}/segments/{{key+}}",
    "patch-segment": f"{ENVIRONMENT}/segments/{{key+}}",
    "delete-segment": f"{ENVIRONMENT}/segments/{{key+}}",
    "export-flags": f"{ENVIRONMENT}/export",
    "import-flags": f"{ENVIRONMENT}/import",
    "promote-flags": f"{ENVIRONMENT}/promote",
    "evaluate-preview": f"{ENVIRONMENT}/evaluate-preview",
    "list-keys": f"{ENVIRONMENT}/keys",
    "create-key": f"{ENVIRONMENT}/keys",
    "revoke-key": f"{ENVIRONMENT}/keys/{{kid}}",
    "list-audit": f"{PROJECT}/audit",
    "get-flag-history": f"{ENVIRONMENT}/history/{{key+}}",
    "rollback-flag": f"{ENVIRONMENT}/rollback/{{key+}}",
    "rollback-environment": f"{ENVIRONMENT}/rollback",
}


class Case(NamedTuple):
    name: str
    method: str
    path: str
    status: int
    headers: dict[str, str] = {}
    body: str | None = None
    query: str = ""
    # What the gateway's authorizer passes on.
    principal: dict[str, str] | None = None
    # Whether an HTTP API sends it, and then whether with the path decoded.
    http: bool = False
    decoded: bool = False
    # Members that the answer has, and texts in it.
    answer: dict[str, Any] = {}
    contains: list[str] = []
    # What happens to the demo before.
    after: list[str] = []
    # Sent as it is, and refused with this error.
    event: dict[str, Any] | None = None
    error: str = ""
    # What Lambda is told, and of which changes the event bus is: their identifiers.
    result: dict[str, Any] | None = None
    published: list[str] = []


JSON = {"Content-Type": "application/json"}

# The evaluation plane.

KEY = "pnn_demo.local_dev_NotASecretItOnlyOpensTheFlagsOnThisMachine"
WRONG_SECRET = {"Authorization": "Bearer pnn_demo.local_dev_NotTheSecretThatOpensTheFlagsHere0000"}
ELSEWHERE = {"Authorization": f"Bearer {KEY.replace('demo.local', 'demo.elsewhere')}"}
BEARER = {"Authorization": f"Bearer {KEY}"}
API_KEY = {"X-API-Key": KEY}
NO_KEY = "the SDK key is missing or not valid"
DEMO_SET = {"flagSet": "demo"}
ADA = '{"context": {"targetingKey": "user-1", "email": "ada@example.com"}}'
PRO = '{"context": {"targetingKey": "user-1", "plan": "pro"}}'
ANYBODY = '{"context": {}}'
TOO_LARGE = json.dumps({"context": {"padding": "x" * 65536}})
# The entity tags of the demo, for PRO.
ALL_FLAGS_TAG = {"If-None-Match": '"6a5650a7d8629908efb8e86bf53386ca"'}
SNAPSHOT_TAG = {"If-None-Match": '"2126ba37237a9e26192f61c63eadbab0"'}


def one(name: str, key: str, status: int, body: str | None = ANYBODY, headers=BEARER, method="POST", **others) -> Case:
    return Case(name, method, f"/ofrep/v1/evaluate/flags/{key}", status, headers | JSON, body, **others)


def every(name: str, status: int, body=PRO, headers=BEARER, method="POST", path="/ofrep/v1/evaluate/flags", **others):
    return Case(name, method, path, status, headers | JSON, body, **others)


def refused(key: str | None, code: str, details: str | None = None, metadata: dict | None = None) -> dict:
    members = {"key": key, "errorCode": code, "errorDetails": details}
    return {name: value for name, value in members.items() if value} | {"metadata": metadata or {}}


def snapshot(name: str, status: int, headers: dict, method: str = "GET", **others) -> Case:
    return Case(name, method, "/v1/snapshot", status, headers, **others)


def problem(status: int, title: str, detail: str | None = None) -> dict:
    members = {"type": "about:blank", "title": title, "status": status}
    return members | ({"detail": detail} if detail else {})


TARGETED = {
    "key": "new-checkout",
    "value": True,
    "reason": "TARGETING_MATCH",
    "variant": "on",
    "metadata": {"flagSet": "demo", "owner": "payments"},
}
SHORT = {"key": "search-timeout-seconds", "value": 0.5, "reason": "STATIC", "variant": "short", "metadata": DEMO_SET}
PLAIN = {"key": "banner-text", "value": "Welcome", "reason": "DEFAULT", "variant": "plain", "metadata": DEMO_SET}
NO_METHOD = problem(405, "Method Not Allowed")
CHECKOUT_401 = refused("new-checkout", "GENERAL", NO_KEY)

EVALUATION = {
    "evaluate-flag": [
        one("targeted-rest", "new-checkout", 200, ADA, answer=TARGETED),
        one("targeted-http", "new-checkout", 200, ADA, API_KEY, http=True, answer=TARGETED),
        one("static-float", "search-timeout-seconds", 200, answer=SHORT),
        one("disabled", "holiday-theme", 200,
            answer={"key": "holiday-theme", "reason": "DISABLED", "metadata": DEMO_SET}),
        one("empty-body", "banner-text", 200, None, answer=PLAIN),
        one("flag-not-found", "no-such-flag", 404, answer=refused("no-such-flag", "FLAG_NOT_FOUND", None, DEMO_SET)),
        one("flag-not-found-odd-key", "a%20b/%C3%BC%3F", 404,
            answer=refused("a b/ü?", "FLAG_NOT_FOUND", None, DEMO_SET)),
        one("flag-not-found-decoded-path", "a%20b/%C3%BC%3F", 404, http=True, decoded=True,
            answer=refused("a b/ü?", "FLAG_NOT_FOUND", None, DEMO_SET)),
        one("malformed-json", "new-checkout", 400, '{"context":{"targetingKey":',
            answer=refused("new-checkout", "INVALID_CONTEXT")),
        one("context-not-an-object", "new-checkout", 400, '{"context": ["user-1"]}',
            answer=refused("new-checkout", "INVALID_CONTEXT")),
        one("key-too-long", "k" * 257, 400, answer=refused(None, "GENERAL", "a flag key has at most 256 bytes")),
        one("no-key", "new-checkout", 401, headers={}, answer=CHECKOUT_401),
        one("wrong-secret", "new-checkout", 401, headers=WRONG_SECRET, answer=CHECKOUT_401),
        one("unknown-environment", "new-checkout", 401, headers=ELSEWHERE, answer=CHECKOUT_401),
        one("body-too-large", "new-checkout", 413, TOO_LARGE,
            answer=refused("new-checkout", "GENERAL", "the request body is larger than 65536 bytes")),
        one("wrong-method", "new-checkout", 405, method="DELETE", answer=refused("new-checkout", "GENERAL")),
    ],
    "evaluate-flags": [
        every("all-rest", 200, contains=['"key":"banner-text"', '"value":200', '"metadata":{"flagSet":"demo"}']),
        every("all-http", 200, headers=API_KEY, path="//ofrep/v1/evaluate/flags/", http=True,
              contains=['"key":"banner-text"', '"value":200']),
        every("not-modified", 304, headers=BEARER | ALL_FLAGS_TAG),
        every("known-config-differs", 200, headers=BEARER | ALL_FLAGS_TAG, query="flagConfigEtag=another",
              contains=['"flags":[']),
        every("malformed-json", 400, "{", answer=refused(None, "INVALID_CONTEXT")),
        every("context-not-an-object", 400, '{"context": 7}', answer=refused(None, "INVALID_CONTEXT")),
        every("no-key", 401, headers={}, answer=refused(None, "GENERAL", NO_KEY)),
        every("wrong-secret", 401, headers=WRONG_SECRET, answer=refused(None, "GENERAL", NO_KEY)),
        every("body-too-large", 413, TOO_LARGE, answer=refused(None, "GENERAL")),
        every("wrong-method", 405, method="PUT", answer=refused(None, "GENERAL")),
    ],
    "get-snapshot": [
        snapshot("whole-rest", 200, BEARER, contains=['"new-checkout"', '"$evaluators"', "10.0"]),
        snapshot("whole-http", 200, API_KEY, http=True, contains=['"new-checkout"']),
        snapshot("not-modified", 304, BEARER | SNAPSHOT_TAG),
        snapshot("no-key", 401, {}, answer=problem(401, "Unauthorized", NO_KEY)),
        snapshot("wrong-secret", 401, WRONG_SECRET, answer=problem(401, "Unauthorized", NO_KEY)),
        snapshot("wrong-method", 405, BEARER, "POST", answer=NO_METHOD),
    ],
}

# What anybody may ask.

OPEN = {
    "get-openapi": [
        Case("document-rest", "GET", "/v1/openapi.json", 200, contains=['"openapi"']),
        Case("document-http", "GET", "/v1/openapi.json", 200, http=True, contains=['"openapi"']),
    ],
    "health": [
        Case("ok-rest", "GET", "/health", 200, answer={"status": "ok"}),
        Case("ok-http", "GET", "/health", 200, http=True, answer={"status": "ok"}),
        Case("wrong-method", "POST", "/health", 405, answer=NO_METHOD),
    ],
    "ready": [
        Case("ok-rest", "GET", "/ready", 200, answer={"status": "ready"}),
        Case("ok-http", "GET", "/ready", 200, http=True, answer={"status": "ready"}),
        Case("wrong-method", "POST", "/ready", 405, answer=NO_METHOD),
    ],
}

# The management plane. The token says nothing: the gateway's authorizer has read it before.

TOKEN = {"Authorization": "Bearer eyJhbGciOiJFUzI1NiIsImtpZCI6ImxvY2FsIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"}
ADMIN = {"sub": "ada", "grants": "admin"}
EDITOR = {"sub": "eve", "grants": "demo:editor"}
VIEWER = {"sub": "vic", "grants": "demo:viewer"}
STRANGER = {"sub": "sam", "grants": "shop:admin"}

DEMO = "/v1/projects/demo"
LOCAL = f"{DEMO}/environments/local"
STAGING = f"{DEMO}/environments/staging"
ANY_STATE = {"If-Match": "*"}
STALE = {"If-Match": '"0123456789abcdef0123456789abcdef"'}
NEW = {"If-None-Match": "*"}
CONTENT_TAG = SNAPSHOT_TAG["If-None-Match"]

SWITCH = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
NO_VARIANT = SWITCH | {"defaultVariant": "maybe"}
RULE = {"ends_with": [{"var": "email"}, "@example.org"]}

NO_TOKEN = problem(401, "Unauthorized", "the access token is missing or not valid")
NO_ROLE = problem(403, "Forbidden", "you do not have the role that this needs")
REQUIRED = problem(428, "Precondition Required")
FAILED = problem(412, "Precondition Failed")
MISSING = problem(404, "Not Found")
INVALID = problem(422, "Unprocessable Entity")
CONFLICT = problem(409, "Conflict")
MALFORMED = problem(400, "Bad Request")


def managed(name: str, method: str, path: str, status: int, body: Any = None, principal: dict | None = ADMIN,
            headers: dict = {}, **others) -> Case:
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    content = {} if text is None else JSON
    return Case(name, method, path, status, TOKEN | content | headers, text, principal=principal, **others)


def get(name: str, path: str, status: int, **others) -> Case:
    return managed(name, "GET", path, status, **({"principal": VIEWER} | others))


def put(name: str, path: str, status: int, body: Any, **others) -> Case:
    return managed(name, "PUT", path, status, body, **others)


def patch(name: str, path: str, status: int, body: Any, **others) -> Case:
    return managed(name, "PATCH", path, status, body, **others)


def post(name: str, path: str, status: int, body: Any, **others) -> Case:
    return managed(name, "POST", path, status, body, **others)


def delete(name: str, path: str, status: int, **others) -> Case:
    return managed(name, "DELETE", path, status, **others)


def entity_tag(flag: str) -> str:
    """The entity tag of a flag of the demo: a digest of its text, which is preceded by its length."""
    demo = json.loads((Path(__file__).parents[1] / "local/src/demo.flagd.json").read_text())
    text = json.dumps(demo["flags"][flag], separators=(",", ":")).encode()
    return f'"{hashlib.sha256(len(text).to_bytes(8, "big") + text).hexdigest()[:32]}"'


FLAG_TAG = entity_tag("holiday-theme")

PROJECTS = {
    "list-projects": [
        get("all-rest", "/v1/projects", 200, contains=['"key":"demo"']),
        get("all-http", "/v1/projects", 200, http=True, contains=['"key":"demo"']),
        get("none-of-mine", "/v1/projects", 200, principal=STRANGER, answer={"items": []}),
        get("no-principal", "/v1/projects", 401, principal=None, answer=NO_TOKEN),
        get("no-role", "/v1/projects", 403, principal={"sub": "nia", "grants": ""}, answer=NO_ROLE),
        get("foreign-cursor", "/v1/projects", 400, query="cursor=%21", answer=MALFORMED),
    ],
    "get-project": [
        get("demo-rest", DEMO, 200, answer={"key": "demo"}),
        get("demo-http", DEMO, 200, http=True, answer={"key": "demo"}),
        get("unknown", "/v1/projects/none", 404, principal=ADMIN, answer=MISSING),
        get("other-project", DEMO, 403, principal=STRANGER, answer=NO_ROLE),
        get("malformed-key", "/v1/projects/Demo", 400, answer=MALFORMED),
    ],
    "put-project": [
        put("new", "/v1/projects/shop", 201, {"name": "The shop"}, headers=NEW,
            answer={"key": "shop", "name": "The shop", "description": ""}),
        put("changed", DEMO, 200, {"name": "A demo", "description": "To try things"}, headers=ANY_STATE,
            answer={"name": "A demo", "description": "To try things"}),
        put("no-condition", DEMO, 428, {"name": "A demo"}, answer=REQUIRED),
        put("not-new", DEMO, 412, {"name": "A demo"}, headers=NEW, answer=FAILED),
        put("unknown-member", DEMO, 422, {"colour": "A demo"}, headers=ANY_STATE, answer=INVALID),
        put("not-admin", DEMO, 403, {"name": "A demo"}, principal=EDITOR, headers=ANY_STATE, answer=NO_ROLE),
    ],
    "delete-project": [
        delete("forced", DEMO, 204, query="force=true", headers=ANY_STATE),
        delete("empty", "/v1/projects/shop", 204, headers=ANY_STATE, after=["put-project/new"]),
        delete("not-empty", DEMO, 409, headers=ANY_STATE, answer=CONFLICT),
        delete("no-condition", DEMO, 428, answer=REQUIRED),
        delete("unknown", "/v1/projects/none", 404, headers=ANY_STATE, answer=MISSING),
        delete("not-admin", DEMO, 403, principal=EDITOR, headers=ANY_STATE, answer=NO_ROLE),
    ],
}

ENVIRONMENTS = {
    "list-environments": [
        get("all", f"{DEMO}/environments", 200, contains=['"id":"demo.local"']),
        get("unknown-project", "/v1/projects/none/environments", 404, principal=ADMIN, answer=MISSING),
    ],
    "get-environment": [
        get("local", LOCAL, 200, answer={"key": "local", "id": "demo.local", "bucketing": "v3"}),
        get("unknown", f"{DEMO}/environments/none", 404, answer=MISSING),
    ],
    "put-environment": [
        put("new", STAGING, 201, {"name": "Staging", "bucketing": "v2"}, headers=NEW,
            answer={"id": "demo.staging", "name": "Staging", "bucketing": "v2"}),
        put("changed", LOCAL, 200, {"name": "Mine"}, headers=ANY_STATE, answer={"name": "Mine"}),
        put("no-condition", LOCAL, 428, {"name": "Mine"}, answer=REQUIRED),
        put("other-bucketing", LOCAL, 422, {"bucketing": "v2"}, headers=ANY_STATE, answer=INVALID,
            contains=['"pointer":"/bucketing"']),
        put("unknown-project", "/v1/projects/none/environments/staging", 404, {}, answer=MISSING),
        put("not-admin", STAGING, 403, {}, principal=EDITOR, answer=NO_ROLE),
    ],
    "delete-environment": [
        delete("forced", LOCAL, 204, query="force=true", headers=ANY_STATE),
        delete("empty", STAGING, 204, headers=ANY_STATE, after=["put-environment/new"]),
        delete("not-empty", LOCAL, 409, headers=ANY_STATE, answer=CONFLICT),
        delete("no-condition", LOCAL, 428, answer=REQUIRED),
        delete("unknown", f"{DEMO}/environments/none", 404, headers=ANY_STATE, answer=MISSING),
    ],
}

RETRIED = {"Idempotency-Key": "2f1d7a52-7c1e-4b55-9a63-0f8f0a6ac1de"}

FLAGS = {
    "list-flags": [
        get("all-rest", f"{LOCAL}/flags", 200, contains=['"key":"banner-text"', '"etag":"', "10.0"]),
        get("all-http", f"{LOCAL}/flags", 200, http=True, contains=['"key":"banner-text"']),
        get("filtered", f"{LOCAL}/flags", 200, query="prefix=h&state=DISABLED",
            contains=['{"items":[{"key":"holiday-theme"']),
        get("first-page", f"{LOCAL}/flags", 200, query="limit=2", contains=['"next":"']),
        get("no-such-limit", f"{LOCAL}/flags", 400, query="limit=0", answer=MALFORMED),
        get("unknown-environment", f"{DEMO}/environments/none/flags", 404, answer=MISSING),
        get("no-principal", f"{LOCAL}/flags", 401, principal=None, answer=NO_TOKEN),
        get("other-project", f"{LOCAL}/flags", 403, principal=STRANGER, answer=NO_ROLE),
    ],
    "get-flag": [
        get("float-rest", f"{LOCAL}/flags/search-timeout-seconds", 200, contains=['"long":10.0']),
        get("float-http", f"{LOCAL}/flags/search-timeout-seconds", 200, http=True, contains=['"long":10.0']),
        get("not-modified", f"{LOCAL}/flags/holiday-theme", 304, headers={"If-None-Match": FLAG_TAG}),
        get("unknown", f"{LOCAL}/flags/none", 404, answer=MISSING),
    ],
    "put-flag": [
        put("new-rest", f"{LOCAL}/flags/beta", 201, SWITCH, principal=EDITOR, headers=NEW,
            answer={"version": 2, "changed": True, "warnings": []}),
        put("new-http", f"{LOCAL}/flags/beta", 201, SWITCH, http=True, answer={"version": 2, "changed": True}),
        put("odd-key", f"{LOCAL}/flags/a%20b/%C3%BC", 201, SWITCH, answer={"changed": True}),
        put("changed", f"{LOCAL}/flags/holiday-theme", 200, SWITCH, headers={"If-Match": FLAG_TAG},
            answer={"version": 2, "changed": True}),
        put("unchanged", f"{LOCAL}/flags/beta", 200, SWITCH, headers=ANY_STATE, after=["put-flag/new-rest"],
            answer={"version": 2, "changed": False}),
        put("first-try", f"{LOCAL}/flags/beta", 201, SWITCH, headers=RETRIED, answer={"version": 2, "changed": True}),
        put("retried", f"{LOCAL}/flags/beta", 201, SWITCH, headers=RETRIED, after=["put-flag/first-try"],
            answer={"version": 2, "changed": True}),
        put("idempotency-key-reused", f"{LOCAL}/flags/beta", 422, SWITCH | {"state": "DISABLED"}, headers=RETRIED,
            after=["put-flag/first-try"], answer=INVALID),
        put("no-condition", f"{LOCAL}/flags/holiday-theme", 428, SWITCH, answer=REQUIRED),
        put("stale", f"{LOCAL}/flags/holiday-theme", 412, SWITCH, headers=STALE, answer=FAILED),
        put("not-new", f"{LOCAL}/flags/holiday-theme", 412, SWITCH, headers=NEW, answer=FAILED),
        put("faulty", f"{LOCAL}/flags/beta", 422, NO_VARIANT, answer=INVALID, contains=['"pointer":"/defaultVariant"']),
        put("malformed-json", f"{LOCAL}/flags/beta", 400, "{", answer=problem(400, "Bad Request")),
        put("not-json", f"{LOCAL}/flags/beta", 415, "state: ENABLED", headers={"Content-Type": "application/yaml"},
            answer=problem(415, "Unsupported Media Type")),
        put("unknown-environment", f"{DEMO}/environments/none/flags/beta", 404, SWITCH, answer=MISSING),
        put("no-principal", f"{LOCAL}/flags/beta", 401, SWITCH, principal=None, answer=NO_TOKEN),
        put("not-editor", f"{LOCAL}/flags/beta", 403, SWITCH, principal=VIEWER, answer=NO_ROLE),
    ],
    "patch-flag": [
        patch("kill-switch-rest", f"{LOCAL}/flags/new-checkout", 200, {"state": "DISABLED"}, principal=EDITOR,
              headers=ANY_STATE | {"Content-Type": "application/merge-patch+json"},
              answer={"version": 2, "changed": True}),
        patch("kill-switch-http", f"{LOCAL}/flags/new-checkout", 200, {"state": "DISABLED"}, http=True, headers=ANY_STATE,
              answer={"version": 2, "changed": True}),
        patch("faulty", f"{LOCAL}/flags/new-checkout", 422, {"variants": {"on": None}}, headers=ANY_STATE,
              answer=INVALID, contains=['"pointer":"/targeting']),
        patch("no-condition", f"{LOCAL}/flags/new-checkout", 428, {"state": "DISABLED"}, answer=REQUIRED),
        patch("unknown", f"{LOCAL}/flags/none", 404, {"state": "DISABLED"}, headers=ANY_STATE, answer=MISSING),
    ],
    "delete-flag": [
        delete("holiday-theme-rest", f"{LOCAL}/flags/holiday-theme", 204, principal=EDITOR, headers=ANY_STATE),
        delete("holiday-theme-http", f"{LOCAL}/flags/holiday-theme", 204, headers=ANY_STATE, http=True),
        delete("no-condition", f"{LOCAL}/flags/holiday-theme", 428, answer=REQUIRED),
        delete("stale", f"{LOCAL}/flags/holiday-theme", 412, headers=STALE, answer=FAILED),
        delete("unknown", f"{LOCAL}/flags/none", 404, headers=ANY_STATE, answer=MISSING),
    ],
}

SEGMENTS = {
    "list-segments": [
        get("all", f"{LOCAL}/segments", 200, contains=['"key":"is-employee"', '"ends_with"']),
    ],
    "get-segment": [
        get("is-employee", f"{LOCAL}/segments/is-employee", 200, contains=['{"ends_with":[{"var":"email"}']),
        get("unknown", f"{LOCAL}/segments/none", 404, answer=MISSING),
    ],
    "put-segment": [
        put("new", f"{LOCAL}/segments/is-partner", 201, RULE, headers=NEW, answer={"version": 2, "changed": True}),
        put("changed", f"{LOCAL}/segments/is-employee", 200, RULE, headers=ANY_STATE, answer={"version": 2}),
        put("faulty", f"{LOCAL}/segments/is-partner", 422, {"ends_whit": [{"var": "email"}, "x"]}, answer=INVALID),
        put("no-condition", f"{LOCAL}/segments/is-employee", 428, RULE, answer=REQUIRED),
    ],
    "patch-segment": [
        patch("is-employee", f"{LOCAL}/segments/is-employee", 200, RULE, headers=ANY_STATE, answer={"version": 2}),
        patch("unknown", f"{LOCAL}/segments/none", 404, RULE, headers=ANY_STATE, answer=MISSING),
    ],
    "delete-segment": [
        delete("unused", f"{LOCAL}/segments/is-partner", 204, headers=ANY_STATE, after=["put-segment/new"]),
        delete("in-use", f"{LOCAL}/segments/is-employee", 409, headers=ANY_STATE, answer=CONFLICT,
               contains=["new-checkout"]),
        delete("unknown", f"{LOCAL}/segments/none", 404, headers=ANY_STATE, answer=MISSING),
    ],
}

FILE = {"flags": {"beta": SWITCH}}
EVERYTHING = {"from": "local"}

SETS = {
    "export-flags": [
        get("whole-rest", f"{LOCAL}/export", 200, contains=['"new-checkout"', '"$evaluators"', "10.0"]),
        get("whole-http", f"{LOCAL}/export", 200, http=True, contains=['"new-checkout"']),
        get("not-modified", f"{LOCAL}/export", 304, headers={"If-None-Match": CONTENT_TAG}),
        get("unknown-environment", f"{DEMO}/environments/none/export", 404, answer=MISSING),
    ],
    "import-flags": [
        post("replaced-rest", f"{LOCAL}/import", 200, FILE, principal=EDITOR, headers={"If-Match": CONTENT_TAG},
             answer={"version": 2, "changed": True}, contains=['"kind":"segment"', '"key":"holiday-theme"']),
        post("replaced-http", f"{LOCAL}/import", 200, FILE, headers=ANY_STATE, http=True, answer={"version": 2}),
        post("merged", f"{LOCAL}/import", 200, FILE, query="mode=merge", headers=ANY_STATE,
             answer={"version": 2, "changes": [{"kind": "flag", "key": "beta", "after": SWITCH}]}),
        post("rehearsed", f"{LOCAL}/import", 200, FILE, query="dryRun=true", answer={"dryRun": True, "changed": True}),
        post("no-condition", f"{LOCAL}/import", 428, FILE, answer=REQUIRED),
        post("faulty", f"{LOCAL}/import", 422, {"flags": {"a": NO_VARIANT, "b": NO_VARIANT}}, headers=ANY_STATE,
             answer=INVALID, contains=['"/flags/a/defaultVariant"', '"/flags/b/defaultVariant"']),
        post("not-editor", f"{LOCAL}/import", 403, FILE, principal=VIEWER, headers=ANY_STATE, answer=NO_ROLE),
    ],
    "promote-flags": [
        post("all", f"{STAGING}/promote", 200, EVERYTHING, principal=EDITOR, headers=ANY_STATE,
             after=["put-environment/new"], answer={"changed": True}, contains=['"key":"is-employee"']),
        post("one-rehearsed", f"{STAGING}/promote", 200, EVERYTHING | {"flags": ["holiday-theme"], "dryRun": True},
             after=["put-environment/new"], answer={"dryRun": True, "changed": True}),
        post("no-condition", f"{STAGING}/promote", 428, EVERYTHING, after=["put-environment/new"], answer=REQUIRED),
        post("unknown-source", f"{LOCAL}/promote", 422, {"from": "none"}, headers=ANY_STATE, answer=INVALID,
             contains=['"pointer":"/from"']),
    ],
    "evaluate-preview": [
        post("as-it-is", f"{LOCAL}/evaluate-preview", 200,
             {"key": "new-checkout", "context": {"targetingKey": "user-1", "email": "ada@example.com"}},
             principal=VIEWER, contains=["is-employee"]),
        post("draft", f"{LOCAL}/evaluate-preview", 200, {"flag": SWITCH, "context": {"targetingKey": "user-1"}}),
        post("faulty-draft", f"{LOCAL}/evaluate-preview", 422, {"flag": NO_VARIANT}, answer=INVALID),
        post("unknown", f"{LOCAL}/evaluate-preview", 404, {"key": "none"}, answer=MISSING),
    ],
}

KEYS = {
    "list-keys": [
        get("all", f"{LOCAL}/keys", 200),
        get("unknown-environment", f"{DEMO}/environments/none/keys", 404, answer=MISSING),
    ],
    "create-key": [
        post("server-rest", f"{LOCAL}/keys", 201, {"name": "Back end", "scope": "server"},
             answer={"name": "Back end", "scope": "server", "createdBy": "ada"}, contains=['"key":"pnn_demo.local_']),
        post("client-http", f"{LOCAL}/keys", 201, {"scope": "client", "expiresAt": "2126-01-01T00:00:00Z"}, http=True,
             answer={"scope": "client"}, contains=['"expiresAt":"2126-01-01T00:00:00']),
        post("no-such-scope", f"{LOCAL}/keys", 422, {"scope": "galaxy"}, answer=INVALID,
             contains=['"pointer":"/scope"']),
        post("not-admin", f"{LOCAL}/keys", 403, {"scope": "server"}, principal=EDITOR, answer=NO_ROLE),
    ],
    "revoke-key": [
        delete("dev", f"{LOCAL}/keys/dev", 204, headers=ANY_STATE),
        delete("no-condition", f"{LOCAL}/keys/dev", 428, answer=REQUIRED),
        delete("unknown", f"{LOCAL}/keys/none", 404, headers=ANY_STATE, answer=MISSING),
    ],
}

KILLED = ["patch-flag/kill-switch-rest"]

HISTORY = {
    "list-audit": [
        get("all", f"{DEMO}/audit", 200, after=KILLED, contains=['"actor":"eve"', '"version":2']),
        get("of-an-environment", f"{DEMO}/audit", 200, query="environment=local", after=KILLED,
            contains=['"actor":"eve"']),
        get("unknown-project", "/v1/projects/none/audit", 404, principal=ADMIN, answer=MISSING),
    ],
    "get-flag-history": [
        get("new-checkout-rest", f"{LOCAL}/history/new-checkout", 200, after=KILLED, contains=['"state":"DISABLED"']),
        get("new-checkout-http", f"{LOCAL}/history/new-checkout", 200, after=KILLED, http=True,
            contains=['"actor":"eve"']),
        get("never-was", f"{LOCAL}/history/none", 200, answer={"items": []}),
    ],
    "rollback-flag": [
        post("killed", f"{LOCAL}/rollback/new-checkout", 200, {"version": 1}, principal=EDITOR, headers=ANY_STATE,
             after=KILLED, answer={"version": 3, "changed": True}),
        post("unknown-version", f"{LOCAL}/rollback/new-checkout", 422, {"version": 9}, headers=ANY_STATE,
             answer=INVALID),
        post("no-condition", f"{LOCAL}/rollback/new-checkout", 428, {"version": 1}, answer=REQUIRED),
    ],
    "rollback-environment": [
        post("killed", f"{LOCAL}/rollback", 200, {"version": 1}, principal=EDITOR, headers=ANY_STATE, after=KILLED,
             answer={"version": 3, "changed": True}),
        post("unknown-version", f"{LOCAL}/rollback", 422, {"version": 9}, headers=ANY_STATE, answer=INVALID),
        post("no-condition", f"{LOCAL}/rollback", 428, {"version": 1}, answer=REQUIRED),
    ],
}



def asked(name: str, credentials: str) -> Case:
    """What the gateway asks its authorizer, and is refused: in that word, since it answers 500 to any other."""
    method = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/live/GET/v1/projects"
    event = {"type": "TOKEN", "authorizationToken": credentials, "methodArn": method}
    return Case(name, "", "", 0, event=event, error="Unauthorized")


AUTHORIZER = {
    "authorize": [
        asked("unknown-signature", TOKEN["Authorization"]),
        asked("sdk-key", BEARER["Authorization"]),
        asked("other-scheme", "Basic YWRhOnNlY3JldA=="),
    ],
}


# The stream of the audit.


def identifier(number: int) -> str:
    """A ULID of 2026-11-21."""
    return f"01KAJ0Z3TQ{number:016}"


def packed(changes: list[dict[str, str]]) -> str:
    """A frame of Zstandard (RFC 8878) with one block that is not compressed, as base64."""
    text = json.dumps(changes).encode()
    magic, single_segment_and_4_byte_size, last_raw_block = b"\x28\xb5\x2f\xfd", b"\xa0", 1
    header = (len(text) << 3 | last_raw_block).to_bytes(3, "little")
    frame = magic + single_segment_and_4_byte_size + len(text).to_bytes(4, "little") + header + text
    return base64.b64encode(frame).decode()


def row(number: int, action: str, changes: list[dict[str, str]], version: int | None = None,
        environment: str | None = "local") -> dict[str, Any]:
    """A row of the audit, as its stream carries it."""
    scope = f"demo.{environment}" if environment else "demo"
    subject = f"{scope}#{changes[0]['kind'][0].upper()}#{changes[0]['key']}" if len(changes) == 1 else scope
    texts = {"pk": "P#demo#202611", "sk": identifier(number), "subject": subject, "actor": "eve",
             "request_id": f"r-{number}", "action": action, "environment": environment}
    image: dict[str, Any] = {name: {"S": text} for name, text in texts.items() if text}
    image["changes"] = {"B": packed(changes)}
    return image | ({"version": {"N": str(version)}} if version else {})


def record(number: int, image: dict[str, Any] | None, name: str = "INSERT") -> dict[str, Any]:
    """A record of the stream, as Lambda hands it over."""
    change = {
        "ApproximateCreationDateTime": 1795251600.0 + number,
        "Keys": {"pk": {"S": "P#demo#202611"}, "sk": {"S": identifier(number)}},
        "NewImage": image,
        "SequenceNumber": str(10**20 + number),
        "SizeBytes": 512,
        "StreamViewType": "NEW_IMAGE",
    }
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/pennon-AuditTable-1A2B3C"
    return {
        "eventID": f"{number:032x}",
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {member: value for member, value in change.items() if value},
        "eventSourceARN": f"{table}/stream/2026-11-01T00:00:00.000",
    }


def stream(name: str, *records: dict[str, Any], failed: int = 0, error: int = 0, published: list[int]) -> Case:
    """Records of the stream; `failed` is the first that Lambda has to hand over again."""
    failures = [{"itemIdentifier": str(10**20 + failed)}] if failed else []
    refusal = f"record {10**20 + error} cannot be handled" if error else ""
    return Case(name, "", "", 0, event={"Records": list(records)}, error=refusal,
                result=None if error else {"batchItemFailures": failures},
                published=[identifier(number) for number in published])


def changed(kind: str, key: str, before: str = "", after: str = "") -> dict[str, str]:
    return {"kind": kind, "key": key} | ({"before": before} if before else {}) | ({"after": after} if after else {})


PUT = row(1, "flag.put", [changed("flag", "new-checkout", '{"state":"ENABLED"}', '{"state":"DISABLED"}')], version=2)
UNREADABLE = {**row(2, "flag.put", []), "changes": {"B": "bm8genN0ZA=="}}
MANY = [
    row(1, "project.created", [changed("project", "demo", after='{"key":"demo"}')], environment=None),
    row(2, "environment.created", [changed("environment", "local", after='{"key":"local"}')], version=1),
    row(3, "key.created", [changed("key", "dev", after='{"kid":"dev"}')]),
    row(4, "flags.imported", [changed("flag", "a", after="{}"), changed("flag", "b", before="{}")], version=2),
    row(5, "segment.deleted", [changed("segment", "is-employee", before="{}")], version=3),
    row(6, "environment.rolled-back", [changed("member", "metadata", "{}", '{"owner":"payments"}')], version=4),
]

STREAM = {
    "publish-changes": [
        stream("flag-put", record(1, PUT), published=[1]),
        stream("every-kind", *(record(number, image) for number, image in enumerate(MANY, 1)), published=[1, 2, 3, 4, 5, 6]),
        stream("not-new", record(1, None, "REMOVE"), record(2, PUT, "MODIFY"), published=[]),
        stream("unreadable-amid", record(1, PUT), record(2, UNREADABLE), record(3, MANY[2]), failed=2, published=[1]),
        stream("unreadable-first", record(2, UNREADABLE), record(3, MANY[2]), error=2, published=[]),
        stream("no-image", record(1, None), error=1, published=[]),
    ],
}

CASES: dict[str, list[Case]] = (
    EVALUATION | OPEN | AUTHORIZER | PROJECTS | ENVIRONMENTS | FLAGS | SEGMENTS | SETS | KEYS | HISTORY
    | STREAM
)
