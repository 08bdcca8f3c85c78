"""Runs the OpenFeature Python SDK with its OFREP provider.

    python provider.py BASE_URL SDK_KEY [evaluate | rate-limit]

Prints one JSON object: what the provider made of each case. tests/it/clients holds the expectations.
"""

import json
import sys
import time

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext


def evaluate(base_url, key):
    client = connect("bearer", base_url, {"Authorization": f"Bearer {key}"})[0]
    with_api_key = connect("api-key", base_url, {"X-API-Key": key})[0]
    with_slash = connect("slash", f"{base_url}/", {"Authorization": f"Bearer {key}"})[0]
    with_wrong_key = connect("wrong", base_url, {"Authorization": f"Bearer {key}x"})[0]
    alice = EvaluationContext("alice")
    details = {
        "boolean": client.get_boolean_details("boolean", False),
        "string": client.get_string_details("string", "default"),
        "integer": client.get_integer_details("integer", -1),
        "float": client.get_float_details("float", -1.0),
        "object": client.get_object_details("object", {}),
        "before a new attribute": client.get_string_details("plan", "default", context("alice", "free")),
        "after a new attribute": client.get_string_details("plan", "default", context("alice", "pro")),
        "before a new targeting key": client.get_string_details("person", "default", alice),
        "after a new targeting key": client.get_string_details("person", "default", EvaluationContext("bob")),
        "unknown flag": client.get_string_details("no-such-flag", "default"),
        "unknown flag with a slash": client.get_string_details("no/such/flag", "default"),
        "integer for a float": client.get_integer_details("float", -1),
        "float for an integer": client.get_float_details("integer", -1.0),
        "failing flag": client.get_boolean_details("no-such-variant", False),
        "disabled": client.get_boolean_details("disabled", True),
        "code default": client.get_boolean_details("code-default", True),
        "key with a space": client.get_boolean_details("with space", False),
        "key beyond ASCII": client.get_string_details("größe", "default"),
        "X-API-Key": with_api_key.get_boolean_details("boolean", False),
        "base URL with a slash": with_slash.get_boolean_details("boolean", False),
        "wrong key": with_wrong_key.get_boolean_details("boolean", False),
    }
    results = {name: outcome(detail) for name, detail in details.items()}
    results["metadata"] = details["object"].flag_metadata
    return results


def rate_limit(base_url, key):
    client, statuses = connect("limited", base_url, {"Authorization": f"Bearer {key}"})
    details = [client.get_boolean_details("boolean", False)]
    while statuses[-1][0] == 200 and len(details) < 100:
        details.append(client.get_boolean_details("boolean", False))
    status, retry_after = statuses[-1]
    sent = len(statuses)

    while_paused = client.get_boolean_details("boolean", False)
    sent_while_paused = len(statuses) - sent
    time.sleep(int(retry_after) + 0.05)
    afterwards = client.get_boolean_details("boolean", False)
    return {
        "first": outcome(details[0]),
        "limited": {**outcome(details[-1]), "status": status, "retryAfter": retry_after},
        "paused": {**outcome(while_paused), "sent": sent_while_paused},
        "afterwards": outcome(afterwards),
    }


def connect(domain, base_url, headers):
    """Returns a client, and the list of (status, Retry-After) of its exchanges, which grows."""
    provider = OFREPProvider(base_url, headers_factory=lambda: headers)
    statuses = []
    record = lambda response, **_: statuses.append((response.status_code, response.headers.get("Retry-After")))
    provider.session.hooks["response"].append(record)
    api.set_provider_and_wait(provider, domain)
    return api.get_client(domain), statuses


def context(targeting_key, plan):
    return EvaluationContext(targeting_key, {"plan": plan})


def outcome(details):
    """What a test compares of the details of an evaluation."""
    return {
        "value": details.value,
        "variant": details.variant,
        "reason": str(details.reason) if details.reason else None,
        "errorCode": str(details.error_code.value) if details.error_code else None,
    }


if __name__ == "__main__":
    base_url, key, *scenario = sys.argv[1:]
    run = {"evaluate": evaluate, "rate-limit": rate_limit}[scenario[0] if scenario else "evaluate"]
    print(json.dumps(run(base_url, key)))
