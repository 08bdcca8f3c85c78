"""What the tests of a deployment share."""

import json
import secrets
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from stack import Stack

FLAGS = "/ofrep/v1/evaluate/flags"
# Seconds after which a change is honoured everywhere: HEAD is kept for 2 s give or take a quarter, and then read once.
PROPAGATION = 2.5
# Seconds that a read and a request may take here, where each invocation takes 50 ms and more.
SLACK = 2.0
SWITCH = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on"}


class Deployed(unittest.TestCase):
    """A test of what is deployed. `run.py` says where that is."""

    stack: Stack


class Environment:
    """An environment of its own project, who may manage it, and a key that opens it."""

    def __init__(self, stack, name, scope="server", bucketing="v3"):
        self.stack, self.authorization = stack, stack.token("admin")
        self.project = f"/v1/projects/{name}-{secrets.token_hex(3)}"
        self.path = f"{self.project}/environments/dev"
        self.manage("PUT", self.project, {"name": name}, If_None_Match="*")
        self.manage("PUT", self.path, {"name": "Dev", "bucketing": bucketing}, If_None_Match="*")
        self.key = self.manage("POST", f"{self.path}/keys", {"scope": scope}).json
        stack.secrets.add(self.key["key"].rsplit("_")[-1])

    def manage(self, method, path, body=None, **headers):
        """Asks as an admin; a refusal is an error."""
        answer = self.stack.request(method, path, body, Authorization=self.authorization, **headers)
        if answer.status >= 400:
            said = "\n".join(self.stack.said_of(answer))
            raise AssertionError(f"{method} {path}: {answer.status} {answer.text}\n{said}")
        return answer

    def take(self, definitions):
        """Imports a definition file, and gives the keys of its flags that are refused: some are faulty on purpose."""
        path, headers = f"{self.path}/import", {"Authorization": self.authorization, "If_Match": "*"}
        refused = self.stack.request("POST", path, definitions, **headers)
        faulty = set()
        if refused.status == 422:
            faulty = {error["pointer"].split("/")[2] for error in refused.json["errors"]}
            sound = {key: flag for key, flag in definitions["flags"].items() if key not in faulty}
            self.manage("POST", path, definitions | {"flags": sound}, If_Match="*")
        return faulty

    def put(self, key, flag, **headers):
        return self.manage("PUT", f"{self.path}/flags/{key}", flag, **(headers or {"If_None_Match": "*"}))

    def evaluate(self, key="", context=None, **headers):
        """One flag, or all."""
        path = f"{FLAGS}/{key}" if key else FLAGS
        headers = {"Authorization": f"Bearer {self.key['key']}"} | headers
        return self.stack.request("POST", path, {"context": context or {}}, **headers)


@contextmanager
def variables(stack, function, **others):
    """The alias names a version of the function with these variables beside its own, until the block ends."""
    client, name = stack.client("lambda"), stack.resources[function]
    live = client.get_function_configuration(FunctionName=name, Qualifier="live")
    own = live["Environment"]["Variables"]
    client.update_function_configuration(FunctionName=name, Environment={"Variables": own | others})
    made = client.publish_version(FunctionName=name)["Version"]
    client.update_alias(FunctionName=name, Name="live", FunctionVersion=made)
    try:
        yield
    finally:
        client.update_alias(FunctionName=name, Name="live", FunctionVersion=live["Version"])
        client.update_function_configuration(FunctionName=name, Environment={"Variables": own})


@contextmanager
def listener(stack, name, sender):
    """A queue that a service of AWS may send to. Gives its ARN, and a function that takes the bodies of what is there."""
    sqs, first_in_first_out = stack.client("sqs"), name.endswith(".fifo")
    settings = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if first_in_first_out else {}
    queue = sqs.create_queue(QueueName=name, Attributes=settings)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": sender}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})

    def received():
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    try:
        yield arn, received
    finally:
        sqs.delete_queue(QueueUrl=queue)


def eventually(attempt, within):
    """The first result of `attempt` that is not false, tried for so many seconds, and after how many it came."""
    begun = time.monotonic()
    while True:
        if found := attempt():
            return found, time.monotonic() - begun
        if time.monotonic() - begun > within:
            raise AssertionError(f"not within {within} s")
        time.sleep(0.1)


def at_once(calls, workers=8):
    """The results of calls that run side by side."""
    with ThreadPoolExecutor(workers) as pool:
        return [one.result() for one in [pool.submit(call) for call in calls]]
