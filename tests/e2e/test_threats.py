#!/usr/bin/env python3
"""Every test that THREATS.md names is there and is run; a made-up one is found out."""
import os
import re
import sys

NAMED = re.compile(r"`((?:\w+_test|test_\w+):\w+|fuzz_\w+)`")


def read(*parts):
    try:
        with open(os.path.join(*parts), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def runs(root, named):
    """Why this name stands for nothing, or None."""
    tests = os.path.join(root, "tests")
    if ":" not in named:
        target = named[len("fuzz_"):]
        there = read(tests, "fuzz", named + ".c") and os.path.isdir(os.path.join(tests, "fuzz", "corpus", target))
        return None if there and "['%s'," % target in read(tests, "fuzz", "meson.build") else "no such fuzz target"
    file, name = named.split(":")
    if file.startswith("test_"):
        text, listed = read(tests, "e2e", file + ".py"), "'%s'" % file[len("test_"):] in read(tests, "e2e", "meson.build")
        defined = re.search(r"^def %s\(" % name, text, re.MULTILINE)
        listed = listed or file + ".py" in read(tests, "e2e", "meson.build")
    else:
        text, listed = read(tests, "unit", file + ".c"), "'%s'" % file in read(tests, "unit", "meson.build")
        defined = re.search(r"^static void %s\(void \*\*" % name, text, re.MULTILINE)
    if not text or not defined:
        return "no such test"
    if len(re.findall(r"\b%s\b" % name, text)) < 2:
        return "is not run by its program"
    return None if listed else "its program is not run"


def complaints(root, text):
    return ["%s: %s" % (n, why) for n in sorted(set(NAMED.findall(text))) for why in [runs(root, n)] if why]


def claims_without_test(text):
    rows = [[c.strip() for c in line.strip("| ").split(" | ")] for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    return [r[0] for r in rows if r[0] != "adversary" and not (len(r) > 1 and r[1].startswith("none")) and not NAMED.search(" ".join(r))]


def main():
    root = sys.argv[1]
    text = read(root, "THREATS.md")
    planted = "`ops_test:nobody_wrote_this` `fuzz_nothing` `no_such_test:at_all`"
    results = [("the page names tests", len(set(NAMED.findall(text))) > 40, []),
               ("every test named is there and is run", not complaints(root, text), complaints(root, text)),
               ("every claim names a test", not claims_without_test(text), claims_without_test(text)),
               ("a made-up test is found out", len(complaints(root, planted)) == 3, complaints(root, planted))]
    for number, (words, good, why) in enumerate(results, 1):
        print("%s %d - %s" % ("ok" if good else "not ok", number, words))
        if not good:
            print("\n".join("# " + line for line in why))
    print("1..%d" % len(results))
    sys.exit(0 if all(good for _, good, _ in results) else 1)


main()
