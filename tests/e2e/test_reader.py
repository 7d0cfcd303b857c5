"""tools/read-datadir reads what candour wrote, without candour's code; tools/check-datadir names each damage that is planted."""
import atexit
import csv
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from tap import Answer, House, equal, expect, run_all

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools")
PEOPLE = 300  # more than one key cell
worlds = []


def write_people(path, moved):
    with open(path, "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f)
        w.writerow("Member Number,First Name,Last Name,Email,Postal Code,Birth Date".split(","))
        for i in range(PEOPLE):
            family = "Exam" + "bdfgklmnpr"[i % 10] + "ple" + "stvxyzhjqw"[i // 10 % 10]
            postcode = "AB1 2CD" if i < moved else "EF3 4GH" if i % 3 == 0 else ""
            w.writerow([1000 + i, "Zoë" if i % 2 else "Ada", family, f"person{i}@people.example", postcode, f"19{50 + i % 50}-01-02"])


def sums(path):
    return {os.path.join(at, name): hashlib.sha256(open(os.path.join(at, name), "rb").read()).digest()
            for at, _, names in os.walk(path) for name in names}


def one(db, sql, *args):
    return db.execute(sql, args).fetchone()[0]


def flip(blob):
    middle = len(blob) // 2
    return blob[:middle] + bytes([blob[middle] ^ 1]) + blob[middle + 1:]


def flip_row(db, old):
    db.execute("UPDATE person_row SET blob = ? WHERE ordinal = 7", (flip(one(db, "SELECT blob FROM person_row WHERE ordinal = 7")),))


def old_row(db, old):
    db.execute("UPDATE person_row SET blob = ? WHERE ordinal = 0", (one(old, "SELECT blob FROM person_row WHERE ordinal = 0"),))


def old_cell(db, old):
    db.execute("UPDATE cell SET blob = ? WHERE no = 0", (one(old, "SELECT blob FROM cell WHERE no = 0"),))


def row_of_another(db, old):
    db.execute("UPDATE person_row SET blob = (SELECT blob FROM person_row WHERE ordinal = 9) WHERE ordinal = 8")


def no_row(db, old):
    db.execute("DELETE FROM person_row WHERE ordinal = 11")


def cell_of_another_place(db, old):
    db.execute("UPDATE cell SET blob = (SELECT blob FROM cell WHERE no = 0) WHERE no = 1")


def document_moved(db, old):
    db.execute("UPDATE doc SET blob = (SELECT blob FROM doc WHERE kind = 'purpose' ORDER BY no LIMIT 1) WHERE kind = 'recipient'")


def document_renamed(db, old):
    db.execute("UPDATE doc SET id = 'another' WHERE kind = 'certificate'")


def index_prefix(db, old):
    db.execute("UPDATE index_cell SET depth = depth + 1 WHERE no = 0")


def set_changed(db, old):
    blob = flip(one(db, "SELECT blob FROM people_set WHERE owner = 'H1' AND name = 'postal_code'"))
    db.execute("UPDATE people_set SET blob = ?, sha256 = ? WHERE owner = 'H1' AND name = 'postal_code'", (blob, hashlib.sha256(blob).digest()))


def leaf_gone(db, old):
    db.execute("UPDATE leaves SET blob = substr(blob, 33)")


def leaf_changed(db, old):
    blob = one(db, "SELECT blob FROM leaves LIMIT 1")
    db.execute("UPDATE leaves SET blob = ?", (b"\0" * 32 + blob[32:],))


def scope_set_changed(db, old):
    db.execute("UPDATE people_set SET blob = x'3a30000000000000' WHERE owner = 'I1/1' AND name = 'email'")


def entry_changed(db, old):
    db.execute("UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), 'practice', 'practise') AS BLOB) WHERE idx = 0")


def private_side_moved(db, old):
    index, side = db.execute("SELECT idx, private FROM entry WHERE private IS NOT NULL LIMIT 1").fetchone()
    db.execute("UPDATE entry SET private = ? WHERE idx = ?", (flip(side), index))


def checkpoint_changed(db, old):
    size, note = db.execute("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    text, signature = note.split(b"\n\n")
    other = b"\n".join([text.split(b"\n")[0], b"%d" % size, b"A" * 43 + b"="])
    db.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (other + b"\n\n" + signature, size))


DAMAGE = [
    ("a changed byte in a row", flip_row, "row of person 7:"),
    ("a row put back to an older version", old_row, "row of person 0:"),
    ("a key cell put back to an older version", old_cell, "row of person 0:"),
    ("the row of another person", row_of_another, "row of person 8:"),
    ("a row that is gone", no_row, "row of person 11:"),
    ("a key cell in the place of another", cell_of_another_place, "key cell 1:"),
    ("a document in the place of another", document_moved, "document "),
    ("a document under another name", document_renamed, "document "),
    ("an index cell that says another prefix beside it", index_prefix, "index cell 0:"),
    ("a changed set, its sum changed too", set_changed, "hand-over H1:"),
    ("a leaf that is gone", leaf_gone, "hand-over H1:"),
    ("a leaf that is another", leaf_changed, "hand-over H1:"),
    ("a changed set of a scope", scope_set_changed, "scope of I1, version 1:"),
    ("a changed log entry", entry_changed, "newest checkpoint:"),
    ("a changed private side of a log entry", private_side_moved, "log entry "),
    ("a checkpoint with another root", checkpoint_changed, "newest checkpoint:"),
]


def world(house):
    """A house with people, an older copy of it in `old`, a hand-over and who is affected; made once for all tests, which may not write into it."""
    if worlds:
        return worlds[0]
    w = House(house.program, tempfile.mkdtemp(prefix="candour-e2e-"))
    atexit.register(shutil.rmtree, w.folder, ignore_errors=True)
    w.init("--slot", w.path("second.slot")).exits(0)
    write_people(w.path("members.csv"), 0)
    w.run("import", w.path("members.csv"), "--source", "crm", "--full").exits(0)
    shutil.copytree(w.dir, w.path("old"))
    write_people(w.path("members.csv"), 1)
    w.run("import", w.path("members.csv"), "--source", "crm", "--full").exits(0)
    w.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--number", "01234567", "--country", "GB",
          "--does", "prints letters", "--owner", "Pellwick Group", "--contract-reference", "folder 3", "--contact", "security@pellwick.example",
          "--age-key", "age1q3enrfqec62xrhdm9n7se76vpev88hgjjsm35fht7mzcdhv9tc4sjyl3dt", "--officers", "none").exits(0)
    w.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--approved-by", "the board", "--date", "2020-03", "--rule",
          'last_name != "nobody"', "--fields", "first_name,email,postal_code").exits(0)
    w.run("incident", "open", "--recipient", "pellwick", "--aware", "2021-10-29T10:00:00Z", "--happened", "2021-10..2021-10-28").exits(0)
    w.run("incident", "scope", "I1").exits(0)
    w.run("handover", "certify", "H1", "--deleted", "2021-11-01").exits(0)
    for argv in (("incident", "edit", "I1", "--note", "called again"), ("report", "draft", "I1", "--to", "ico"),
                 ("rule", "set", "letters", "--status", "former", "--category", "contact", "--months", "3", "--reason", "letters come back"),
                 ("field", "add", "shoe_size", "--category", "other"), ("recipient", "edit", "pellwick", "--delete-after", "60d"),
                 ("purpose", "add", "survey", "--words", "our survey", "--basis", "f", "--statuses", "member", "--fields", "email")):
        w.run(*argv).exits(0)
    worlds.append(w)
    return w


def run(tool, *args):
    argv = (os.path.join(TOOLS, tool), *[str(a) for a in args])
    return Answer(subprocess.run(["/usr/bin/python3", "-B", *argv], stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False), argv)


def read(*args):
    return run("read-datadir", *args)


def check(*args):
    return run("check-datadir", *args, "--check")


def finds_no_fault_in_what_candour_wrote(house):
    equal(check(world(house).dir).exits(0).out, "no fault\n", "what it says")


def finds_no_fault_in_a_new_installation(house):
    house.init().exits(0)
    equal(check(house.dir).exits(0).out, "no fault\n", "what it says")


def counts_everybody_and_makes_every_leaf_again(house):
    said = run("check-datadir", world(house).dir).exits(0).out
    for words in (f"people {PEOPLE}, erased 0, records {2 * PEOPLE}, ", f"leaves recomputed {2 * PEOPLE}\n", "slots 2\n", "faults 0\n"):
        expect(words in said, f"no {words!r} in:\n{said}")


def shows_a_person_by_field_with_past_values(house):
    said = read(world(house).dir, "--person", 0).exits(0).out
    for words in ("  first_name: Ada  [crm, ", "  email: person0@people.example  [crm, ", "  postal_code: AB1 2CD  [crm, ",
                  "  postal_code: EF3 4GH  [crm, "):
        expect(words in said, f"no {words!r} in:\n{said}")


def shows_the_facts_of_a_person(house):
    said = run("check-datadir", world(house).dir, "--person", 0).exits(0).out
    for words in ("  marks: ", "  birth: ", "  first_name: Ada  [crm, "):
        expect(words in said, f"no {words!r} in:\n{said}")


def shows_documents(house):
    said = read(world(house).dir, "--documents").exits(0).out
    for words in ('\nhandover H1 1: {"', '\norg org 1: {"', f"\npeople {PEOPLE}, erased 0, records {2 * PEOPLE}, ", "\nfaults 0\n"):
        expect(words in said, f"no {words!r} in:\n{said}")


def shows_the_bodies_of_sealed_entries(house):
    said = run("check-datadir", world(house).dir, "--log").exits(0).out
    for words in ('"kind":"sealed"', ' = {"commitment":"'):
        expect(words in said, f"no {words!r} in:\n{said}")


def the_reader_itself_refuses_what_does_not_open_or_is_not_signed(house):
    w = world(house)
    shutil.copytree(w.dir, house.dir)
    db = sqlite3.connect(house.path("d", "register.db"))
    for damage in (flip_row, document_renamed, entry_changed):
        damage(db, None)
    db.commit()
    db.close()
    said = read(house.dir).exits(1)
    expect("\nfaults 3\n" in said.out, said.out)
    for words in ("row of person 7: ", "document ", "newest checkpoint: "):
        expect(any(line.startswith(words) for line in said.err.splitlines()), f"no {words!r} in:\n{said.err}")


def the_reader_has_at_most_200_lines(house):
    with open(os.path.join(TOOLS, "read-datadir"), encoding="utf-8") as f:
        lines = f.read().splitlines()
    expect(len(lines) <= 200 and max(map(len, lines)) <= 121, f"{len(lines)} lines")


def changes_nothing(house):
    w = world(house)
    before = sums(w.dir)
    read(w.dir).exits(0)
    check(w.dir).exits(0)
    equal(sums(w.dir), before, "the data directory")


def needs_every_slot_and_takes_them_in_any_order(house):
    w = world(house)
    read(w.dir, "--slot", w.path("second.slot"), "--slot", w.slot).exits(0)
    for slot in (w.slot, w.path("second.slot")):
        expect("slots do not hold epoch 1" in read(w.dir, "--slot", slot).exits(1).err, "it does not say what is missing")


def opens_with_the_passphrase_only(house):
    path = house.write("passphrase", "seven lamps under the quay\n")
    house.init("--slot", house.path("second.slot"), "--passphrase-file", path).exits(0)
    for tool in (read, check):
        tool(house.dir, "--passphrase-file", path).exits(0)
        tool(house.dir, "--passphrase-file", house.write("wrong", "seven lamps under the keys\n")).exits(1)


KINDS = "certificate field handover incident org purpose recipient report rule scope source".split()


def documents_of_every_kind_are_missed(house):
    """The newest document of each kind, so that of some an older version holds then; and of each kind the first."""
    w = world(house)
    with sqlite3.connect(os.path.join(w.dir, "register.db")) as db:
        equal(sorted(kind for kind, in db.execute("SELECT DISTINCT kind FROM doc")), KINDS, "kinds")
    for number, (kind, which) in enumerate((kind, which) for kind in KINDS for which in ("max", "min")):
        copy = house.path(f"copy{number}")
        shutil.copytree(w.dir, copy)
        with sqlite3.connect(os.path.join(copy, "register.db")) as db:
            db.execute(f"DELETE FROM doc WHERE no = (SELECT {which}(no) FROM doc WHERE kind = ?)", (kind,))
        db.close()
        said = check(copy).exits(1).out
        expect("a document it names is not there" in said, f"{kind}, {which}: {said}")
        said = house.raw("-C", copy, "fsck", "--no-warrant").exits(1).out
        expect("is about a version of a document that is not there" in said, f"{kind}, {which}: {said}")


def what_a_system_took_in_since_is_missed(house):
    house.init().exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor").exits(0)
    write_people(house.path("members.csv"), 0)
    rows = open(house.path("members.csv"), encoding="utf-8").read().splitlines(True)
    house.write("some.csv", "".join(rows[:100]))
    house.run("import", house.path("some.csv"), "--source", "crm", "--full").exits(0)
    house.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--approved-by", "the board", "--system", "--from", "2017-01-01",
              "--fields", "first_name,email").exits(0)
    house.run("import", house.path("members.csv"), "--source", "crm", "--full").exits(0)
    house.run("fsck").exits(0)
    with sqlite3.connect(os.path.join(house.dir, "register.db")) as db:
        equal(db.execute("DELETE FROM doc WHERE kind = 'handover' AND id = 'H1' AND version = 2").rowcount, 1, "versions that grew")
    db.close()
    expect("is about a version of a document" in house.run("fsck", "--no-warrant").exits(1).out, "what fsck says")


def finding(what, damage, expected):
    def test(house):
        w = world(house)
        shutil.copytree(w.dir, house.dir)
        db, old = sqlite3.connect(house.path("d", "register.db")), sqlite3.connect(w.path("old", "register.db"))
        damage(db, old)
        db.commit()
        db.close()
        old.close()
        said = check(house.dir).exits(1).out
        expect(any(line.startswith(expected) for line in said.splitlines()), f"no line begins with {expected!r}:\n{said}")
    test.__name__ = "finds " + what
    return test


try:
    import nacl  # noqa: F401
except ImportError:
    print("1..0 # SKIP python3-nacl is not installed")
    sys.exit(0)
run_all([finds_no_fault_in_what_candour_wrote, finds_no_fault_in_a_new_installation, counts_everybody_and_makes_every_leaf_again,
         shows_a_person_by_field_with_past_values, shows_the_facts_of_a_person, shows_documents,
         shows_the_bodies_of_sealed_entries, the_reader_itself_refuses_what_does_not_open_or_is_not_signed,
         the_reader_has_at_most_200_lines, changes_nothing, needs_every_slot_and_takes_them_in_any_order, opens_with_the_passphrase_only,
         documents_of_every_kind_are_missed, what_a_system_took_in_since_is_missed, *[finding(*d) for d in DAMAGE]])
