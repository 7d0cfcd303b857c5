"""Several commands at once: readers never wait, writers take turns or say who is at it."""
import os
import sqlite3
import subprocess
import time

from tap import MEMBERS, NOW, equal, expect, run_all

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


def someone_writes(house):
    """A transaction that is open, as an import has one for a long time."""
    db = sqlite3.connect(os.path.join(house.dir, "register.db"), isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    return db


def who_only_reads_waits_for_nobody_and_stands_in_the_log(house):
    house.init().exits(0)
    house.raw("bench", "make-register", "--people", "3000", "--seed", "3", "--out", house.path("p.csv")).exits(0)
    house.run("import", house.path("p.csv"), "--source", "crm", "--full").exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor").exits(0)
    house.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--date", "2018-05-01", "--rule", 'last_name != "nobody"',
              "--fields", "first_name,email", "--approved-by", "Returning officer").exits(0)
    house.run("incident", "open", "--recipient", "pellwick", "--happened", "2018-05-20", "--aware", "2018-06-01T14:05:00Z").exits(0)
    before = len(house.run("log", "show", "--json").json()["entries"])
    writing = someone_writes(house)
    reading = [("person", "count"), ("person", "list", "--limit", "1"), ("person", "show", "#1"), ("person", "duplicates"),
               ("incident", "scope", "I1", "--what-if", "without=H1"), ("incident", "show", "I1"), ("incident", "list"), ("handover", "list"),
               ("log", "verify"), ("log", "show"), ("doctor",)] + 20 * [("person", "count")]
    for argv in reading:
        start = time.monotonic()
        answer = house.run(*argv)
        took = time.monotonic() - start
        expect(answer.code == (0 if argv[0] != "doctor" else answer.code), "%r exits %d: %s" % (argv, answer.code, answer.err))
        expect("ALARM" not in answer.err, answer.err)
        expect(took < 3, "%r took %.1f s" % (argv, took))
    expect("another command is writing" in house.run("incident", "scope", "I1", "--what-if", "without=H1").out.lower(), "it says what is missing")
    checks = {c["check"]: c for c in house.run("doctor", "--json").json()["checks"]}
    expect(checks["credits"]["state"] == "good" and "readings" in checks["credits"]["what"], checks["credits"])
    equal(len(house.run("log", "show", "--json").json()["entries"]), before, "nothing was written")
    writing.execute("ROLLBACK")
    house.run("field", "add", "after", "--category", "other").exits(0)
    entries = [e["entry"] for e in house.run("log", "show", "--json").exits(0).json()["entries"]][before:]
    warrants = [e for e in entries if e["kind"] == "warrant"]
    expect(1 <= len(warrants) <= 3 and all((e["job"], e["purpose"]) == ("reading", "internal") for e in warrants), warrants)
    checks = {c["check"]: c for c in house.run("doctor", "--json").json()["checks"]}
    expect("shows all" in checks["credits"]["what"], checks["credits"])
    house.run("log", "verify").exits(0)
    house.run("fsck").exits(0)


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


def who_checks_while_others_commit_finds_nothing(house):
    """Documents and their entries are looked at one after the other: in between others may have made more of both."""
    house.init().exits(0)
    house.write("m.csv", MEMBERS + "".join("%d,Mavo,Test,m%d@members.example,QA1 0AA,2015-01-01,2029-01-01,Current\n" % (i, i) for i in range(200)))
    house.write("go", "")
    writer = subprocess.Popen(["sh", "-c", """
        i=0
        while [ -e go ]; do
            i=$((i + 1))
            "$0" -C "$1" recipient add --id r$i --name "R $i" --class processor --purpose ballot --fields first_name
            "$0" -C "$1" handover record --to r$i --purpose ballot --date 2018-03-02 --rule 'status = "member"' --fields first_name --approved-by Office
            [ $((i % 8)) = 1 ] && "$0" -C "$1" import m.csv --source crm --full
        done""", house.program, house.dir], cwd=house.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    key = house.run("log", "key").exits(0).out.strip()
    try:
        for _ in range(25):
            for argv in (("log", "verify"), ("fsck", "--no-warrant"), *3 * [("log", "verify", "--tiles", os.path.join(house.dir, "log"), "--key", key)]):
                answer = house.run(*argv)
                expect(answer.code == 0, "%r exits %d: %s%s" % (argv, answer.code, answer.out, answer.err))
    finally:
        os.unlink(house.path("go"))
        writer.wait()
    expect(len(house.run("recipient", "list", "--json").json()["recipients"]) > 5, "too little was written to tell")


run_all([
    who_checks_while_others_commit_finds_nothing,
    readers_go_on_while_an_import_runs,
    who_only_reads_waits_for_nobody_and_stands_in_the_log,
    a_second_change_waits_its_turn_or_says_who_is_at_it,
    many_small_changes_at_once_all_come_through,
])
