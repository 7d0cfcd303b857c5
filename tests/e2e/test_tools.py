"""tools/sum-tests: that it counts what it is given, and never calls a broken run good."""
import json
import os
import subprocess

from tap import equal, run_all

SUM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "sum-tests")


def add_up(house, entries, *more):
    path = house.write("testlog.json", "".join(json.dumps(e) + "\n" for e in entries))
    done = subprocess.run([SUM, *more, path], capture_output=True, check=False, timeout=60)
    return done.stdout.decode().splitlines()[-1], done.returncode


def good_tests_are_added_up(house):
    logs = [{"name": "a", "result": "OK", "stdout": "ok 1 - x\nok 2 - y\n1..2\n"}, {"name": "b", "result": "OK", "stdout": "1..1\nok 1\n"}]
    equal(add_up(house, logs), ("3 passed, 0 failed", 0), "sum")


def skipped_tests_do_not_count(house):
    logs = [{"name": "a", "result": "OK", "stdout": "ok 1 - x # SKIP no age\nok 2 - y\n"}]
    equal(add_up(house, logs), ("1 passed, 0 failed", 0), "sum")
    logs = [{"name": "a", "result": "FAIL", "returncode": 0, "stdout": "ok 1 - x\nnot ok 2 # SKIP y\n"}]
    equal(add_up(house, logs), ("1 passed, 0 failed", 0), "as cmocka writes it")
    logs[0]["returncode"] = 1
    equal(add_up(house, logs), ("1 passed, 1 failed", 1), "skipped, and then crashed")


def failed_tests_count_and_fail_the_run(house):
    logs = [{"name": "a", "result": "FAIL", "stdout": "ok 1 - x\nnot ok 2 - y\n"}]
    equal(add_up(house, logs), ("1 passed, 1 failed", 1), "sum")


def a_crash_and_a_timeout_count_as_failed(house):
    logs = [{"name": "a", "result": "ERROR", "stdout": "ok 1 - x\n"}, {"name": "b", "result": "TIMEOUT", "stdout": ""}]
    equal(add_up(house, logs), ("1 passed, 2 failed", 1), "sum")


def nothing_run_is_no_success(house):
    equal(add_up(house, []), ("0 passed, 0 failed", 1), "sum")
    equal(add_up(house, [{"name": "a", "result": "OK", "stdout": "ok 1\n"}], "--broken", "1"), ("1 passed, 1 failed", 1), "broken build")
    done = subprocess.run([SUM, house.path("nowhere.json")], capture_output=True, check=False, timeout=60)
    equal(done.stdout.decode().splitlines()[-1], "0 passed, 1 failed", "a log that is not there")


run_all([
    good_tests_are_added_up,
    skipped_tests_do_not_count,
    failed_tests_count_and_fail_the_run,
    a_crash_and_a_timeout_count_as_failed,
    nothing_run_is_no_success,
])
