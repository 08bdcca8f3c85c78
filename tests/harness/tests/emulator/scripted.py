"""A Lambda function that does what its event says: {"do": ...}. It speaks the Runtime API by itself."""

import http.client
import json
import os
import sys
import time

API = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
RUNTIME = "/2018-06-01/runtime"
STREAM = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked"}


def call(method, path, body=None, headers=None):
    API.request(method, RUNTIME + path, body, headers or {}, encode_chunked="Transfer-Encoding" in (headers or {}))
    answer = API.getresponse()
    return answer.status, dict(answer.headers), answer.read()


def stream(invocation, chunks, trailers=""):
    API.putrequest("POST", f"{RUNTIME}/invocation/{invocation}/response")
    for name, value in STREAM.items():
        API.putheader(name, value)
    if trailers:
        API.putheader("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
    API.endheaders()
    for chunk in chunks:
        API.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        time.sleep(0.05)
    API.send(f"0\r\n{trailers}\r\n".encode())
    API.getresponse().read()


def handle(invocation, headers, event):
    what = event["do"]
    if what == "tell":
        return {"pid": os.getpid(), "environment": dict(os.environ), "headers": headers, "now": time.time() * 1000}
    if what == "print":
        print(event["text"], flush=True)
        print(event["text"], file=sys.stderr, flush=True)
    if what == "sleep":
        time.sleep(event["seconds"])
    if what == "work":
        end = time.process_time() + event["seconds"]
        while time.process_time() < end:
            pass
    if what == "exit":
        sys.exit(event["status"])
    if what == "large":
        return "x" * event["bytes"]
    if what == "fail":
        error = {"errorType": "Odd", "errorMessage": "by request", "stackTrace": []}
        call("POST", f"/invocation/{invocation}/error", json.dumps(error))
        return None
    if what in ("stream", "stream-and-fail"):
        head = json.dumps({"statusCode": 201, "headers": {"x-odd": "yes"}, "cookies": ["a=b"]}).encode() + bytes(8)
        trailers = "Lambda-Runtime-Function-Error-Type: Odd\r\nLambda-Runtime-Function-Error-Body: midway\r\n"
        stream(invocation, [head, b"one", b"two"], trailers if what == "stream-and-fail" else "")
        return None
    if what == "stream-and-exit":
        API.putrequest("POST", f"{RUNTIME}/invocation/{invocation}/response")
        for name, value in STREAM.items():
            API.putheader(name, value)
        API.endheaders()
        chunk = b'{"statusCode":200}' + bytes(8) + b"one"
        API.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        time.sleep(0.05)
        sys.exit(1)
    if what == "skip":
        return None
    return {"did": what}


if failure := os.environ.get("INIT_FAILURE"):
    call("POST", "/init/error", json.dumps({"errorType": "Odd.Init", "errorMessage": failure}))
    sys.exit(1)
if status := os.environ.get("INIT_EXIT"):
    print("no good", file=sys.stderr)
    sys.exit(int(status))

while True:
    _, headers, event = call("GET", "/invocation/next")
    invocation = headers["Lambda-Runtime-Aws-Request-Id"]
    answer = handle(invocation, headers, json.loads(event))
    if answer is not None:
        call("POST", f"/invocation/{invocation}/response", json.dumps(answer))
