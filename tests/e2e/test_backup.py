"""Backups tried out beside the living directory, and restored where that one is lost."""
import os

from tap import MEMBERS, NOW, House, equal, expect, run_all

ROWS = MEMBERS + "".join("%d,Mavo,Testril,m%d@members.example,QA1 0AA,2015-01-01,,Current\n" % (i, i) for i in range(1, 40))


def backed_up(house):
    house.init().exits(0)
    house.write("m.csv", ROWS)
    house.run("import", "m.csv", "--source", "crm", now=NOW).exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--contract", "2017-05-01",
              "--purpose", "ballot", "--fields", "first_name", now=NOW).exits(0)
    house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-05-01", "--rule", 'status = "member"',
              "--fields", "first_name", "--approved-by", "Returning officer", now=NOW).exits(0)
    house.run("incident", "open", "--recipient", "pellwick", "--aware", "2018-06-15T07:00:00Z", now=NOW).exits(0)
    house.run("backup", "copy", now=NOW).exits(0)


def restored(house, to, *more):
    answer = house.raw("restore", house.path("copy"), "--to", house.path(to), "--json", *more, "--now", NOW).exits(0).json()
    other = House(house.program, house.folder)
    other.dir = house.path(to)
    return answer, other


def size(house):
    return house.run("log", "verify", "--json").exits(0).json()["size"]


def a_backup_tried_out_beside_its_original_does_not_fork_the_log(house):
    backed_up(house)
    answer, copy = restored(house, "trial")
    equal((answer["beside"], answer["publishing"]), (house.dir, False), "the answer")
    before = size(copy)
    copy.run("fsck", now=NOW).exits(0)
    equal(copy.run("person", "count", "--json", now=NOW).exits(0).json()["people"], 39, "people")
    equal(len(copy.run("person", "list", now=NOW).exits(0).out.splitlines()), 39, "lines")
    scope = copy.run("incident", "scope", "I1", "--json", now=NOW).exits(0).json()
    equal((scope["affected"], scope["what_if"]), (39, True), "scope, which keeps nothing")
    entries = size(house)
    for argv in (("field", "add", "extra", "--category", "other"), ("import", "m.csv", "--source", "crm"),
                 ("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-05-02", "--rule", 'status = "member"', "--fields",
                  "first_name", "--approved-by", "Returning officer")):
        expect("This is a copy for looking" in copy.run(*argv, now=NOW).exits(1).err, argv)
    equal(size(house), entries, "entries of the original after changes that were refused")
    expect("This is a copy for looking" in copy.run("report", "draft", "I1", "--to", "json", now=NOW).exits(1).err, "report")
    equal(size(copy), before, "entries of the copy")
    kinds = [e["entry"]["kind"] for e in house.run("log", "show", "--json").exits(0).json()["entries"]]
    expect(kinds.count("warrant") >= 4, "the trial's readings have no warrant in the original's log: %r" % kinds)
    house.run("field", "add", "extra", "--category", "other", now=NOW).exits(0)
    house.run("fsck", now=NOW).exits(0)
    size(house)
    restored(house, "again")
    size(house)


def a_backup_of_a_backup_opens_too(house):
    """Its candour.conf says already where it came from."""
    backed_up(house)
    first = House(house.program, house.folder)
    first.dir = house.path("copy")
    first.run("backup", "second", now=NOW).exits(0)
    second = House(house.program, house.folder)
    second.dir = house.path("second")
    equal(second.run("person", "count", "--json", now=NOW).exits(0).json()["people"], 39, "people")
    answer = house.raw("restore", house.path("second"), "--to", house.path("third"), "--json", "--now", NOW).exits(0).json()
    equal(answer["beside"], first.dir, "where it came from")


def where_the_original_is_lost_everything_goes_on(house):
    backed_up(house)
    os.rename(house.dir, house.path("lost"))
    answer, heir = restored(house, "heir")
    equal((answer.get("beside"), answer["publishing"]), (None, True), "the answer")
    heir.run("field", "add", "extra", "--category", "other", now=NOW).exits(0)
    heir.run("fsck", now=NOW).exits(0)
    os.rename(house.path("lost"), house.dir)  # and should it turn up again, it is not worked in
    house.run("field", "add", "extra", "--category", "other", now=NOW).exits(1)


def an_original_that_does_not_open_is_lost(house):
    backed_up(house)
    house.write("d/register.db", b"encrypted by somebody else" * 1000)
    for name in ("register.db-wal", "register.db-shm"):
        if os.path.exists(os.path.join(house.dir, name)):
            os.unlink(os.path.join(house.dir, name))
    answer, heir = restored(house, "heir")
    equal(answer["publishing"], True, "publishing")
    heir.run("field", "add", "extra", "--category", "other", now=NOW).exits(0)


def an_original_that_cannot_be_read_just_now_is_not_lost(house):
    """A network disk that hiccups: the heir would go on with the log beside it."""
    backed_up(house)
    conf = os.path.join(house.dir, "candour.conf")
    os.rename(conf, conf + ".kept")
    os.symlink("candour.conf", conf)  # leads to itself
    answer = house.raw("restore", house.path("copy"), "--to", house.path("heir"), "--now", NOW).exits(1)
    expect("can't be read just now" in answer.err, answer.err)
    os.replace(conf + ".kept", conf)
    house.run("field", "add", "extra", "--category", "other", now=NOW).exits(0)


def nothing_takes_the_log_from_a_living_original(house):
    backed_up(house)
    house.run("field", "add", "extra", "--category", "other", now=NOW).exits(0)
    argv = ("restore", house.path("copy"), "--to", house.path("heir"), "--now", NOW, "--log")
    expect("is still there and opens" in house.raw(*argv, os.path.join(house.dir, "log")).exits(1).err, "words")
    house.run("field", "add", "more", "--category", "other", now=NOW).exits(0)
    restored(house, "trial")
    os.rename(house.dir, house.path("lost"))
    trial = House(house.program, house.folder)
    trial.dir = house.path("trial")
    expect("is not there any more" in trial.run("incident", "scope", "I1", now=NOW).exits(1).err, "words of the copy")
    answer, heir = restored(house, "heir", "--log", house.path("lost", "log"))
    expect(answer["publishing"] and answer["regained"] > 0, answer)
    heir.run("fsck", now=NOW).exits(0)


def what_does_not_say_where_it_came_from_is_no_backup(house):
    """Else a data directory that is taken for a backup gets an heir, and can't go on itself."""
    backed_up(house)
    entries = size(house)
    with open(house.path("copy", "candour.conf"), encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("home = ")]
    house.write("copy/candour.conf", "".join(lines))
    for folder in (house.dir, house.path("copy")):
        for more in ((), ("--log", os.path.join(house.dir, "log")), ("--slot", house.slot)):
            answer = house.raw("restore", folder, "--to", house.path("trial"), *more, "--now", NOW).exits(1)
            expect("not a backup" in answer.err and " backup FOLDER" in answer.err, answer.err)
            expect(not [name for name in os.listdir(house.folder) if name.startswith("trial")], "something is left of it")
    house.run("field", "add", "extra", "--category", "other", now=NOW).exits(0)
    expect(size(house) > entries, "it does not go on")


def a_data_directory_that_no_backup_could_name_is_told(house):
    house.dir = house.path("two\nlines")
    house.init().exits(0)
    expect("line break" in house.run("backup", "copy", now=NOW).exits(2).err, "words")
    expect(not os.path.exists(house.path("copy")), "there is a copy")


run_all([
    a_backup_tried_out_beside_its_original_does_not_fork_the_log,
    a_backup_of_a_backup_opens_too,
    where_the_original_is_lost_everything_goes_on,
    an_original_that_does_not_open_is_lost, an_original_that_cannot_be_read_just_now_is_not_lost,
    nothing_takes_the_log_from_a_living_original,
    what_does_not_say_where_it_came_from_is_no_backup,
    a_data_directory_that_no_backup_could_name_is_told,
])
