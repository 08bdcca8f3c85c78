"""Writes the events beside it, and `expected.json`, from the cases in `cases.py`: `python3 events/make.py [--check]`.

With `--check` it writes nothing, and fails if anything is not as it would write it.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote

from cases import CASES, ROUTES, Case

HERE = Path(__file__).parent
API = "a1b2c3d4e5"
HOST = f"{API}.execute-api.eu-central-1.amazonaws.com"
STAGE = "live"
GATEWAY_HEADERS = {
    "Accept": "*/*",
    "Host": HOST,
    "User-Agent": "curl/8.5.0",
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
}
IDENTITY = (
    "accessKey accountId caller cognitoAuthenticationProvider cognitoAuthenticationType cognitoIdentityId "
    "cognitoIdentityPoolId principalOrgId sourceIp user userAgent userArn"
).split()


def main(arguments: list[str]) -> int:
    wanted = {HERE / "expected.json": to_text(expectations(), indent=1)}
    for function, cases in CASES.items():
        for case in cases:
            wanted[HERE / function / f"{case.name}.json"] = to_text(event(function, case), indent=2)
    stale = sorted(path for path, text in wanted.items() if not path.exists() or path.read_text() != text)
    unknown = sorted(set(HERE.glob("*/*.json")) - wanted.keys())
    if arguments == ["--check"]:
        for path in stale + unknown:
            print(f"{path.relative_to(HERE.parent)} is not what events/make.py writes")
        return 1 if stale or unknown else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[path])
    for path in unknown:
        path.unlink()
    print(f"{len(wanted) - 1} events: {len(stale)} files written, {len(unknown)} removed")
    return 0


def expectations() -> dict:
    """What each event is answered."""
    answers = {}
    for function, cases in CASES.items():
        for case in cases:
            members = {
                "after": case.after,
                "status": case.status,
                "body": case.answer,
                "contains": case.contains,
                "error": case.error,
                "result": case.result,
                "published": case.published,
            }
            answers[f"{function}/{case.name}"] = {name: value for name, value in members.items() if value}
    return answers


def event(function: str, case: Case) -> dict:
    if case.event:
        return case.event
    headers = {**GATEWAY_HEADERS, **case.headers}
    return (http_event if case.http else rest_event)(ROUTES[function], case, headers)


def rest_event(route: str, case: Case, headers: dict) -> dict:
    """As a REST API sends it: payload format 1.0."""
    query = parse_qs(case.query)
    identity = dict.fromkeys(IDENTITY) | {"sourceIp": "203.0.113.7", "userAgent": "curl/8.5.0"}
    context = {
        "accountId": "123456789012",
        "apiId": API,
        "domainName": HOST,
        "domainPrefix": API,
        "extendedRequestId": "JKJaXmPLvHcESHA=",
        "httpMethod": case.method,
        "identity": identity,
        "path": f"/{STAGE}{case.path}",
        "protocol": "HTTP/1.1",
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "requestTime": "21/Nov/2026:09:00:00 +0000",
        "requestTimeEpoch": 1795251600000,
        "resourceId": "xyz123",
        "resourcePath": route,
        "stage": STAGE,
    }
    if case.principal:
        context["authorizer"] = {"principalId": case.principal["sub"], **case.principal}
    return {
        "resource": route,
        "path": case.path,
        "httpMethod": case.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": parameters(route, case.path) or None,
        "stageVariables": None,
        "requestContext": context,
        "body": case.body,
        "isBase64Encoded": False,
    }


def http_event(route: str, case: Case, headers: dict) -> dict:
    """As an HTTP API sends it: payload format 2.0."""
    path = unquote(case.path) if case.decoded else case.path
    context = {
        "accountId": "123456789012",
        "apiId": API,
        "domainName": HOST,
        "domainPrefix": API,
        "http": {
            "method": case.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "203.0.113.7",
            "userAgent": "curl/8.5.0",
        },
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": f"{case.method} {route}",
        "stage": "$default",
        "time": "21/Nov/2026:09:00:00 +0000",
        "timeEpoch": 1795251600000,
    }
    if case.principal:
        context["authorizer"] = {"lambda": case.principal}
    event = {
        "version": "2.0",
        "routeKey": context["routeKey"],
        "rawPath": path,
        "rawQueryString": case.query,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    optional = {
        "queryStringParameters": {name: ",".join(values) for name, values in parse_qs(case.query).items()},
        "pathParameters": parameters(route, case.path),
        "body": case.body,
    }
    return event | {name: value for name, value in optional.items() if value}


def parameters(route: str, path: str) -> dict:
    """The parameters of the route in the path, percent-decoded."""
    pattern = re.sub(r"\{(\w+)\+}", r"(?P<\1>.+)", route)
    pattern = re.sub(r"\{(\w+)}", r"(?P<\1>[^/]+)", pattern)
    found = re.fullmatch(pattern, path)
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else {}


def to_text(value: dict, indent: int) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
