"""flagd's own test suite (flagd-testbed), flattened into vectors of flag, context and expectation.

They are read from `../shared/ofrep` beside the repository or from `PENNON_OFREP_VECTORS`, as tests/it/conformance does. They
are no part of the repository.
"""

import json
import os
from pathlib import Path

from stack import ROOT

# What says nothing about a server: enrichment and life cycle are the provider's, and flag sets are not served.
OTHER = {"contextEnrichment", "connection", "events", "config", "selector"}
GENERATIONS = {"v2": {"@fractional-v1", "@fractional-v3"}, "v3": {"@fractional-v1", "@fractional-v2"}}
READ = {"String": str, "Integer": int, "Float": float, "Boolean": json.loads}


def folder():
    return Path(os.environ.get("PENNON_OFREP_VECTORS", ROOT.parent / "shared/ofrep"))


def flags():
    """All flag files as one, since some refer to evaluators of others; without those of flag sets, whose keys others have too."""
    merged = {"flags": {}, "$evaluators": {}}
    for path in sorted((folder() / "flags").iterdir()):
        if not path.name.startswith("selector"):
            part = json.loads(path.read_text())
            for section, entries in merged.items():
                entries |= part.get(section, {})
    return merged


def vectors(bucketing):
    """Those that hold for a server of this generation of percentage bucketing."""
    every = json.loads((folder() / "vectors.json").read_text())
    others = {"@deprecated", "@caching"} | GENERATIONS[bucketing]
    return [
        one for one in every
        if Path(one["file"]).stem not in OTHER and "selector" not in one.get("options", {})
        and not one.get("skipReason") and not others & set(one["tags"])
    ]


def difference(vector, answer):
    """What of the answer the vector does not expect, or None."""
    body = answer.json
    error = body.get("errorCode")
    found = {"status": answer.status, "reason": body.get("reason") or (error and "ERROR")}
    expected = {"status": {None: 200, "FLAG_NOT_FOUND": 404}.get(error, 400)}
    if "expectReason" in vector:
        expected["reason"] = vector["expectReason"]
    if "expectErrorCode" in vector:
        found["errorCode"], expected["errorCode"] = error or "", vector["expectErrorCode"]
    for member in ("variant", "metadata"):
        if (name := f"expect{member.title()}") in vector:
            found[member], expected[member] = body.get(member), vector[name]
    if "expectValue" in vector:
        # Without a value, the caller takes the default of its code. A float may be written as an integer, and is compared as one.
        found["value"] = body.get("value", value(vector, vector["default"]))
        expected["value"] = value(vector, vector["expectValue"])
    found = {name: found[name] for name in expected}
    return None if found == expected else f"{vector['file']}, {vector['flagKey']}: {found}, not {expected}"


def value(vector, text):
    """A value that a vector has as text; quotes are escaped where the source has it in a table."""
    read = READ.get(vector["type"], lambda text: json.loads(text.replace('\\"', '"')))
    return read(text)
