#!/usr/bin/python3
"""Makes format-vectors.json: one of each thing that docs/format.md describes, with fixed keys and nonces.

    tests/data/make_format_vectors.py > tests/data/format-vectors.json

Independent of the C code; needs Debian's python3-nacl.  Keys, nonces and ids are BLAKE2b of their names, so nothing in the file is secret
or random.
"""
import hashlib, json, struct
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt
from nacl.pwhash import argon2id

FOREVER, UNKNOWN_DAY, OPEN_DAY = 2**63 - 1, -2**31, 2**31 - 1
u8, u16, u32, u64, i32, i64 = (struct.Struct(">" + c).pack for c in "BHIQiq")


def blake(data, key=b"", size=32):
    return hashlib.blake2b(data, key=key, digest_size=size).digest()


def named(name, size=32):
    return blake(b"format vector: " + name.encode(), size=size)


def block(data):
    return u32(len(data)) + data


ORG, EPOCH = named("organisation", 16), 7


def ad(label, *rest):
    return label.encode() + b"\0" + ORG + b"".join(rest)


def seal(name, key, data, plain):
    """As the file has it: everything that went in, and what came out."""
    nonce = named("nonce of " + name, 24)
    sealed = b"\1\1" + nonce + encrypt(plain, data, nonce, key)
    return {"key": key, "nonce": nonce, "ad": data, "plain": plain, "sealed": sealed}


# --- sections 1 and 2 ---

PASSPHRASE, SALT, KB, PASSES = "seven lamps under the quay, née Zoë", named("salt", 16), 65536, 3
STRETCHED = argon2id.kdf(32, PASSPHRASE.encode(), SALT, PASSES, KB * 1024)
LOCK = SALT + u32(KB) + u32(PASSES) + blake(b"candour passphrase v1", STRETCHED)[:16] + bytes(8)


def slot(epoch, no, count, share, practice, lock=None):
    flags = (1 if practice else 0) | (2 if lock else 0)
    head = b"candour slot v1\0" + ORG + u64(epoch) + u32(flags) + u8(no) + u8(count) + bytes(2) + share + (lock or bytes(48))
    return head + blake(head)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


ROOT = named("share of epoch 7")
shares = [named("share 0 of epoch 8"), named("share 1 of epoch 8")]
slots = {
    "one": [{"a": slot(EPOCH, 0, 1, ROOT, True), "b": bytes(160), "epoch": EPOCH, "root": ROOT, "practice": True}],
    "two": [{"a": slot(8, i, 2, s, False), "b": slot(7, i, 2, named(f"share {i} of two"), False), "epoch": 8, "root": xor(*shares),
             "practice": False} for i, s in enumerate(shares)],
    "two_with_passphrase": [{"a": slot(8, i, 2, s, False, LOCK), "b": slot(7, i, 2, named(f"share {i} of two"), False, LOCK), "epoch": 8,
                             "passphrase": PASSPHRASE, "stretched": STRETCHED, "root": xor(xor(*shares), STRETCHED), "practice": False}
                            for i, s in enumerate(shares)],
}
EPOCH_KEY = blake(b"candour epoch v1", ROOT)
TOKEN_KEY = named("token key")
ring = seal("ring", EPOCH_KEY, ad("candour ring v1", u64(EPOCH)), TOKEN_KEY)


def cell_key(kind, no):
    return named(f"cell key {kind} {no}")


def key_blob(kind, no):
    """32,000 bytes: the file has the hash of what is sealed; each key is named("cell key KIND NUMBER")."""
    keys = b"".join(cell_key(kind, no * 1000 + i) for i in range(1000))
    made = seal(f"key blob {kind} {no}", EPOCH_KEY, ad("candour cell keys v1", u64(EPOCH), u8(kind), u32(no)), keys)
    return {"kind": kind, "blob": no, "nonce": made["nonce"], "ad": made["ad"], "sha256": hashlib.sha256(made["sealed"]).digest()}


# --- sections 4 and 5 ---

def token(type, value):
    return blake(b"candour token v1\0" + u8(type) + u8(1) + value, TOKEN_KEY, 16)


def fingerprint(field, normal):
    """Of a value in its normal form."""
    return token(7, u16(field) + hashlib.sha256(normal).digest())


texts = [[2, "text", " Zoë-Ann ", "zoeann"], [5, "email", "Ada@People.Example", "ada@people.example"], [6, "postcode", "AB1 2CD", "ab12cd"],
         [7, "phone", "+44 1632 960001", "+441632960001"], [7, "phone", "Unknown", "unknown"], [8, "date", "2018-01-31", "2018-01-31"]]
prints = [{"field": f, "type": t, "value": v, "normal": n, "fingerprint": fingerprint(f, n.encode())} for f, t, v, n in texts]
fields = [(2, 1, 1500000000, 1520000000, 1, "Ada".encode()), (2, 1, 1520000000, FOREVER, 1, "Zoë".encode()),
          (3, 0, 1490000000, 1510000000, 2, fingerprint(3, b"example") + i64(1518000000))]
record = u8(1) + u16(len(fields)) + b"".join(u16(f) + u8(s) + i64(a) + i64(b) + u8(form) + u16(len(v)) + v for f, s, a, b, form, v in fields)

facts = {
    "marks": 8 | 128, "word": 3, "word_since": 1500000000, "alias": 42, "birth": -3653, "confirmed": 17000, "start": UNKNOWN_DAY,
    "oldest_past": 1520000000,
    "periods": [[10000, 12000], [15000, OPEN_DAY]], "sources": [[1, 1500000000, 1], [2, 1510000000, 2]],
    "choices": [[1, 2, 3, 0, 1500000000, FOREVER, 1], [2, 5, 2, 9, 1505000000, 1515000000, 0],
                [3, 4, 3, 9, 1510000000, FOREVER, 0]], "holds": [[3, 1530000000]],
    "fields": [2, 3, 17],
}


def facts_bytes(f):
    bits = bytearray(max(f["fields"]) // 8 + 1)
    for n in f["fields"]:
        bits[n // 8] |= 1 << n % 8
    lists = [("periods", ">ii"), ("sources", ">BqB"), ("choices", ">BBHHqqH"), ("holds", ">Iq")]
    packed = b"".join(u8(len(f[name])) + b"".join(struct.pack(form, *item) for item in f[name]) for name, form in lists)
    return (u8(1) + u16(f["marks"]) + u8(f["word"]) + i64(f["word_since"]) + u32(f["alias"]) + i32(f["birth"]) + i32(f["confirmed"])
            + i32(f["start"]) + i64(f["oldest_past"]) + packed + u8(len(bits)) + bytes(bits))


# --- section 3: a cell with places never used, there, erased, there ---

CELL, PLACE = 1003, 3
ORDINAL = CELL * 256 + PLACE
PROOF = named("proof key")


def there(proof, keys, records, about):
    return (u8(1) + proof + u8(len(keys)) + b"".join(u8(c) + k for c, k in keys) + u8(len(records))
            + b"".join(u8(c) + u16(i) + u32(v) for c, i, v in records) + u16(len(about)) + about)


keys = [(1, named("category 1")), (2, named("category 2"))]
records = [(1, 0, 5), (2, 0, 1)]
other = there(named("other proof key"), [], [], facts_bytes({**facts, "periods": [], "choices": [], "holds": [], "fields": [0]})[:-2] + u8(0))
plain = u8(1) + u64(12) + u16(4) + u8(0) + other + u8(2) + there(PROOF, keys, records, facts_bytes(facts))
people = {"no": CELL, "version": 12, **seal("people cell", cell_key(1, CELL), ad("candour people cell v1", u32(CELL)), plain)}

texts = [record, b"\1\0\0"]
pieces = []
for (category, id, version), text, (_, key) in zip(records, texts, keys):
    padded = block(text) + bytes(-len(block(text)) % 32)
    data = ad("candour record v1", u32(ORDINAL), u8(category), u16(id), u32(version))
    pieces.append({"category": category, "id": id, "version": version, "text": text, **seal(f"record {category}", key, data, padded)})
row = {"ordinal": ORDINAL, "place": PLACE, "row": u8(1) + b"".join(block(p["sealed"]) for p in pieces), "records": pieces}

# --- sections 6 and 7 ---

values = [(1, b"\1\0\7A-1024"), (2, b"ada@people.example"), (3, b"AB12CD"), (4, b"+441632960001"), (5, b"example")]
tokens = [{"type": t, "normaliser": 1, "value": v, "token": token(t, v)} for t, v in values]
entries = sorted((t["token"], ordinal, flags) for t in tokens for ordinal, flags in ((ORDINAL, t["type"] == 5), (ORDINAL + 1, 1)))
entries = sorted(entries + [(named("never", 16), 0xffffffff, 2)])
index_plain = u8(1) + u64(3) + u8(0) + u32(0) + u32(len(entries)) + b"".join(t + u32(o) + u8(f) for t, o, f in entries)
index = {"no": 5, "entries": [{"token": t, "ordinal": o, "flags": int(f)} for t, o, f in entries],
         **seal("index cell", cell_key(2, 5), ad("candour index cell v1", u32(5)), index_plain)}

NO = 2048
SALT = named("document salt")
bare = {"name": "Pellwick Ltd", "no": 3, "short": "Pëllwick"}
body, bare = (json.dumps(d, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() for d in ({**bare, "salt": SALT.hex()}, bare))
data = ad("candour document v1", u64(NO), block(b"recipient"), block(b"pellwick"), u32(4))
document = {"no": NO, "kind": "recipient", "id": "pellwick", "version": 4, "in_log": hashlib.sha256(SALT + bare).digest(), **seal("document", cell_key(3, NO), data, body)}

# --- section 8 ---

COMMITMENT = named("commitment", 16)
salt = blake(b"candour proof v1\0" + COMMITMENT, PROOF)
given = sorted(["email", "last_name", "first_name"])
leaf = hashlib.sha256(b"\0candour set v1" + salt + b"\x10" + COMMITMENT + u16(len(given)) + b"".join(u8(len(f)) + f.encode() for f in given)).digest()

vectors = {
    "organisation": ORG, "epoch": EPOCH,
    "seal": [seal("seal 0", named("seal key"), b"", b""), seal("seal 1", named("seal key"), ad("candour test"), b"What is sealed opens again.")],
    "kdf": [{"key": ROOT, "label": b"candour epoch v1", "out": EPOCH_KEY}],
    "sum": [{"bytes": b"", "out": blake(b"")}, {"bytes": b"candour", "out": blake(b"candour")}],
    "slots": slots, "ring": ring, "key_blobs": [key_blob(1, CELL // 1000), key_blob(2, 0), key_blob(3, NO // 1000)],
    "record": {"bytes": record, "fields": [list(f[:5]) + [f[5]] for f in fields]},
    "facts": {**facts, "bytes": facts_bytes(facts)},
    "people_cell": people, "row": row, "tokens": tokens, "fingerprints": prints, "index_cell": index, "document": document,
    "commitment": {"id": COMMITMENT, "proof_key": PROOF, "salt": salt, "fields": given, "leaf": leaf},
}
print(json.dumps(vectors, indent=1, default=bytes.hex))
