"""Prints the name and the result of each test in a JUnit file, sorted: test_results.py FILE."""

import sys
import xml.etree.ElementTree as tree

lines = []
for case in tree.parse(sys.argv[1]).iter("testcase"):
    outcomes = [part.tag for part in case if part.tag in ("failure", "error", "skipped")]
    lines.append(f"{case.get('name')}: {' '.join(outcomes) or 'passed'}")
print("\n".join(sorted(lines)))
print(len(lines), "tests")
