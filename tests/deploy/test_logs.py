"""What the functions have written while they were tested: JSON that names its request, and no secret."""

import json

from support import SWITCH, Deployed, Environment, eventually

# What Lambda writes itself: as text here, as JSON there.
LAMBDAS_OWN = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")


class Logs(Deployed):
    @classmethod
    def setUpClass(cls):
        environment = Environment(cls.stack, "logs")
        environment.put("one", SWITCH)
        eventually(lambda: environment.evaluate("one", {"targetingKey": "context-of-somebody"}).status == 200, 5)
        cls.stack.request("GET", "/v1/projects", Authorization=cls.stack.token("viewer", audience="others"))
        names = [name.removesuffix("Log") for name in cls.stack.resources if name.endswith("Log")]
        cls.lines = {name: cls.stack.logs(name) for name in names if name in cls.stack.resources}
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
        self.assertGreater(len(requests), 10)
        refused = [line for line in self.lines["Authorize"] if "Unauthorized" in line]
        self.assertTrue(refused)
        for line in refused:
            self.assertTrue([request for request in requests if request in line], line)

    def test_have_no_secrets(self):
        self.assertGreater(len(self.stack.secrets), 5)
        text = "\n".join(line for lines in self.lines.values() for line in lines)
        for secret in self.stack.secrets | {"context-of-somebody"}:
            self.assertNotIn(secret, text)

    def test_are_kept_for_a_while(self):
        pages = self.stack.client("logs").get_paginator("describe_log_groups").paginate()
        groups = {group["logGroupName"]: group.get("retentionInDays") for page in pages for group in page["logGroups"]}
        for name in self.lines:
            self.assertEqual(groups[self.stack.resources[f"{name}Log"]], 7, name)
