"""Several commands at once: readers never wait, writers take turns or say who is at it."""
import subprocess
import time

from tap import NOW, equal, expect, run_all

PEOPLE = 40000


def big_import(house):
    house.init().exits(0)
    house.raw("bench", "make-register", "--people", str(PEOPLE), "--seed", "3", "--out", house.path("p.csv")).exits(0)
    return subprocess.Popen([house.program, "-C", house.dir, "import", house.path("p.csv"), "--source", "crm", "--full", "--now", NOW],
                            cwd=house.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def readers_go_on_while_an_import_runs(house):
    running = big_import(house)
    asked = 0
    while running.poll() is None:
        start = time.monotonic()
        house.run("field", "list", now=NOW).exits(0)
        house.run("log", "checkpoint", now=NOW).exits(0)
        expect(time.monotonic() - start < 4, "a reader waited %.1f s" % (time.monotonic() - start))
        asked += 1
    out, err = running.communicate()
    equal(running.returncode, 0, "the import: %s%s" % (out.decode(), err.decode()))
    expect(asked > 1, "the import was over too soon to tell")
    equal(house.run("person", "count", "--json", now=NOW).exits(0).json()["people"], PEOPLE, "people")


def a_second_change_waits_its_turn_or_says_who_is_at_it(house):
    running = big_import(house)
    time.sleep(0.3)
    for number in range(200):
        if running.poll() is not None:
            break
        answer = house.run("field", "add", "extra_%d" % number, "--category", "other", "--json", now=NOW)
        expect(answer.code in (0, 3), "exits %d: %s" % (answer.code, answer.err))
        if answer.code == 3:
            expect("import" in answer.json()["error"]["what"], answer.err)
    running.communicate()
    equal(running.returncode, 0, "the import")
    house.run("field", "add", "after", "--category", "other", now=NOW).exits(0)
    verdict = house.run("log", "verify", "--json").exits(0).json()
    equal((verdict["faults"], verdict["unpublished"]), (0, 0), "the log")


def many_small_changes_at_once_all_come_through(house):
    house.init().exits(0)
    running = [subprocess.Popen([house.program, "-C", house.dir, "field", "add", "extra_%d" % i, "--category", "other", "--now", NOW],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for i in range(12)]
    for process in running:
        err = process.communicate(timeout=60)[1]
        equal(process.returncode, 0, err.decode())
    keys = {f["key"] for f in house.run("field", "list", "--json").json()["fields"]}
    expect({"extra_%d" % i for i in range(12)} <= keys, "a field is missing")
    house.run("log", "verify").exits(0)


run_all([
    readers_go_on_while_an_import_runs,
    a_second_change_waits_its_turn_or_says_who_is_at_it,
    many_small_changes_at_once_all_come_through,
])
