"""Functions that hang, die, or are asked several times at once, and a DynamoDB that says nothing."""

import os
import signal
import threading
import time
from urllib.parse import urlsplit

from blackhole import black_hole
from stack import deadlines
from support import SWITCH, Deployed, Environment, at_once, eventually, variables

# Far beyond the time that a function has.
PATIENT = deadlines(60000) | {"HEAD_TTL_MS": "0"}
# As it is deployed: an empty variable says nothing.
BY_DEFAULT = deadlines("")


class Failures(Deployed):
    @classmethod
    def setUpClass(cls):
        cls.environment = Environment(cls.stack, "failures")
        cls.environment.put("one", SWITCH)
        eventually(lambda: cls.environment.evaluate("one").status == 200, 5)
        endpoint = urlsplit(cls.stack.endpoint)
        cls.target = (endpoint.hostname, endpoint.port)

    def test_a_function_that_hangs_ends_at_its_timeout_and_is_replaced(self):
        timeout = self.stack.client("lambda").get_function_configuration(
            FunctionName=self.stack.resources["EvaluateFlag"], Qualifier="live"
        )["Timeout"]
        with black_hole(self.target) as hole, variables(self.stack, "EvaluateFlag", AWS_ENDPOINT_URL_DYNAMODB=hole.url, **PATIENT):
            self.assertEqual(self.environment.evaluate("one").status, 200)
            [before] = self.processes("EvaluateFlag", hole.url)
            hole.swallows.set()
            begun = time.monotonic()
            answer = self.environment.evaluate("one")
            # 504 on AWS after 29 s, 502 before: and the gateway's own body, which ministack does not put in place here.
            self.assertEqual(answer.status, 502)
            self.assertIn(f"Task timed out after {timeout}.00 seconds", answer.text)
            self.assertAlmostEqual(time.monotonic() - begun, timeout, delta=2)
            hole.swallows.clear()
            self.assertEqual(self.environment.evaluate("one").status, 200)
            self.assertNotIn(before, self.processes("EvaluateFlag", hole.url))

    def test_a_dynamodb_that_says_nothing_is_not_waited_for(self):
        with black_hole(self.target) as hole, variables(self.stack, "EvaluateFlag", AWS_ENDPOINT_URL_DYNAMODB=hole.url, **BY_DEFAULT):
            hole.swallows.set()
            begun = time.monotonic()
            answer = self.environment.evaluate("one")
            self.assertLess(time.monotonic() - begun, 4)
            self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "1"), answer.text)
            self.assertEqual((answer.json["key"], answer.json["errorCode"]), ("one", "GENERAL"))
            hole.swallows.clear()
            eventually(lambda: self.environment.evaluate("one").status == 200, 5)
            # What it knows it serves on.
            hole.swallows.set()
            time.sleep(2.5)
            stale = self.environment.evaluate("one")
            self.assertEqual((stale.status, stale.json["value"]), (200, True))
            self.assertTrue(stale.json["metadata"]["pennon.stale"])
            self.assertEqual(stale.headers["Pennon-Stale"], "true")

    def test_a_killed_process_is_replaced(self):
        self.assertEqual(self.environment.evaluate("one").status, 200)
        killed = self.processes("EvaluateFlag")
        self.assertTrue(killed)
        for process in killed:
            os.kill(process, signal.SIGKILL)
        self.assertEqual(self.environment.evaluate("one").status, 200)
        self.assertFalse(set(killed) & set(self.processes("EvaluateFlag")))

    def test_a_process_that_is_killed_at_work_costs_one_request(self):
        with black_hole(self.target) as hole, variables(self.stack, "EvaluateFlag", AWS_ENDPOINT_URL_DYNAMODB=hole.url, **PATIENT):
            hole.swallows.set()
            answers = []
            asking = threading.Thread(target=lambda: answers.append(self.environment.evaluate("one")))
            asking.start()
            [at_work], _ = eventually(lambda: self.processes("EvaluateFlag", hole.url), 5)
            time.sleep(0.3)
            os.kill(at_work, signal.SIGKILL)
            asking.join(10)
            self.assertEqual([answer.status for answer in answers], [502])
            hole.swallows.clear()
            self.assertEqual(self.environment.evaluate("one").status, 200)

    def test_several_at_once_have_a_process_each(self):
        answers = at_once([lambda: self.environment.evaluate("one")] * 32, 8)
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual({answer.json["value"] for answer in answers}, {True})
        self.assertGreater(len(self.processes("EvaluateFlag")), 1)

    def processes(self, function, dynamodb=None):
        """The processes of a function; only those that ask this DynamoDB, if one is named."""
        name = self.stack.resources[function]
        wanted = {f"AWS_LAMBDA_FUNCTION_NAME={name}"} | ({f"AWS_ENDPOINT_URL_DYNAMODB={dynamodb}"} if dynamodb else set())
        return [number for number, variables in self.stack.processes() if wanted <= variables]
