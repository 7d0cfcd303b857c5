"""What faulty.c is told, and tells."""
import mmap
import os
import struct

COMMAND, KEEPER, SIGNER = ROLES = range(3)
ROLE_NAMES = ("command", "keeper", "signer")
ALLOCATION, MESSAGE, CALL = KINDS = range(3)
LOST, CUT, ENDED, ERROR, SPOILT = range(5)
FOR_EVER = 1 << 40
PLAN, PROCESSES, PROCESS_ROOM = 72, 120, 64


class Faults:
    """Shared memory that says what is to fail."""

    def __init__(self, folder):
        path = os.path.join(folder, "faults")
        with open(path, "wb") as file:
            file.truncate(4096)
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)

    def count(self, role, kind):
        return struct.unpack_from("<Q", self.map, 8 * (len(KINDS) * role + kind))[0]

    def plan(self, role, kind, start, number, way=0):
        """From now on, of that role: the `start`-th (0: the next) and those after it, `number` of them."""
        struct.pack_into("<6Q", self.map, PLAN, role, kind, self.count(role, kind) + 1 + start, number, way, 0)  # the last: nothing is lost

    def clear(self):
        self.plan(0, 0, 0, 0)

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
