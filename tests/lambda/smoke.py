"""The Lambda binaries under `cargo lambda watch`: events by invocation, routes by HTTP.

`make test-lambda` builds what this starts and has `cargo-lambda` on the PATH. Only the status of an event is looked at;
`tests/it/events.rs` holds the bodies, in process, and runs the events that are left out here.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from issuer import issuer
from programs import free_port, listens, program

ROOT = Path(__file__).resolve().parents[2]
PENNON_LOCAL = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/pennon-local"
KEY = "pnn_demo.local_dev_NotASecretItOnlyOpensTheFlagsOnThisMachine"
AUDIENCE = "pennon"
SUBJECT = b'{"context":{"targetingKey":"user-1"}}'

# What is managed, in an order in which each event finds what it needs: they share one demo environment. The events of the
# functions that are not in here manage nothing; they run before.
TOUR = """
list-projects/all-rest get-project/demo-rest put-project/new delete-project/empty
list-environments/all get-environment/local put-environment/new
list-flags/all-http get-flag/float-rest put-flag/new-rest patch-flag/kill-switch-http
list-audit/all get-flag-history/new-checkout-rest rollback-flag/killed rollback-environment/killed
list-segments/all get-segment/is-employee put-segment/new patch-segment/is-employee delete-segment/unused
export-flags/whole-rest promote-flags/all evaluate-preview/draft delete-flag/holiday-theme-rest import-flags/merged
list-keys/all create-key/server-rest revoke-key/dev delete-environment/forced
""".split()

# Seconds. The first request of a function waits for `cargo run`, which finds everything built.
PATIENCE = 120


class Answer(NamedTuple):
    status: int
    headers: Mapping
    json: Any


class Ports(NamedTuple):
    dynamodb: int
    events: int


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def equal(self, name, found, wanted):
        if found == wanted:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}: {found}, not {wanted}")


def main():
    checks = Checks()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports = Ports(free_port(), free_port())
        stack.enter_context(pennon_local(folder, ports))
        tokens = stack.enter_context(issuer())
        with watch(folder, ports, tokens.url, "stream") as streaming:
            check_streaming(checks, streaming)
        with watch(folder, ports, tokens.url, "buffer") as buffered:
            check_routes(checks, buffered)
            check_authorizer(checks, buffered, tokens)
            check_events(checks, buffered)  # last: in the end nothing is left of the demo
        if checks.failed:
            for log in folder.glob("*.log"):
                print(f"--- {log.name}\n{log.read_text()[-4000:]}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


def check_events(checks, port):
    """Invokes each function with some or all of its events, exactly as API Gateway would send them."""
    expectations = json.loads((ROOT / "events/expected.json").read_text())
    functions = {folder.name for folder in (ROOT / "functions").iterdir()}
    managing = {case.split("/")[0] for case in TOUR}
    others = [case for case in expectations if case.split("/")[0] not in managing]
    checks.equal("functions without events", functions - managing - {case.split("/")[0] for case in others}, set())
    for case in others + TOUR:
        answer = invoke(port, case.split("/")[0], "--data-file", str(ROOT / "events" / f"{case}.json"))
        expected = expectations[case]
        if error := expected.get("error"):
            checks.equal(case, error in answer.stderr, True)
            continue
        try:
            found = json.loads(answer.stdout)
            found = found if "result" in expected else found["statusCode"]
        except (ValueError, KeyError):
            found = answer.stdout + answer.stderr
        checks.equal(case, found, expected.get("result") or expected["status"])


def check_authorizer(checks, port, issuer):
    """Asks the authorizer about a token that is valid, and about one that is for others."""
    event = {"type": "TOKEN", "methodArn": "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/live/GET/v1/projects"}
    for audience, words in ((AUDIENCE, ['"ada"', '"shop:editor"', "live/*/*"]), ("others", ["Unauthorized"])):
        token = issuer.token(aud=audience, sub="ada", exp=int(time.time()) + 60, pennon_roles=["shop:editor"])
        event["authorizationToken"] = f"Bearer {token}"
        answer = invoke(port, "authorize", "--data-ascii", json.dumps(event))
        missing = [word for word in words if word not in answer.stdout + answer.stderr]
        checks.equal(f"a token for {audience}", missing, [])


def invoke(port, function, *data):
    command = ["cargo-lambda", "lambda", "invoke", function, "--invoke-address", "127.0.0.1"]
    command += ["--invoke-port", str(port), *data]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)


def check_routes(checks, port):
    """Sends requests through the router of `cargo lambda watch`. It asks no authorizer, so nothing can be managed."""
    flags = "/ofrep/v1/evaluate/flags"
    checks.equal("one flag", request(port, f"{flags}/holiday-theme", SUBJECT).json.get("reason"), "DISABLED")
    checks.equal("a key with slashes", request(port, f"{flags}/a/b%2Fc", SUBJECT).json.get("key"), "a/b/c")
    first = request(port, flags, SUBJECT)
    checks.equal("all flags", first.status, 200)
    known = {"If-None-Match": first.headers.get("ETag", "")}
    checks.equal("unchanged flags", request(port, flags, SUBJECT, known).status, 304)
    for path in ("/v1/snapshot", "/v1/openapi.json", "/health", "/ready"):
        checks.equal(path, request(port, path).status, 200)
    local = "/v1/projects/demo/environments/local"
    for method, path in (
        ("GET", "/v1/projects"),
        ("GET", f"{local}/flags"),
        ("GET", f"{local}/flags/a/b%2Fc"),
        ("PUT", f"{local}/flags/a/b%2Fc"),
        ("DELETE", f"{local}/keys/dev"),
    ):
        checks.equal(f"{method} {path}", request(port, path, method=method).status, 401)


def check_streaming(checks, port):
    """Reads the snapshot, and a refusal, as streamed answers."""
    for key, status in ((KEY, 200), (KEY[:-1], 401)):
        answer = request(port, "/v1/snapshot", headers={"Authorization": f"Bearer {key}"})
        mode = answer.headers.get("Lambda-Runtime-Function-Response-Mode")
        checks.equal(f"streamed {status}", (answer.status, mode), (status, "streaming"))


def request(port, path, body=None, headers=None, method=None):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **(headers or {})}
    url = f"http://127.0.0.1:{port}{path}"
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read()
        return Answer(answer.status, answer.headers, json.loads(text or "{}"))


def pennon_local(folder, ports):
    """Only its DynamoDB, with the demo environment in it, and its event bus are used."""
    variables = {**os.environ, "PORT": "0", "DYNAMODB_PORT": str(ports.dynamodb), "EVENTS_PORT": str(ports.events)}
    ready = folder / ".pennon/local.json"
    return program([str(PENNON_LOCAL)], folder, folder / "pennon-local.log", variables, ready.exists, PATIENCE)


@contextmanager
def watch(folder, ports, issuer_url, mode):
    port = free_port()
    command = ["cargo-lambda", "lambda", "watch", "--ignore-changes", "--wait"]
    command += ["--invoke-address", "127.0.0.1", "--invoke-port", str(port)]
    variables = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{ports.dynamodb}",
        "AWS_ENDPOINT_URL_EVENTBRIDGE": f"http://127.0.0.1:{ports.events}",
        "CORE_TABLE": "pennon-core",
        "RESPONSE_MODE": mode,
        "OIDC_ISSUER": issuer_url,
        "OIDC_AUDIENCE": AUDIENCE,
    }
    with program(command, ROOT, folder / f"watch-{mode}.log", variables, lambda: listens(port), PATIENCE):
        yield port


if __name__ == "__main__":
    sys.exit(main())
