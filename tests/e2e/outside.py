"""What somebody sees who has nothing but the published folder of the log."""
import base64
import hashlib
import os

from tap import equal, expect


def leaf_hash(data):
    return hashlib.sha256(b"\x00" + data).digest()


def root_of(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def tile_name(number):
    """C2SP tlog-tiles: groups of three digits, all but the last with an x."""
    groups = ["%03d" % (number % 1000)]
    while number >= 1000:
        number //= 1000
        groups.insert(0, "x%03d" % (number % 1000))
    return "/".join(groups)


class Outsider:
    def __init__(self, house):
        self.folder = os.path.join(house.dir, "log")
        with open(os.path.join(self.folder, "checkpoint"), encoding="utf-8") as file:
            self.checkpoint = file.read()
        self.size, self.root = self.claim(self.checkpoint)
        self.entries = self.read_entries()

    @staticmethod
    def claim(note):
        lines = note.split("\n")
        return int(lines[1]), base64.b64decode(lines[2])

    def read_entries(self):
        entries = []
        for number in range((self.size + 255) // 256):
            width = min(256, self.size - number * 256)
            path = os.path.join(self.folder, "tile", "entries", tile_name(number))
            if width < 256 and not os.path.isfile(path):
                path += ".p/%d" % width
            with open(path, "rb") as file:
                bundle = file.read()
            for _ in range(width):
                length = int.from_bytes(bundle[:2], "big")
                entries.append(bundle[2:2 + length])
                bundle = bundle[2 + length:]
        return entries

    def extends(self, notes):
        """The log is what its checkpoint says, and goes on from each of these."""
        leaves = [leaf_hash(entry) for entry in self.entries]
        equal(root_of(leaves), self.root, "root of the published entries")
        for note in notes:
            size, root = self.claim(note)
            expect(size <= self.size, "the log had %d entries and has %d" % (size, self.size))
            equal(root_of(leaves[:size]), root, "root of the first %d entries" % size)
