"""Looking for secrets: what they may look like, and where a process, a file or a core may hold them."""
import base64
import ctypes
import os
import platform
import re
import signal
import string
import subprocess

from tap import Answer, expect

PAGE = os.sysconf("SC_PAGESIZE")
WRITE = {"x86_64": 1, "aarch64": 64}.get(platform.machine())
THERE = bytes(b"01"[top >> 6 != 0] for top in range(256))  # of a page's entry: in memory, or swapped out
SHADOW = 1 << 40  # a mapping larger than this is a sanitizer's, about memory and not memory


libc = ctypes.CDLL(None, use_errno=True)
libc.memmem.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]  # ten times as fast as bytes.find() here
libc.memmem.restype = ctypes.c_void_p
SHORTEST = 8  # what is shorter is found by chance

# Capitals count as small letters, and both alphabets of base64 as one: a few bytes of a key look alike then, and none is missed.
ALIKE = bytes.maketrans(string.ascii_uppercase.encode() + b"-_", string.ascii_lowercase.encode() + b"+/")


def spelled(value):
    """A value as text: as it is, without spaces, and wide."""
    for text in {value, value.replace(" ", "")}:
        yield text.encode()
        yield text.encode("utf-16-le")
        yield text.encode("utf-16-be")


def encoded(raw):
    """The bytes themselves, in hex, and in base64 wherever in a longer text they begin."""
    yield raw
    yield raw.hex().encode()
    for lead in range(3):
        text = base64.b64encode(bytes(lead) + raw + bytes(-(lead + len(raw)) % 3))
        yield text[4 if lead else 0:(lead + len(raw)) // 3 * 4]


class Needles:
    """Secrets by name; a name begins with its kind: "key", "value" or "passphrase"."""

    def __init__(self):
        self.forms = {}

    def value(self, name, text):
        for form in {*spelled(text), *encoded(text.encode())}:
            if len(form) >= SHORTEST or form == text.encode():
                self.forms[form.translate(ALIKE)] = name

    def key(self, name, raw):
        expect(len(raw) == 32 and len(set(raw)) > 8, "%s is no key" % name)
        for form in encoded(raw):
            self.forms[form.translate(ALIKE)] = name

    def found(self, hay):
        """The names of those that are in these bytes."""
        hay = hay.translate(ALIKE)
        return {name for form, name in self.forms.items() if libc.memmem(hay, len(hay), form, len(form))}


# --- memory ---

class Mapping:
    def __init__(self, start, end, rights, inode, name, flags):
        self.start, self.end, self.rights, self.name, self.flags = start, end, rights, name, flags
        self.of_a_file = inode != "0" and "w" not in rights
        self.locked = {"lo", "dd", "wf"} <= set(flags)  # in no swap, in no core, and in no child


def mappings(pid):
    found = []
    with open("/proc/%d/smaps" % pid, encoding="utf-8", errors="replace") as file:
        for line in file:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+)\s*(.*)", line)
            if head:
                found.append([int(head[1], 16), int(head[2], 16), head[3], head[4], head[5], []])
            elif line.startswith("VmFlags:"):
                found[-1][5] = line.split()[1:]
    if any(end - start > SHADOW for start, end, *_ in found):  # sanitizers lock nothing
        for m in found:
            m[5] += ["lo"] if {"dd", "wf"} <= set(m[5]) else []
    return [Mapping(*m) for m in found]


def present(pid, m):
    """The pages of a mapping that are there, joined where they touch."""
    runs = []
    with open("/proc/%d/pagemap" % pid, "rb", buffering=0) as pages, open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
        pages.seek(m.start // PAGE * 8)
        there = pages.read((m.end - m.start) // PAGE * 8)[7::8].translate(THERE)
        for run in re.finditer(b"1+", there):
            memory.seek(m.start + run.start() * PAGE)
            runs.append(memory.read((run.end() - run.start()) * PAGE))
    return runs


class Memory:
    """What a process had in memory when it was looked at: what was locked, and the rest."""

    def __init__(self, pid):
        runs = {True: [], False: []}
        for m in mappings(pid):
            if "r" in m.rights and not m.of_a_file and m.name not in ("[vvar]", "[vsyscall]") and m.end - m.start <= SHADOW:
                runs[m.locked] += present(pid, m)
        self.locked, self.elsewhere = b"".join(runs[True]), b"".join(runs[False])


def titles_of(pid):
    """All that other users may read of a process, and what its starter left it."""
    told = b""
    for name in ("cmdline", "comm", "environ", "wchan"):
        with open("/proc/%d/%s" % (pid, name), "rb") as file:
            told += file.read() + b"\n"
    return told + b"\n".join(os.fsencode(link) for link in open_files(pid))


def open_files(pid):
    folder = "/proc/%d/fd" % pid
    return [os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)]


# --- a command stopped on its way ---

libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
CONT, SYSCALL, SEIZE, LISTEN, GET_SYSCALL_INFO = 7, 24, 0x4206, 0x4208, 0x420e
TRACESYSGOOD, TRACEEXIT, EXIT_STOP, GROUP_STOP = 1, 0x40, 6, 128


class SyscallInfo(ctypes.Structure):
    _fields_ = [("op", ctypes.c_uint8), ("pad", ctypes.c_uint8 * 3), ("arch", ctypes.c_uint32), ("ip", ctypes.c_uint64),
                ("sp", ctypes.c_uint64), ("nr", ctypes.c_uint64), ("args", ctypes.c_uint64 * 6)]


def ptrace(what, pid, address=None, data=None):
    if libc.ptrace(what, pid, address, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def speaks(pid):
    """The process is about to write on its standard output."""
    info = SyscallInfo()
    ptrace(GET_SYSCALL_INFO, pid, ctypes.sizeof(info), ctypes.addressof(info))
    return info.op == 1 and info.nr == WRITE and info.args[0] == 1


class Watched:
    """One command, looked at when it is about to speak for the first time, and at its very end, with all its memory still there.

    look(moment, pid) is called at both; where `dies` is a signal it gets that one when it speaks."""

    def __init__(self, house, argv, look, env=None, dies=None, pass_fds=()):
        self.argv, self.look, self.dies, self.moments = argv, look, dies, []
        with open(house.path("said"), "w+b") as out, open(house.path("told"), "w+b") as told:
            self.started = subprocess.Popen(["/bin/sh", "-c", 'kill -STOP $$; exec "$@"', "sh", house.program, *argv], cwd=house.folder,
                                            env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=told, start_new_session=True, pass_fds=pass_fds)
            self.pid = self.started.pid
            status = self.follow()
            self.started.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            told.seek(0)
            self.out, self.err = out.read(), told.read()
        os.remove(house.path("said"))
        os.remove(house.path("told"))

    def follow(self):
        os.waitpid(self.pid, os.WUNTRACED)
        ptrace(SEIZE, self.pid, None, TRACESYSGOOD | TRACEEXIT)
        os.kill(self.pid, signal.SIGCONT)
        while True:
            _, status = os.waitpid(self.pid, 0)
            if not os.WIFSTOPPED(status):
                return status
            self.one_stop(status >> 16, os.WSTOPSIG(status))

    def one_stop(self, event, sig):
        if event == EXIT_STOP:
            self.moment("end")
            ptrace(CONT, self.pid)
        elif event == GROUP_STOP or sig == signal.SIGTRAP:
            self.go_on()
        elif sig == signal.SIGTRAP | 0x80:
            if "speaks" not in self.moments and speaks(self.pid):
                self.moment("speaks")
                if self.dies:
                    os.kill(self.pid, self.dies)
            self.go_on()
        else:
            self.go_on(sig)

    def go_on(self, sig=0):
        ptrace(CONT if "speaks" in self.moments else SYSCALL, self.pid, None, sig)

    def moment(self, name):
        self.moments.append(name)
        self.look(name, self.pid)

    def answer(self):
        return Answer(subprocess.CompletedProcess(self.argv, self.started.returncode, self.out, self.err), self.argv)


# --- files ---

def files_in(folder):
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()
