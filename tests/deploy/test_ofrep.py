"""OFREP through the gateway: flagd's vectors, refusals to the letter, and a real client."""

import json
import subprocess
import unittest

import vectors
from stack import ROOT
from support import FLAGS, PROPAGATION, SLACK, SWITCH, Deployed, Environment, at_once, eventually

PYTHON = ROOT / ".tools/venv/bin/python"
# How many vectors must apply, so that the test cannot pass by leaving them out: nine are about flags that no import takes.
AT_LEAST = {"v2": 76, "v3": 154}


class Vectors(Deployed):
    def test_flagd_vectors_hold(self):
        if not (vectors.folder() / "vectors.json").is_file():
            self.skipTest(f"no flagd vectors at {vectors.folder()}")
        for bucketing, at_least in AT_LEAST.items():
            environment = Environment(self.stack, f"vectors-{bucketing}", bucketing=bucketing)
            faulty = environment.take(vectors.flags())
            eventually(lambda: environment.evaluate("boolean-flag").status == 200, PROPAGATION + SLACK)
            applying = [one for one in vectors.vectors(bucketing) if one["flagKey"] not in faulty]
            ask = lambda one: lambda: environment.evaluate(one["flagKey"], one["context"])
            answers = at_once(map(ask, applying))
            wrong = filter(None, map(vectors.difference, applying, answers))
            self.assertEqual(list(wrong), [], bucketing)
            self.assertGreaterEqual(len(applying), at_least)


class Answers(Deployed):
    @classmethod
    def setUpClass(cls):
        cls.environment = Environment(cls.stack, "answers")
        cls.environment.put("one", SWITCH)
        eventually(lambda: cls.environment.evaluate("one").status == 200, PROPAGATION + SLACK)

    def test_refusals_are_the_functions_own(self):
        metadata = {"metadata": {}}
        unknown = self.environment.evaluate("none")
        details = unknown.json["errorDetails"]
        self.assertEqual(unknown.status, 404)
        self.assertEqual(unknown.json, {"key": "none", "errorCode": "FLAG_NOT_FOUND", "errorDetails": details} | metadata)
        self.assertTrue(details)
        for headers in ({}, {"Authorization": "Bearer pnn_answers.dev_none_none"}, {"X_API_Key": "none"}):
            refused = self.stack.request("POST", f"{FLAGS}/one", {}, **headers)
            expected = {"key": "one", "errorCode": "GENERAL", "errorDetails": "the SDK key is missing or not valid"}
            self.assertEqual((refused.status, refused.json), (401, expected | metadata))
        malformed = self.environment.evaluate("one", ["no", "object"])
        self.assertEqual((malformed.status, malformed.json["errorCode"]), (400, "INVALID_CONTEXT"))
        large = self.environment.evaluate("one", {"padding": "x" * 65536})
        self.assertEqual(large.status, 413)
        self.assertEqual(large.json["errorDetails"], "the request body is larger than 65536 bytes")

    def test_the_key_may_be_in_either_header(self):
        body = {"context": {}}
        answer = self.stack.request("POST", f"{FLAGS}/one", body, X_API_Key=self.environment.key["key"])
        self.assertEqual((answer.status, answer.json["value"]), (200, True))

    @unittest.skipUnless(PYTHON.is_file(), "make .tools/venv/.clients")
    def test_the_python_provider_gets_its_answers(self):
        environment = Environment(self.stack, "provider")
        environment.take(json.loads((ROOT / "tests/it/fixtures/every-kind.json").read_text()))
        eventually(lambda: environment.evaluate("boolean").status == 200, PROPAGATION + SLACK)
        command = [str(PYTHON), str(ROOT / "tests/clients/provider.py"), self.stack.url, environment.key["key"]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        resolved = lambda value, variant, reason="STATIC": {
            "value": value, "variant": variant, "reason": reason, "errorCode": None
        }
        for name, expected in {
            "boolean": resolved(True, "on"),
            "string": resolved("hallo", "hello"),
            "integer": resolved(10, "ten"),
            "float": resolved(10.0, "ten"),
            "after a new attribute": resolved("full", "full", "TARGETING_MATCH"),
            "key with a space": resolved(True, "on"),
            "key beyond ASCII": resolved("XL", "xl"),
            "X-API-Key": resolved(True, "on"),
            "base URL with a slash": resolved(True, "on"),
        }.items():
            self.assertEqual(report[name], expected, name)
        self.assertIsInstance(report["float"]["value"], float)
        codes = {name: report[name]["errorCode"] for name in ("unknown flag", "unknown flag with a slash", "wrong key")}
        self.assertEqual(set(codes.values()), {"FLAG_NOT_FOUND", "GENERAL"}, codes)
