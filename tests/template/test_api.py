"""The API that template.yaml deploys: routes, who may call them, throttles, streaming, the gateway's own answers."""

import json
import re
import sys
import unittest

import deployment
from deployment import ROOT, resources, transformed

sys.path.append(str(ROOT / "tools"))
import client_keys  # noqa: E402: a tool, no package

METHODS = {"get", "post", "put", "patch", "delete"}
STREAMED = {("get", "/v1/snapshot"), ("get", "/v1/projects/{project}/environments/{environment}/export")}


def operations(template):
    """Method and path of every route, with what it does. Preflights are no routes."""
    [api] = resources(template, "AWS::ApiGateway::RestApi").values()
    paths = api["Body"]["paths"].items()
    return {(method, path): one for path, item in paths for method, one in item.items() if method in METHODS}


def uri(operation):
    return operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]


class Routes(unittest.TestCase):
    def setUp(self):
        self.routes = operations(transformed())

    def test_are_those_of_the_description_of_the_api(self):
        described = json.loads((ROOT / "docs/openapi.json").read_text())["paths"].items()
        expected = {(method, path): one for path, item in described for method, one in item.items() if method in METHODS}
        # The gateway's `{key+}` takes slashes, which OpenAPI has no word for.
        self.assertEqual({(method, path.replace("+}", "}")) for method, path in self.routes}, set(expected))
        for (method, path), operation in self.routes.items():
            takes_token = expected[method, path.replace("+}", "}")]["security"] == [{"accessToken": []}]
            self.assertEqual(operation["security"], [{"AccessToken": []}] if takes_token else [{"NONE": []}], path)

    def test_lead_to_the_alias_of_a_function_each(self):
        functions = [re.search(r"\$\{(\w+)Aliaslive\}", uri(operation)) for operation in self.routes.values()]
        self.assertTrue(all(functions))
        self.assertEqual(len({found[1] for found in functions}), len(self.routes))
        self.assertGreater(len(self.routes), 30)

    def test_stream_where_an_answer_may_be_large(self):
        streamed = {route for route, one in self.routes.items() if uri(one).endswith("/response-streaming-invocations")}
        self.assertEqual(streamed, STREAMED)
        for route, operation in self.routes.items():
            integration = operation["x-amazon-apigateway-integration"]
            self.assertEqual(integration.get("responseTransferMode"), "STREAM" if route in STREAMED else None, route)
            self.assertIn("/2021-11-15/" if route in STREAMED else "/2015-03-31/", uri(operation), route)

    def test_ask_the_authorizer_by_its_alias(self):
        [api] = resources(transformed(), "AWS::ApiGateway::RestApi").values()
        authorizer = api["Body"]["components"]["securitySchemes"]["AccessToken"]["x-amazon-apigateway-authorizer"]
        self.assertEqual(authorizer["authorizerUri"]["Fn::Sub"][1], {"__FunctionArn__": {"Ref": "AuthorizeAliaslive"}})
        self.assertEqual((authorizer["type"], authorizer["authorizerResultTtlInSeconds"]), ("token", 60))
        # So that an SDK key is refused without asking anybody.
        expression = re.compile(authorizer["identityValidationExpression"])
        self.assertTrue(expression.match("Bearer eyJhbGciOi.eyJpc3MiOiJ.c2ln-_"))
        self.assertFalse(expression.match("Bearer pnn_demo.shop_k1_secret"))

    def test_ask_for_client_keys_only_in_the_variant_that_has_them(self):
        with_keys = operations(transformed(self.variant()))
        asking = {path for (_, path), one in with_keys.items() if {"api_key": []} in one["security"]}
        self.assertEqual(asking, {path for _, path in self.routes if path.startswith("/ofrep/") or path == "/v1/snapshot"})
        self.assertFalse([one for one in self.routes.values() if {"api_key": []} in one["security"]])
        plans = resources(transformed(self.variant()), "AWS::ApiGateway::UsagePlan")
        throttle = deployment.resolved(plans["ClientUsagePlan"]["Throttle"], {"ClientRateLimit": 50, "ClientBurstLimit": 100})
        self.assertEqual(throttle, {"RateLimit": 50, "BurstLimit": 100})

    @staticmethod
    def variant():
        """As `make deploy CLIENT_KEYS=1` makes it."""
        return client_keys.with_client_keys((ROOT / "template.yaml").read_text())


class Stage(unittest.TestCase):
    def setUp(self):
        self.template = transformed()
        [self.stage] = resources(self.template, "AWS::ApiGateway::Stage").values()

    def test_throttles_every_route_by_a_parameter(self):
        values = deployment.defaults(self.template)
        settings = {}
        for setting in self.stage["MethodSettings"]:
            for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
                self.assertIn(setting[limit]["Ref"], values)
            route = (setting["HttpMethod"].lower(), setting["ResourcePath"].removeprefix("/").replace("~1", "/"))
            settings[route] = deployment.resolved(setting, values)
        self.assertIn(("*", "*"), settings)
        self.assertEqual(set(settings) - {("*", "*")} - set(operations(self.template)), set())
        rate = {route: setting["ThrottlingRateLimit"] for route, setting in settings.items()}
        self.assertLess(rate["get", "/ready"], rate["*", "*"])
        self.assertGreater(rate["post", "/ofrep/v1/evaluate/flags"], rate["*", "*"])
        self.assertEqual(rate["post", "/ofrep/v1/evaluate/flags"], rate["post", "/ofrep/v1/evaluate/flags/{key+}"])

    def test_says_the_same_of_logs_and_metrics_for_every_method(self):
        said = {json.dumps((one["MetricsEnabled"], one["LoggingLevel"])) for one in self.stage["MethodSettings"]}
        self.assertEqual(len(said), 1)
        # It would log whole requests, keys and contexts included.
        self.assertFalse([one for one in self.stage["MethodSettings"] if one.get("DataTraceEnabled")])

    def test_logs_json_without_what_clients_send(self):
        condition, setting, nothing = self.stage["AccessLogSetting"]["Fn::If"]
        self.assertEqual((condition, nothing), ("HasAccessLogs", {"Ref": "AWS::NoValue"}))
        line = json.loads(setting["Format"].replace("$context.requestTimeEpoch", "1"))
        self.assertEqual((line["requestId"], line["status"]), ("$context.requestId", "$context.status"))
        for variable in line.values():
            self.assertNotRegex(str(variable), r"\.path|identity\.apiKey$|query|header|body|authorizer\.(?!principalId)")

    def test_is_traced_unless_told_otherwise(self):
        self.assertEqual(self.stage["TracingEnabled"], {"Fn::If": ["HasTracing", True, False]})


class GatewayResponses(unittest.TestCase):
    RETRIED = {"THROTTLED", "QUOTA_EXCEEDED", "WAF_FILTERED", "DEFAULT_5XX"}
    ANYWHERE = RETRIED | {"MISSING_AUTHENTICATION_TOKEN", "DEFAULT_4XX"}

    def setUp(self):
        [api] = resources(transformed(), "AWS::ApiGateway::RestApi").values()
        self.answers = api["Body"]["x-amazon-apigateway-gateway-responses"]

    def headers(self, name):
        prefix = "gatewayresponse.header."
        said = self.answers[name]["responseParameters"].items()
        return {header.removeprefix(prefix): value.strip("'") for header, value in said}

    def test_are_problems_that_a_page_may_read(self):
        for name, answer in self.answers.items():
            text = answer["responseTemplates"]["application/json"]
            text = text.replace("$context.error.messageString", '"no"')
            problem = json.loads(text)
            self.assertEqual(problem["type"], "about:blank", name)
            self.assertIn("$context.requestId", problem["instance"], name)
            if "statusCode" in answer:
                self.assertEqual(str(problem["status"]), answer["statusCode"], name)
            headers = self.headers(name)
            self.assertEqual(headers["Access-Control-Allow-Origin"], "*", name)
            self.assertEqual(headers["Content-Type"], "application/problem+json", name)

    def test_are_understood_by_ofrep_clients_where_they_may_meet_them(self):
        self.assertLessEqual(self.ANYWHERE, set(self.answers))
        for name in self.ANYWHERE:
            text = self.answers[name]["responseTemplates"]["application/json"]
            problem = json.loads(text.replace("$context.error.messageString", '"no"'))
            self.assertEqual(problem["errorCode"], "GENERAL", name)
            self.assertEqual(problem["errorDetails"], problem["detail"], name)

    def test_say_in_whole_seconds_when_to_come_back(self):
        for name in self.answers:
            headers = self.headers(name)
            self.assertEqual("Retry-After" in headers, name in self.RETRIED, name)
            if name in self.RETRIED:
                self.assertGreater(int(headers["Retry-After"]), 0, name)
                self.assertIn("Retry-After", headers["Access-Control-Expose-Headers"], name)
                self.assertIn(self.answers[name].get("statusCode"), ("429", None), name)


if __name__ == "__main__":
    unittest.main()
