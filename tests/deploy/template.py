"""What CloudFormation makes of template.yaml, by way of tests/template."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "template"))
from deployment import ROOT, read, resources, transformed  # noqa: E402, F401: found by the path above

METHODS = ("get", "post", "put", "patch", "delete")


def body(template):
    """The OpenAPI document of the API."""
    [api] = resources(template, "AWS::ApiGateway::RestApi").values()
    return api["Body"]


def operations(template):
    """Method and path of every route, with what it does. Preflights are no routes."""
    paths = body(template)["paths"].items()
    return {(method.upper(), path): one for path, item in paths for method, one in item.items() if method in METHODS}
