"""What faulty.c is told, and tells."""
import mmap
import os
import struct

from stage import STEPS

from tap import expect

COMMAND, KEEPER, SIGNER = ROLES = range(3)
ROLE_NAMES = ("command", "keeper", "signer")
ALLOCATION, MESSAGE, CALL = KINDS = range(3)
LOST, CUT, ENDED, ERROR, SPOILT = range(5)
FOR_EVER = 1 << 40
PLAN, PROCESSES, PROCESS_ROOM = 72, 120, 64
PATHS = 1 << 16


def shared(folder, name, size):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.truncate(size)
    with open(path, "r+b") as file:
        return mmap.mmap(file.fileno(), 0)


class Faults:
    """Shared memory that says what is to fail."""

    def __init__(self, folder):
        self.map = shared(folder, "faults", 4096)
        self.paths = shared(folder, "paths", 16 + 32 * PATHS)

    def count(self, role, kind):
        return struct.unpack_from("<Q", self.map, 8 * (len(KINDS) * role + kind))[0]

    def plan(self, role, kind, start, number, way=0):
        """From now on, of that role: the `start`-th (0: the next) and those after it, `number` of them."""
        struct.pack_into("<6Q", self.map, PLAN, role, kind, self.count(role, kind) + 1 + start, number, way, 0)  # the last: nothing is lost

    def clear(self):
        self.plan(0, 0, 0, 0)

    def note_paths(self):
        self.paths[:] = bytes(len(self.paths))
        struct.pack_into("<Q", self.paths, 0, 1)

    def noted_paths(self, kind):
        """[(role, path, number of the first that came by it)]; no more are noted."""
        struct.pack_into("<Q", self.paths, 0, 0)
        expect(struct.unpack_from("<Q", self.paths, 8)[0] == 0, "there are more paths than there is room for")
        rows = (struct.unpack_from("<4Q", self.paths, 16 + 32 * i) for i in range(PATHS))
        return [(role, path, n) for path, role, kind_, n in rows if path and kind_ == kind]

    def forget(self):
        self.map[:] = bytes(len(self.map))

    def crashed(self):
        """Keepers and signers that served, are no more, and did not come to their end by themselves."""
        number, = struct.unpack_from("<Q", self.map, PROCESSES)
        list_ = [struct.unpack_from("<3Q", self.map, PROCESSES + 8 + 24 * i) for i in range(min(number, PROCESS_ROOM))]
        return [pid for pid, serves, ended in list_ if serves and not ended and not alive(pid)]


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Measured:
    """How much of one kind a step has, and which of them are to fail: all, or the first by each path that no step before had."""

    def __init__(self, counts, starts):
        self.counts, self.starts = counts, starts  # by role


def measure(kind, roles, by_paths):
    known = set()

    def step(stage, it):
        before = {role: stage.shared.count(role, kind) for role in roles}
        if by_paths:
            stage.shared.note_paths()
        stage.first(it)
        counts = {role: stage.shared.count(role, kind) - before[role] for role in roles}
        if not by_paths:
            return Measured(counts, {role: range(n) for role, n in counts.items()})
        new = [(role, path, n) for role, path, n in stage.shared.noted_paths(kind) if role in roles and (role, path) not in known]
        known.update((role, path) for role, path, _ in new)
        return Measured(counts, {role: sorted(n - before[role] - 1 for of, _, n in new if of == role) for role in roles})

    return step


def places(stage, ways):
    """[(number of the step, role, which, way)]; `ways` of a role."""
    return [(number, role, start, way) for number in range(len(STEPS)) for role, starts in stage.measures[number].starts.items()
            for start in starts for way in ways(role)]
