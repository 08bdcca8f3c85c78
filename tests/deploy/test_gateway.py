"""What the gateway answers by itself is what template.yaml says: problems, with OFREP's members where an OFREP client may ask."""

from contextlib import contextmanager

from support import FLAGS, Deployed, Environment, at_once, eventually

PROBLEM = "application/problem+json"


class Answers(Deployed):
    def test_what_is_no_route_is_not_found(self):
        for method, path in (
            ("GET", "/nothing"), ("GET", "/"), ("DELETE", "/health"), ("GET", "/v1/projects/a/b"), ("POST", f"{FLAGS}s/a"),
        ):
            answer = self.stack.request(method, path)
            details = "nothing is served at this path by this method"
            self.assertProblem(answer, 404, "Not Found", details)
            self.assertEqual((answer.json["errorCode"], answer.json["errorDetails"]), ("GENERAL", details))

    def test_who_has_no_token_is_told_what_to_bring(self):
        answer = self.stack.request("GET", "/v1/projects")
        self.assertProblem(answer, 401, "Unauthorized", "the access token is missing or not valid")
        self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")

    def test_what_fails_says_no_more_than_an_id(self):
        # ministack finds no function behind a streaming integration: a failure of the gateway like any other.
        answer = self.stack.request("GET", "/v1/snapshot")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (500, PROBLEM))
        request = answer.headers["x-amzn-RequestId"]
        self.assertEqual(answer.json, {
            "type": "about:blank", "detail": f"internal error; request {request}", "instance": f"urn:pennon:request:{request}",
            "errorCode": "GENERAL", "errorDetails": f"internal error; request {request}",
        })
        self.assertEqual(answer.headers["Retry-After"], "1")

    def test_preflights_allow_what_clients_send(self):
        for path in ("/v1/projects", f"{FLAGS}/a/b"):
            answer = self.stack.request(
                "OPTIONS", path, Origin="https://app.example", Access_Control_Request_Method="PUT"
            )
            self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Origin"]), (200, "*"))
            methods = answer.headers["Access-Control-Allow-Methods"].split(", ")
            self.assertEqual(set(methods), {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
            headers = answer.headers["Access-Control-Allow-Headers"].split(", ")
            self.assertLessEqual({"Authorization", "X-API-Key", "Content-Type", "If-None-Match"}, set(headers))

    def assertProblem(self, answer, status, title, detail):
        found = (answer.status, answer.headers["Content-Type"], answer.headers["Access-Control-Allow-Origin"])
        self.assertEqual(found, (status, PROBLEM, "*"), answer.text)
        self.assertEqual((answer.json["status"], answer.json["title"], answer.json["detail"]), (status, title, detail))
        self.assertRegex(answer.json["instance"], "^urn:pennon:request:[0-9a-f-]{36}$")


class Throttles(Deployed):
    """Each route has the limit that template.yaml gives it, by default or by parameter."""

    def test_are_those_of_the_template(self):
        # A burst of more than the route takes at once, by its default.
        answers = self.burst("GET", "/ready", 40)
        self.assertLimited(answers, at_least=5)
        other = self.stack.request("GET", "/health")
        self.assertEqual(other.status, 200)
        eventually(lambda: self.stack.request("GET", "/ready").status == 200, 2)

    def test_are_those_of_the_parameters(self):
        environment = Environment(self.stack, "throttles")
        before = self.burst("POST", FLAGS, 30)
        self.assertEqual({answer.status for answer in before}, {401})
        self.stack.update(EvaluationRateLimit="1", EvaluationBurstLimit="3")
        try:
            limited = self.burst("POST", f"{FLAGS}/one", 20)
            self.assertLimited(limited, at_least=3)
            self.assertEqual({answer.status for answer in limited}, {401, 429})
            # Each route by itself: the other one has not used its own up.
            self.assertEqual(environment.evaluate().status, 200)
        finally:
            self.stack.update(EvaluationRateLimit="1000", EvaluationBurstLimit="500")
        self.assertEqual({answer.status for answer in self.burst("POST", FLAGS, 30)}, {401})

    def burst(self, method, path, count):
        return at_once([lambda: self.stack.request(method, path, {} if method == "POST" else None)] * count, count)

    def assertLimited(self, answers, at_least):
        """Some had to wait, but for no less than the burst there was an answer."""
        limited = [answer for answer in answers if answer.status == 429]
        self.assertGreaterEqual(len(answers) - len(limited), at_least)
        self.assertTrue(limited)
        answer = limited[0]
        self.assertEqual((answer.headers["Content-Type"], answer.headers["Retry-After"]), (PROBLEM, "1"))
        self.assertIn("Retry-After", answer.headers["Access-Control-Expose-Headers"])
        self.assertEqual({name: answer.json[name] for name in ("status", "errorCode", "errorDetails")},
                         {"status": 429, "errorCode": "GENERAL", "errorDetails": "too many requests"})


class Clients(Deployed):
    """Where routes ask for the gateway's keys, each client has the limits of the usage plan to itself."""

    def test_one_who_asks_too_much_does_not_slow_another(self):
        environment = Environment(self.stack, "clients")
        with self.asking_for_keys(), self.key("busy") as busy, self.key("calm") as calm:
            refused = environment.evaluate()
            self.assertEqual((refused.status, refused.headers["Content-Type"]), (403, PROBLEM), refused.text)
            self.assertEqual(refused.json["errorDetails"], "Forbidden")
            ask = lambda key: environment.evaluate(X_API_Key=key)
            self.assertEqual(ask(busy).status, 200)
            limited = [answer for answer in at_once([lambda: ask(busy)] * 20, 20) if answer.status == 429]
            self.assertTrue(limited)
            self.assertEqual(limited[0].headers["Retry-After"], "1")
            self.assertEqual(ask(calm).status, 200)

    @contextmanager
    def asking_for_keys(self):
        """As `make deploy CLIENT_KEYS=1`, with low limits, until the block ends."""
        gateway, api = self.stack.client("apigateway"), self.stack.resources["Api"]
        [place] = [one["id"] for one in gateway.get_resources(restApiId=api, limit=500)["items"] if one["path"] == FLAGS]

        def ask(value):
            change = {"op": "replace", "path": "/apiKeyRequired", "value": value}
            gateway.update_method(restApiId=api, resourceId=place, httpMethod="POST", patchOperations=[change])
            gateway.create_deployment(restApiId=api, stageName="live")

        self.stack.update(ClientRateLimit="1", ClientBurstLimit="2")
        ask("true")
        try:
            yield
        finally:
            ask("")  # ministack takes any text for true
            self.stack.update(ClientRateLimit="50", ClientBurstLimit="100")

    @contextmanager
    def key(self, name):
        """A key of the gateway for a client of the usage plan, until the block ends."""
        gateway, plan = self.stack.client("apigateway"), self.stack.outputs["UsagePlan"]
        key = gateway.create_api_key(name=name, enabled=True)
        gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
        try:
            yield key["value"]
        finally:
            gateway.delete_api_key(apiKey=key["id"])
