"""What was built has what meson.build asks for against a mistake in it: read out of the program's own headers."""
import platform
import struct
import sys

from tap import Failed, Skipped, expect

X86 = platform.machine() == "x86_64"
PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_GNU_STACK, PT_GNU_RELRO, PT_LOAD = 2, 3, 4, 0x6474e551, 0x6474e552, 1
WRITE, RUN = 2, 1
DT_RPATH, DT_RUNPATH, DT_FLAGS, DT_FLAGS_1, DT_TEXTREL, DT_STRTAB, DT_SYMTAB, DT_BIND_NOW = 15, 29, 30, 0x6ffffffb, 22, 5, 6, 24
ENDBR64 = b"\xf3\x0f\x1e\xfa"


class Program:
    """An ELF file of 64 bits, little-endian."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        magic, bits, order = struct.unpack_from("4sBB", self.bytes)
        if (magic, bits, order) != (b"\x7fELF", 2, 1):
            raise Skipped("this machine's programs are of another kind")
        self.kind, = struct.unpack_from("<H", self.bytes, 16)
        at, = struct.unpack_from("<Q", self.bytes, 32)
        size, count = struct.unpack_from("<HH", self.bytes, 54)
        self.parts = [struct.unpack_from("<IIQQQQQQ", self.bytes, at + size * n) for n in range(count)]
        self.dynamic = self.read_dynamic()
        self.sanitized = b"__asan_init" in self.bytes
        self.imports = self.read_imports()

    def part(self, kind):
        return next((p for p in self.parts if p[0] == kind), None)

    def read_dynamic(self):
        _, _, offset, _, _, size, _, _ = self.part(PT_DYNAMIC)
        return dict(struct.unpack_from("<qQ", self.bytes, at) for at in range(offset, offset + size, 16))

    def place(self, address):
        for kind, _, offset, start, _, size, _, _ in self.parts:
            if kind == PT_LOAD and start <= address < start + size:
                return offset + address - start
        raise Failed("nothing lies at %x" % address)

    def read_imports(self):
        """The names that come from libraries: those before the names' own table, which follows in every linker's order."""
        symbols, names, found = self.place(self.dynamic[DT_SYMTAB]), self.place(self.dynamic[DT_STRTAB]), set()
        for at in range(symbols, names, 24):
            name, _, _, section = struct.unpack_from("<IBBH", self.bytes, at)
            if section == 0:
                found.add(self.bytes[names + name:self.bytes.index(b"\0", names + name)].decode("ascii", "replace"))
        return found


def lies_anywhere(p):
    expect(p.kind == 3 and p.part(PT_INTERP), "it is not position-independent")
    expect(DT_TEXTREL not in p.dynamic, "its code is changed when it is loaded")


def no_memory_is_both_written_and_run(p):
    stack = p.part(PT_GNU_STACK)
    expect(stack and not stack[1] & RUN, "its stack can be run")
    expect(not [x for x in p.parts if x[0] == PT_LOAD and x[1] & (WRITE | RUN) == WRITE | RUN], "a part is writable and can be run")


def what_leads_to_libraries_is_read_only(p):
    expect(p.part(PT_GNU_RELRO), "no part is made read-only after loading")
    now = DT_BIND_NOW in p.dynamic or p.dynamic.get(DT_FLAGS, 0) & 8 or p.dynamic.get(DT_FLAGS_1, 0) & 1
    expect(now, "libraries are bound one by one, into memory that stays writable")


def libraries_come_from_the_system_only(p):
    expect(DT_RPATH not in p.dynamic and (p.sanitized or DT_RUNPATH not in p.dynamic), "it looks for libraries in a folder of its own")


def overrun_frames_are_noticed(p):
    expect("__stack_chk_fail" in p.imports, "there is no stack protector")


def overrun_buffers_are_noticed(p):
    if p.sanitized:
        raise Skipped("the sanitizer looks closer")
    expect({"__memcpy_chk", "__snprintf_chk"} <= p.imports, "it is not fortified: %s" % sorted(n for n in p.imports if n.endswith("_chk")))


def indirect_jumps_land_where_functions_begin(p):
    if not X86:
        raise Skipped("only x86 has these marks")
    expect(p.bytes.count(ENDBR64) > 500, "functions are not marked as such")


TESTS = [lies_anywhere, no_memory_is_both_written_and_run, what_leads_to_libraries_is_read_only, libraries_come_from_the_system_only,
         overrun_frames_are_noticed, overrun_buffers_are_noticed, indirect_jumps_land_where_functions_begin]


def verdict(test, path):
    try:
        test(Program(path))
        return "ok", ""
    except Skipped as why:
        return "ok", " # SKIP %s" % why
    except Failed as why:
        return "not ok", " # %s" % why


def main():
    hard, soft = sys.argv[1:]
    results = []
    for test in TESTS:
        results.append((*verdict(test, hard), test.__name__))
        found = verdict(test, soft)  # a program built with none of it
        if "SKIP" not in results[-1][1] + found[1]:
            results.append(("ok" if found[0] == "not ok" else "not ok", "", test.__name__ + ", and one that is not so is told"))
    for number, (good, why, name) in enumerate(results, 1):
        print("%s %d - %s%s" % (good, number, name.replace("_", " "), why))
    print("1..%d" % len(results))
    sys.exit(any(good != "ok" for good, _, _ in results))


main()
