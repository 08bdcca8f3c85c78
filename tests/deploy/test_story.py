"""What people and programs do with Pennon, from an empty deployment on, through the gateway."""

import json

from support import PROPAGATION, SLACK, SWITCH, Deployed, Environment, eventually

WITHIN = PROPAGATION + SLACK
ANY = {"If_Match": "*"}


class Story(Deployed):
    @classmethod
    def setUpClass(cls):
        cls.shop = Environment(cls.stack, "story")

    def test_a_flag_is_made_evaluated_changed_and_rolled_back(self):
        shop = self.shop
        self.assertEqual(shop.put("checkout", SWITCH).status, 201)
        first, _ = eventually(lambda: self.found("checkout"), WITHIN)
        self.assertEqual(first, {"key": "checkout", "value": True, "reason": "STATIC", "variant": "on", "metadata": {}})

        tag = shop.manage("GET", f"{shop.path}/flags/checkout").headers["ETag"]
        changed = shop.put("checkout", SWITCH | {"defaultVariant": "off"}, If_Match=tag)
        eventually(lambda: self.found("checkout")["value"] is False, WITHIN)
        stale = self.stack.request(
            "PUT", f"{shop.path}/flags/checkout", SWITCH, Authorization=shop.authorization, If_Match=tag
        )
        self.assertEqual((stale.status, stale.json["title"]), (412, "Precondition Failed"))

        entries = shop.manage("GET", f"{shop.path}/history/checkout").json["items"]
        self.assertEqual([entry["action"] for entry in entries], ["flag.put", "flag.put"])
        self.assertEqual(entries[0]["version"], changed.json["version"])
        self.assertEqual({entry["actor"] for entry in entries}, {"ada"})
        shop.manage("POST", f"{shop.path}/rollback/checkout", {"version": entries[1]["version"]}, **ANY)
        eventually(lambda: self.found("checkout")["value"] is True, WITHIN)
        shop.manage("PATCH", f"{shop.path}/flags/checkout", {"state": "DISABLED"}, **ANY)
        eventually(lambda: self.found("checkout")["reason"] == "DISABLED", WITHIN)
        self.assertEqual(shop.manage("DELETE", f"{shop.path}/flags/checkout", **ANY).status, 204)
        eventually(lambda: shop.evaluate("checkout").status == 404, WITHIN)

    def test_all_flags_are_sent_once(self):
        shop = Environment(self.stack, "story-bulk")
        shop.put("one", SWITCH)
        shop.put("two", SWITCH)
        eventually(lambda: len(shop.evaluate().json["flags"]) == 2, WITHIN)
        whole = shop.evaluate()
        self.assertEqual(whole.status, 200)
        same = shop.evaluate(If_None_Match=whole.headers["ETag"])
        self.assertEqual((same.status, same.text, same.headers["ETag"]), (304, "", whole.headers["ETag"]))
        other = shop.evaluate(context={"targetingKey": "ada"}, If_None_Match=whole.headers["ETag"])
        self.assertEqual(other.status, 200)

    def test_a_retry_is_answered_as_the_first_time(self):
        shop = self.shop
        once = {"Idempotency_Key": "5f0e7a1c-6f3f-4a53-9a8e-5f7a4f6f1c11"}
        first, second = (shop.put("retried", SWITCH, If_None_Match="*", **once) for _ in range(2))
        self.assertEqual((first.status, first.json), (second.status, second.json))
        self.assertEqual(first.status, 201)

    def test_an_environment_is_exported_and_imported(self):
        source, target = Environment(self.stack, "story-source"), Environment(self.stack, "story-target")
        source.put("plan", {"state": "ENABLED", "variants": {"free": 10.0, "pro": 20}, "defaultVariant": "free"})
        staff = {"ends_with": [{"var": "email"}, "@example.com"]}
        source.manage("PUT", f"{source.path}/segments/staff", staff, If_None_Match="*")
        exported = self.exported(source)
        self.assertIn("10.0", exported)

        rehearsed = target.manage("POST", f"{target.path}/import?dryRun=true", json.loads(exported), **ANY)
        self.assertEqual((rehearsed.json["dryRun"], rehearsed.json["changed"]), (True, True))
        target.manage("POST", f"{target.path}/import", exported.encode(), **ANY)
        self.assertEqual(self.exported(target), exported)
        promoted = source.manage("PUT", f"{source.project}/environments/prod", {"name": "Prod"}, If_None_Match="*")
        self.assertEqual(promoted.status, 201)
        path = f"{source.project}/environments/prod"
        self.assertTrue(source.manage("POST", f"{path}/promote", {"from": "dev"}, **ANY).json["changed"])
        self.assertEqual(source.manage("GET", f"{path}/flags/plan").json["variants"], {"free": 10.0, "pro": 20})

    def test_a_snapshot_is_streamed(self):
        shop = Environment(self.stack, "story-snapshot")
        shop.put("one", SWITCH)
        read = lambda **headers: self.stack.stream("get-snapshot", "/v1/snapshot", **headers)
        whole = read(Authorization=f"Bearer {shop.key['key']}")
        self.assertEqual((whole.status, json.loads(whole.text)), (200, {"flags": {"one": SWITCH}}))
        self.assertEqual(whole.headers["content-type"], "application/json")
        known = read(Authorization=f"Bearer {shop.key['key']}", If_None_Match=whole.headers["etag"])
        self.assertEqual((known.status, known.text), (304, ""))
        refused = read(Authorization="Bearer pnn_story-snapshot.dev_none_none")
        self.assertEqual((refused.status, json.loads(refused.text)["title"]), (401, "Unauthorized"))

    def test_the_audit_says_who_did_what(self):
        shop = Environment(self.stack, "story-audit")
        shop.put("one", SWITCH)
        items = shop.manage("GET", f"{shop.project}/audit").json["items"]
        actions = ["flag.put", "key.created", "environment.created", "project.created"]
        self.assertEqual([(entry["action"], entry["actor"]) for entry in items], [(action, "ada") for action in actions])
        # Found by the one who made the change, in the logs of the function that did.
        self.assertTrue(all(entry["requestId"] for entry in items))

    def test_a_revoked_key_is_refused_within_the_bound(self):
        shop = Environment(self.stack, "story-revoked")
        self.assertEqual(shop.evaluate().status, 200)
        shop.manage("DELETE", f"{shop.path}/keys/{shop.key['kid']}", **ANY)
        refused, _ = eventually(lambda: shop.evaluate() if shop.evaluate().status == 401 else None, WITHIN)
        self.assertEqual(refused.json["errorDetails"], "the SDK key is missing or not valid")

    def found(self, key):
        answer = self.shop.evaluate(key)
        return answer.json if answer.status == 200 else None

    def exported(self, environment):
        answer = self.stack.stream("export-flags", f"{environment.path}/export")
        self.assertEqual(answer.status, 200, answer.text)
        return answer.text
