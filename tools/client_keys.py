"""Writes template.yaml with routes that ask for the gateway's API keys: python tools/client_keys.py < template.yaml

With them, each client has limits of its own, those of the usage plan. SAM decides whether a route asks for a key before it knows
the parameters, so no parameter can.
"""

import re
import sys

# The routes that clients evaluate by. People and pipelines are throttled together, and have tokens.
EVALUATION = ("EvaluateFlag", "EvaluateFlags", "GetSnapshot")
OPEN = "              Authorizer: NONE\n"


def with_client_keys(template):
    """The text of the template, with API keys asked for."""
    for function in EVALUATION:
        begin = re.search(rf"^  {function}:\n", template, re.MULTILINE).end()
        place = template.index(OPEN, begin) + len(OPEN)
        template = template[:place] + "              ApiKeyRequired: true\n" + template[place:]
    return template


if __name__ == "__main__":
    sys.stdout.write(with_client_keys(sys.stdin.read()))
