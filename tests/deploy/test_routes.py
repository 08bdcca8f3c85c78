"""Every route of template.yaml is there, reaches its function, and asks for a token where it should."""

import json

from support import Deployed, at_once
from template import ROOT, operations, transformed

PREFLIGHT = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
PLACES = {"{project}": "none", "{environment}": "none", "{kid}": "none", "{key+}": "a/b"}
ENVIRONMENT = "/v1/projects/{project}/environments/{environment}"
# What a function answers that is asked for nothing it knows, with an empty body. Those that are not here say so: 404.
STATUSES = {
    ("POST", "/ofrep/v1/evaluate/flags/{key+}"): 401,
    ("POST", "/ofrep/v1/evaluate/flags"): 401,
    ("GET", "/v1/openapi.json"): 200,
    ("GET", "/health"): 200,
    ("GET", "/ready"): 200,
    ("GET", "/v1/projects"): 200,
    ("PUT", "/v1/projects/{project}"): 412,
    ("POST", f"{ENVIRONMENT}/import"): 422,
    ("POST", f"{ENVIRONMENT}/promote"): 422,
    ("POST", f"{ENVIRONMENT}/rollback"): 422,
    ("POST", f"{ENVIRONMENT}/rollback/{{key+}}"): 422,
    ("POST", f"{ENVIRONMENT}/keys"): 422,
}
BODIES = {"POST": {}, "PUT": {}, "PATCH": {}}
# ministack knows no integration by `response-streaming-invocations`: test_gaps.py.
STREAMED = {("GET", "/v1/snapshot"), ("GET", f"{ENVIRONMENT}/export")}


def place(path):
    """A path that the route takes."""
    for name, value in PLACES.items():
        path = path.replace(name, value)
    return path


class Routes(Deployed):
    @classmethod
    def setUpClass(cls):
        cls.routes = operations(transformed())
        cls.described = json.loads((ROOT / "docs/openapi.json").read_text())["paths"]

    def test_reach_their_functions(self):
        self.assertGreater(len(self.routes), 30)
        authorization = self.stack.token("admin")

        for (method, path), answer in self.ask(Authorization=authorization, If_Match="*"):
            with self.subTest(f"{method} {path}"):
                self.assertEqual(answer.status, STATUSES.get((method, path), 404), answer.text)
                # Only functions say it; a function that is not the route's would say 405.
                self.assertIn("Pennon-Version, Pennon-Stale", answer.headers["Access-Control-Expose-Headers"])
                described = self.described[path.replace("+}", "}")][method.lower()]
                self.assertIn(str(answer.status), described["responses"])

    def test_take_a_token_where_they_are_of_the_management_plane(self):
        for (method, path), answer in self.ask():
            with self.subTest(f"{method} {path}"):
                operation = self.described[path.replace("+}", "}")][method.lower()]
                by_gateway = "Access-Control-Expose-Headers" not in answer.headers
                self.assertEqual(by_gateway, operation["security"] == [{"accessToken": []}], answer.text)
                if by_gateway:
                    self.assertEqual(answer.status, 401)

    def test_answer_preflights_without_a_token(self):
        paths = sorted({path for _, path in self.routes})
        answers = at_once(
            (lambda path=path: self.stack.request("OPTIONS", place(path), **PREFLIGHT)) for path in paths
        )
        self.assertEqual([answer.status for answer in answers], [200] * len(paths))

    def test_keys_with_slashes_and_escapes_arrive_as_they_are(self):
        answer = self.stack.request("POST", "/ofrep/v1/evaluate/flags/a/b%20c%2Fd/%C3%BC", {})
        self.assertEqual((answer.status, answer.json["key"]), (401, "a/b c/d/ü"))

    def ask(self, **headers):
        """What each route answers."""
        asked = [route for route in self.routes if route not in STREAMED]
        send = lambda method, path: self.stack.request(method, place(path), BODIES.get(method), **headers)
        return zip(asked, at_once((lambda route=route: send(*route)) for route in asked))
