"""What disk_tape.c wrote down, and disks that were cut off from the power while it happened.

A disk keeps for certain what was synced: the bytes of a file with the file's sync, its name with the sync of its folder.  Of the rest
anything may be there: whole, torn into sectors of 512 bytes, or not at all, whatever the order in which it was written."""
import mmap
import os
import struct

HEAD, OP = 40, struct.Struct("<IHHHHIQ")
CREATE, WRITE, SYNC, TRUNCATE, RENAME, UNLINK, MKDIR, SYNC_DIR = range(1, 9)
SECTOR = 512


class Tape:
    """Shared memory in which the processes write down their changes."""

    def __init__(self, folder, room=256 << 20):
        path = os.path.join(folder, "tape")
        with open(path, "wb") as file:
            file.write(struct.pack("<5Q", HEAD, 0, 0, 0, 0))
            file.truncate(room)
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)

    def changes(self):
        return struct.unpack_from("<Q", self.map, 8)[0]

    def fail(self, start, count, number):
        """From the `start`-th change from now on (0: the next), `count` of them fail with that errno; count 0: none."""
        struct.pack_into("<QQQ", self.map, 16, self.changes() + 1 + start, count, number)

    def forget(self):
        """What is on it; only while nobody writes."""
        used, = struct.unpack_from("<Q", self.map, 0)
        self.map[HEAD:used] = bytes(used - HEAD)
        struct.pack_into("<5Q", self.map, 0, HEAD, 0, 0, 0, 0)

    def ops(self):
        """(kind, path, to, offset, bytes) in order."""
        used, = struct.unpack_from("<Q", self.map, 0)
        at, ops = HEAD, []
        while at < used:
            size, kind, path_len, to_len, _, length, offset = OP.unpack_from(self.map, at)
            if not size:
                raise ValueError("the tape has a hole: a process was killed while it wrote")
            p = at + OP.size
            path = self.map[p:p + path_len].decode()
            to = self.map[p + path_len:p + path_len + to_len].decode()
            p += path_len + to_len
            ops.append((kind, path, to, offset, self.map[p:p + length]))
            at += size
        return ops


class File:
    def __init__(self):
        self.now = bytearray()
        self.synced = b""
        self.loose = []  # writes and cuts since the last sync


def put(content, offset, data):
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset:offset + len(data)] = data


def cut(content, length):
    del content[length:]
    content.extend(bytes(length - len(content)))


class Disk:
    """What lies under one folder, now and for certain."""

    def __init__(self):
        self.names = {}        # now: path -> File, or None for a folder
        self.durable = {}
        self.loose_names = []  # (folder, what is done to a dict of names) since that folder's last sync
        self.last = None       # the file of the newest loose write

    def name_change(self, folder, change):
        change(self.names)
        self.loose_names.append((folder, change))

    def happen(self, op):
        kind, path, to, offset, data = op
        folder = os.path.dirname(path)
        if kind == CREATE:
            file = File()
            self.name_change(folder, lambda names: names.__setitem__(path, file))
        elif kind == MKDIR:
            self.name_change(folder, lambda names: names.__setitem__(path, None))
        elif kind == UNLINK:
            self.name_change(folder, lambda names: names.pop(path, None))
        elif kind == RENAME:
            self.rename(path, to)
        elif kind == SYNC_DIR:
            self.sync_dir(path)
        elif kind == SYNC:
            file = self.names[path]
            file.synced, file.loose = bytes(file.now), []
        else:
            self.content_change(self.names[path], kind, offset, data)

    def content_change(self, file, kind, offset, data):
        if kind == WRITE:
            put(file.now, offset, data)
        else:
            cut(file.now, offset)
        file.loose.append((kind, offset, data))
        self.last = file

    def rename(self, path, to):
        """A folder takes what is in it along."""
        def change(names):
            for name in [n for n in names if n == path or n.startswith(path + "/")]:
                names[to + name[len(path):]] = names.pop(name)
        self.name_change(os.path.dirname(path), change)

    def sync_dir(self, folder):
        left = []
        for where, change in self.loose_names:
            if where == folder:
                change(self.durable)
            else:
                left.append((where, change))
        self.loose_names = left

    # --- images: path -> bytes, or None for a folder ---

    def lose_nothing(self, _):
        return {name: file and bytes(file.now) for name, file in self.names.items()}

    def lose_unsynced(self, _):
        return {name: file and file.synced for name, file in self.durable.items()}

    def tear_last(self, chance):
        """All is there but the end of the newest write."""
        image = self.lose_nothing(chance)
        for name, file in self.names.items():
            if file is None or file is not self.last or not file.loose or file.loose[-1][0] != WRITE:
                continue
            _, offset, data = file.loose[-1]
            torn = bytearray(file.synced)
            for kind, where, bytes_ in file.loose[:-1]:
                put(torn, where, bytes_) if kind == WRITE else cut(torn, where)
            first = SECTOR - offset % SECTOR
            ends = list(range(first, len(data), SECTOR))
            put(torn, offset, data[:chance.choice(ends) if ends else 0])
            image[name] = bytes(torn)
        return image

    def lose_some(self, chance):
        """Of what was not synced each sector and each name is there or not, in any order; names of one folder in theirs."""
        names, kept = dict(self.durable), {}
        for where, change in self.loose_names:
            kept.setdefault(where, True)
            kept[where] = kept[where] and chance.random() < 0.7
            if kept[where]:
                change(names)
        return {name: file and self.some_of(file, chance) for name, file in names.items()}

    @staticmethod
    def some_of(file, chance):
        content = bytearray(file.synced)
        for kind, offset, data in file.loose:
            if kind == TRUNCATE:
                if chance.random() < 0.5:
                    cut(content, offset)
                continue
            at = 0
            while at < len(data):
                end = min(len(data), at + SECTOR - (offset + at) % SECTOR)
                if chance.random() < 0.5:
                    put(content, offset + at, data[at:end])
                at = end
        return bytes(content)


LOSSES = (Disk.lose_nothing, Disk.lose_unsynced, Disk.tear_last, Disk.lose_some)
