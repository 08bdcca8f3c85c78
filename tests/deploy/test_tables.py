"""The tables and the outputs of the stack are as template.yaml says."""

from support import Deployed


class Tables(Deployed):
    def setUp(self):
        client = self.stack.client("dynamodb")
        self.tables = {
            name: client.describe_table(TableName=self.stack.resources[name])["Table"]
            for name in ("CoreTable", "AuditTable", "OpsTable")
        }

    def test_have_their_keys_and_are_billed_by_request(self):
        for name, table in self.tables.items():
            keys = [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]]
            self.assertEqual(keys, [("pk", "HASH"), ("sk", "RANGE")], name)
            self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST", name)
        [index] = self.tables["AuditTable"]["GlobalSecondaryIndexes"]
        self.assertEqual((index["IndexName"], index["Projection"]["ProjectionType"]), ("bySubject", "KEYS_ONLY"))

    def test_keep_what_must_not_be_lost(self):
        for name, kept in {"CoreTable": True, "AuditTable": True, "OpsTable": False}.items():
            self.assertEqual(self.tables[name]["DeletionProtectionEnabled"], kept, name)

    def test_only_the_audit_has_a_stream(self):
        streams = {name: table.get("StreamSpecification") for name, table in self.tables.items()}
        self.assertEqual(streams.pop("AuditTable"), {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        self.assertFalse(any((stream or {}).get("StreamEnabled") for stream in streams.values()))
        self.assertEqual(self.stack.outputs["AuditStream"], self.tables["AuditTable"]["LatestStreamArn"])

    def test_the_outputs_say_where_things_are(self):
        resources, outputs = self.stack.resources, self.stack.outputs
        self.assertEqual(outputs["CoreTable"], resources["CoreTable"])
        self.assertEqual(outputs["AuditTable"], resources["AuditTable"])
        # Where AWS would serve it.
        self.assertEqual(outputs["BaseUrl"], f"https://{resources['Api']}.execute-api.us-east-1.amazonaws.com/live")
        plan = self.stack.client("apigateway").get_usage_plan(usagePlanId=outputs["UsagePlan"])
        self.assertEqual(plan["throttle"], {"rateLimit": 50.0, "burstLimit": 100})
