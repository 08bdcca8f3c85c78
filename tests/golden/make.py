"""Computes golden bucketing vectors with the installed version of flagd-core. See README.md."""

import json
from importlib.metadata import version
from pathlib import Path

from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

FOLDER = Path(__file__).parent
FLAGD_CORE = version("openfeature-flagd-core")

SPLITS = {
    "halves": [["a", 50], ["b", 50]],
    "quarters": [["a", 25], ["b", 25], ["c", 25], ["d", 25]],
    "uneven": [["a", 1], ["b", 99]],
    "zeros": [["a", 0], ["b", 3], ["c", 0], ["d", 5]],
    "unweighted": [["a"], ["b"], ["c"]],
    "one": [["a", 7]],
    "largest": [["a", 1073741823], ["b", 1073741824]],
    "too-large": [["a", 1073741824], ["b", 1073741824]],
    "nothing": [["a", 0], ["b", 0]],
    "negative": [["a", -5], ["b", 2], ["c", 3]],
    "hundred": [["abcd"[index % 4], 1 + index % 3] for index in range(100)],
    "computed-weight": [["a", {"-": [{"var": "step"}, 3]}], ["b", 4]],
    "computed-variant": [[{"if": [{"==": [{"var": "tier"}, "pro"]}, "a", "b"]}, 1], [{"var": "other"}, 1]],
}

KEYS = [
    "user",
    "user-1",
    "user-2",
    "8f14e45f-ceea-467f-9575-6f0d4a0b1c2d",
    "jane.doe@example.com",
    "0",
    " ",
    "a" * 23,
    "a" * 24,
    "b" * 255,
    "c" * 256,
    "d" * 4000,
    "Zoë",
    "користувач",
    "利用者-42",
    "🦀🦀",
]

# What the third generation also takes for a unit of assignment.
UNITS = [
    "",
    "text",
    0,
    1,
    23,
    24,
    255,
    256,
    65535,
    65536,
    4294967295,
    4294967296,
    9007199254740991,
    -1,
    -24,
    -25,
    -257,
    -65537,
    -9007199254740991,
    0.5,
    -0.5,
    1.1,
    1.0,
    -0.0,
    1e3,
    65504.5,
    3.4028234663852886e38,
    1e300,
    5e-324,
    0.00006103515625,
    5.960464477539063e-8,
    True,
    False,
    None,
    {},
    {"id": 7, "name": "x"},
    {"bb": 1, "a": [1, 2.5, None, True], "c": {"z": "é", "y": -3.0}},
]


def flag(targeting):
    return {
        "state": "ENABLED",
        "variants": {name: name for name in "abcd"},
        "targeting": targeting,
    }


def definition():
    flags = {}
    for name, buckets in SPLITS.items():
        flags[f"short-{name}"] = flag({"fractional": buckets})
        flags[f"unit-{name}"] = flag({"fractional": [{"var": "unit"}, *buckets]})
    seeded = {"cat": ["seed/", {"var": "targetingKey"}]}
    flags["seeded"] = flag({"fractional": [seeded, *SPLITS["hundred"]]})
    flags["nested"] = flag({"if": [{"==": [{"fractional": [["x", 1], ["y", 1]]}, "x"]}, "a", "b"]})
    return {"flags": flags}


def inputs():
    """Pairs of a flag and a context."""
    more = {"step": 9, "tier": "pro", "other": "c"}
    for index, key in enumerate(KEYS):
        context = {"targetingKey": key, **more}
        for name in ("halves", "quarters", "hundred", list(SPLITS)[index % len(SPLITS)]):
            yield f"short-{name}", context
            yield f"unit-{name}", {**context, "unit": key}
        yield "seeded", context
        yield "nested", context
    for name in SPLITS:
        yield f"short-{name}", {"targetingKey": "another-user", "step": 1, "tier": "free", "other": "d"}
        yield f"unit-{name}", {"unit": "another-unit", "step": 5, "tier": "free", "other": "d"}
    for context in ({}, {"targetingKey": ""}, {"unit": "without a targeting key"}):
        yield "short-hundred", context
        yield "unit-hundred", context
    for unit in UNITS:
        for name in ("halves", "hundred"):
            yield f"unit-{name}", {"targetingKey": "user", "unit": unit}


def is_for_this_version(context):
    if not FLAGD_CORE.startswith("1."):
        return True
    # The other file of the second generation has what is left out here.
    return not context.get("targetingKey", "").isascii()


def distinct(pairs):
    seen = set()
    for pair in pairs:
        # As text: 1 and 1.0 and true are equal in Python.
        text = json.dumps(pair)
        if text not in seen:
            seen.add(text)
            yield pair


def main():
    core = FlagdCore()
    core.set_flags(definition())
    cases = []
    for key, context in distinct(inputs()):
        if not is_for_this_version(context):
            continue
        attributes = {name: value for name, value in context.items() if name != "targetingKey"}
        subject = EvaluationContext(targeting_key=context.get("targetingKey"), attributes=attributes)
        variant = core.resolve_string_value(key, "", subject).variant
        cases.append({"flag": key, "context": context, "variant": variant})
    name = "bucketing-v2-unicode.json" if FLAGD_CORE.startswith("1.") else "bucketing-v3.json"
    write(FOLDER / name, f"PyPI openfeature-flagd-core {FLAGD_CORE}", cases)


def write(path, source, cases):
    """One flag and one case per line, so that a difference is readable."""
    flags = ",\n".join(f"{json.dumps(key)}:{json.dumps(flag)}" for key, flag in definition()["flags"].items())
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    text = f'{{"computedBy":{json.dumps(source)},\n"definition":{{"flags":{{\n{flags}}}}},\n"cases":[\n{lines}\n]}}\n'
    path.write_text(text, encoding="utf-8")
    print(path.name, len(cases), "cases")


if __name__ == "__main__":
    main()
