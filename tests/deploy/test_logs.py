"""What the functions have written while they were tested: JSON that names its request, and no secret. docs/LOGGING.md"""

import json

from stack import STACK
from support import SWITCH, Deployed, Environment, eventually, variables

# What Lambda writes itself: as text here, as JSON there.
LAMBDAS_OWN = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
SUBJECT = "context-of-somebody"
NOBODY = "http://127.0.0.1:9"


class Logs(Deployed):
    @classmethod
    def setUpClass(cls):
        environment = Environment(cls.stack, "logs")
        environment.put("one", SWITCH)
        eventually(lambda: environment.evaluate("one", {"targetingKey": SUBJECT}).status == 200, 5)
        with variables(cls.stack, "GetProject", AWS_ENDPOINT_URL_DYNAMODB=NOBODY):
            cls.failed = cls.stack.request("GET", environment.project, Authorization=environment.authorization)
        cls.lines = {name: cls.stack.logs(name) for name in cls.stack.functions()}
        cls.own = [
            (name, line) for name, lines in cls.lines.items() for line in lines
            if line and not line.startswith(LAMBDAS_OWN)
        ]

    def test_are_json(self):
        self.assertTrue(self.own)
        for name, line in self.own:
            with self.subTest(name):
                self.assertIsInstance(json.loads(line), dict)

    def test_name_the_request(self):
        requests = {line.split()[2] for lines in self.lines.values() for line in lines if line.startswith("START")}
        named = {said["requestId"] for _, line in self.own if "requestId" in (said := json.loads(line))}
        self.assertTrue(named)
        self.assertLessEqual(named, requests)

    def test_say_why_a_request_failed(self):
        self.assertEqual(self.failed.status, 503, self.failed.text)
        # All that the caller is told.
        request = self.failed.json["instance"].rpartition(":")[2]
        said = [json.loads(line) for name, line in self.own if name == "GetProject"]
        [reason] = [one for one in said if one.get("message") == "request failed" and one["requestId"] == request]
        self.assertEqual((reason["level"], reason["status"]), ("ERROR", 503))
        self.assertTrue(reason["cause"])

    def test_count_what_is_served(self):
        counted = [json.loads(line) for name, line in self.own if name == "EvaluateFlag" and '"_aws"' in line]
        self.assertTrue(counted)
        for line in counted:
            self.assertEqual({one["Namespace"] for one in line["_aws"]["CloudWatchMetrics"]}, {f"Pennon/{STACK}"})

    def test_have_no_secrets(self):
        self.assertGreater(len(self.stack.secrets), 1)
        text = "\n".join(line for lines in self.lines.values() for line in lines)
        for secret in self.stack.secrets | {SUBJECT}:
            self.assertNotIn(secret, text)

    def test_are_kept_for_a_while(self):
        pages = self.stack.client("logs").get_paginator("describe_log_groups").paginate()
        groups = {group["logGroupName"]: group.get("retentionInDays") for page in pages for group in page["logGroups"]}
        for name in self.lines:
            self.assertEqual(groups[self.stack.resources[f"{name}Log"]], 7, name)
