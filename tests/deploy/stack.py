"""template.yaml, deployed by `sam deploy` into a ministack on the loopback interface."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from authority import authority
from botocore.exceptions import WaiterError
from completion import complete
from template import ROOT

sys.path.append(str(ROOT / "tests/lambda"))
from issuer import issuer  # noqa: E402: found by the path above
from programs import free_port, listens, program, tail  # noqa: E402: likewise

MINISTACK = Path(sys.executable).parent / "ministack"
SAM = ROOT / ".tools/sam/bin"
BINARIES = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
PROFILE = "dev"
STACK = f"pennon-{PROFILE}"
AUDIENCE = "pennon-tests"
REGION = "us-east-1"

# Seconds that a deployment may take, and that an answer may: a function has up to 29.
PATIENCE = 180
ANSWER = 40


def deadlines(millis):
    """The variables of a function that say for how long it waits for DynamoDB."""
    calls = ("CONNECT", "ATTEMPT", "OPERATION", "TRANSFER_ATTEMPT", "TRANSFER_OPERATION")
    return {f"DYNAMODB_{call}_TIMEOUT_MS": str(millis) for call in calls}


# By default a function gives DynamoDB up after 0.8 s. ministack is one process, which makes stacks, starts processes and is the
# gateway meanwhile: it may take longer, and that is no news about Pennon. Less than what the shortest timeout of a function leaves.
UNHURRIED = deadlines(4000)


class Answer(NamedTuple):
    status: int
    headers: Mapping
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Streamed(NamedTuple):
    status: int
    headers: dict
    text: str


class Stack:
    """What is deployed, and where it can be asked."""

    def __init__(self, folder, endpoint, tokens):
        self.folder, self.endpoint, self.tokens = folder, endpoint, tokens
        self.log, self.ministack = folder / "ministack.log", None
        # Nothing of the developer's: neither credentials nor profiles.
        self.variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LC_ALL": "C.UTF-8",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
        }
        self.session = boto3.session.Session("test", "test", region_name=REGION)
        # What must not be found in any log.
        self.secrets = set()
        self.resources, self.outputs, self.url, self.release = {}, {}, "", ""

    def client(self, service):
        return self.session.client(service, endpoint_url=self.endpoint)

    def deploy(self):
        """As `make deploy` does it, but for who issues the tokens."""
        said = {"OidcIssuer": self.tokens.url, "OidcAudience": AUDIENCE}
        release = self.run(str(SAM / "python"), str(ROOT / "tools/release.py"), PROFILE)
        overrides = dict(part.split("=", 1) for part in release.split()) | said
        # The digest is one of the functions for AWS, and does not know what is said here.
        overrides["Release"] = self.release = hashlib.sha256(repr(sorted(overrides.items())).encode()).hexdigest()
        self.run(
            str(SAM / "sam"), "deploy", "--config-file", str(ROOT / "samconfig.toml"), "--config-env", PROFILE,
            "--template-file", str(self.folder / "template.yaml"),
            "--parameter-overrides", *(f"{name}={value}" for name, value in overrides.items()),
        )
        self.read()

    def update(self, **parameters):
        """Gives parameters other values; the template stays."""
        cloudformation = self.client("cloudformation")
        [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        names = {one["ParameterKey"] for one in stack["Parameters"]}
        cloudformation.update_stack(
            StackName=STACK,
            UsePreviousTemplate=True,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[
                {"ParameterKey": name, "ParameterValue": parameters[name]} if name in parameters
                else {"ParameterKey": name, "UsePreviousValue": True}
                for name in sorted(names)
            ],
        )
        try:
            cloudformation.get_waiter("stack_update_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
        except WaiterError as error:
            events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
            reasons = [f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason')}" for one in events]
            raise AssertionError("\n".join(reasons[:20])) from error
        self.read()
        complete(self)

    def read(self):
        """Learns what there is now."""
        cloudformation = self.client("cloudformation")
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
        found = [one for page in pages for one in page["StackResourceSummaries"]]
        self.resources = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}
        [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        self.url = f"{self.endpoint}/restapis/{self.resources['Api']}/live/_user_request_"

    def run(self, *command):
        done = subprocess.run(
            command, cwd=self.folder, env=self.variables, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE,
        )
        if done.returncode:
            said = f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
            raise SystemExit(f"{' '.join(command[:2])} failed:\n{said}\n--- ministack\n{tail(self.log)}")
        return done.stdout

    def request(self, method, path, body=None, **headers):
        """Asks the API. Names of headers are written with underscores."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}{path}", body, headers, method=method)
        try:
            answer = urllib.request.urlopen(asked, timeout=ANSWER)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Answer(answer.status, answer.headers, answer.read().decode())

    def stream(self, function, path, **headers):
        """The streamed answer of a function to a GET: status, headers, and text.

        Not through the gateway: ministack's has no streaming. The event is one of events/, for another path and other headers.
        """
        event = json.loads((ROOT / f"events/{function}/whole-rest.json").read_text())
        segments = zip(event["resource"].split("/"), path.split("/"))
        event["path"] = event["requestContext"]["path"] = path
        event["pathParameters"] = {name[1:-1]: value for name, value in segments if name.startswith("{")} or None
        event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
        event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
        if "authorizer" in event["requestContext"]:
            event["requestContext"]["authorizer"]["grants"] = "viewer"
        name = "".join(part.title() for part in function.split("-"))
        answer = self.client("lambda").invoke(
            FunctionName=self.resources[name], Qualifier="live", Payload=json.dumps(event)
        )
        # As a JSON string, where Lambda would hand over bytes. Eight zero bytes follow what the gateway reads for itself.
        prelude, _, text = json.load(answer["Payload"]).partition("\0" * 8)
        prelude = json.loads(prelude)
        return Streamed(prelude["statusCode"], prelude["headers"], text)

    def processes(self):
        """The processes of functions, each with its variables."""
        for place in Path("/proc").glob("[0-9]*"):
            try:
                variables = (place / "environ").read_text(errors="replace").split("\0")
                name = (place / "comm").read_text().strip()
            except OSError:  # it has ended, or is somebody else's
                continue
            if name == "bootstrap" and f"AWS_ENDPOINT_URL={self.endpoint}" in variables:
                yield int(place.name), set(variables)

    def logs(self, function):
        """The lines that a function has left in its log group, oldest first."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=self.resources[f"{function}Log"])
        return [event["message"].rstrip("\n") for page in pages for event in page["events"]]

    def said_of(self, answer):
        """What the functions have logged of a request that was answered by a problem."""
        request = re.search("urn:pennon:request:([0-9a-f-]+)", answer.text)
        if not request:
            return []
        return [line for name in self.functions() for line in self.logs(name) if request[1] in line]

    def functions(self):
        """The names of the functions in the template."""
        names = (name.removesuffix("Log") for name in self.resources if name.endswith("Log"))
        return [name for name in names if name in self.resources]

    def token(self, *roles, lifetime=600, audience=AUDIENCE, subject="ada"):
        """An Authorization header of somebody with these roles."""
        claims = {"aud": audience, "sub": subject, "exp": int(time.time()) + lifetime, "pennon_roles": list(roles)}
        token = self.tokens.token(**claims)
        self.secrets.add(token.rsplit(".")[-1])
        return f"Bearer {token}"


@contextmanager
def deployed(folder):
    """Deploys into `folder`, and takes everything away when the block ends."""
    lay_out(folder)
    vouching = authority(folder)
    port = free_port()
    with issuer(vouching.context) as tokens:
        stack = Stack(folder, f"http://127.0.0.1:{port}", tokens)
        variables = stack.variables | {
            # By default it listens on every address, and on another port for MQTT.
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            # Each function may do what its role allows, and nothing else. The key `test` is the account's root.
            "AUTH": "true",
            # The functions inherit all of this: AWS_ENDPOINT_URL above, whom to trust, what Lambda would say of their
            # LoggingConfig, and how patient they are.
            "SSL_CERT_FILE": vouching.trusted,
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": "INFO",
        } | UNHURRIED
        with program([str(MINISTACK)], folder, stack.log, variables, lambda: listens(port)) as stack.ministack:
            stack.deploy()
            yield stack


def lay_out(folder):
    """The repository as `sam deploy` looks at it, with the functions of this machine: the template itself, by links."""
    for name in ("template.yaml", "infra"):
        (folder / name).symlink_to(ROOT / name)
    for code in re.findall(r"CodeUri: (\S+)", (ROOT / "template.yaml").read_text()):
        binary = BINARIES / Path(code).name
        if not binary.is_file():
            raise SystemExit(f"{binary} is not there: make functions")
        place = folder / code
        place.mkdir(parents=True)
        (place / "bootstrap").symlink_to(binary)
