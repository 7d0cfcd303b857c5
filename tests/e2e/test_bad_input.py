"""Bad input changes nothing, says file, line, column and what to do, and never repeats what stood in a cell."""
import hashlib
import io
import os
import shutil
import sqlite3
import subprocess
import zipfile

from tap import MEMBERS, Failed, equal, expect, run_all

AT = "2018-06-15T09:00:00Z"
LATER = "2018-06-15T10:00:00Z"
LATEST = "2018-06-15T11:00:00Z"
SECRET = "Quaxolotl"  # stands in every bad file: it may never be printed
GOOD = "1,Ada,Example,ada@people.example,ZZ1 1ZZ,2010-01-01,,Current\n2,Bea,Sample,bea@people.example,ZZ1 2ZZ,2010-01-01,2012-01-01,Expired\n"
ROW = "3,%s,Sample,%s@people.example,ZZ1 3ZZ,2010-01-01,,Current\n" % (SECRET, SECRET)
HEADER = "Contact ID,First Name,Last Name,Email,Postal Code,Membership Start Date,Membership Expiration Date,Membership Status"


def row(no, **more):
    cells = {"id": str(no), "first": SECRET, "last": "Sample", "email": SECRET + "@people.example", "post": "ZZ1 1ZZ", "start": "2010-01-01",
             "end": "", "status": "Current"}
    cells.update(more)
    return ",".join(cells.values()) + "\n"


# name, bytes, line, column of the problem: of its character, from 1; None: any, or of the whole row
FILES = [
    ("a quote in the middle of a quoted cell", MEMBERS + row(3) + row(4, last='"Sam"ple'), 3, None),
    ("a quote that never ends", MEMBERS + row(3) + row(4, last='"Sample'), 3, None),
    ("a row that is too short", MEMBERS + row(3) + "4,%s,Sample\n" % SECRET, 3, None),
    ("a row that is too long", MEMBERS + row(3) + row(4).rstrip("\n") + ",%s\n" % SECRET, 3, None),
    ("a byte that is not UTF-8", (MEMBERS + row(3) + row(4)).encode().replace(b"4,", b"4,\xff"), 3, None),
    ("a zero byte", (MEMBERS + row(3) + row(4)).encode().replace(b"4,", b"4,\0"), 3, None),
    ("a cell of three megabytes", MEMBERS + row(3) + row(4, last=SECRET * 350000), 3, None),
    ("a cell of three megabytes in quotes", MEMBERS + row(3) + row(4, last='"' + SECRET * 350000 + '"'), 3, None),
    ("no header", row(3) + row(4), 1, None),
    ("an empty file", "", None, None),
    ("a column named twice", MEMBERS.replace("Last Name", "First Name") + row(3), 1, None),
    ("the header twice", MEMBERS + MEMBERS + row(3), 2, None),
    ("a birth date that does not exist", MEMBERS.replace("Postal Code", "Birth Date") + row(3, post="1970-02-28") + row(4, post="1970-02-30"), 3, 45),
    ("a start date that does not exist", MEMBERS + row(3) + row(4, start="2018-13-01"), 3, 53),
    ("a membership that ends before it begins", MEMBERS + row(3) + row(4, end="2001-01-01"), 3, None),
    ("a status that no system has", MEMBERS + row(3) + row(4, status=SECRET), 3, 65),
    ("an unknown column", MEMBERS.rstrip("\n") + ",Shoe Size\n" + row(3).rstrip("\n") + ",%s\n" % SECRET, 1, None),
    ("one id for two people", MEMBERS + row(3) + row(4) + row(3, first="Other"), 4, None),
]


def advice_can_be_followed(house):
    house.init().exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", now=AT).exits(0)
    born = MEMBERS.replace("Postal Code", "Birth Date")
    for cell, hint in (("1970-02-30", "calendar"), ("02/30/1970", "calendar"), ("03/02/1970", "--dates"), ("13/02/1970", "--dates")):
        house.write("m.csv", born + row(3, post=cell))
        refused = house.run("import", "m.csv", "--source", "crm", now=AT).exits(1)
        expect(hint in refused.err and (hint == "--dates") == ("--dates" in refused.err), "%s: %s" % (cell, refused.err))
        refused = house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", "m.csv", "--source", "crm",
                            "--approved-by", "office", now=AT).exits(1)
        expect(hint in refused.err and (hint == "--dates") == ("--dates" in refused.err), "given away, %s: %s" % (cell, refused.err))
    house.write("m.csv", (MEMBERS + row(3)).encode().replace(b"Sample", b"Sam\x81ple"))
    refused = house.run("import", "m.csv", "--source", "crm", "--encoding", "windows-1252", now=AT).exits(1)
    expect("UTF-8" in refused.err and "leave --encoding out" in refused.err and "say --encoding" not in refused.err, refused.err)
    house.run("field", "add", "shoe_size", "--category", "other", now=AT).exits(0)
    house.run("field", "add", "shoe_size", "--category", "other", now=AT).exits(0)
    refused = house.run("field", "add", "shoe_size", "--category", "other", "--presence-only", now=AT).exits(1)
    expect("another name" in refused.err, refused.err)
    house.run("field", "add", "hat_size", "--category", "other", "--presence-only", now=AT).exits(0)
    house.run("field", "add", "hat_size", "--category", "other", "--presence-only", now=AT).exits(0)


def every_word_that_is_advised_is_taken(house):
    house.init().exits(0)
    house.write("m.csv", MEMBERS + row(3, status=SECRET))
    refused = house.run("import", "m.csv", "--source", "crm", now=AT).exits(1)
    words = refused.err.split("Known are: ")[1].split(". ")[0].split(", ")
    expect(len(words) > 10 and "Refused" in words and 'status "Word" = expired' in refused.err, refused.err)
    for word in words + ["canceled", " LAPSED "]:
        house.write("m.csv", MEMBERS + row(3, status=word))
        house.run("import", "m.csv", "--source", "crm", "--dry-run", now=AT).exits(0)
    house.write("m.csv", MEMBERS + row(3, status=SECRET, end="2030-01-01"))
    # Each at a time of its own, and looked at later than both: where one was slow, the next must not come out earlier.
    for at, line, status in ((AT, 'status "%s" = refused' % SECRET, "refused"),
                             (LATER, 'status  "%s"  = expired # ours' % SECRET.upper(), "former")):
        house.write("w.map", line + "\n")
        house.run("import", "m.csv", "--source", "crm", "--map", "w.map", now=at).exits(0)
        equal(house.run("person", "show", "crm:3", "--json", now=LATEST).exits(0).json()["status"], status, line)
    for line in ('status "X" = unheard', 'status "X"', 'status "X" = new new', 'status "X" = new\nstatus "x" = never'):
        house.write("w.map", line + "\n")
        refused = house.run("import", "m.csv", "--source", "crm", "--map", "w.map", now=AT).exits(1)
        expect("w.map:" in refused.err, refused.err)


def what_is_no_file_is_refused_at_once(house):
    house.init().exits(0)
    os.mkfifo(house.path("pipe"))
    house.write("m.csv", MEMBERS + row(1))
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", now=AT).exits(0)
    for argv in (("import", "pipe", "--source", "crm"), ("import", "/dev/stdin", "--source", "crm"), ("import", "/dev/null", "--source", "crm"),
                 ("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", "pipe", "--source", "crm",
                  "--approved-by", "office"), ("import", "m.csv", "--source", "crm", "--map", "pipe"),
                 ("import", "m.csv", "--source", "crm", "--password-file", "pipe"), ("import", "m.csv", "--source", "crm", "--map", "/dev/stdin"),
                 ("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", "m.csv", "--source", "crm",
                  "--map", "pipe", "--approved-by", "office")):
        if "/dev/stdin" in argv:
            done = subprocess.run([house.program, "-C", house.dir, *argv], stdin=subprocess.PIPE, capture_output=True, text=True, timeout=60)
            code, words = done.returncode, done.stderr
        else:
            done = house.run(*argv, now=AT)
            code, words = done.code, done.err
        expect(code == 1 and "Save what comes out" in words, " ".join(argv) + ": " + words)


def contents(house, log=False):
    """A hash of every table but those of who is at it just now; with the log only where asked for, which the leave to open people
    (a warrant) is written into before a file is matched."""
    digest = hashlib.sha256()
    passed = ("lease", "job") + (() if log else ("entry", "checkpoint"))
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(house.dir, "register.db"), uri=True)
    for (name,) in sorted(db.execute("SELECT name FROM sqlite_schema WHERE type='table'")):
        if name in passed:
            continue
        digest.update(name.encode())
        for line in sorted(repr(r) for r in db.execute("SELECT * FROM " + name)):
            digest.update(line.encode())
    db.close()
    return digest.hexdigest()


def counted(house):
    people = house.run("person", "count", "--json").exits(0).json()
    note = house.run("log", "checkpoint").exits(0).out.splitlines()
    return people["people"], people["status"], int(note[1])


def start(house):
    house.init().exits(0)
    house.write("good.csv", MEMBERS + GOOD)
    house.run("import", house.path("good.csv"), "--source", "crm", "--full", now=AT).exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot",
              "--contract", "2017-05-01", "--fields", "first_name,last_name", now=AT).exits(0)


def says(answer, codes, what, secret=SECRET):
    """The failure as it must be told; its document."""
    if answer.code not in codes:
        raise Failed("%s: exits %d, wanted %s: %s" % (what, answer.code, codes, answer.err[-500:].replace(secret, "SECRET")))
    expect(secret not in answer.out and secret not in answer.err, what + ": repeats a cell")
    doc = answer.json()
    error = doc.get("error", {})
    expect(error.get("what") and error.get("do"), "%s: does not say what happened and what to do: %r" % (what, error))
    expect("where" in error, what + ": no place")
    return doc


def placed(doc, name, line, column, what):
    """The error or one rejected row has the place."""
    wanted = "%s:%d" % (name, line)
    where = doc["error"]["where"]
    rejected = [(r["line"], r["column"]) for r in doc.get("rejected", [])]
    if any(at == line and column in (None, col) for at, col in rejected):
        return
    tail = where.split(name + ":")[-1].split(":") if name + ":" in where else []
    good = tail and tail[0] == str(line) and (column is None or len(tail) > 1 and tail[1] == str(column))
    expect(good, "%s: wanted %s:%s, got where %r and rejected %r" % (what, wanted, column, where, rejected))


def bad_files_are_refused_with_their_place_and_change_nothing(house):
    start(house)
    counts, before, wrong = counted(house), contents(house), []
    for name, data, line, column in FILES:
        house.write("bad.csv", data)
        tries = [("import", ("import", "bad.csv", "--source", "crm", "--part"))]
        if "membership" not in name and "status" not in name and "one id" not in name and "start date" not in name:
            tries.append(("handover record", ("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", "bad.csv",
                                              "--source", "crm", "--approved-by", "Board")))
        for command, argv in tries:
            what = "%s, %s" % (command, name)
            try:
                doc = says(house.run(*argv, "--json", now=AT), (1,), what)
                if line:
                    placed(doc, "bad.csv", line, column, what)
                plain = house.run(*argv, now=AT)
                expect(plain.code == 1 and SECRET not in plain.out + plain.err, what + ": repeats a cell in plain words")
                expect(not line or "bad.csv:%d" % line in plain.err, what + ": no place in plain words: %s" % plain.err[:300])
                equal(contents(house), before, what + ": the database")
            except Failed as e:
                wrong.append(str(e))
                before = contents(house)
    expect(not wrong, "\n".join(wrong))
    equal(counted(house)[:2], counts[:2], "people")
    house.run("log", "verify").exits(0)


def a_refused_file_leaves_nothing_in_the_log(house):
    start(house)
    size, wrong = counted(house)[2], []
    for name, data, _, _ in FILES:
        house.write("bad.csv", data)
        house.run("import", "bad.csv", "--source", "crm", "--part", now=AT).exits(1)
        now = counted(house)[2]
        if now != size:
            wrong.append("%s: the log grew from %d to %d" % (name, size, now))
        size = now
    house.write("bad.csv", "Contact ID,Email\n" + "".join("%d,\n" % n for n in range(300000)) + "1,a@members.example\n2\n")  # however large
    house.run("import", "bad.csv", "--source", "crm", "--part", now=AT).exits(1)
    equal(counted(house)[2], size, "the log after a large file")
    expect(not wrong, "\n".join(wrong))


def one_id_twice_names_both_lines(house):
    start(house)
    house.write("bad.csv", MEMBERS + row(3) + row(4) + row(3, first="Other"))
    answer = house.run("import", "bad.csv", "--source", "crm", "--part", now=AT)
    equal(answer.code, 1, "exit")
    said = answer.out + answer.err
    expect("bad.csv:4" in said and ("bad.csv:2" in said or "line 2" in said), "both lines are not named: %s" % said.replace(SECRET, "SECRET"))


def all_rejected_rows_are_listed_and_the_rest_can_be_taken(house):
    start(house)
    bad = MEMBERS + row(3) + row(4, start="2018-02-30") + row(5, email="e5@people.example") + row(6, start="2017-00-10") + "7,x\n"
    house.write("bad.csv", bad)
    before = contents(house)
    doc = says(house.run("import", "bad.csv", "--source", "crm", "--part", "--json", now=AT), (1,), "import")
    equal([r["line"] for r in doc["rejected"]], [3, 5, 6], "rejected lines")
    equal(contents(house), before, "the database")
    doc = house.run("import", "bad.csv", "--source", "crm", "--part", "--skip-rejected", "--json", now=AT).exits(0).json()
    equal([doc["added"], len(doc["rejected"])], [2, 3], "taken and rejected")


def unknown_columns_are_all_listed_with_the_line_to_write(house):
    start(house)
    house.write("bad.csv", MEMBERS.rstrip("\n") + ",Shoe Size,Hat Size\n" + row(3).rstrip("\n") + ",%s,%s\n" % (SECRET, SECRET))
    doc = says(house.run("import", "bad.csv", "--source", "crm", "--part", "--json", now=AT), (1,), "import")
    said = doc["error"]["what"] + doc["error"]["do"]
    expect("Shoe Size" in said and "Hat Size" in said and "=" in said, "the columns and their map lines: %s" % said)


def a_gigabyte_ends_soon(house):
    """A file of a gigabyte in which a quoted cell never ends; it takes no room on the disk."""
    start(house)
    with open(house.path("bad.csv"), "wb") as file:
        file.write((MEMBERS + '3,"%s' % SECRET).encode())
        file.truncate(1 << 30)
    before = contents(house)
    doc = says(house.run("import", "bad.csv", "--source", "crm", "--part", "--json", now=AT), (1,), "a gigabyte")
    expect("bad.csv" in doc["error"]["where"], "a gigabyte: no file is named")
    equal(contents(house), before, "the database")


def zip_of(*members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for name, content in members:
            z.writestr(name, content)
    return data.getvalue()


def zip_bombs_are_refused(house):
    start(house)
    counts, before = counted(house), contents(house)
    bomb = zip_of(("list.csv", MEMBERS.encode() + row(3).encode() + b"\n" * (150 << 20)))
    one_cell = zip_of(("list.csv", MEMBERS.encode() + b'3,"' + SECRET.encode() + b"a" * (150 << 20)))
    deep = zip_of(("list.csv", MEMBERS + row(3)))
    for _ in range(4):
        deep = zip_of(("inner.zip", deep))
    broken = zip_of(("list.csv", MEMBERS + row(3)))[:-30]
    for name, data in (("of blank lines", bomb), ("of one cell", one_cell), ("archive in archive", deep), ("cut off", broken)):
        house.write("bomb.zip", data)
        says(house.run("import", "bomb.zip", "--source", "crm", "--part", "--json", now=AT), (1, 3), "zip " + name)
        says(house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", "bomb.zip", "--source",
                       "crm", "--approved-by", "Board", "--json", now=AT), (1, 3), "hand-over of a zip " + name)
        equal(contents(house), before, name + ": the database")
    equal(counted(house), counts, "people and log")


def unknown_names_are_answered_with_the_nearest(house):
    start(house)
    counts, before = counted(house), contents(house)
    record = ("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--approved-by", "Board")
    create = ("handover", "create", "--to", "pellwick", "--purpose", "ballot", "--out", "x.csv", "--plain", "--approved-by", "Board")
    for argv, nearest in (
            (record + ("--rule", 'statsu = "member"', "--fields", "first_name"), "status"),
            (record + ("--rule", 'postal_cod = "%s"' % SECRET, "--fields", "first_name"), "postal_code"),
            (record + ("--rule", 'status = "member"', "--fields", "fist_name"), "first_name"),
            (create + ("--fields", "first_name", "--select", 'gendre = "Female"'), "gender"),
            (create + ("--fields", "frist_name",), "first_name"),
            (("person", "count", "--select", 'lastname = "%s"' % SECRET), "last_name"),
            (("handover", "record", "--to", "pelwick", "--purpose", "ballot", "--date", "2018-03-02", "--rule", 'status = "member"', "--fields",
              "first_name", "--approved-by", "Board"), "pellwick"),
            (("handover", "record", "--to", "pellwick", "--purpose", "balot", "--date", "2018-03-02", "--rule", 'status = "member"', "--fields",
              "first_name", "--approved-by", "Board"), "ballot")):
        doc = says(house.run(*argv, "--json", now=AT), (1, 2), " ".join(argv[:2]) + " for " + nearest)
        expect(nearest in " ".join(doc["error"].values()), "%s is not offered: %r" % (nearest, doc["error"]))
        equal(contents(house), before, "the database")
    expect(not os.path.exists(house.path("x.csv")), "a file was made")
    equal(counted(house), counts, "people and log")


def selections_that_make_no_sense_are_refused(house):
    start(house)
    before = contents(house)
    for words in ('status = ', 'status = "member', 'status = "membre"', '(status = "member"', 'status = "member" and', "birth_date < 2018-02-30", "", ")",
                  'status "member"', "not", 'status in ()', 'status = "member" or or status = "former"'):
        says(house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--approved-by", "Board", "--fields",
                       "first_name", "--rule", words, "--json", now=AT), (1, 2), "rule %r" % words)
        equal(contents(house), before, "the database")


def times_that_end_before_they_begin_are_refused(house):
    start(house)
    before = contents(house)
    record = ("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--approved-by", "Board", "--fields", "first_name")
    opened = ("incident", "open", "--recipient", "pellwick", "--aware", "2018-06-15")
    for argv in (opened + ("--happened", "2018-10-29..2018-10-20"), opened + ("--from", "2018-03-02", "--to", "2018-03-01"),
                 opened + ("--happened", "2018-02-30..2018-03-01"), opened + ("--happened", "ongoing..2018-03-01"),
                 record + ("--rule", 'status = "member"', "--date", "2018-03-02..2018-03-01"),
                 record + ("--system", "--from", "2018-03-02", "--until", "2017-03-02"),
                 record + ("--rule", 'status = "member"', "--date", "2018-3-2x"), record + ("--rule", 'status = "member"', "--date", "2017-02-29")):
        says(house.run(*argv, "--json", now=AT), (1, 2), " ".join(argv[:2] + argv[-2:]))
        equal(contents(house), before, "the database")


def change_conf(house, old, new):
    path = os.path.join(house.dir, "candour.conf")
    text = open(path).read()
    expect(old in text, "candour.conf has no %r" % old)
    house.write("d/candour.conf", text.replace(old, new))
    return text


def folders_that_are_not_whole_are_refused(house):
    start(house)
    counts = counted(house)
    for old, new in (("format = 1", "format = 2"), ("made = yes", "made = no"), ("format = 1\n", ""), ("slot = ", "slat = ")):
        text = change_conf(house, old, new)
        says(house.run("person", "count", "--json"), (1, 2, 3), "candour.conf with %r" % new)
        house.write("bad.csv", MEMBERS + ROW)
        says(house.run("import", "bad.csv", "--source", "crm", "--part", "--json", now=AT), (1, 2, 3), "import, candour.conf with %r" % new)
        house.write("d/candour.conf", text)
        equal(counted(house), counts, "people and log after %r" % new)
    says(house.raw("-C", house.path("nowhere"), "person", "count", "--json"), (1, 2, 3), "no folder")
    os.mkdir(house.path("empty"))
    says(house.raw("-C", house.path("empty"), "person", "count", "--json"), (1, 2, 3), "an empty folder")
    equal(os.listdir(house.path("empty")), [], "the empty folder")


def copied(house, change):
    """What the program says of a changed copy of the whole folder, with slot and keeper of its own."""
    away = house.path("away")
    shutil.rmtree(away, ignore_errors=True)
    os.mkdir(away)
    shutil.copytree(house.dir, os.path.join(away, "d"))
    for end in ("", ".signer", ".vkey", ".counters"):
        if os.path.exists(house.slot + end):
            shutil.copy(house.slot + end, os.path.join(away, "d.slot" + end))
    path = os.path.join(away, "d", "candour.conf")
    text = open(path).read().replace(house.slot, os.path.join(away, "d.slot"))
    with open(path, "w") as file:
        file.write(text)
    change(away)
    return house.raw("-C", os.path.join(away, "d"), "person", "count", "--json")


def cut(path, share):
    with open(path, "r+b") as file:
        file.truncate(int(os.path.getsize(path) * share))


def damaged_databases_and_slots_are_refused(house):
    start(house)
    counts = counted(house)

    def other_format(away):
        db = sqlite3.connect(os.path.join(away, "d", "register.db"))
        db.execute("UPDATE meta SET value=? WHERE key='store.format'", ((99).to_bytes(8, "big"),))
        db.commit()
        db.close()
    copied(house, lambda away: None).exits(0)
    for name, change in (
            ("without its database", lambda away: os.remove(os.path.join(away, "d", "register.db"))),
            ("with an empty database", lambda away: cut(os.path.join(away, "d", "register.db"), 0)),
            ("with half a database", lambda away: cut(os.path.join(away, "d", "register.db"), 0.5)),
            ("of another version", other_format),
            ("without its slot", lambda away: os.remove(os.path.join(away, "d.slot"))),
            ("with half a slot", lambda away: cut(os.path.join(away, "d.slot"), 0.25)),
            ("with an empty slot", lambda away: cut(os.path.join(away, "d.slot"), 0))):
        for end in ("-wal", "-shm"):
            if os.path.exists(os.path.join(house.dir, "register.db" + end)):
                os.remove(os.path.join(house.dir, "register.db" + end)) if not os.path.getsize(os.path.join(house.dir, "register.db" + end)) else None
        says(copied(house, change), (1, 3), "a folder " + name)
    equal(counted(house), counts, "people and log")


def the_slot_of_another_installation_is_refused(house):
    start(house)
    counts = counted(house)
    other = house.path("other")
    os.mkdir(other)
    house.raw("-C", os.path.join(other, "d"), "init", "--name", "Other", "--contact", "a@other.example", "--slot", os.path.join(other, "o.slot"),
              "--practice").exits(0)

    def wrong(away):
        shutil.copy(os.path.join(other, "o.slot"), os.path.join(away, "d.slot"))
    says(copied(house, wrong), (1, 3), "the wrong slot")
    text = change_conf(house, house.slot, os.path.join(other, "o.slot"))
    says(house.run("person", "count", "--json"), (1, 3), "the other's slot")
    says(house.run("field", "add", "shoe", "--label", "Shoe", "--category", "other", "--type", "text", "--json", now=AT), (1, 3), "the other's slot, a change")
    house.write("d/candour.conf", text)
    equal(counted(house), counts, "people and log")


run_all([
    advice_can_be_followed,
    every_word_that_is_advised_is_taken,
    what_is_no_file_is_refused_at_once,
    bad_files_are_refused_with_their_place_and_change_nothing,
    a_refused_file_leaves_nothing_in_the_log,
    one_id_twice_names_both_lines,
    all_rejected_rows_are_listed_and_the_rest_can_be_taken,
    unknown_columns_are_all_listed_with_the_line_to_write,
    a_gigabyte_ends_soon,
    zip_bombs_are_refused,
    unknown_names_are_answered_with_the_nearest,
    selections_that_make_no_sense_are_refused,
    times_that_end_before_they_begin_are_refused,
    folders_that_are_not_whole_are_refused,
    damaged_databases_and_slots_are_refused,
    the_slot_of_another_installation_is_refused,
])
