"""What is changed over HTTP is told on the event bus: audit table, stream, function, bus, as template.yaml wires them."""

import json
from contextlib import contextmanager

from support import SWITCH, Deployed, Environment, eventually, listener

# Seconds until a change is on the bus: here the stream is polled every second.
WITHIN = 20


class Events(Deployed):
    def test_changes_arrive_on_the_bus_in_their_order(self):
        with self.subscriber("told") as received:
            shop = Environment(self.stack, "told")
            for number in range(5):
                state = {"If_Match": "*"} if number else {"If_None_Match": "*"}
                shop.put("one", SWITCH | {"metadata": {"round": number}}, **state)
            expected = ["Project Changed", "Environment Changed", "SDK Key Changed", *["Flag Changed"] * 5]
            events = []
            eventually(lambda: events.extend(received()) or len(events) >= len(expected), WITHIN)
        self.assertEqual([event["detail-type"] for event in events], expected)
        details = [event["detail"] for event in events]
        audit = shop.manage("GET", f"{shop.project}/audit").json["items"]
        self.assertEqual([detail["id"] for detail in details], [entry["id"] for entry in reversed(audit)])
        self.assertEqual({event["source"] for event in events}, {"pennon"})
        last = details[-1]
        self.assertEqual((last["action"], last["actor"], last["key"]), ("flag.put", "ada", "one"))
        # Who listens learns what was changed, not what it says.
        self.assertNotIn("round", json.dumps(details))

    def test_what_cannot_be_published_is_put_aside(self):
        shop = Environment(self.stack, "aside")
        with self.subscriber("aside") as received, self.hasty():
            # A row that is none of Pennon's.
            self.stack.client("dynamodb").put_item(
                TableName=self.stack.outputs["AuditTable"], Item={"pk": {"S": "none"}, "sk": {"S": "none"}}
            )
            sqs, queue = self.stack.client("sqs"), self.stack.resources["UnpublishedChanges"]
            receive = lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages")
            [message], _ = eventually(receive, WITHIN)
            told = json.loads(message["Body"])
            self.assertEqual(told["DDBStreamBatchInfo"]["batchSize"], 1)
            self.assertEqual(told["DDBStreamBatchInfo"]["streamArn"], self.stack.outputs["AuditStream"])
            # ministack counts no attempts, so it is the age that puts the record aside: test_gaps.py's kind of news if not.
            self.assertEqual(told["requestContext"]["condition"], "MaxRecordAgeExceeded")
            shop.put("one", SWITCH)
            eventually(lambda: "Flag Changed" in [event["detail-type"] for event in received()], WITHIN)

    @contextmanager
    def hasty(self):
        """Gives records up after seconds and one attempt, until the block ends."""
        client, mapping = self.stack.client("lambda"), self.stack.resources["Changes"]
        own = client.get_event_source_mapping(UUID=mapping)
        limits = ("MaximumRecordAgeInSeconds", "MaximumRetryAttempts")
        client.update_event_source_mapping(UUID=mapping, **dict.fromkeys(limits, 1))
        try:
            yield
        finally:
            client.update_event_source_mapping(UUID=mapping, **{name: own[name] for name in limits})

    @contextmanager
    def subscriber(self, name):
        """A queue that has what a rule finds on the bus of projects of that name. Gives a function that empties it."""
        events, bus = self.stack.client("events"), self.stack.resources["EventBus"]
        pattern = {"source": ["pennon"], "detail": {"project": [{"prefix": f"{name}-"}]}}
        with listener(self.stack, f"{name}.fifo", "events.amazonaws.com") as (queue, received):
            events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
            target = {"Id": "queue", "Arn": queue, "SqsParameters": {"MessageGroupId": "all"}}
            events.put_targets(Rule=name, EventBusName=bus, Targets=[target])
            try:
                yield received
            finally:
                events.remove_targets(Rule=name, EventBusName=bus, Ids=["queue"])
                events.delete_rule(Name=name, EventBusName=bus)
