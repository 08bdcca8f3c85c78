"""What a deployment costs a month, as the tables of docs/operations/costs.md: python tools/costs.py

List prices of us-east-1 in US dollars, without free tiers; the page names their sources. A test holds page and tables together.
"""

import math

MONTH_SECONDS = 730 * 3600
GB = 1e9

REST_TIERS = [(333e6, 3.50), (667e6, 2.80), (19e9, 2.38), (math.inf, 1.51)]
HTTP_TIERS = [(300e6, 1.00), (math.inf, 0.90)]
LAMBDA_REQUEST = 0.20 / 1e6
LAMBDA_GB_SECOND = 0.0000133334  # arm64
READ_UNIT = 0.125 / 1e6
EGRESS_GB = 0.09
LOGS_GB = 0.50
TRACE = 5.00 / 1e6
WAF_FIXED, WAF_REQUEST = 5.00 + 2 * 1.00, 0.60 / 1e6  # two rules
ALARM_METRIC, DASHBOARD, CUSTOM_METRIC = 0.10, 3.00, 0.30
DAX_NODE_HOUR = 0.04  # dax.t3.small

# Alarms: metrics that they watch. Each metric of an expression counts.
ROLLBACK_ALARMS, WATCH_ALARMS, DAX_ALARMS = 1, 28, 4

# The requests: polls for all flags, most of which find nothing new.
UNCHANGED = 0.80
BODY_BYTES, HEADER_BYTES = 11_000, 500  # 100 flags
BILLED_SECONDS, MEMORY_GB = 0.002, 0.25
LOG_LINE_BYTES = 450
# What the functions count (docs/METRICS.md): figures in use, and a report of them once a second.
FIGURES, REPORT_BYTES, REPORT_INTERVAL = 11, 1500, 1
PEAK, OCCUPIED_SECONDS, HEAD_TTL = 5, 0.025, 2

SHAPES = {
    "REST API, lean: no access logs, metrics, tracing": {"gateway": REST_TIERS},
    "REST API, `dev`": {"gateway": REST_TIERS, "logs": True, "metrics": True, "traces": True},
    "REST API, `prod`: DAX, alarms, dashboard": {"gateway": REST_TIERS, "logs": True, "metrics": True, "traces": True, "watch": True, "dax": 3},
    "REST API, `prod` and WAF": {
        "gateway": REST_TIERS, "logs": True, "metrics": True, "traces": True, "watch": True, "dax": 3, "waf": True,
    },
    "HTTP API, lean": {"gateway": HTTP_TIERS},
    "HTTP API, with access logs and metrics": {"gateway": HTTP_TIERS, "logs": True, "metrics": True},
}
VOLUMES = {"1 M": 1e6, "100 M": 100e6, "1 G": 1e9}


def bill(requests, gateway, logs=False, metrics=False, traces=False, watch=False, dax=0, waf=False):
    """The items of a month's bill."""
    return {
        "gateway": tiered(requests, gateway),
        "functions": requests * (LAMBDA_REQUEST + BILLED_SECONDS * MEMORY_GB * LAMBDA_GB_SECOND),
        "reads of HEAD": head_reads(requests) * READ_UNIT,
        "data out": requests * (HEADER_BYTES + (1 - UNCHANGED) * BODY_BYTES) / GB * EGRESS_GB,
        "access logs": requests * LOG_LINE_BYTES / GB * LOGS_GB if logs else 0,
        "metrics of the functions": FIGURES * CUSTOM_METRIC + reports(requests) * REPORT_BYTES / GB * LOGS_GB if metrics else 0,
        "traces": traced(requests) * TRACE if traces else 0,
        "alarms, dashboard": alarms(watch, dax) * ALARM_METRIC + (DASHBOARD if watch else 0),
        "DAX": dax * DAX_NODE_HOUR * 730,
        "WAF": WAF_FIXED + requests * WAF_REQUEST if waf else 0,
    }


def tiered(requests, tiers):
    """Of a price list whose prices are per million."""
    cost = 0
    for size, price in tiers:
        taken = min(requests, size)
        cost += taken * price / 1e6
        requests -= taken
    return cost


def head_reads(requests):
    """One in `HEAD_TTL` for each process, and no more than there are requests."""
    return min(requests, processes(requests) * MONTH_SECONDS / HEAD_TTL)


def reports(requests):
    """One in `REPORT_INTERVAL` for each process, and no more than there are requests."""
    return min(requests, processes(requests) * MONTH_SECONDS / REPORT_INTERVAL)


def processes(requests):
    """Those that are kept busy at the peak."""
    return math.ceil(PEAK * requests / MONTH_SECONDS * OCCUPIED_SECONDS)


def traced(requests):
    """By X-Ray's default rule: the first request of each second, and 5 % of the others."""
    first = min(requests, MONTH_SECONDS)
    return first + 0.05 * (requests - first)


def alarms(watch, dax):
    """How many metrics alarms watch."""
    return ROLLBACK_ALARMS + (WATCH_ALARMS if watch else 0) + (DAX_ALARMS if dax else 0)


def table(heads, rows):
    """In Markdown, numbers to the right."""
    rule = ["---"] + ["--:"] * (len(heads) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, rule, *rows])


def dollars(amount):
    """To the cent below ten dollars, to the dollar from a hundred."""
    if amount == 0:
        return ""
    return f"${amount:,.2f}" if amount < 10 else f"${amount:,.1f}" if amount < 100 else f"${amount:,.0f}"


def totals():
    """Shapes by volumes."""
    rows = [[name] + [dollars(sum(bill(n, **shape).values())) for n in VOLUMES.values()] for name, shape in SHAPES.items()]
    return table(["a month", *(f"{name} requests" for name in VOLUMES)], rows)


def items():
    """The bill of one shape in full."""
    shape = SHAPES["REST API, `prod` and WAF"]
    bills = [bill(n, **shape) for n in VOLUMES.values()]
    rows = [[item, *(dollars(one[item]) for one in bills)] for item in bills[0]]
    return table(["`prod` and WAF", *(f"{name} requests" for name in VOLUMES)], rows)


if __name__ == "__main__":
    print(totals(), items(), sep="\n\n")
