"""Real processes, planted values and the real keys: all are looked for in all memory, files and words, and found only where THREATS.md says."""
import importlib.machinery
import importlib.util
import os
import random
import re
import signal
import socket
import string
import struct
import subprocess
import sys
import tempfile
import time

from hunt import Memory, Needles, Watched, bytes_of, files_in, mappings, open_files, titles_of
from tap import KILLED, Skipped, equal, expect, on_a_terminal, run_all

sys.dont_write_bytecode = True
TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools")
NOW = "2018-06-15T08:00:00Z"
PASSPHRASE = "eleven gulls over the weir"
COLUMNS = "Contact ID,First Name,Last Name,Email,Phone,Street Address,Postal Code,Bank Account,Note,Membership Start Date,Membership Status\n"

# Where which secrets may be: this is what THREATS.md says, and nothing else may be found.
PLACES = (
    ("file d.slot", "key: a share"),
    ("file d.slot.signer", "key: the log's seed"),
    ("file (m|again|wrong|sent|odd|out).csv(.part)?", "value: .*"),           # what was given to Candour, and made by it for a company
    ("file passphrase", "passphrase"),
    ("keeper, locked memory", "key: (?!the log's seed).*"),           # locked, in no core, under 1 MB
    ("signer, locked memory", "key: the log's seed"),
    ("memory of the command", "value: .*"),                           # what it shows or writes is in its memory
    ("words of the command", "value: .*"),                            # what somebody types stands there while it runs
    ("standard output", "value: .*"),
)


def expected(place, name):
    return any(re.fullmatch(p, place) and re.fullmatch(n, name) for p, n in PLACES)


def only_where_they_may_be(place, names):
    wrong = sorted(n for n in names if not expected(place, n))
    expect(not wrong, "%s holds: %s" % (place, ", ".join(wrong)))


# --- what is planted ---

def letters(n):
    return "".join(random.choice(string.ascii_lowercase) for _ in range(n))


def digits(n):
    return "".join(random.choice(string.digits) for _ in range(n))


class Person:
    """Invented, and such that no other test has the same."""

    def __init__(self):
        self.first, self.last = "Z" + letters(9), "V" + letters(9)
        self.email = "%s@%s.example" % (letters(8), letters(9))
        self.phone = "+44 1632 " + digits(6)
        self.street = "%s %s Rise" % (digits(2), letters(9).title())
        self.postcode = "ZE%s %s%s" % (digits(1), digits(1), letters(2).upper())
        self.bank = digits(14)
        self.note = "owns a %s and will not eat beef" % letters(12)

    def row(self, number):
        return ",".join((str(number), self.first, self.last, self.email, self.phone, self.street, self.postcode, self.bank, self.note,
                         "2015-01-01", "Current")) + "\n"

    def plant(self, needles, number):
        for what, text in vars(self).items():
            needles.value("value: %s of %d" % (what, number), text)
        needles.value("value: phone of %d" % number, self.phone.replace(" ", ""))


def reader_of(house, passphrase=None):
    loader = importlib.machinery.SourceFileLoader("reader", os.path.join(TOOLS, "read-datadir"))
    reader = importlib.util.module_from_spec(importlib.util.spec_from_loader("reader", loader))
    loader.exec_module(reader)
    d = reader.DataDir(house.dir, [house.slot], passphrase)
    d.read()
    equal(d.faults, [], "what does not open")
    return d


def plant_keys(needles, d, house, passphrase=None):
    """All keys that there are, as another program finds them."""
    share = bytes_of(house.slot)[48:80]
    needles.key("key: a share" if passphrase else "key: a share", share)
    if passphrase:
        root = d.root_of_slots(passphrase)
        needles.key("key: the root", root)
        needles.key("key: of the passphrase", bytes(a ^ b for a, b in zip(root, share)))
    needles.key("key: of the epoch", d.epoch_key)
    needles.key("key: of the look-ups", d.ring)
    tables = {1: "SELECT no FROM cell", 2: "SELECT no FROM index_cell",
              3: "SELECT no FROM doc UNION SELECT 1"}
    for kind, sql in tables.items():
        for no, in d.rows(sql).fetchall():
            needles.key("key: of cell %d.%d" % (kind, no), d.cell_key(kind, no))
    for ordinal, p in d.people.items():
        needles.key("key: proofs of %d" % ordinal, p["proof_key"])
        for category, key in p["keys"].items():
            needles.key("key: category %d of %d" % (category, ordinal), key)
    needles.key("key: the log's seed", bytes.fromhex(bytes_of(house.slot + ".signer").split(b"\n")[1].decode()))


# --- the world ---

class World:
    def __init__(self, house):
        self.house, self.needles, self.people = house, Needles(), [Person() for _ in range(6)]
        self.temporary = house.path("tmp")
        self.began = time.time()
        self.passphrase = None
        self.looked_into = set()
        os.mkdir(self.temporary)
        for number, person in enumerate(self.people):
            person.plant(self.needles, number)
        for name in ("approver", "answerer", "story", "timeline"):
            setattr(self, name, "%s %s" % (letters(9).title(), letters(9).title()))
            self.needles.value("value: the " + name, getattr(self, name))
        house.write("m.csv", COLUMNS + "".join(p.row(n) for n, p in enumerate(self.people, 1)))

    def env(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("CANDOUR_")}
        env["TMPDIR"] = self.temporary
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"  # it would trace too
        return env

    def run(self, *argv, now=NOW, code=0):
        answer = self.house.raw("-C", self.house.dir, *argv, "--now", now, env=self.env())
        only_where_they_may_be("standard error", self.needles.found(answer.err.encode()))
        return answer.exits(code)

    def learn_keys(self):
        plant_keys(self.needles, reader_of(self.house, self.passphrase), self.house, self.passphrase)

    def pid(self, suffix):
        with socket.socket(socket.AF_UNIX) as s:
            if s.connect_ex(self.house.slot + suffix):
                return None  # nobody needed it yet
            return struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]

    def watch(self, *argv, now=NOW, code=0, **more):
        """Runs a command and looks into it, the keeper and the signer: when it speaks, at its end, and when it is over."""
        seen = set()

        def look(moment, pid):
            memory = Memory(pid)
            names = self.needles.found(memory.locked + memory.elsewhere)
            only_where_they_may_be("memory of the command", names)
            only_where_they_may_be("words of the command", self.needles.found(titles_of(pid)))
            expect(not [f for f in open_files(pid) if f.endswith("(deleted)")], "it has files that nobody sees: %s" % open_files(pid))
            seen.update(names)
            self.servers("while %s %s" % (argv[0], moment))

        done = Watched(self.house, ("-C", self.house.dir, *argv, "--now", now), look, env=self.env(), **more)
        only_where_they_may_be("standard output", self.needles.found(done.out))
        only_where_they_may_be("standard error", self.needles.found(done.err))
        equal(done.answer().exits(code).code, code, "exit")
        equal(done.moments, ["speaks", "end"] if done.out else ["end"], "when it was looked at")
        self.servers("after " + argv[0])
        return seen, done

    def servers(self, when):
        for role, key in (("keeper", "key: of the epoch"), ("signer", "key: the log's seed")):
            pid = self.pid(".%s.sock" % role)
            if pid is None:
                continue
            self.looked_into.add(role)
            memory = Memory(pid)
            locked, elsewhere = self.needles.found(memory.locked), self.needles.found(memory.elsewhere)
            only_where_they_may_be("%s, locked memory" % role, locked)
            expect(not elsewhere, "%s: the %s has outside its locked memory: %s" % (when, role, ", ".join(sorted(elsewhere))))
            expect(key in locked, "%s: the search found no key in the %s" % (when, role))
            expect(sum(m.end - m.start for m in mappings(pid) if m.locked) <= 1 << 20, "the %s has too much locked memory" % role)
            only_where_they_may_be(role + ", what others may read", self.needles.found(titles_of(pid)))

    def files(self):
        found = set()
        for path in files_in(self.house.folder):
            names = self.needles.found(bytes_of(path))
            only_where_they_may_be("file " + os.path.relpath(path, self.house.folder), names)
            found |= names
        return found

    def temporary_files(self):
        equal(os.listdir(self.temporary), [], "temporary files")
        for folder in {tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"}:
            for path in files_in(folder):
                try:
                    young = os.stat(path).st_mtime >= self.began - 1 and os.stat(path).st_size < 1 << 26
                    if young and not path.startswith(self.house.folder + "/"):
                        only_where_they_may_be("file " + path, self.needles.found(bytes_of(path)))
                except OSError:
                    continue  # of another test, and gone

    def end(self, suffix):
        os.kill(self.pid(suffix), signal.SIGKILL)
        time.sleep(0.2)


def can_look(house):
    if os.geteuid() != 0:
        raise Skipped("only root can look into the keeper's memory")
    if b"__asan_init" in bytes_of(house.program):
        raise Skipped("a sanitizer keeps what was freed, and makes no cores: looked into without one")


def begun(house):
    w = World(house)
    house.init(now=NOW).exits(0)
    w.run("import", "m.csv", "--source", "crm", "--full")
    w.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--contract", "2017-05-01",
          "--purpose", "ballot", "--fields", "first_name,last_name,email,postal_code")
    w.learn_keys()
    return w


# --- tests ---

def what_is_planted_is_found(house):
    """The search itself: in every form, in a file, and in a process that keeps it."""
    w = World(house)
    key = os.urandom(32)
    w.needles.key("key: planted", key)
    email = w.people[0].email
    for form in w.needles.forms:
        equal(w.needles.found(b"." * 7 + form + b"." * 5), {w.needles.forms[form]}, "a form")
    equal(w.needles.found(b"nothing of anybody" * 1000), set(), "in nothing")
    for text in (email, email.upper(), email.encode().hex()):
        house.write("left", "x" * 5000 + text)
        try:
            w.files()
        except Exception as error:
            expect("file left holds: value: email of 0" in str(error), error)
        else:
            expect(False, "%s was not found in a file" % text)
    w.needles.forms.clear()
    w.needles.value("value: email of 0", email)
    w.needles.key("key: planted", key)
    keeps = "import sys; kept = bytes.fromhex(sys.stdin.readline().strip()); print(1, flush=True); sys.stdin.readline()"
    with subprocess.Popen([sys.executable, "-c", keeps, email], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdin.write(bytes(b ^ 0x55 for b in key).hex().encode() + b"\n")  # another one, so that only its own is found
        p.stdin.flush()
        p.stdout.readline()
        equal("key: planted" in w.needles.found(Memory(p.pid).elsewhere), False, "a key that it does not have")
        equal(w.needles.found(titles_of(p.pid)), {"value: email of 0"}, "what it was started with")
        w.needles.key("key: its own", bytes(b ^ 0x55 for b in key))
        equal("key: its own" in w.needles.found(Memory(p.pid).elsewhere), True, "the key that it has")
        p.stdin.close()


def a_whole_story_leaves_secrets_only_where_they_may_be(house):
    can_look(house)
    w = begun(house)
    ada = w.people[0]
    seen, _ = w.watch("person", "show", "crm:1")
    expect("value: note of 0" in seen, "the search does not find what the command shows")
    seen, done = w.watch("person", "find", ada.email)
    expect(b"member" in done.out and "value: email of 0" in seen, done.out)
    w.watch("person", "list", "--fields", "email,last_name")
    house.write("sent.csv", COLUMNS + ada.row(1) + Person().row(99))
    w.watch("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", "sent.csv", "--source", "crm",
            "--approved-by", w.approver)
    w.watch("handover", "create", "--to", "pellwick", "--purpose", "ballot", "--fields", "first_name,email", "--out", "out.csv", "--plain",
            "--approved-by", w.approver)
    w.run("contact", "set", "--name", w.answerer)
    w.watch("incident", "open", "--recipient", "pellwick", "--happened", "2018-06-01..2018-06-15", "--aware", "2018-06-15T07:00:00Z",
            "--what", w.story, "--note", w.timeline)
    w.watch("incident", "scope", "I1", "--people")
    w.watch("report", "draft", "I1", "--to", "markdown")
    w.learn_keys()
    w.watch("fsck")
    w.watch("backup", "copy")
    w.end(".keeper.sock")
    w.end(".signer.sock")
    w.watch("person", "history", "crm:1")
    w.run("log", "verify")
    house.raw("restore", house.path("copy"), "--to", house.path("back"), "--now", NOW, env=w.env()).exits(0)
    w.learn_keys()
    w.servers("at rest")
    equal(w.looked_into, {"keeper", "signer"}, "looked into")
    found = w.files()
    expect({"key: a share", "key: the log's seed", "value: email of 0", "value: first of 0"} <= found, "the search found too little")
    w.temporary_files()


def who_makes_the_keys_does_not_keep_them(house):
    """init makes slot and log key in its own process: when it ends they are gone from its memory."""
    can_look(house)
    w, seen = World(house), []
    path = house.write("passphrase", PASSPHRASE + "\n")
    Watched(house, ("-C", house.dir, "init", "--name", "Example Union", "--contact", "privacy@union.example", "--slot", house.slot,
                    "--practice", "--passphrase-file", path, "--now", NOW), lambda moment, pid: seen.append(Memory(pid)), env=w.env()).answer().exits(0)
    w.passphrase = path
    w.needles.value("passphrase", PASSPHRASE)
    w.learn_keys()
    equal([sorted(w.needles.found(m.locked + m.elsewhere)) for m in seen], [[], []], "when it speaks, and at its end")


def what_a_killed_command_leaves_is_sealed(house):
    """The write-ahead log and files in the making, as they lie when a command is cut off between any two of its states."""
    w = begun(house)
    house.write("again.csv", COLUMNS + "".join(p.row(n) for n, p in enumerate(w.people[1:], 2)))
    create = ("handover", "create", "--to", "pellwick", "--purpose", "ballot", "--fields", "first_name,email", "--out", "out.csv", "--plain",
              "--approved-by", w.approver)
    opening = ("incident", "open", "--recipient", "pellwick", "--happened", "2018-06-01..2018-06-15", "--aware", "2018-06-15T07:00:00Z",
               "--what", w.story)
    for crash, *argv in (("import-before-commit", "import", "again.csv", "--source", "crm", "--full", "--accept-gone"), ("create-part", *create),
                         ("create-published", *create), ("incident-before-commit", *opening), ("publish-tiles", *opening), (None, *opening),
                         ("scope-before-commit", "incident", "scope", "I1"), ("backup-filled", "backup", "copy")):
        answer = house.raw("-C", house.dir, *argv, "--now", NOW, env=w.env(), crash=crash)
        equal(answer.code, KILLED if crash else 0, "%s at %s: %s" % (argv[0], crash, answer.err))
        only_where_they_may_be("standard error", w.needles.found(answer.err.encode()))
        w.files()
        w.temporary_files()


def what_is_not_kept_is_nowhere(house):
    """Bank details are held as presence only; a past value is gone after 90 days, and so is the row that it stood in."""
    w = begun(house)
    d = reader_of(house)
    opened = b"".join(value[-1] for p in d.people.values() for value in p["values"])
    expect(w.people[0].bank.encode() not in opened and w.people[0].email.encode() in opened, "what is kept")
    old_key, old_row, old_cell = row_and_cell(d)
    before, after = w.people[0], Person()
    after.bank = before.bank
    house.write("again.csv", COLUMNS + after.row(1) + "".join(p.row(n) for n, p in enumerate(w.people[1:], 2)))
    for day in ("2018-07-01T09:00:00Z", "2018-11-01T09:00:00Z"):
        w.run("import", "again.csv", "--source", "crm", "--full", now=day)
    d = reader_of(house)
    opened = b"".join(value[-1] for p in d.people.values() for value in p["values"]) + b"".join(d.documents.values())
    for text in (before.email, before.note, before.last):
        expect(text.encode() not in opened, "a past value is still there")
    expect(after.email.encode() in opened, "the new one is not")
    expect(row_and_cell(d)[0] != old_key, "its category has the old key")
    for path in files_in(house.dir):
        for what, old in (("row", old_row), ("key cell", old_cell)):
            expect(old not in bytes_of(path), "the old %s is in %s, in a free page or in the write-ahead log" % (what, path))


def row_and_cell(d):
    """Person 0: the key of what she is reached at, her row and her key cell as they are stored."""
    row, = d.rows("SELECT blob FROM person_row WHERE ordinal = 0").fetchone()
    cell, = d.rows("SELECT blob FROM cell WHERE no = 0").fetchone()
    return d.people[0]["keys"][2], row, cell


def a_message_tells_no_value(house):
    """Files that are refused, row by row: the words name the place, and not what stands there."""
    w = begun(house)
    person = Person()
    person.plant(w.needles, 99)
    columns = COLUMNS.strip().split(",")
    for wrong in columns:
        row = person.row(77).strip().split(",")
        row[columns.index(wrong)] = '"%s\x01\x02 %s"' % (person.note, person.email)
        house.write("wrong.csv", COLUMNS + ",".join(row) + "\n")
        for how in ((), ("--dry-run",), ("--json",), ("--skip-rejected",)):
            answer = house.raw("-C", house.dir, "import", "wrong.csv", "--source", "crm", "--part", *how, "--now", NOW, env=w.env())
            told = w.needles.found((answer.out + answer.err).encode())
            expect(not told, "a bad %s: the command told %s" % (wrong, sorted(told)))
    for broken in ('1,"%s' % person.email, person.note * 100000, "1," + person.email + "," * 40, person.row(1).replace(",", ";")):
        house.write("odd.csv", COLUMNS + broken)
        answer = house.raw("-C", house.dir, "import", "odd.csv", "--source", "crm", "--part", "--now", NOW, env=w.env())
        told = w.needles.found((answer.out + answer.err).encode())
        expect(answer.code and not told, "exit %d: %s" % (answer.code, sorted(told)))
    w.temporary_files()


def no_core_holds_a_key(house):
    """The keeper and the signer leave none when they crash; the command does, with the values that it shows and no key."""
    can_look(house)
    w = begun(house)
    pattern = bytes_of("/proc/sys/kernel/core_pattern").decode().strip()
    if "/" in pattern or "|" in pattern:
        raise Skipped("cores go elsewhere here: " + pattern)
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    w.end(".keeper.sock")
    w.end(".signer.sock")
    w.run("log", "verify")  # starts others, from here
    w.run("field", "add", "colour", "--label", "Colour", "--category", "other", "--type", "text")
    cores = lambda: {os.path.join(at, n) for at in ("/", house.folder, house.dir) for n in os.listdir(at) if n.startswith("core")}
    before = cores()
    for suffix, how in ((".keeper.sock", signal.SIGABRT), (".signer.sock", signal.SIGSEGV)):
        pid = w.pid(suffix)
        os.kill(pid, how)
        wait_until_gone(pid)
    equal(cores() - before, set(), "cores of the keeper and the signer")
    w.learn_keys()
    w.run("field", "list")
    w.run("field", "add", "shade", "--label", "Shade", "--category", "other", "--type", "text")
    w.watch("person", "show", "crm:1", code=-signal.SIGABRT, dies=signal.SIGABRT)
    made = cores() - before
    equal(len(made), 1, "cores of the command")
    core = made.pop()
    names = w.needles.found(bytes_of(core))
    os.remove(core)
    expect("value: note of 0" in names, "the search found nothing in the core")
    equal(sorted(n for n in names if not n.startswith("value")), [], "in the command's core")


def wait_until_gone(pid):
    end = time.time() + 30
    while time.time() < end:
        try:
            os.kill(pid, 0)
            if open("/proc/%d/stat" % pid).read().split(") ")[1][0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.02)
    expect(False, "process %d does not end" % pid)


def a_passphrase_and_its_key_are_nowhere(house):
    """Given by a file, by a descriptor and by a terminal: in no memory when the command ends, in the keeper only the key that it is a share of."""
    can_look(house)
    path = house.write("passphrase", PASSPHRASE + "\n")
    w = World(house)
    w.needles.value("passphrase", PASSPHRASE)
    w.passphrase = path
    house.init("--passphrase-file", path, now=NOW).exits(0)
    w.run("import", "m.csv", "--source", "crm", "--full")
    w.learn_keys()
    w.end(".keeper.sock")
    r, s = os.pipe()
    os.write(s, PASSPHRASE.encode() + b"\n")
    os.close(s)
    w.watch("person", "show", "crm:1", "--passphrase-file", "/dev/fd/%d" % r, pass_fds=(r,))
    os.close(r)
    w.end(".keeper.sock")
    w.watch("field", "add", "colour", "--label", "Colour", "--category", "other", "--type", "text", "--passphrase-file", path)
    w.end(".keeper.sock")
    shown, code = on_a_terminal(house, [("Passphrase of the slot: ", PASSPHRASE + "\n")], "field", "list")
    expect(code == 0 and PASSPHRASE not in shown, shown)
    w.learn_keys()
    w.servers("at rest")
    w.files()
    w.temporary_files()


run_all([
    what_is_planted_is_found,
    a_whole_story_leaves_secrets_only_where_they_may_be,
    who_makes_the_keys_does_not_keep_them,
    what_a_killed_command_leaves_is_sealed,
    what_is_not_kept_is_nowhere,
    a_message_tells_no_value,
    no_core_holds_a_key,
    a_passphrase_and_its_key_are_nowhere,
])
