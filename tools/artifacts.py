"""Says what `make build` made, and fails if a function that template.yaml deploys is not there: python tools/artifacts.py"""

import pathlib
import re
import struct
import sys
import zlib

AARCH64 = 183


def machine(binary):
    """For which processor an ELF file is, or None if it is none."""
    return struct.unpack_from("<H", binary, 18)[0] if binary[:4] == b"\x7fELF" else None


def main():
    root = pathlib.Path(__file__).parents[1]
    folders = re.findall(r"CodeUri: (\S+)", (root / "template.yaml").read_text())
    print(f"{'function':24}{'MB':>8}{'packed':>8}")
    sizes, wrong = [], []
    for folder in sorted(folders):
        path = root / folder / "bootstrap"
        binary = path.read_bytes() if path.is_file() else b""
        if machine(binary) != AARCH64:
            wrong.append(f"{folder} has no arm64 bootstrap")
            continue
        sizes.append((len(binary) / 1e6, len(zlib.compress(binary)) / 1e6))
        print(f"{path.parent.name:24}{sizes[-1][0]:8.2f}{sizes[-1][1]:8.2f}")
    if wrong or not sizes:
        sys.exit("\n".join(wrong or ["template.yaml deploys nothing"]))
    print(f"{len(sizes)} functions, the largest {max(packed for _, packed in sizes):.2f} MB packed")


if __name__ == "__main__":
    main()
