"""The gateway asks the function `authorize`, by its alias, who holds a token; the issuer is a real one, by https."""

import secrets

from support import Deployed

PROJECTS = "/v1/projects"
NEW = {"If_None_Match": "*"}


class Authorizer(Deployed):
    def test_refuses_what_is_no_valid_token(self):
        valid = self.stack.token("admin")
        head, claims, signature = valid.split(".")
        for name, authorization in {
            "nothing": None,
            "no scheme": valid.removeprefix("Bearer "),
            "an SDK key": "Bearer pnn_shop.dev_kid_secret",
            "expired": self.stack.token("admin", lifetime=-300),
            "for others": self.stack.token("admin", audience="others"),
            "by others": f"{head}.{claims}.{'A' * len(signature)}",
            "with other claims": f"{head}.{self.stack.token('viewer').split('.')[1]}.{signature}",
        }.items():
            with self.subTest(name):
                headers = {"Authorization": authorization} if authorization else {}
                answer = self.stack.request("GET", PROJECTS, **headers)
                self.assertEqual((answer.status, answer.headers["WWW-Authenticate"]), (401, "Bearer"), answer.text)

    def test_passes_roles_on_to_the_functions(self):
        name = f"roles-{secrets.token_hex(3)}"
        admin, editor, viewer, nobody = (
            self.stack.token(*roles) for roles in (["admin"], [f"{name}:editor"], [f"{name}:viewer"], [])
        )
        project, environment = f"{PROJECTS}/{name}", f"{PROJECTS}/{name}/environments/dev"
        flag = {"state": "ENABLED", "variants": {"on": True}, "defaultVariant": "on"}
        for method, path, body, expected in (
            ("PUT", project, {"name": "Roles"}, {nobody: 403, viewer: 403, editor: 403, admin: 201}),
            ("PUT", environment, {"name": "Dev"}, {nobody: 403, viewer: 403, editor: 403, admin: 201}),
            ("PUT", f"{environment}/flags/one", flag, {nobody: 403, viewer: 403, editor: 201}),
            ("PUT", f"{environment}/flags/two", flag, {admin: 201}),
            ("GET", f"{environment}/flags/one", None, {nobody: 403, viewer: 200, editor: 200, admin: 200}),
            ("GET", f"{environment}/keys", None, {nobody: 403, admin: 200}),
        ):
            for authorization, status in expected.items():
                headers = NEW if method == "PUT" else {}
                answer = self.stack.request(method, path, body, Authorization=authorization, **headers)
                with self.subTest(f"{method} {path}: {status}"):
                    self.assertEqual(answer.status, status, answer.text)
                    if status == 403:
                        # The function's own answer: the token is a valid one.
                        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
                        self.assertEqual(answer.json["detail"], "you do not have the role that this needs")

    def test_is_asked_by_its_alias_and_not_again_for_the_same_token(self):
        authorization = self.stack.token("viewer", subject="somebody new")
        before = self.invocations()
        for _ in range(3):
            self.assertEqual(self.stack.request("GET", PROJECTS, Authorization=authorization).status, 200)
        asked = self.invocations()[len(before):]
        self.assertEqual(len(asked), 1, asked)
        self.assertNotIn("Version: $LATEST", asked[0])

    def invocations(self):
        events = self.stack.logs("Authorize")
        return [line for line in events if line.startswith("START RequestId: ")]
