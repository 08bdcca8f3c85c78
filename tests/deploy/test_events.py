"""What is changed over HTTP is told on the event bus: audit table, stream, function, bus, as template.yaml wires them."""

import json
import time
from contextlib import contextmanager

from support import SWITCH, Deployed, Environment, eventually, listener

# Seconds until a change is on the bus: here the stream is polled every second.
WITHIN = 20
# A row that is none of Pennon's.
STRANGE = {"pk": {"S": "none"}, "sk": {"S": "none"}}


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
            self.write(STRANGE)
            [message], _ = eventually(self.put_aside, WITHIN)
            told = json.loads(message["Body"])
            self.assertEqual(told["DDBStreamBatchInfo"]["batchSize"], 1)
            self.assertEqual(told["DDBStreamBatchInfo"]["streamArn"], self.stack.outputs["AuditStream"])
            # ministack counts no attempts, so it is the age that puts the record aside: test_gaps.py's kind of news if not.
            self.assertEqual(told["requestContext"]["condition"], "MaxRecordAgeExceeded")
            shop.put("one", SWITCH)
            eventually(lambda: "Flag Changed" in [event["detail-type"] for event in received()], WITHIN)

    def test_ministack_takes_a_partly_failed_batch_for_done(self):
        Environment(self.stack, "amid")
        audit = self.stack.outputs["AuditTable"]
        dynamodb = self.stack.client("dynamodb")
        row = next(row for row in dynamodb.scan(TableName=audit)["Items"] if row["pk"] != STRANGE["pk"])
        with self.hasty():
            # In one batch: nobody reads meanwhile. What is written again after it was deleted is new.
            self.read(False)
            dynamodb.delete_item(TableName=audit, Key={name: row[name] for name in STRANGE})
            self.write(row, STRANGE | {"sk": {"S": "amid"}})
            self.read(True)
            reported = lambda: [line for line in self.stack.logs("PublishChanges") if "changes are not published yet" in line]
            eventually(reported, WITHIN)
            # The rest of the batch would come again, and be put aside.
            time.sleep(4)
            self.assertIsNone(self.put_aside())

    def write(self, *rows):
        """Puts rows into the audit table, in one transaction."""
        puts = [{"Put": {"TableName": self.stack.outputs["AuditTable"], "Item": row}} for row in rows]
        self.stack.client("dynamodb").transact_write_items(TransactItems=puts)

    def read(self, enabled):
        """Says whether the function reads the stream."""
        mapping = self.stack.resources["Changes"]
        self.stack.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=enabled)

    def put_aside(self):
        """A record that could not be published, if there is one."""
        queue = self.stack.resources["UnpublishedChanges"]
        return self.stack.client("sqs").receive_message(QueueUrl=queue, VisibilityTimeout=3600).get("Messages")

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
