"""What template.yaml becomes: the transform that CloudFormation runs on it, run here."""

import functools
import json
import logging
import pathlib
import re

import boto3
import samtranslator.translator.translator as sam
from samtranslator.parser.parser import Parser
from samtranslator.yaml_helper import yaml_parse

ROOT = pathlib.Path(__file__).parents[2]
REQUIRED = {"OidcIssuer": "https://id.example.com", "OidcAudience": "pennon"}
EVALUATION = ("EvaluateFlag", "EvaluateFlags", "GetSnapshot")
# Those that ask DAX: they, and the one that says how it is.
CACHED = (*EVALUATION, "Ready")

logging.getLogger("samtranslator").setLevel(logging.ERROR)


def read(path):
    """A template as it is written: tags are members, `!Ref X` is `{"Ref": "X"}`."""
    return yaml_parse((ROOT / path).read_text())


def transformed(text=None, **parameters):
    """template.yaml, or the text of one, as CloudFormation would make it with these parameters."""
    return _transformed(text, tuple(sorted(parameters.items())))


def resources(template, kind):
    """The properties of all resources of a type, by name."""
    found = template["Resources"].items()
    return {name: one.get("Properties", {}) for name, one in found if one["Type"] == kind}


def statements(template):
    """Every statement of every policy that a template has, with where it stands."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [properties.get("PolicyDocument")]
        documents += [policy["PolicyDocument"] for policy in properties.get("Policies", []) if "PolicyDocument" in policy]
        for document in filter(None, documents):
            for statement in listed(document["Statement"]):
                yield name, statement


def listed(value):
    """One or several, as IAM takes either."""
    return value if isinstance(value, list) else [value]


def resolved(node, parameters):
    """A node with its parameters in place. What they cannot resolve stays."""
    if isinstance(node, dict):
        if set(node) == {"Ref"} and node["Ref"] in parameters:
            return parameters[node["Ref"]]
        return {name: resolved(value, parameters) for name, value in node.items()}
    if isinstance(node, list):
        return [resolved(value, parameters) for value in node]
    return node


def defaults(template):
    """The parameters that say what they are if nobody says otherwise."""
    declared = template["Parameters"].items()
    return {name: parameter["Default"] for name, parameter in declared if "Default" in parameter}


@functools.cache
def _transformed(text, parameters):
    template = yaml_parse(text if text is not None else (ROOT / "template.yaml").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # `sam deploy` uploads the folder and writes where to.
            name = re.fullmatch(r"target/lambda/([a-z-]+)/", resource["Properties"]["CodeUri"])[1]
            resource["Properties"]["CodeUri"] = f"s3://bucket/{name}"
    values = {**defaults(template), **REQUIRED, **dict(parameters)}
    session = boto3.session.Session(region_name="us-east-1")
    translator = sam.Translator({}, Parser(), boto_session=session)
    return json.loads(json.dumps(translator.translate(template, values)))
