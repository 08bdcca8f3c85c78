"""What template.yaml keeps its data in, and the stacks nested in it."""

import json
import re
import sys
import unittest

from deployment import REQUIRED, ROOT, defaults, read, resources, statements, transformed

sys.path.append(str(ROOT / "tools"))
import costs  # noqa: E402: tools, no packages
import release  # noqa: E402
import tomlkit  # noqa: E402: the SAM CLI brings it

STACKS = {"Cache": "infra/dax.yaml", "Firewall": "infra/firewall.yaml", "Watching": "infra/watch.yaml"}


class Tables(unittest.TestCase):
    def setUp(self):
        self.template = transformed()
        self.tables = resources(self.template, "AWS::DynamoDB::Table")

    def test_are_three_and_cost_nothing_while_nobody_asks(self):
        self.assertEqual(set(self.tables), {"CoreTable", "AuditTable", "OpsTable"})
        self.assertEqual({table["BillingMode"] for table in self.tables.values()}, {"PAY_PER_REQUEST"})

    def test_outlive_mistakes_where_they_hold_what_cannot_be_made_again(self):
        for name in ("CoreTable", "AuditTable"):
            table = self.tables[name]
            self.assertTrue(table["DeletionProtectionEnabled"], name)
            self.assertTrue(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], name)
            whole = self.template["Resources"][name]
            self.assertEqual((whole["DeletionPolicy"], whole["UpdateReplacePolicy"]), ("Retain", "Retain"), name)

    def test_forget_and_stream_where_they_should(self):
        self.assertEqual(self.tables["OpsTable"]["TimeToLiveSpecification"], {"AttributeName": "ttl", "Enabled": True})
        self.assertEqual(self.tables["AuditTable"]["StreamSpecification"], {"StreamViewType": "NEW_IMAGE"})

    def test_are_encrypted_with_a_key_of_the_operator_where_there_is_one(self):
        for name, table in self.tables.items():
            condition, with_key, _ = table["SSESpecification"]["Fn::If"]
            self.assertEqual((condition, with_key["KMSMasterKeyId"]), ("HasKey", {"Ref": "KmsKeyArn"}), name)


class Stack(unittest.TestCase):
    def test_fits_what_cloudformation_takes(self):
        template = transformed(GradualDeployment="true")
        self.assertLess(len(template["Resources"]), 500)
        self.assertLess(len(template["Parameters"]), 200)
        self.assertLess(len(json.dumps(template)), 1_000_000)

    def test_names_the_stage_wherever_it_is_meant(self):
        template = transformed()
        stage = {"Ref": "ApiliveStage"}
        self.assertEqual(resources(template, "AWS::ApiGateway::BasePathMapping")["DomainMapping"]["Stage"], stage)
        [plan] = resources(template, "AWS::ApiGateway::UsagePlan").values()
        self.assertEqual(plan["ApiStages"], [{"ApiId": {"Ref": "Api"}, "Stage": stage}])
        protected = resources(template, "AWS::CloudFormation::Stack")["Firewall"]["Parameters"]["StageArn"]["Fn::Sub"]
        self.assertTrue(protected.endswith("::/restapis/${Api}/stages/${ApiliveStage}"), protected)


class NestedStacks(unittest.TestCase):
    def test_get_the_parameters_that_they_ask_for(self):
        nested = resources(transformed(), "AWS::CloudFormation::Stack")
        self.assertEqual({name: one["TemplateURL"] for name, one in nested.items()}, STACKS)
        for name, path in STACKS.items():
            declared, given = read(path)["Parameters"], nested[name]["Parameters"]
            self.assertLessEqual(set(given), set(declared), name)
            required = {parameter for parameter, one in declared.items() if "Default" not in one}
            self.assertLessEqual(required, set(given), name)

    def test_are_made_only_when_asked_for(self):
        template = transformed()
        for name in STACKS:
            condition = template["Resources"][name]["Condition"]
            self.assertIn(condition, ("HasDax", "HasFirewall", "HasWatch"))
        values = defaults(template)
        self.assertEqual((values["Dax"], values["Watch"], values["RateLimitPerKey"]), ("false", "false", 0))

    def test_say_what_is_asked_of_them(self):
        asked = set(re.findall(r"Cache\.Outputs\.(\w+)", (ROOT / "template.yaml").read_text()))
        self.assertEqual(asked, set(read("infra/dax.yaml")["Outputs"]))


class Cache(unittest.TestCase):
    def setUp(self):
        self.stack = read("infra/dax.yaml")
        [self.cluster] = resources(self.stack, "AWS::DAX::Cluster").values()

    def test_is_encrypted_on_the_wire_and_on_disk(self):
        self.assertEqual(self.cluster["ClusterEndpointEncryptionType"], "TLS")
        self.assertEqual(self.cluster["SSESpecification"], {"SSEEnabled": True})
        self.assertEqual(self.stack["Outputs"]["Endpoint"]["Value"], {"Fn::GetAtt": ["Cluster", "ClusterDiscoveryEndpointURL"]})

    def test_keeps_items_for_as_long_as_the_store_takes_for_granted_and_no_queries(self):
        [group] = resources(self.stack, "AWS::DAX::ParameterGroup").values()
        kept = group["ParameterNameValues"]
        self.assertEqual(kept["query-ttl-millis"], "0")
        dax = (ROOT / "shared/store/src/dax").rglob("*.rs")
        assumed = [re.search(r"const RECORD_TTL: Duration = Duration::from_mins\((\d+)\)", path.read_text()) for path in dax]
        [minutes] = [int(found[1]) for found in assumed if found]
        self.assertEqual(int(kept["record-ttl-millis"]), minutes * 60_000)

    def test_may_read_one_table(self):
        [(name, statement)] = [one for one in statements(self.stack) if one[0] == "ClusterRole"]
        reading = {"dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:BatchGetItem"}
        self.assertEqual((set(statement["Action"]), statement["Resource"]), (reading, {"Ref": "CoreTableArn"}), name)

    def test_is_reached_by_nobody_else(self):
        [ingress] = resources(self.stack, "AWS::EC2::SecurityGroup")["ClusterSecurityGroup"]["SecurityGroupIngress"]
        self.assertEqual((ingress["FromPort"], ingress["ToPort"]), (9111, 9111))
        self.assertEqual(ingress["SourceSecurityGroupId"], {"Ref": "ClientSecurityGroup"})
        for way_out in ("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway"):
            self.assertEqual(resources(self.stack, way_out), {})


class Firewall(unittest.TestCase):
    def test_counts_each_header_by_itself(self):
        [acl] = resources(read("infra/firewall.yaml"), "AWS::WAFv2::WebACL").values()
        rates = [rule["Statement"]["RateBasedStatement"] for rule in acl["Rules"]]
        headers = [[key["Header"]["Name"] for key in rate["CustomKeys"]] for rate in rates]
        self.assertEqual(headers, [["authorization"], ["x-api-key"]])
        self.assertEqual({rate["EvaluationWindowSec"] for rate in rates}, {60})


class Watching(unittest.TestCase):
    def setUp(self):
        self.stack = read("infra/watch.yaml")

    def test_has_no_alarm_or_graph_of_what_nobody_counts(self):
        counted = {
            transformation["MetricName"]
            for one in resources(self.stack, "AWS::Logs::MetricFilter").values()
            for transformation in one["MetricTransformations"]
        }
        for path in ROOT.glob("shared/*/src/metrics.rs"):
            counted |= set(re.findall(r'"(pennon_\w+)"', path.read_text()))
        watched = [metric for one in resources(self.stack, "AWS::CloudWatch::Alarm").values() for metric in metrics_of(one)]
        ours = {metric["MetricName"] for metric in watched if not str(metric["Namespace"]).startswith("AWS/")}
        self.assertGreater(len(ours), 3)
        [dashboard] = resources(self.stack, "AWS::CloudWatch::Dashboard").values()
        body = dashboard["DashboardBody"]["Fn::Sub"]
        drawn = set(re.findall(r'MetricName=\\"(\w+)\\"', body)) | set(re.findall(r'"Pennon/\$\{ApiName\}", "(\w+)"', body))
        self.assertGreater(len(drawn), 10)
        self.assertLessEqual(ours | drawn, counted)

    def test_reads_the_namespace_that_the_functions_write_to(self):
        written = read("template.yaml")["Globals"]["Function"]["Environment"]["Variables"]["METRICS_NAMESPACE"]
        given = resources(transformed(), "AWS::CloudFormation::Stack")["Watching"]["Parameters"]["ApiName"]
        self.assertEqual((written, given), ({"Fn::Sub": "Pennon/${AWS::StackName}"}, {"Ref": "AWS::StackName"}))
        for name, alarm in resources(self.stack, "AWS::CloudWatch::Alarm").items():
            for metric in metrics_of(alarm):
                if not str(metric["Namespace"]).startswith("AWS/"):
                    self.assertEqual(metric["Namespace"], {"Fn::Sub": "Pennon/${ApiName}"}, name)

    def test_tells_the_topic(self):
        for path in ("template.yaml", "infra/watch.yaml", "infra/dax.yaml"):
            for name, alarm in resources(read(path), "AWS::CloudWatch::Alarm").items():
                told = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
                self.assertEqual(alarm["AlarmActions"], told, name)
                self.assertEqual(alarm["TreatMissingData"], "notBreaching", name)

    def test_explains_every_alarm(self):
        runbook = (ROOT / "docs/operations/runbook.md").read_text()
        for path in ("template.yaml", "infra/watch.yaml", "infra/dax.yaml"):
            for name in resources(read(path), "AWS::CloudWatch::Alarm"):
                self.assertIn(f"`{name}`", runbook)

    def test_draws_a_dashboard(self):
        [dashboard] = resources(self.stack, "AWS::CloudWatch::Dashboard").values()
        body = json.loads(dashboard["DashboardBody"]["Fn::Sub"])
        known = set(self.stack["Parameters"]) | set(self.stack["Resources"])
        for name in re.findall(r"\$\{([^}]+)\}", dashboard["DashboardBody"]["Fn::Sub"]):
            self.assertTrue(name.startswith("AWS::") or name.removesuffix(".Arn") in known, name)
        places = [(widget["x"], widget["y"]) for widget in body["widgets"]]
        self.assertEqual(len(places), len(set(places)))


class Profiles(unittest.TestCase):
    def setUp(self):
        settings = tomlkit.parse((ROOT / "samconfig.toml").read_text()).unwrap()
        self.profiles = {name: settings[name]["deploy"]["parameters"] for name in ("dev", "prod")}
        self.parameters = read("template.yaml")["Parameters"]

    def overrides(self, profile):
        return dict(one.split("=", 1) for one in self.profiles[profile]["parameter_overrides"])

    def test_say_what_the_template_takes(self):
        for profile in self.profiles:
            for name, value in self.overrides(profile).items():
                allowed = self.parameters[name].get("AllowedValues", [value])
                self.assertIn(value, [str(one) for one in allowed], f"{profile}: {name}")
            self.assertLessEqual(set(REQUIRED), set(self.overrides(profile)), profile)
            capabilities = self.profiles[profile]["capabilities"].split()
            self.assertEqual(capabilities, ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"], profile)

    def test_make_another_release_of_other_parameters_and_of_other_code(self):
        said = release.parameters("dev")
        self.assertEqual(said, self.profiles["dev"]["parameter_overrides"])
        tools = [ROOT / "tools/costs.py", ROOT / "tools/release.py"]
        variants = [(said, tools), (said, tools[:1]), ([*said, "Dax=true"], tools)]
        self.assertEqual(len({release.release(*variant) for variant in variants}), 3)
        self.assertEqual(release.release(said, tools), release.release(said[::-1], tools[::-1]))

    def test_are_careful_in_prod_and_cheap_in_dev(self):
        dev, prod = self.overrides("dev"), self.overrides("prod")
        self.assertEqual((prod["Dax"], prod["Watch"]), ("true", "true"))
        self.assertEqual((dev.get("Dax", "false"), dev.get("Watch", "false")), ("false", "false"))
        self.assertEqual((prod["GradualDeployment"], dev["GradualDeployment"]), ("true", "false"))
        self.assertTrue(self.profiles["prod"]["confirm_changeset"])


class Documents(unittest.TestCase):
    def test_have_the_tables_of_the_cost_model(self):
        page = (ROOT / "docs/operations/costs.md").read_text()
        self.assertIn(costs.totals(), page)
        self.assertIn(costs.items(), page)

    def test_count_the_alarms_as_they_are_billed(self):
        counted = [self.alarm_metrics(path) for path in ("template.yaml", "infra/watch.yaml", "infra/dax.yaml")]
        self.assertEqual(counted, [costs.ROLLBACK_ALARMS, costs.WATCH_ALARMS, costs.DAX_ALARMS])

    @staticmethod
    def alarm_metrics(path):
        alarms = resources(read(path), "AWS::CloudWatch::Alarm").values()
        plain = [{"MetricStat": None}]
        return sum("MetricStat" in metric for alarm in alarms for metric in alarm.get("Metrics", plain))

    def test_show_an_http_api_that_the_template_can_have(self):
        [shown] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/operations/http-api.md").read_text(), re.DOTALL)
        text = (ROOT / "template.yaml").read_text()
        text = re.sub(r"^  Api:\n.*?(?=^  AccessLog:)", lambda _: shown + "\n", text, flags=re.MULTILINE | re.DOTALL)
        text = text.replace("Type: Api\n", "Type: HttpApi\n").replace("RestApiId: !Ref Api", "ApiId: !Ref Api")
        text = re.sub(r" +(ResponseTransferMode|RESPONSE_MODE): .*\n", "", text)
        for name in ("Firewall", "ClientUsagePlan", "DomainMapping"):
            text, removed = re.subn(rf"^  {name}:\n(?:    .*\n)+", "", text, flags=re.MULTILINE)
            self.assertEqual(removed, 1, name)
        template = transformed(re.sub(r"^  UsagePlan:\n(?:    .*\n)+", "", text, flags=re.MULTILINE))
        [api] = resources(template, "AWS::ApiGatewayV2::Api").values()
        [rest] = resources(transformed(), "AWS::ApiGateway::RestApi").values()
        self.assertEqual(set(api["Body"]["paths"]), set(rest["Body"]["paths"]))
        [stage] = resources(template, "AWS::ApiGatewayV2::Stage").values()
        routes = {f"{method.upper()} {path}" for path, item in api["Body"]["paths"].items() for method in item}
        self.assertLessEqual(set(stage["RouteSettings"]), routes)
        authorizer = api["Body"]["components"]["securitySchemes"]["AccessToken"]["x-amazon-apigateway-authorizer"]
        self.assertEqual(authorizer["authorizerPayloadFormatVersion"], "1.0")


def metrics_of(alarm):
    """The metrics that an alarm watches, alone or in an expression."""
    if "MetricName" in alarm:
        return [alarm]
    return [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]


if __name__ == "__main__":
    unittest.main()
