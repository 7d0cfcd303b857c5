"""Commands that are killed between the commit of what they did and its publication: the same command again goes on."""
import os
import shutil

from tap import KILLED, MEMBERS, equal, expect, run_all

LATER = "2018-06-16T09:00:00Z"
EARLIER = "2018-06-16T08:59:58Z"  # clocks go back
ROWS = MEMBERS + """1,Mavo,Testril,mavo@members.example,QA1 0AA,2015-01-01,2019-01-01,Current
2,Kolun,Vonore,kolun@members.example,QB1 0AA,2010-01-01,2012-01-01,Expired
"""

# In this order; each is killed once and run again.
COMMANDS = (
    ("import", "m.csv", "--source", "crm", "--full"),
    ("field", "add", "shoe_size", "--category", "other", "--type", "number"),
    ("purpose", "add", "survey", "--words", "our survey", "--basis", "a", "--special", "a", "--statuses", "member", "--fields", "email"),
    ("rule", "set", "former_contact", "--status", "former", "--category", "contact", "--months", "3", "--reason", "letters that come back"),
    ("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--contract", "2017-05-01",
     "--purpose", "ballot", "--fields", "first_name,last_name"),
    ("recipient", "add", "--id", "farbank", "--name", "Farbank Ltd", "--class", "sub-processor"),
    ("recipient", "edit", "pellwick", "--delete-after", "60d"),
    ("recipient", "link", "pellwick", "--sub-processor", "farbank", "--purpose", "ballot"),
    ("consent", "give", "1", "--purpose", "newsletter", "--how", "paper"),
    ("consent", "withdraw", "1", "--purpose", "newsletter"),
    ("person", "merge", "1", "2"),
    ("person", "unmerge", "2"),
    ("objection", "add", "2", "--purpose", "fundraising"),
    ("objection", "withdraw", "2", "--purpose", "fundraising"),
)


def kinds(house):
    return [entry["entry"]["kind"] for entry in house.run("log", "show", "--json").exits(0).json()["entries"]]


def every_change_killed_after_its_commit_is_published_by_the_same_command(house):
    house.init().exits(0)
    house.write("m.csv", ROWS)
    for argv in COMMANDS:
        what = " ".join(argv[:2])
        equal(house.run(*argv, now=LATER, crash="committed").code, KILLED, what)
        done = kinds(house)
        verdict = house.run("log", "verify", "--json").exits(0).json()
        expect(verdict["unpublished"] > 0, "%s: nothing was committed" % what)
        house.run(*argv, now=EARLIER).exits(0)
        verdict = house.run("log", "verify", "--json").exits(0).json()
        equal((verdict["unpublished"], verdict["faults"]), (0, 0), what)
        if argv[0] != "import":
            equal(kinds(house), done, "%s: entries of the second run" % what)


def what_was_done_but_not_said_is_not_done_twice(house):
    house.init().exits(0)
    house.write("m.csv", ROWS)
    for argv in (COMMANDS[0], COMMANDS[4]):
        house.run(*argv, now=LATER).exits(0)
    by_rule = ("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-05-01", "--rule", 'status = "member"',
               "--fields", "first_name", "--approved-by", "Returning officer", "--json")
    made = ("handover", "create", "--to", "pellwick", "--purpose", "ballot", "--fields", "first_name", "--out", "out.csv", "--plain",
            "--approved-by", "Returning officer", "--json")
    opened = ("incident", "open", "--recipient", "pellwick", "--aware", "2018-06-15T07:00:00Z", "--json")
    for argv, key, name in ((by_rule, "handover", "H1"), (made, "handover", "H2"), (opened, "incident", "I1")):
        equal(house.run(*argv, now=LATER, crash="unsaid").code, KILLED, name)
        answer = house.run(*argv, now=EARLIER).exits(0).json()
        equal((answer[key], answer["again"]), (name, True), "the same command")
    certified = ("handover", "certify", "H2", "--deleted", "2018-06-16", "--backups", "--json")
    for crash in ("unsaid", "committed"):
        equal(house.run(*certified, now=LATER, crash=crash).code, KILLED, "certify, " + crash)
        answer = house.run(*certified, now=LATER).exits(0).json()
        equal((answer["certificate"], answer["again"]), ("C1" if crash == "unsaid" else "C2", crash == "unsaid"), "the same certificate")
        house.run("field", "add", "after_" + crash, "--category", "other", now=LATER).exits(0)
    edits = (("edit", "I1", "--note", "they called again"), ("measure", "I1", "--what", "Nothing more goes there", "--done", "2018-06-15"),
             ("told", "I1", "--whom", "Police", "--when", "2018-06-15"), ("promise", "I1", "--by", "2018-07-01"), ("promise", "I1", "--kept"),
             ("explain", "I1", "--late-report", "Nobody was there"), ("close", "I1", "--reason", "all told"))
    for number, argv in enumerate(edits):
        for crash, again in (("incident-committed", False), ("unsaid", True)):
            if crash == "unsaid":
                house.run("field", "add", "then_%d" % number, "--category", "other", now=LATER).exits(0)
            elif argv[0] != "edit":
                continue
            equal(house.run("incident", *argv, now=LATER, crash=crash).code, KILLED, " ".join(argv))
            answer = house.run("incident", *argv, "--json", now=LATER).exits(0).json()
            equal(answer["again"], again, " ".join(argv) + ", " + crash)
    shown = house.run("incident", "show", "I1", "--json", now=LATER).exits(0).json()["document"]
    equal([line["text"] for line in shown["timeline"]].count("they called again"), 2, "lines: one for each time that it was really said")
    equal([len(shown[k]) for k in ("measures", "told", "promises")], [1, 1, 1], "nothing doubled")
    for when in (LATER, "2019-06-16T08:00:00Z"):
        equal(house.run("fsck", "--json", now=when).exits(0).json()["jobs"], 0, "unfinished commands")
    answer = house.run(*by_rule, now=LATER).exits(0).json()
    equal((answer["handover"], answer["again"]), ("H3", False), "the same command after others")
    equal(house.run(*by_rule, now=LATER).exits(0).json()["handover"], "H3", "the same command at once")
    answer = house.run(*by_rule, now="2019-06-16T09:00:00Z").exits(0).json()
    equal((answer["handover"], answer["again"]), ("H4", False), "the same command a year later")
    os.unlink(house.path("out.csv"))
    answer = house.run(*made, now=LATER).exits(0).json()
    equal((answer["handover"], answer["again"]), ("H5", False), "another file, after the first was sent off")
    os.unlink(house.path("out.csv"))
    equal(house.run(*made, now=LATER).exits(0).json()["handover"], "H6", "and another")


def a_release_killed_after_its_commit_is_not_made_twice(house):
    house.init().exits(0)
    house.write("m.csv", ROWS)
    for argv in (COMMANDS[0], COMMANDS[4]):
        house.run(*argv, now=LATER).exits(0)
    index = house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-05-01", "--rule", 'status = "member"',
                      "--fields", "first_name", "--approved-by", "Returning officer", "--json", now=LATER).exits(0).json()["log_index"]
    equal(house.run("log", "show", str(index), "--json").json()["entries"][0]["entry"]["kind"], "sealed", "kind")
    body = house.run("log", "show", str(index), "--private", "--json").exits(0).json()["sealed"]
    equal((body["kind"], body["recipient"]), ("handover", "pellwick"), "what is sealed in it")
    equal(house.run("log", "release", str(index), now=LATER, crash="committed").code, KILLED, "release")
    house.run("log", "release", str(index), now=LATER).exits(0)
    house.run("log", "release", str(index), now=LATER).exits(0)
    equal(kinds(house).count("release"), 1, "releases")
    verdict = house.run("log", "verify", "--json").exits(0).json()
    equal((verdict["released"], verdict["unpublished"]), (1, 0), "verdict")


def whatever_a_kill_while_publishing_leaves_is_no_fault(house):
    house.init(crash="publish-stored")
    house.init().exits(0)
    for number, point in enumerate(["publish-tiles", "publish-signed", "publish-stored", "publish-stored", "publish-signed"]):
        argv = ("field", "add", "extra_%d" % number, "--category", "other")
        equal(house.run(*argv, now=LATER, crash=point).code, KILLED, point)
        answer = house.run("log", "verify", "--json").exits(0).json()
        equal((answer["faults"], answer["cut_off"]), (0, point == "publish-stored"), point)
        if point == "publish-stored":
            expect("a command was cut off" in house.run("log", "verify").exits(0).out, "words of verify")
            expect("A command was cut off" in house.run("fsck", "--no-warrant").exits(0).out, "words of fsck")
        house.run("fsck", "--no-warrant").exits(0)
    house.run("field", "add", "last", "--category", "other", now=LATER).exits(0)
    answer = house.run("log", "verify", "--json").exits(0).json()
    equal((answer["faults"], answer["cut_off"], answer["unpublished"]), (0, False, 0), "the next command mends it")


def what_is_wrong_with_the_folder_alone_needs_no_restore(house):
    house.init().exits(0)
    tiles = os.path.join(house.dir, "log", "tile")
    shutil.rmtree(os.path.join(tiles, "0"))
    for command in (("fsck", "--no-warrant"), ("log", "verify")):
        error = house.run(*command, "--json").exits(1).json()["error"]
        expect("restore" not in error["do"] and "log/tile" in error["do"], error)
    shutil.rmtree(tiles)
    house.run("field", "add", "last", "--category", "other", now=LATER).exits(0)
    house.run("fsck").exits(0)


run_all([
    whatever_a_kill_while_publishing_leaves_is_no_fault,
    what_is_wrong_with_the_folder_alone_needs_no_restore,
    every_change_killed_after_its_commit_is_published_by_the_same_command,
    what_was_done_but_not_said_is_not_done_twice,
    a_release_killed_after_its_commit_is_not_made_twice,
])
