"""What goes on while the log can't be published, what does not, and what it leaves behind."""
import os
import shutil

from tap import KILLED, equal, expect, run_all

LATER = "2018-06-16T09:00:00Z"
BREACH = "2018-10-29T15:00:00Z"
MANY = 4000  # a scope of them looks at more people than anybody may on a day without a warrant
LOUD = "THE LOG COULD NOT BE PUBLISHED"


def register(house, people):
    house.init().exits(0)
    house.raw("bench", "make-register", "--people", str(people), "--seed", "7", "--out", "people.csv").exits(0)
    house.run("import", "people.csv", "--source", "crm", "--full", now=LATER).exits(0)


def a_check_without_a_warrant_raises_no_alarm(house):
    register(house, 3000)
    for _ in range(5):
        answer = house.run("fsck", "--no-warrant", "--json").exits(0)
        said = answer.json()
        equal((said["faults"], said["people_opened"]), (0, False), "without a warrant")
        expect("3,000" in said["note"][0] or "3000" in said["note"][0], said["note"])
        expect("ALARM" not in answer.err, answer.err)
    equal(house.run("fsck", "--json").exits(0).json()["people_opened"], True, "with a warrant")


def given_away(house, people):
    """A register, all of it given to a company."""
    register(house, people)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", now=LATER).exits(0)
    house.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--date", "2018-05-01", "--rule", 'last_name != "nobody"',
              "--fields", "first_name,email", "--approved-by", "Returning officer", now=LATER).exits(0)


def break_log(house):
    os.rename(os.path.join(house.dir, "log"), house.path("log.away"))
    house.write("d/log", "in the way")


def mend_log(house):
    os.unlink(os.path.join(house.dir, "log"))
    os.rename(house.path("log.away"), os.path.join(house.dir, "log"))


def count_of(house):
    return house.run("log", "verify", "--json").json()["entries"]


def credits(house):
    checks = house.run("doctor", "--json").json()["checks"]
    return next(c["state"] for c in checks if c["check"] == "credits")


def breach(house):
    """Opened, worked out, reported: each is done, and says loudly that the public does not know."""
    answer = house.run("incident", "open", "--recipient", "pellwick", "--happened", "2018-10-20..2018-10-29", "--aware", "2018-10-29T14:05:00Z",
                       "--availability", "yes", "--json", now=BREACH)
    expect(answer.code not in (0, 2) and LOUD in answer.err and "ALARM: bulk work" in answer.err, answer.err)
    said = answer.json()
    equal((said["incident"], said["held"]), ("I1", MANY), "opened")
    expect(said["error"]["what"] and said["error"]["do"], said)
    answer = house.run("incident", "scope", "I1", "--json", now=BREACH)
    expect(answer.code not in (0, 2) and LOUD in answer.err and "ALARM: bulk work" in answer.err, answer.err)
    equal(answer.json()["affected"], MANY, "affected")
    answer = house.run("report", "draft", "I1", "--to", "ico", now=BREACH)
    expect(answer.code not in (0, 2) and "4,000" in answer.out + answer.err and "ALARM: bulk work" in answer.err, answer.err)
    equal(credits(house), "bad", "doctor")
    house.run("doctor").exits(1)
    expect("ALARM: bulk work" in house.run("incident", "list").exits(0).err, "every command says it")


def refused(house, words):
    """Other changes say so before they commit, each time, and change nothing."""
    before = count_of(house)
    for argv in (("field", "add", "shoe_size", "--category", "other"), ("consent", "give", "#1", "--purpose", "newsletter", "--how", "paper"),
                 ("import", house.path("people.csv"), "--source", "crm", "--full"),
                 ("handover", "record", "--to", "pellwick", "--purpose", "membership", "--date", "2018-05-02", "--rule", 'last_name != "nobody"',
                  "--fields", "first_name", "--approved-by", "Returning officer")):
        for _ in range(2):
            answer = house.run(*argv, "--json", now=BREACH)
            expect(answer.code not in (0, 2), argv)
            error = answer.json()["error"]
            expect("Nothing was changed." in error["do"] and words in error["do"] + error["what"], "%r: %r" % (argv, error))
        equal(count_of(house), before, "entries after %r" % (argv,))


def settled(house):
    answer = house.run("field", "add", "the_next", "--category", "other", now=BREACH).exits(0)
    expect("ALARM" not in answer.err, answer.err)
    equal(credits(house), "good", "doctor")
    verdict = house.run("log", "verify", "--json").exits(0).json()
    equal((verdict["unpublished"], verdict["faults"]), (0, 0), "the log")
    house.run("fsck").exits(0)


def a_breach_goes_on_while_the_log_folder_is_not_there(house):
    given_away(house, MANY)
    break_log(house)
    breach(house)
    refused(house, "")
    mend_log(house)
    settled(house)


def a_breach_goes_on_while_the_logs_key_is_not_there(house):
    given_away(house, MANY)
    for name in ("vkey", "signer"):
        os.rename(house.slot + "." + name, house.path(name + ".away"))
    breach(house)
    for name in ("vkey", "signer"):
        os.rename(house.path(name + ".away"), house.slot + "." + name)
    settled(house)


def questions_have_no_end_while_the_log_is_broken(house):
    given_away(house, 300)
    house.run("incident", "open", "--recipient", "pellwick", "--aware", "2018-10-29T14:05:00Z", now=BREACH).exits(0)
    break_log(house)
    for _ in range(20):
        expect(LOUD in house.run("incident", "scope", "I1", now=BREACH).err, "goes on")
    mend_log(house)
    house.run("incident", "scope", "I1", now=BREACH).exits(0)
    settled(house)


def a_database_put_back_goes_on_with_anybodys_mirror(house):
    given_away(house, MANY)
    house.run("backup", "b", now=LATER).exits(0)
    for i in range(3):
        house.run("field", "add", "later_%d" % i, "--category", "other", now=LATER).exits(0)
    shutil.copytree(os.path.join(house.dir, "log"), house.path("mirror"))
    shutil.rmtree(house.dir)
    house.raw("restore", "b", "--to", "d").exits(0)  # without the log: for reading only
    breach(house)
    refused(house, "candour restore")
    shutil.move(house.dir, house.path("given-up"))
    answer = house.raw("restore", "b", "--to", "d", "--log", "mirror", "--json").exits(0).json()
    equal((answer["publishing"], answer["regained"] >= 3), (True, True), "the log goes on")
    settled(house)
    kinds = [e["entry"]["kind"] for e in house.run("log", "show", "--json").exits(0).json()["entries"]]
    expect("restore" in kinds and kinds[kinds.index("restore"):].count("warrant") >= 2, "what was done on credit stands in the log: %r" % kinds)


def who_reads_an_older_register_is_told(house):
    register(house, 5)
    older = "ALARM: the register is older than the log that it published"
    shutil.copytree(house.dir, house.path("before"), copy_function=shutil.copy2)
    house.run("field", "add", "later", "--category", "other", now=LATER).exits(0)
    expect(older not in house.run("field", "list", now=LATER).exits(0).err, "an alarm without a reason")
    for name in os.listdir(house.dir):
        if name.startswith("register.db"):
            os.unlink(os.path.join(house.dir, name))
    shutil.copy2(house.path("before", "register.db"), house.dir)
    answer = house.run("field", "list", now=LATER).exits(0)
    expect(older in answer.err and "later" not in answer.out, answer.err)
    house.run("log", "verify").exits(1)
    os.unlink(os.path.join(house.dir, "log", "checkpoint"))  # a cache: nobody is told by it
    expect(older not in house.run("field", "list", now=LATER).exits(0).err, "an alarm without a folder")


def killed_on_credit_the_register_is_whole(house):
    given_away(house, 300)
    opening = ("incident", "open", "--recipient", "pellwick", "--happened", "2018-10-20..2018-10-29", "--aware", "2018-10-29T14:05:00Z")
    for argv, point in ((opening, "incident-before-commit"), (opening, "incident-committed"), (("incident", "scope", "I1"), "scope-before-commit"),
                        (("incident", "scope", "I1"), "scope-committed")):
        break_log(house)
        equal(house.run(*argv, now=BREACH, crash=point).code, KILLED, point)
        mend_log(house)
        said = house.run("fsck", "--no-warrant", "--json").exits(0).json()
        equal((said["faults"], said["people_opened"]), (0, True), "after %s" % point)
        equal(credits(house), "bad", "doctor after %s" % point)
    break_log(house)
    for argv in (opening, ("incident", "scope", "I1")):
        expect(LOUD in house.run(*argv, now=BREACH).err, argv)
    mend_log(house)
    settled(house)
    equal(len(house.run("incident", "list", "--json").exits(0).json()["incidents"]), 1, "breaches")


run_all([
    a_check_without_a_warrant_raises_no_alarm,
    a_breach_goes_on_while_the_log_folder_is_not_there,
    a_breach_goes_on_while_the_logs_key_is_not_there,
    questions_have_no_end_while_the_log_is_broken,
    who_reads_an_older_register_is_told,
    killed_on_credit_the_register_is_whole,
    a_database_put_back_goes_on_with_anybodys_mirror,
])
