"""What ministack does not do of what the template asks for. A test that fails here is good news: there is less to check on AWS.

docs/operations/local-aws.md names each, with what would show it in an account.
"""

import datetime
import json

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from support import Deployed, at_once
from template import ROOT, read, resources, transformed

# The types of resources that it cannot make: CodeDeploy's under GradualDeployment, and those of infra/dax.yaml and
# infra/firewall.yaml.
UNKNOWN = {
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::DAX::Cluster",
    "AWS::DAX::ParameterGroup",
    "AWS::DAX::SubnetGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::WAFv2::WebACLAssociation",
}


class Gaps(Deployed):
    def test_it_knows_not_every_type_of_resource(self):
        ours = {one["Type"] for one in transformed(GradualDeployment="true")["Resources"].values()}
        for path in sorted((ROOT / "infra").glob("*.yaml")):
            ours |= {one["Type"] for one in read(path)["Resources"].values()}
        every = {"Resources": {f"R{number}": {"Type": kind} for number, kind in enumerate(sorted(ours))}}
        with self.assertRaises(ClientError) as refused:
            self.stack.client("cloudformation").create_stack(
                StackName="every-type", TemplateBody=json.dumps(every), Capabilities=["CAPABILITY_IAM"]
            )
        message = refused.exception.response["Error"]["Message"]
        _, _, named = message.partition("Unrecognized resource types: ")
        self.assertEqual(set(named.strip("[]").split(", ")), UNKNOWN, message)

    def test_it_has_not_every_service(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        for service, call, arguments in (
            ("codedeploy", "list_applications", {}),
            ("dax", "describe_clusters", {}),
            ("xray", "get_service_graph", {"StartTime": now, "EndTime": now}),
        ):
            with self.subTest(service), self.assertRaises((ClientError, ResponseParserError)):
                getattr(self.stack.client(service), call)(**arguments)

    def test_its_gateway_has_only_its_own_answers(self):
        answers = self.stack.client("apigateway").get_gateway_responses(restApiId=self.stack.resources["Api"])["items"]
        self.assertEqual({one["defaultResponse"] for one in answers}, {True})
        unknown = self.stack.request("GET", "/nothing")
        self.assertEqual((unknown.status, unknown.json), (403, {"message": "Missing Authentication Token"}))
        refused = self.stack.request("GET", "/v1/projects")
        self.assertEqual((refused.status, refused.json), (401, {"message": "Unauthorized"}))
        self.assertNotIn("WWW-Authenticate", refused.headers)

    def test_its_gateway_does_not_find_the_limits_of_single_routes(self):
        # CloudFormation writes a slash in the path of a route as `~1`; ministack looks for it as it is.
        stage = self.stack.client("apigateway").get_stage(restApiId=self.stack.resources["Api"], stageName="live")
        self.assertEqual(stage["methodSettings"]["/~1ready/GET"]["throttlingBurstLimit"], 5)
        answers = at_once([lambda: self.stack.request("GET", "/ready")] * 40, 40)
        self.assertEqual({answer.status for answer in answers}, {200})

    def test_its_preflights_say_nothing(self):
        preflight = self.stack.request("OPTIONS", "/v1/projects", Origin="https://app.example")
        self.assertEqual((preflight.status, preflight.headers["Access-Control-Allow-Methods"]), (200, None))

    def test_it_does_not_stream(self):
        answer = self.stack.request("GET", "/v1/snapshot")
        self.assertEqual((answer.status, answer.json), (500, {"message": "Internal server error"}))

    def test_it_writes_no_access_logs(self):
        self.assertEqual(self.stack.request("GET", "/health").status, 200)
        self.assertEqual(self.stack.logs("Access"), [])

    def test_it_tells_functions_nothing_of_the_format_of_their_logs(self):
        # Lambda writes START and REPORT as JSON where that is the format of a function's logs.
        self.assertEqual(self.stack.request("GET", "/health").status, 200)
        self.assertTrue([line for line in self.stack.logs("Health") if line.startswith("REPORT RequestId: ")])

    def test_its_tables_are_neither_backed_up_nor_forgetful(self):
        client, resources = self.stack.client("dynamodb"), self.stack.resources
        backups = client.describe_continuous_backups(TableName=resources["CoreTable"])["ContinuousBackupsDescription"]
        recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        forgetful = client.describe_time_to_live(TableName=resources["OpsTable"])["TimeToLiveDescription"]
        self.assertEqual((recovery, forgetful["TimeToLiveStatus"]), ("DISABLED", "DISABLED"))

    def test_its_alarms_know_no_mathematics(self):
        with self.assertRaisesRegex(AssertionError, r"Metrics \(metric math\) is not supported"):
            self.stack.update(Watch="true")
        # The update is taken back, as CloudFormation would.
        self.assertEqual(self.stack.request("GET", "/health").status, 200)

    def test_its_transform_does_not_know_the_parameters(self):
        # Otherwise the digest of a release would be in the names of the versions.
        versions = [name for name in self.stack.resources if name.startswith("HealthVersion")]
        expected = resources(transformed(Release=self.stack.release), "AWS::Lambda::Version")
        self.assertEqual(len(versions), 1)
        self.assertNotIn(versions[0], expected)
