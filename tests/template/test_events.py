"""How others are told of changes: the mapping of the stream, its function, the bus, the queue of what could not be told."""

import json
import re
import unittest

from deployment import ROOT, listed, read, resources, transformed


class Events(unittest.TestCase):
    def setUp(self):
        self.template = transformed()
        [self.mapping] = resources(self.template, "AWS::Lambda::EventSourceMapping").values()
        self.function = resources(self.template, "AWS::Lambda::Function")["PublishChanges"]

    def test_come_from_the_stream_of_the_audit_from_its_beginning(self):
        self.assertEqual(self.mapping["EventSourceArn"], {"Fn::GetAtt": ["AuditTable", "StreamArn"]})
        self.assertEqual(self.mapping["StartingPosition"], "TRIM_HORIZON")
        self.assertEqual(self.mapping["FunctionName"], {"Ref": "PublishChangesAliaslive"})
        [pattern] = self.mapping["FilterCriteria"]["Filters"]
        self.assertEqual(json.loads(pattern["Pattern"]), {"eventName": ["INSERT"]})

    def test_keep_their_order(self):
        self.assertEqual(self.mapping["ParallelizationFactor"], 1)
        self.assertNotIn("TumblingWindowInSeconds", self.mapping)

    def test_are_tried_again_from_the_first_that_failed_and_put_aside_in_the_end(self):
        self.assertEqual(self.mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"])
        self.assertTrue(self.mapping["BisectBatchOnFunctionError"])
        self.assertIn(self.mapping["MaximumRetryAttempts"], range(1, 100))
        # Within the day that the stream remembers.
        self.assertIn(self.mapping["MaximumRecordAgeInSeconds"], range(3600, 86400))
        destination = self.mapping["DestinationConfig"]["OnFailure"]["Destination"]
        self.assertEqual(destination, {"Fn::GetAtt": ["UnpublishedChanges", "Arn"]})
        [queue] = resources(self.template, "AWS::SQS::Queue").values()
        self.assertEqual(queue, {"MessageRetentionPeriod": 14 * 86400, "SqsManagedSseEnabled": True})

    def test_are_handed_over_by_the_local_server_as_by_the_mapping(self):
        source = (ROOT / "local/src/stream.rs").read_text()
        constants = dict(re.findall(r"pub const (\w+): \w+ = (\d+);", source))
        self.assertEqual(int(constants["BATCH_SIZE"]), self.mapping["BatchSize"])
        self.assertEqual(int(constants["MAXIMUM_RETRY_ATTEMPTS"]), self.mapping["MaximumRetryAttempts"])

    def test_are_waited_for_no_longer_than_the_function_may_run(self):
        config = (ROOT / "shared/events/src/config.rs").read_text()
        seconds = [int(found) for found in re.findall(r"(?:deadline|operation_timeout): Duration::from_secs\((\d+)\)", config)]
        self.assertEqual(len(seconds), 2)
        self.assertLess(sum(seconds), self.function["Timeout"])

    def test_go_to_a_bus_of_their_own(self):
        [bus] = resources(self.template, "AWS::Events::EventBus").values()
        self.assertEqual(bus["Name"], {"Ref": "AWS::StackName"})
        self.assertEqual(self.function["Environment"]["Variables"]["EVENT_BUS_NAME"], {"Ref": "EventBus"})
        self.assertEqual(self.template["Outputs"]["EventBus"]["Value"], {"Ref": "EventBus"})

    def test_are_all_that_the_function_may_touch(self):
        role = resources(self.template, "AWS::IAM::Role")["PublishChangesRole"]
        ours = [arn for arn in role["ManagedPolicyArns"] if isinstance(arn, dict) and "Ref" in arn]
        self.assertEqual(ours, [{"Ref": "Publish"}])
        self.assertNotIn("AWSLambdaDynamoDBExecutionRole", str(role))
        self.assertNotIn("Policies", role)
        policy = resources(self.template, "AWS::IAM::ManagedPolicy")["Publish"]
        allowed = {
            tuple(statement["Resource"]["Fn::GetAtt"]): set(listed(statement["Action"]))
            for statement in policy["PolicyDocument"]["Statement"]
        }
        reading = {f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
        self.assertEqual(
            allowed,
            {
                ("AuditTable", "StreamArn"): reading,
                ("EventBus", "Arn"): {"events:PutEvents"},
                ("UnpublishedChanges", "Arn"): {"sqs:SendMessage"},
            },
        )

    def test_are_watched(self):
        alarms = resources(read("infra/watch.yaml"), "AWS::CloudWatch::Alarm")
        late, lost = alarms["LateChanges"], alarms["LostChanges"]
        self.assertEqual((late["MetricName"], late["Threshold"]), ("IteratorAge", 60_000))
        self.assertEqual((lost["MetricName"], lost["Threshold"]), ("ApproximateNumberOfMessagesVisible", 0))
        given = resources(self.template, "AWS::CloudFormation::Stack")["Watching"]["Parameters"]
        self.assertEqual(given["PublishChanges"], {"Ref": "PublishChanges"})
        self.assertEqual(given["UnpublishedChanges"], {"Fn::GetAtt": ["UnpublishedChanges", "QueueName"]})


if __name__ == "__main__":
    unittest.main()
