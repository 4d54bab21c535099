#!/usr/bin/env python3
"""Judges the report of the original suite: `judge.py index.json`. Exits with 1 when a case failed or none ran."""

import collections
import json
import sys

ACCEPTED = {"OK", "NON-STRICT", "INFORMATIONAL"}

(report,) = json.load(open(sys.argv[1])).values()
failed = [
    f"case {number}: {case['behavior']} / {case['behaviorClose']}"
    for number, case in sorted(report.items())
    if case["behavior"] not in ACCEPTED or case["behaviorClose"] not in ACCEPTED
]
print("\n".join(failed + [str(dict(collections.Counter(case["behavior"] for case in report.values())))]))
print(f"{len(report) - len(failed)} passed, {len(failed)} failed")
sys.exit(1 if failed or not report else 0)
