"""The keeper and the signer as a command meets them: with a passphrase, crowded, hanging, answering garbage, ended."""
import fcntl
import json
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time

from tap import Answer, House, NOW, equal, expect, on_a_terminal, run_all

PASSPHRASE = "seven lamps under the quay"
OK_EMPTY = b"\0\0\0\2\0\0"
OK_GREETED = b"\0\0\0\3\0\0\1"


def pid_behind(house, suffix):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(house.slot + suffix)
        return struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]


def end_behind(house, *suffixes):
    for suffix in suffixes:
        os.kill(pid_behind(house, suffix), signal.SIGKILL)
    time.sleep(0.2)


def with_passphrase(house, *more):
    path = house.write("passphrase", PASSPHRASE + "\nwhat follows is not of it\n")
    return house.init("--passphrase-file", path, *more), path


# --- the passphrase ---

def a_passphrase_out_of_a_file_is_asked_for_only_where_a_keeper_starts(house):
    made, path = with_passphrase(house)
    sheet = made.exits(0).out
    expect("passphrase" in sheet and "nobody can look it up" in sheet and PASSPHRASE not in sheet, sheet)
    house.run("field", "list").exits(0)  # it runs: nobody is asked
    end_behind(house, ".keeper.sock")
    refused = house.run("field", "list", "--json").exits(1).json()["error"]
    expect("passphrase" in refused["what"] and "--passphrase-file" in refused["do"], refused)
    wrong = house.write("wrong", "seven lamps under the keys\n")
    expect("not the slot's passphrase" in house.run("field", "list", "--passphrase-file", wrong).exits(1).err, "it does not say so")
    for content, words in ((b"", "empty"), (b"\n", "empty"), (b"x" * 5000, "at most")):
        expect(words in house.run("field", "list", "--passphrase-file", house.write("odd", content)).err, words)
    house.run("field", "list", "--passphrase-file", path).exits(0)
    house.run("field", "list").exits(0)
    for checks in (json.loads(house.run("doctor", "--json").out)["checks"],):
        expect(any(c["check"] == "passphrase" and "has a passphrase" in c["what"] for c in checks), checks)


def a_slot_without_one_starts_unattended(house):
    sheet = house.init().exits(0).out
    expect("passphrase" not in sheet, sheet)
    end_behind(house, ".keeper.sock")
    house.run("field", "list").exits(0)
    checks = house.run("doctor", "--json").json()["checks"]
    expect(any(c["check"] == "passphrase" and "no passphrase" in c["what"] for c in checks), checks)


def a_passphrase_comes_over_a_descriptor_and_leaves_no_trace(house):
    _, path = with_passphrase(house)
    end_behind(house, ".keeper.sock")
    r, w = os.pipe()
    os.write(w, PASSPHRASE.encode() + b"\n")
    os.close(w)
    done = subprocess.run([house.program, "-C", house.dir, "field", "list", "--passphrase-file", "/dev/fd/%d" % r], pass_fds=[r],
                          stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True, check=False)
    os.close(r)
    equal(done.returncode, 0, done.stderr)
    for root, _, names in os.walk(house.folder):
        for name in names:
            at = os.path.join(root, name)
            if at != path and os.path.isfile(at):
                expect(PASSPHRASE.encode() not in open(at, "rb").read(), "it stands in " + at)
    if os.geteuid() == 0:
        pid = pid_behind(house, ".keeper.sock")
        for name in ("environ", "cmdline"):
            expect(PASSPHRASE.encode() not in open("/proc/%d/%s" % (pid, name), "rb").read(), name)
        equal(os.readlink("/proc/%d/fd/0" % pid), "/dev/null", "where it came from")


def a_named_pipe_is_not_waited_for(house):
    with_passphrase(house)
    end_behind(house, ".keeper.sock")
    os.mkfifo(house.path("pipe"))
    expect("named pipe" in house.run("field", "list", "--passphrase-file", house.path("pipe")).exits(1).err, "it does not say so")


def with_several_slots_all_of_them_and_the_passphrase_are_needed(house):
    second = house.path("second.slot")
    _, path = with_passphrase(house, "--slot", second)
    end_behind(house, ".keeper.sock")
    house.run("field", "list").exits(1)
    house.run("log", "verify", "--passphrase-file", path).exits(0)
    end_behind(house, ".keeper.sock")
    os.rename(second, second + ".away")
    expect(house.run("field", "list", "--passphrase-file", path).code != 0, "it opened with one slot of two")


def an_interrupted_init_goes_on_with_the_same_passphrase_only(house):
    second = house.path("second.slot")
    path = house.write("passphrase", PASSPHRASE)
    house.init("--slot", second, "--passphrase-file", path, crash="init-slots")
    before = open(house.slot, "rb").read()
    os.remove(second)
    expect("asked otherwise" in house.init("--slot", second).exits(1).err, "without")
    wrong = house.write("wrong", "another passphrase")
    expect("not the slot's passphrase" in house.init("--slot", second, "--passphrase-file", wrong).exits(1).err, "another")
    house.init("--slot", second, "--passphrase-file", path).exits(0)
    equal(open(house.slot, "rb").read(), before, "the first slot")
    end_behind(house, ".keeper.sock")
    house.run("log", "verify", "--passphrase-file", path).exits(0)


def a_short_passphrase_makes_nothing(house):
    expect("12" in house.init("--passphrase-file", house.write("p", "zwölf weni\n")).exits(1).err, "it does not say how long")
    expect(not os.path.exists(house.slot), "a slot was made")


def a_backup_is_restored_with_it(house):
    _, path = with_passphrase(house)
    house.run("backup", house.path("b")).exits(0)
    end_behind(house, ".keeper.sock", ".signer.sock")
    to = house.path("restored")
    expect(house.raw("restore", house.path("b"), "--to", to, "--now", NOW).code != 0, "without it")
    expect(not os.path.exists(to), "something was restored")
    house.raw("restore", house.path("b"), "--to", to, "--now", NOW, "--passphrase-file", path).exits(0)
    house.raw("-C", to, "log", "verify").exits(0)


def asks_on_the_terminal_unseen(house):
    asked, again, later = "New passphrase of the slot: ", "The same once more: ", "Passphrase of the slot: "
    init = ("init", "--name", "Example Society", "--contact", "privacy@society.example", "--slot", house.slot, "--practice", "--passphrase")
    shown, code = on_a_terminal(house, [(asked, PASSPHRASE + "\n"), (again, "something else\n")], *init)
    expect(code == 1 and "not the same" in shown and not os.path.exists(house.slot), shown)
    shown, code = on_a_terminal(house, [(asked, PASSPHRASE + "\n"), (again, PASSPHRASE + "\n")], *init)
    expect(code == 0 and "RECOVERY SHEET" in shown and PASSPHRASE not in shown, shown)
    shown, code = on_a_terminal(house, [], "field", "list")
    expect(code == 0 and later not in shown, "it asks while the keeper runs: " + shown)
    end_behind(house, ".keeper.sock")
    shown, code = on_a_terminal(house, [(later, "nonsense that is wrong\n")], "field", "list")
    expect(code == 1 and "not the slot's passphrase" in shown, shown)
    shown, code = on_a_terminal(house, [(later, "\x03")], "field", "list")  # Ctrl-C
    equal(code, -signal.SIGINT, "exit of one that was broken off")
    shown, code = on_a_terminal(house, [(later, PASSPHRASE + "\n")], "field", "list", "--json")
    expect(code == 0 and PASSPHRASE not in shown, shown)
    json.loads(shown[shown.index("{"):])


# --- crowds, and processes that are none of ours ---

def a_command_works_while_forty_hold_the_places(house):
    house.init().exits(0)
    idle = []
    stop = threading.Event()

    def crowd():  # whoever is dropped comes back
        while not stop.is_set():
            while len(idle) < 40:
                s = socket.socket(socket.AF_UNIX)
                s.connect(house.slot + ".keeper.sock")
                idle.append(s)
            gone = [s for s in idle if select.select([s], [], [], 0)[0]]
            for s in gone:
                idle.remove(s)
                s.close()
            time.sleep(0.5)

    t = threading.Thread(target=crowd)
    t.start()
    try:
        time.sleep(1)
        for i in range(3):
            house.run("field", "add", "colour%d" % i, "--label", "Colour", "--category", "other", "--type", "text").exits(0)
    finally:
        stop.set()
        t.join()
        for s in idle:
            s.close()


class Fake:
    """Stands where the keeper or the signer of this house did, and holds its lock, so that no other starts."""

    def __init__(self, house, suffix, locked, answers):
        end_behind(house, suffix)
        self.lock = open(locked)
        fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.remove(house.slot + suffix)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(house.slot + suffix)
        self.listener.listen(8)
        self.answers = answers
        self.open = []
        if answers is not None:
            threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(s)
            threading.Thread(target=self.talk, args=(s,), daemon=True).start()

    def talk(self, s):
        """To each request its answer; None ends the conversation, and after the last one there is silence."""
        try:
            for answer in self.answers:
                length = struct.unpack(">I", s.recv(4, socket.MSG_WAITALL))[0]
                if length:
                    s.recv(length, socket.MSG_WAITALL)
                if answer is None:
                    s.shutdown(socket.SHUT_RDWR)
                    return
                s.sendall(answer)
                if answer.endswith(b"half"):
                    s.shutdown(socket.SHUT_RDWR)
        except (OSError, struct.error):
            return

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # else whoever waits in accept() keeps it
        self.listener.close()
        for s in self.open:
            s.close()
        self.lock.close()


GARBAGE = bytes(range(200, 256)) * 3
KEEPERS = {  # what it answers, one after the other; None: takes nobody in
    "takes nobody in": None,
    "is silent from the start": [],
    "is silent after the first word": [OK_EMPTY],
    "is silent after the greeting": [OK_EMPTY, OK_GREETED],
    "ends at once": [None],
    "ends at the greeting": [OK_EMPTY, None],
    "ends at work": [OK_EMPTY, OK_GREETED, None],
    "answers garbage": [GARBAGE],
    "answers the greeting with garbage": [OK_EMPTY, GARBAGE],
    "answers work with garbage": [OK_EMPTY, OK_GREETED] + [b"\0\0\0\x20\0\0" + GARBAGE[:30]] * 50,
    "answers work with too little": [OK_EMPTY, OK_GREETED] + [OK_EMPTY] * 50,
    "ends in the middle of a frame": [OK_EMPTY, OK_GREETED, b"\0\0\1\0\0\0half"],
    "says for ever that it is coming": [OK_EMPTY, bytes(4 * 100000)],
    "gives an error of no kind": [OK_EMPTY, b"\0\0\0\1\x63"],
}
SIGNERS = {
    "takes nobody in": None,
    "is silent from the start": [],
    "is silent after the first word": [OK_EMPTY],
    "ends at the first question": [OK_EMPTY, None],
    "answers garbage": [GARBAGE],
    "answers the first question with garbage": [OK_EMPTY, GARBAGE],
    "gives another size": [OK_EMPTY, b"\0\0\0\x2a\0\0" + b"\0" * 7 + b"\x05" + b"r" * 32] + [b"\0\0\0\x42\0\0" + b"s" * 64] * 9,
    "ends in the middle of a frame": [OK_EMPTY, b"\0\0\1\0\0\0half"],
}
ADD = ("field", "add", "colour", "--label", "Colour", "--category", "other", "--type", "text", "--json")


def fields(house):
    return {f["key"] for f in house.run("field", "list", "--json").exits(0).json()["fields"]}


def entries(house):
    return len(house.run("log", "show", "--json").exits(0).json()["entries"])


def meet(house, suffix, locked, answers, notes, what):
    try:
        house.init().exits(0)
        before, known = entries(house), fields(house)
        fake = Fake(house, suffix, locked(house), answers)
        began = time.time()
        answer = house.run(*ADD)
        took = time.time() - began
        fake.end()
        error = answer.json().get("error", {})
        expect(answer.code in (1, 3) and error.get("what") and error.get("do"), "exit %d: %s%s" % (answer.code, answer.out, answer.err))
        expect(took < 75, "it took %d s" % took)
        expect(answer.code == 3 or what == "gives another size", "exit %d: %r" % (answer.code, error))
        after, now = entries(house), fields(house)
        if suffix == ".keeper.sock":
            equal((after, now), (before, known), "what there is afterwards")
        else:  # the act and its entry are one; only publishing is due
            equal((after > before, now), ("colour" in now, known | ({"colour"} & now)), "what there is afterwards")
        house.run("field", "add", "shade", "--label", "Shade", "--category", "other", "--type", "text").exits(0)
        verdict = house.run("log", "verify", "--json").exits(0).json()
        equal((verdict["ok"], verdict["unpublished"]), (True, 0), "the log")
    except Exception as error:  # told by the test that started this thread
        notes.append("%s: %s" % (what, error))


def all_at_once(house, suffix, locked, kinds):
    notes, threads = [], []
    for number, (what, answers) in enumerate(kinds.items()):
        os.mkdir(house.path(str(number)))
        one = House(house.program, house.path(str(number)))
        threads.append(threading.Thread(target=meet, args=(one, suffix, locked, answers, notes, what)))
        threads[-1].start()
    for t in threads:
        t.join()
    expect(not notes, "\n".join(notes))


def a_keeper_that_hangs_ends_or_answers_garbage_changes_nothing(house):
    all_at_once(house, ".keeper.sock", lambda h: h.slot, KEEPERS)


def a_signer_that_hangs_ends_or_answers_garbage_leaves_the_log_to_the_next_command(house):
    all_at_once(house, ".signer.sock", lambda h: h.slot + ".vkey", SIGNERS)


def doctor_says_that_the_keeper_is_silent(house):
    house.init().exits(0)
    fake = Fake(house, ".keeper.sock", house.slot, [])
    answer = house.run("doctor", "--json")
    fake.end()
    expect(any("does not answer" in c["what"] for c in answer.exits(1).json()["checks"]), answer.out)


def both_are_confined(house):
    house.init().exits(0)
    checks = {c["check"]: c["state"] for c in house.run("doctor", "--json").json()["checks"]}
    for suffix in (".keeper.sock", ".signer.sock"):
        status = open("/proc/%d/status" % pid_behind(house, suffix)).read()
        equal("Seccomp:\t2\n" in status, checks["seccomp"] == "good", suffix)
        expect("NoNewPrivs:\t1\n" in status, suffix)


def keepers_of(house):
    """The processes that hold the slot."""
    slot, holders = os.stat(house.slot).st_ino, []
    with open("/proc/locks", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[1] == "FLOCK" and words[5].rsplit(":", 1)[1] == str(slot):
                holders.append(int(words[4]))
    return [pid for pid in holders if is_keeper_of(house, pid)]


def is_keeper_of(house, pid):  # another disk may have a file of the same number
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return file.read().endswith(os.path.realpath(house.slot).encode() + b"\0")
    except OSError:
        return False


def keepers_that_fight_for_a_slot_leave_one(house):
    """Commands start keepers at once, under two names of the slot's folder, while keepers are killed."""
    house.init().exits(0)
    os.symlink(house.folder, house.folder + "-too")
    twin = House(house.program, house.folder + "-too")
    killed = 0
    try:
        for number in range(8):
            jobs = [threading.Thread(target=lambda h: answers.append(h.run("field", "list")), args=(h,)) for h in (house, twin) * 3]
            answers = []
            for job in jobs:
                job.start()
            time.sleep(0.02 * number)
            for pid in keepers_of(house):
                os.kill(pid, signal.SIGKILL)
                killed += 1
            for job in jobs:
                job.join()
            equal(len(answers), len(jobs), "answers")
            for answer in answers:
                expect(answer.code == 0 or answer.code == 3 and "Run the command again" in answer.err, "exit %d: %s" % (answer.code, answer.err))
            house.run("field", "list").exits(0)
            equal(len(keepers_of(house)), 1, "keepers that hold the slot")
        expect(killed > 0, "none was killed")
    finally:
        os.unlink(house.folder + "-too")


run_all([
    a_passphrase_out_of_a_file_is_asked_for_only_where_a_keeper_starts,
    a_slot_without_one_starts_unattended,
    a_passphrase_comes_over_a_descriptor_and_leaves_no_trace,
    a_named_pipe_is_not_waited_for,
    with_several_slots_all_of_them_and_the_passphrase_are_needed,
    an_interrupted_init_goes_on_with_the_same_passphrase_only,
    a_short_passphrase_makes_nothing,
    a_backup_is_restored_with_it,
    asks_on_the_terminal_unseen,
    a_command_works_while_forty_hold_the_places,
    a_keeper_that_hangs_ends_or_answers_garbage_changes_nothing,
    a_signer_that_hangs_ends_or_answers_garbage_leaves_the_log_to_the_next_command,
    doctor_says_that_the_keeper_is_silent,
    both_are_confined,
    keepers_that_fight_for_a_slot_leave_one,
])
