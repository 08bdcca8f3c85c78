"""What ministack leaves out when CloudFormation hands it an API, told to it by API calls: as template.yaml says it.

`test_gaps.py` fails once ministack does it itself.
"""

from template import body, transformed

STAGE = "live"


def complete(stack):
    """Gives the gateway its own answers, its preflights, and the limits of single routes."""
    gateway, api, document = stack.client("apigateway"), stack.resources["Api"], body(transformed())
    answer(gateway, api, document)
    preflight(gateway, api, document)
    gateway.create_deployment(restApiId=api, stageName=STAGE)
    limit(gateway, api)


def answer(gateway, api, document):
    for kind, response in document["x-amazon-apigateway-gateway-responses"].items():
        status = {"statusCode": str(response["statusCode"])} if "statusCode" in response else {}
        gateway.put_gateway_response(
            restApiId=api,
            responseType=kind,
            responseParameters=response.get("responseParameters", {}),
            responseTemplates=response.get("responseTemplates", {}),
            **status,
        )


def preflight(gateway, api, document):
    places = {one["path"]: one["id"] for one in gateway.get_resources(restApiId=api, limit=500)["items"]}
    for path, item in document["paths"].items():
        for response in item["options"]["x-amazon-apigateway-integration"]["responses"].values():
            gateway.put_integration_response(
                restApiId=api,
                resourceId=places[path],
                httpMethod="OPTIONS",
                statusCode=str(response["statusCode"]),
                responseParameters=response["responseParameters"],
                responseTemplates=response.get("responseTemplates", {}),
            )


def limit(gateway, api):
    """What the stage has by its parameters, said again in the words of UpdateStage."""
    settings = gateway.get_stage(restApiId=api, stageName=STAGE)["methodSettings"]
    changes = [
        {"op": "replace", "path": f"{route}/throttling/{name}", "value": str(setting[f"throttling{name[0].upper()}{name[1:]}"])}
        for route, setting in settings.items() if "~1" in route
        for name in ("rateLimit", "burstLimit")
    ]
    gateway.update_stage(restApiId=api, stageName=STAGE, patchOperations=changes)
