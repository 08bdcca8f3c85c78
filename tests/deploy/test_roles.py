"""Each function runs with its role, which allows what it needs and no more. All other tests are served with these roles."""

from botocore.exceptions import ClientError
from support import Deployed

KEY = {"pk": {"S": "none"}, "sk": {"S": "none"}}


class Roles(Deployed):
    def test_of_the_evaluation_plane_read_single_items(self):
        for function in ("EvaluateFlag", "EvaluateFlags", "GetSnapshot", "Ready"):
            dynamodb, core = self.assume(function, "dynamodb"), self.stack.outputs["CoreTable"]
            self.assertNotIn("Item", dynamodb.get_item(TableName=core, Key=KEY))
            self.assertDenied(dynamodb.put_item, TableName=core, Item=KEY)
            self.assertDenied(dynamodb.delete_item, TableName=core, Key=KEY)
            self.assertDenied(dynamodb.scan, TableName=core)
            self.assertDenied(dynamodb.get_item, TableName=self.stack.outputs["AuditTable"], Key=KEY)

    def test_of_the_management_plane_cannot_rewrite_the_audit(self):
        for function in ("PutFlag", "ImportFlags", "DeleteProject"):
            dynamodb, audit = self.assume(function, "dynamodb"), self.stack.outputs["AuditTable"]
            self.assertDenied(dynamodb.delete_item, TableName=audit, Key=KEY)
            self.assertDenied(
                dynamodb.update_item, TableName=audit, Key=KEY, UpdateExpression="SET a = :a",
                ExpressionAttributeValues={":a": {"S": "a"}},
            )
            self.assertDenied(dynamodb.delete_table, TableName=audit)

    def test_of_what_needs_no_data_allow_none(self):
        for function in ("Authorize", "Health", "GetOpenapi"):
            dynamodb = self.assume(function, "dynamodb")
            self.assertDenied(dynamodb.get_item, TableName=self.stack.outputs["CoreTable"], Key=KEY)

    def assume(self, function, service):
        """A client with what Lambda hands to the function."""
        role = self.stack.client("lambda").get_function_configuration(FunctionName=self.stack.resources[function])["Role"]
        given = self.stack.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return self.stack.session.client(
            service, endpoint_url=self.stack.endpoint, aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"], aws_session_token=given["SessionToken"],
        )

    def assertDenied(self, call, **arguments):
        with self.assertRaises(ClientError) as denied:
            call(**arguments)
        self.assertEqual(denied.exception.response["Error"]["Code"], "AccessDeniedException", arguments)
