"""The alarms and the dashboard of infra/watch.yaml look at what is there. Alarms that calculate are left out: test_gaps.py."""

import json

from stack import STACK
from support import Deployed, eventually, listener
from template import read

NAME = f"{STACK}-watch"
# The conditions of infra/watch.yaml that hold without DAX.
HOLDING = {None, "HasAccessLog"}
# The dimensions of metrics that name what the stack has.
NAMING = {"FunctionName", "TableName", "QueueName"}


class Watch(Deployed):
    @classmethod
    def setUpClass(cls):
        cls.template = read("infra/watch.yaml")
        every = cls.template["Resources"].items()
        cls.template["Resources"] = {name: one for name, one in every if "Metrics" not in one["Properties"]}
        # template.yaml names the parameters as it names what it gives for them.
        there = {
            name: value.rsplit("/")[-1] if value.startswith("http") else value  # a queue is known by its URL
            for name, value in cls.stack.resources.items()
        }
        given = {"ApiName": STACK} | {name: there[name] for name in cls.template["Parameters"] if name in there}
        cloudformation = cls.stack.client("cloudformation")
        cloudformation.create_stack(
            StackName=NAME,
            TemplateBody=json.dumps(cls.template),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        )
        cls.addClassCleanup(cloudformation.delete_stack, StackName=NAME)
        cloudformation.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})
        found = cloudformation.list_stack_resources(StackName=NAME)["StackResourceSummaries"]
        cls.there, cls.made = set(there.values()), {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}

    def test_everything_is_made(self):
        expected = self.template["Resources"].items()
        self.assertEqual(set(self.made), {name for name, one in expected if one.get("Condition") in HOLDING})

    def test_alarms_look_at_what_is_there(self):
        pages = self.stack.client("cloudwatch").get_paginator("describe_alarms").paginate()
        alarms = [alarm for page in pages for alarm in page["MetricAlarms"] if alarm["AlarmName"] in self.made.values()]
        looked_at = [(one["Name"], one["Value"]) for alarm in alarms for one in alarm.get("Dimensions", [])]
        named = [value for name, value in looked_at if name in NAMING]
        self.assertGreater(len(named), 3)
        self.assertLessEqual(set(named), self.there)

    def test_the_dashboard_shows_something(self):
        body = self.stack.client("cloudwatch").get_dashboard(DashboardName=self.made["Dashboard"])["DashboardBody"]
        self.assertGreater(len(json.loads(body)["widgets"]), 5)
        self.assertIn(self.stack.resources["EvaluateFlag"], body)
        self.assertNotIn("${", body)

    def test_the_topic_hears_of_the_alarm_that_takes_deployments_back(self):
        sns, alarm = self.stack.client("sns"), self.stack.resources["ServerErrors"]
        topic = sns.create_topic(Name="alarms")["TopicArn"]
        self.stack.update(AlarmTopicArn=topic)
        with listener(self.stack, "alarms", "sns.amazonaws.com") as (queue, received):
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
            for state in ("ALARM", "OK"):
                self.stack.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="a test")
                [message], _ = eventually(received, 5)
                told = json.loads(message["Message"])
                self.assertEqual((told["AlarmName"], told["NewStateValue"]), (alarm, state))
