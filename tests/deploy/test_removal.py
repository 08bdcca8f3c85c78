"""What is left when the stack is deleted: the tables that are to outlive it."""

from botocore.exceptions import ClientError
from stack import STACK
from support import Deployed


class Removal(Deployed):
    def test_leaves_the_data_and_nothing_else(self):
        cloudformation = self.stack.client("cloudformation")
        cloudformation.delete_stack(StackName=STACK)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})

        self.assertEqual(self.stack.client("lambda").list_functions()["Functions"], [])
        self.assertEqual(self.stack.client("apigateway").get_rest_apis()["items"], [])
        self.assertEqual(self.stack.client("logs").describe_log_groups()["logGroups"], [])
        self.assertEqual(self.stack.client("lambda").list_event_source_mappings()["EventSourceMappings"], [])
        kept = {self.stack.outputs["CoreTable"], self.stack.outputs["AuditTable"]}
        dynamodb = self.stack.client("dynamodb")
        self.assertEqual(set(dynamodb.list_tables()["TableNames"]), kept)
        for table in kept:
            with self.assertRaises(ClientError):
                dynamodb.delete_table(TableName=table)
