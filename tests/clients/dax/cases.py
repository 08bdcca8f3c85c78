"""Makes calls by amazon-dax-client: `cases.py <endpoint URL>`, credentials and region in the environment.

Reads a call a line, as JSON, and writes what came of it a line: cases.mjs and go/main.go do the same.
  in:  {"operation": "GetItem", "input": {..}, "times": 1, "fresh": false}
  out: {"output": {..}} or {"error": {"name": .., "message": .., "reasons": [..]}}, each with "micros", the time that it took:
       all the times together, and the making of the client if it is a "fresh" one
Binary values are "hex:00ff".
"""

import json
import re
import sys
import time

from amazondax import AmazonDaxClient


def main(endpoint):
    client = None
    for line in sys.stdin:
        call = json.loads(line, object_hook=from_json)
        started = time.perf_counter()
        if call.get("fresh") and client:
            client.close()
            client = None
        result = {}
        try:
            client = client or AmazonDaxClient(endpoint_url=endpoint)
            operation = getattr(client, snake_case(call["operation"]))
            for _ in range(call.get("times", 1)):
                result["output"] = operation(**call["input"])
        except Exception as error:  # whatever it is, it is the outcome of the call
            result["error"] = described(error)
        result["micros"] = (time.perf_counter() - started) * 1e6
        print(json.dumps(result, default=to_json), flush=True)


def described(error):
    response = getattr(error, "response", {}).get("Error", {})
    return {
        "name": response.get("Code") or type(error).__name__,
        "message": response.get("Message", str(error)),
        "reasons": getattr(error, "cancellation_reasons", None),
    }


def snake_case(operation):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", operation).lower()


def from_json(value):
    """`{"B": "hex:.."}` and `{"BS": [..]}` with bytes in them, and everything else as it is."""
    if isinstance(value.get("B"), str):
        return {"B": unhex(value["B"])}
    if isinstance(value.get("BS"), list):
        return {"BS": [unhex(element) for element in value["BS"]]}
    return value


def unhex(text):
    return bytes.fromhex(text.removeprefix("hex:"))


def to_json(value):
    """What JSON has no form for."""
    if isinstance(value, (bytes, bytearray)):
        return "hex:" + value.hex()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)


if __name__ == "__main__":
    main(sys.argv[1])
