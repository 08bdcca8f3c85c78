"""The functions that template.yaml deploys: how they run, how they are replaced, and what they may do."""

import re
import unittest

from deployment import CACHED, ROOT, defaults, listed, read, resolved, resources, statements, transformed

# AWS's own, by SAM: to write logs, to send traces, and to have an address in a VPC.
ATTACHED = {
    "service-role/AWSLambdaBasicExecutionRole",
    "AWSXrayWriteOnlyAccess",
    "service-role/AWSLambdaVPCAccessExecutionRole",
}


class Functions(unittest.TestCase):
    def setUp(self):
        self.template = transformed()
        self.functions = resources(self.template, "AWS::Lambda::Function")

    def test_run_on_arm_without_a_language_of_their_own(self):
        for name, function in self.functions.items():
            self.assertEqual(function["Runtime"], "provided.al2023", name)
            self.assertEqual((function["Architectures"], function["Handler"]), (["arm64"], "bootstrap"), name)
            self.assertEqual(function["TracingConfig"], {"Mode": {"Ref": "Tracing"}}, name)

    def test_have_a_folder_each(self):
        keys = {function["Code"]["S3Key"] for function in self.functions.values()}
        self.assertEqual(keys, {folder.name for folder in (ROOT / "functions").iterdir()})

    def test_stop_before_the_gateway_does_and_have_room(self):
        values = defaults(self.template)
        for name, function in self.functions.items():
            self.assertLessEqual(function["Timeout"], 29, name)
            self.assertIn(resolved(function["MemorySize"], values), range(128, 1770), name)

    def test_write_json_to_a_log_group_of_their_own_that_forgets(self):
        groups = resources(self.template, "AWS::Logs::LogGroup")
        for name, function in self.functions.items():
            self.assertEqual(function["LoggingConfig"]["LogFormat"], "JSON", name)
            self.assertEqual(function["LoggingConfig"]["LogGroup"], {"Ref": f"{name}Log"}, name)
        self.assertEqual(set(groups), {f"{name}Log" for name in self.functions} | {"AccessLog", "ExecutionLog"})
        for name, group in groups.items():
            self.assertEqual(group["RetentionInDays"], {"Ref": "LogRetentionDays"}, name)
            self.assertEqual(group["KmsKeyId"]["Fn::If"][:2], ["HasKey", {"Ref": "KmsKeyArn"}], name)

    def test_are_replaced_bit_by_bit_and_taken_back_by_an_alarm(self):
        aliases = resources(self.template, "AWS::Lambda::Alias")
        self.assertEqual({alias["FunctionName"]["Ref"] for alias in aliases.values()}, set(self.functions))
        groups = resources(transformed(GradualDeployment="true"), "AWS::CodeDeploy::DeploymentGroup")
        self.assertEqual(len(groups), len(self.functions))
        for name, group in groups.items():
            self.assertEqual(group["AlarmConfiguration"], {"Enabled": True, "Alarms": [{"Name": {"Ref": "ServerErrors"}}]}, name)
            self.assertIn("DEPLOYMENT_STOP_ON_ALARM", group["AutoRollbackConfiguration"]["Events"], name)
            kind = group["DeploymentConfigName"]["Fn::Sub"][1]["ConfigName"]
            self.assertEqual(kind, "Canary10Percent5Minutes", name)

    def test_are_replaced_when_a_parameter_changes(self):
        first, second = (resources(transformed(Release=digest * 64), "AWS::Lambda::Version") for digest in "ab")
        self.assertEqual(len(first), len(self.functions))
        self.assertTrue(set(first).isdisjoint(second))
        versions = [one for one in self.template["Resources"].values() if one["Type"] == "AWS::Lambda::Version"]
        self.assertEqual({one["DeletionPolicy"] for one in versions}, {"Delete"})

    def test_are_replaced_at_once_unless_told_otherwise(self):
        found = self.template["Resources"].values()
        self.assertFalse([one for one in found if "CodeDeploy" in one["Type"] or "UpdatePolicy" in one])

    def test_reach_the_cache_if_they_ask_it_and_there_is_one(self):
        for name, function in self.functions.items():
            variables = function["Environment"]["Variables"]
            self.assertEqual("DAX_ENDPOINT" in variables, name in CACHED, name)
            self.assertEqual("VpcConfig" in function, name in CACHED, name)
            if name in CACHED:
                cached = {"Fn::If": ["HasDax", {"Fn::GetAtt": ["Cache", "Outputs.Endpoint"]}, ""]}
                self.assertEqual(variables["DAX_ENDPOINT"], cached, name)
                self.assertEqual(function["VpcConfig"]["Fn::If"][0::2], ["HasDax", {"Ref": "AWS::NoValue"}], name)

    def test_have_no_variable_that_the_code_does_not_read(self):
        configs = [path.read_text() for path in ROOT.glob("shared/*/src/**/config.rs")]
        for name, function in self.functions.items():
            for variable in function["Environment"]["Variables"]:
                self.assertTrue(any(f"`{variable}`" in config for config in configs), f"{name}: {variable}")


class Policies(unittest.TestCase):
    def test_name_what_they_allow(self):
        templates = {"template.yaml": transformed()}
        templates |= {path.name: read(f"infra/{path.name}") for path in (ROOT / "infra").glob("*.yaml")}
        checked = 0
        for file, template in templates.items():
            for name, statement in statements(template):
                self.assertEqual(statement["Effect"], "Allow", f"{file}: {name}")
                for action in listed(statement["Action"]):
                    self.assertRegex(action, r"^[a-z0-9]+:[A-Za-z]+$", f"{file}: {name}")
                for resource in listed(statement["Resource"]):
                    self.assertNotIn("*", str(resource), f"{file}: {name}")
                checked += 1
        self.assertGreater(checked, 8)

    def test_are_the_roles_own_but_for_logs_traces_and_addresses(self):
        for name, role in resources(transformed(GradualDeployment="true"), "AWS::IAM::Role").items():
            attached = {arn.split(":policy/")[-1] for arn in role.get("ManagedPolicyArns", []) if isinstance(arn, str)}
            if name == "CodeDeployServiceRole":
                self.assertEqual(attached, {"service-role/AWSCodeDeployRoleForLambda"})
                continue
            function = name.removesuffix("Role")
            self.assertLessEqual(attached, ATTACHED, name)
            self.assertEqual("service-role/AWSLambdaVPCAccessExecutionRole" in attached, function in CACHED, name)
            [trusted] = role["AssumeRolePolicyDocument"]["Statement"]
            self.assertEqual(trusted["Principal"], {"Service": ["lambda.amazonaws.com"]}, name)

    def test_let_the_gateway_call_single_routes(self):
        for name, permission in resources(transformed(), "AWS::Lambda::Permission").items():
            self.assertEqual(permission["Principal"], "apigateway.amazonaws.com", name)
            self.assertRegex(permission["FunctionName"]["Ref"], r"^\w+Aliaslive$", name)
            source = permission["SourceArn"]["Fn::Sub"][0]
            self.assertRegex(source, r"/\$\{__Stage__\}/[A-Z]+/|/authorizers/\*$", name)

    def test_of_the_cache_are_for_those_who_read_it(self):
        [policy] = resources(transformed(Dax="true"), "AWS::IAM::Policy").values()
        self.assertEqual({role["Ref"] for role in policy["Roles"]}, {f"{name}Role" for name in CACHED})
        [statement] = policy["PolicyDocument"]["Statement"]
        self.assertEqual(statement["Action"], "dax:BatchGetItem")


class Artifacts(unittest.TestCase):
    def test_are_where_cargo_lambda_puts_them(self):
        uris = set(re.findall(r"CodeUri: (\S+)", (ROOT / "template.yaml").read_text()))
        self.assertEqual(uris, {f"target/lambda/{folder.name}/" for folder in (ROOT / "functions").iterdir()})


if __name__ == "__main__":
    unittest.main()
