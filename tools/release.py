"""Prints the parameters that samconfig.toml gives a profile, and the release: python tools/release.py dev

SAM publishes a new version of a function when `Release` is another. It is a digest of all that makes a difference: the functions, the
template, and the parameters.
"""

import hashlib
import pathlib
import sys

import tomlkit

ROOT = pathlib.Path(__file__).parents[1]


def parameters(profile):
    """As samconfig.toml says them: `Name=value`."""
    settings = tomlkit.parse((ROOT / "samconfig.toml").read_text()).unwrap()
    return settings[profile]["deploy"]["parameters"]["parameter_overrides"]


def release(overrides, functions):
    """A digest of everything."""
    digest = hashlib.sha256((ROOT / "template.yaml").read_bytes())
    for part in sorted(overrides):
        digest.update(part.encode() + b"\0")
    for path in sorted(functions):
        digest.update(path.parent.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    said = parameters(sys.argv[1])
    built = (ROOT / "target/lambda").glob("*/bootstrap")
    print(*said, f"Release={release(said, built)}")
