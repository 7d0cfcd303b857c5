"""A short story with every kind of change to the disk, what must be there after each command, and houses to tell it in."""
import os
import shutil
import signal
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from tap import MEMBERS, House, equal, expect  # noqa: E402

NOW = "2018-06-15T08:00:00Z"
ROWS = MEMBERS + "".join("%d,Mavo,Testril%s,m%d@members.example,QA%d 0AA,2015-01-01,2029-01-01,Current\n" % (i, chr(96 + i), i, i)
                         for i in range(1, 9))
SENT = "Contact ID,First Name,Email\n1,Mavo,m1@members.example\n2,Mavo,m2@members.example\n,Pelin,pelin@members.example\n"


def people(house, number):
    equal(house.run("person", "count", "--json", now=NOW).exits(0).json()["status"]["member"], number, "members")


def handovers(house):
    return len(house.run("handover", "list", "--json", now=NOW).exits(0).json()["handovers"])


def made_file(house):
    expect(open(house.path("out.csv"), "rb").read().count(b"\r\n") == 9, "the file for the company is not whole")


def incidents(house):
    return len(house.run("incident", "list", "--json", now=NOW).exits(0).json()["incidents"])


def scoped(house):
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(house.dir, "register.db"), uri=True)
    equal(db.execute("select count(*) from doc where kind = 'scope'").fetchone()[0], 1, "versions of the scope")
    db.close()


def copied(house):
    """A backup is tried out beside what it came from, as often as one likes."""
    trial = House(house.program, house.folder)
    trial.dir = house.path("trial")
    house.raw("restore", house.path("copy"), "--to", trial.dir, "--now", NOW).exits(0)
    trial.run("fsck", now=NOW).exits(0)
    shutil.rmtree(trial.dir)


def restored(house):
    house.raw("-C", house.path("back"), "fsck", "--no-warrant", "--now", NOW).exits(0)


# (command, what must be there once it was acknowledged).  None in place of a folder: without -C.
STORY = (
    (("init",), lambda house: None),
    (("import", "m.csv", "--source", "crm", "--full"), lambda house: people(house, 8)),
    (("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--contract", "2017-05-01",
      "--purpose", "ballot", "--fields", "first_name,last_name,email"),
     lambda house: house.run("recipient", "show", "pellwick", now=NOW).exits(0)),
    (("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", "sent.csv", "--source", "crm",
      "--approved-by", "Returning officer"), lambda house: expect(handovers(house) >= 1, "the hand-over is gone")),
    (("handover", "create", "--to", "pellwick", "--purpose", "ballot", "--fields", "first_name,email", "--out", "out.csv", "--plain",
      "--approved-by", "Returning officer"), made_file),
    (("incident", "open", "--recipient", "pellwick", "--happened", "2018-06-01..2018-06-15", "--aware", "2018-06-15T07:00:00Z"),
     lambda house: expect(incidents(house) == 1, "the breach is gone, or there twice")),
    (("incident", "scope", "I1"),
     scoped),
    (("report", "draft", "I1", "--to", "markdown"), lambda house: None),
    (("backup", "copy"), copied),
    (("restore", "copy", "--to", "back"), restored),
)


def lose(house):
    """The directory is given up: nothing goes on in it."""
    if os.path.exists(house.dir):
        os.rename(house.dir, house.path("lost"))


def tell(house, argv):
    if argv[0] == "init":
        return house.init(now=NOW)
    if argv[0] == "restore":
        lose(house)
        return house.raw(*argv, "--log", house.path("lost", "log"), "--now", NOW)
    return house.run(*argv, now=NOW)


def done_already(house, argv, answer):
    """A command that had done all but say so may find that it is done."""
    made = {"init": "d", "backup": "copy", "restore": "back", "handover": "out.csv"}.get(argv[0])
    return answer.code == 1 and made and os.path.exists(house.path(made))


def inputs(house):
    house.write("m.csv", ROWS)
    house.write("sent.csv", SENT)


def end_servers(folder):
    """Keepers and signers of that folder end at once."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                words = file.read()
            if (b"\0keeper\0" in words or b"\0signer\0" in words) and folder.encode() + b"/" in words:
                os.kill(int(pid), signal.SIGKILL)
        except (OSError, ProcessLookupError):
            continue


def heir_of(house):
    """Where the log goes on after the restore."""
    heir = House(house.program, house.folder)
    heir.dir = house.path("back")
    return heir
