"""A second opinion on everything: the register, what was given, and who a breach affects, kept in memory.

Written from the design ("The register", "Hand-overs, sets and scope") and the help texts alone, in the plainest way: people are objects,
sets are sets, everything is looked through from the first to the last.  Where the design says nothing and a header of the program does, the
place says "header".  Each act gives what the command should say, or raises Refused, and then has changed nothing."""
import datetime

from model_people import DECEASED, FIELD, FOLDS, ID, LATE, OBJECTED, OBJECTION, WORDS_MEMBER, Record, Whole, Zone, column, day_of, fold_name

SUREST = ("exact", "listed", "rebuilt")
DAWN = -62100000000  # in the year 2: before anybody's data
LAST = 4102444800  # the year 2100: for days of open times
IDS = ("contact_id", "external_identifier", "member_no")
JOIN = "join"      # several records that turn out to be one person's
PURPOSES = {  # whom a new installation's purposes cover, with which details, and whether they need each one's consent
    "ballot": (("member",), ("first_name", "last_name", "email", "phone", "street_address", "postal_code", "birth_date", "membership"), False),
    "newsletter": (("member", "other"), ("first_name", "last_name", "email", "membership"), True)}


class Refused(Exception):
    """The program should say no: exit 1."""


def need(condition, why):
    if not condition:
        raise Refused(why)


# --- what was given ---

class Handover:
    """Sets are of records: what was given was given by record, and is never rewritten."""

    def __init__(self, no, kind, recipient, purpose, sent, evidence, now):
        self.id, self.kind, self.recipient, self.purpose, self.recorded = "H%d" % no, kind, recipient, purpose, now
        self.sent, self.evidence = sent, evidence
        self.given = {}  # record -> set of fields
        self.fields, self.select, self.own, self.known = [], None, set(), now
        self.exact = set()  # of a system: whoever was under it when it was recorded or later
        self.matched = self.file_only = self.ambiguous = 0

    def give(self, record, fields):
        self.given.setdefault(record, set()).update(fields)

    def numbers(self):
        return {key: n for key in self.fields for n in [sum(key in own for own in self.given.values())]}

    def grade(self):
        if self.kind == "system":
            self.evidence = "exact" if self.exact == set(self.given) else "rebuilt"
        return self.evidence

    def sent_latest(self):
        """Header: it was recorded after it.  Of a system its end."""
        return self.sent[1] if self.kind == "system" else max(self.sent[0], min(self.sent[1], self.recorded))


class Recipient:
    def __init__(self, purposes, fields, contract_until=None):
        self.purposes, self.fields, self.contract_until = purposes, fields, contract_until


class Certificate:
    def __init__(self, recipient, handovers, all_before, deleted, backups, subs, received, believed, recorded):
        self.recipient, self.handovers, self.all_before, self.deleted = recipient, handovers, all_before, deleted
        self.backups, self.sub_processors, self.received, self.believed, self.recorded = backups, subs, received, believed, recorded

    def fits(self, h):
        """Header: not of another's, nor of a system that still runs, nor of what was given only after the deletion."""
        return self.recipient == h.recipient and not (h.kind == "system" and h.sent[1] == LATE) and self.deleted[1] >= h.sent[0]

    def names(self, h):
        told = h.id in self.handovers or (self.all_before is not None and h.sent_latest() < self.all_before)
        return told and self.fits(h)


class Incident:
    def __init__(self, no, recipients, start, end, opened):
        self.id, self.recipients, self.start, self.end, self.opened, self.closed = "I%d" % no, recipients, start, end, opened, False


class Scope:
    """The answer: people with their fields, and the numbers."""

    def __init__(self):
        self.people, self.evidence = {}, {}  # person -> set of fields, index into SUREST
        self.handovers, self.late = [], 0

    def lines(self, sources):
        return sorted("%s\t%s" % (p.first.name_of(sources), ",".join(sorted(fields))) for p, fields in self.people.items())

    def numbers(self, at, zone, categories):
        status = dict.fromkeys(("member", "former", "other"), 0)
        past = {p for p in self.people if p.past_end(at, zone)}
        for p in self.people:
            found = p.status(at, zone)
            status[found if found in status else "other"] += 1
        fields, kinds = {}, {}
        for own in self.people.values():
            for key in own:
                fields[key] = fields.get(key, 0) + 1
            for kind in {categories[key] for key in own}:
                kinds[kind] = kinds.get(kind, 0) + 1
        others = [p for p in self.people if p.status(at, zone) not in ("member", "former")]
        return {
            "affected": len(self.people), "members": status["member"], "former": status["former"], "other": status["other"],
            "file_only": sum(p.only_from_files() for p in others),
            "not_recorded": sum(not p.only_from_files() and not p.says_status() for p in others),
            "evidence": {word: sum(e == i for e in self.evidence.values()) for i, word in enumerate(SUREST)},
            "fields": fields, "categories": kinds, "handovers": list(self.handovers), "erased": 0,
            "deceased": sum(p.deceased(at, zone) for p in self.people), "gone": sum(p.gone() for p in self.people),
            "past_end": len(past), "past_end_former": sum(p.status(at, zone) == "former" for p in past),
            "under_18": sum(p.under_18(at, zone) for p in self.people), "late": self.late,
            "no_address": sum(not any(p.values(k, at) for k in ("email", "street_address", "postal_code")) for p in self.people),
        }


# --- the register ---

class Register:
    def __init__(self, zone):
        self.zone = Zone(zone)
        self.records, self.by = [], {}  # by: (kind, value) -> records that have or had it
        self.sources = []               # (source, id) in the order in which they became known
        self.handovers = []

    def people(self):
        return sorted({r.whole for r in self.records}, key=lambda p: p.first.ordinal)

    def record(self, ordinal):
        need(0 <= ordinal < len(self.records), "there is nobody of that number")
        return self.records[ordinal]

    def new_record(self, file_only):
        self.records.append(Record(len(self.records), file_only))
        return self.records[-1]

    def index(self, record, source, key, text):
        if text and key in IDS:
            self.by.setdefault((source, key, text), set()).add(record)
        if text and key in FOLDS:
            self.by.setdefault((key, FOLDS[key](text)), set()).add(record)

    # -- several records of one person --

    def merge(self, one, other):
        a, b = self.record(one), self.record(other)
        need(a is not b, "they are the same record")
        return {"changed": self.join(a, b)}

    def join(self, a, b):
        if a.whole is b.whole:
            return False
        whole = Whole(a.whole.records + b.whole.records)
        for r in whole.records:
            r.whole = whole
        return True

    def unmerge(self, one):
        r = self.record(one)
        others = [o for o in r.whole.records if o is not r]
        if not others:
            return {"changed": False}
        held = set().union(*(o.holds for o in r.whole.records))  # header: what holds one holds all, also once they are taken apart
        for o in r.whole.records:
            o.holds = set(held)
        r.whole, rest = Whole([r]), Whole(others)
        for o in others:
            o.whole = rest
        return {"changed": True}

    # -- who a row means --

    def match(self, source, cells):
        """The records that a row means: none, one, or several; those of one person only if they are hers."""
        by_id, by_address = self.find(source, cells)
        ids = self.ids(cells) if source else []
        return by_id or {p for p in by_address if self.agrees(p, source, ids, cells)}

    def find(self, source, cells):
        """Who has one of the row's ids; else who shares the e-mail address, or the postcode and the family name."""
        by_id = set()
        for key, text in self.ids(cells) if source else []:
            by_id |= self.by.get((source, key, text), set())
        if by_id:
            return by_id, set()
        by_postcode = {p for p in self.under(cells, "Postal Code", "postal_code") if self.same_name(p, "last_name", cells.get("Last Name", ""))}
        return set(), self.under(cells, "Email", "email") | by_postcode

    def under(self, cells, name, key):
        return set(self.by.get((key, FOLDS[key](cells[name])), ())) if cells.get(name) else set()

    @staticmethod
    def ids(cells):
        return [(key, text) for name, text in cells.items() for kind, key in [column(name)] if kind == ID and text]

    @staticmethod
    def same_name(p, key, name):
        return bool(name) and fold_name(name) in {fold_name(t) for t in p.all_texts(key)}

    @staticmethod
    def other_id(p, source, ids):
        return any(p.now(key, source) - {text} for key, text in ids)

    @staticmethod
    def differs(p, source, ids, cells):
        family, first, born = (cells.get(n, "") for n in ("Last Name", "First Name", "Birth Date"))
        if Register.other_id(p, source, ids):
            return True
        if family and p.all_texts("last_name") and not Register.same_name(p, "last_name", family):
            return True
        births = p.now("birth_date")
        if born and births:
            return born not in births
        firsts = [fold_name(t) for t in p.all_texts("first_name")]
        return bool(first and firsts) and not any(Register.first_agrees(fold_name(first), o) for o in firsts)

    @staticmethod
    def first_agrees(a, b):
        return bool(a and b) and (a == b or (len(a) == 1 and b[0] == a) or (len(b) == 1 and a[0] == b))

    @staticmethod
    def agrees(p, source, ids, cells):
        if Register.other_id(p, source, ids):
            return False
        family, first, born = (cells.get(n, "") for n in ("Last Name", "First Name", "Birth Date"))
        if not Register.same_name(p, "last_name", family):
            return False
        births = p.now("birth_date")
        if born and births:
            return born in births
        return any(Register.first_agrees(fold_name(first), fold_name(t)) for t in p.all_texts("first_name"))

    @staticmethod
    def record_for(found, source):
        """Header: of several records of one person the one that is in that source, else one not known from files only, else the first."""
        ordered = sorted(found, key=lambda r: r.ordinal)
        order = sorted(ordered[0].whole.records, key=lambda r: (r.sources.get(source, ("",))[0] != "there", r.only_from_files(), r.ordinal))
        return order[0]

    def one_from_files(self, found):
        """Header: whom one row's ids mean, all but at most one known only from files, are one person."""
        people = {r.whole for r in found}
        if sum(not p.only_from_files() for p in people) > 1:
            return False
        first = next(iter(found))
        for r in found:
            self.join(first, r)
        return True

    # -- import --

    def import_rows(self, source, header, rows, now, full, skip):
        """Rows are lists of cells.  The numbers that the program should give."""
        met, meant, rejected = set(), [], 0
        for group in self.group(header, rows):
            found = self.match(source, group[0])
            record, wrong = self.one_meant(source, group[0], found, met)
            rejected += wrong
            if not wrong:
                meant.append((group, record, found))
            met |= found if wrong or record == JOIN or len({r.whole for r in found}) == 1 else set()
        need(skip or not rejected, "the ids of a row belong to different people, or two rows are one person's")
        return self.write(source, header, meant, now, full, met, {"read": len(rows), "rejected_count": rejected})

    def one_meant(self, source, cells, found, met):
        """The record that a row means, None for somebody new, JOIN for several that turn out to be one person's; and whether it is wrong."""
        people = {r.whole for r in found}
        by_id = any(self.by.get((source,) + i) for i in self.ids(cells))
        if len(people) > 1 and by_id:
            from_files = sum(not p.only_from_files() for p in people) < 2 and not found & met
            return (JOIN, False) if from_files else (None, True)
        record = None if len(people) > 1 else self.record_for(found, source) if len(found) > 1 else next(iter(found), None)
        if record in met:
            return None, by_id  # another row means her already
        return record, False

    def group(self, header, rows):
        grouped = {}
        for no, row in enumerate(rows):
            cells = dict(zip(header, row))
            ids = [cells[n] for n in header if column(n)[0] == ID and cells[n]]
            grouped.setdefault(ids[0] if ids else ("row", no), []).append(cells)
        return grouped.values()

    def write(self, source, header, meant, now, full, met, said):
        said.update({"added": 0, "updated": 0, "unchanged": 0, "gone": 0})
        for name in header:
            if column(name)[0] == ID and (source, column(name)[1]) not in self.sources:
                self.sources.append((source, column(name)[1]))
        touched = set()
        for group, record, found in meant:
            if record == JOIN:
                self.one_from_files(found)
                record = self.record_for(found, source)
                met |= found
            is_new = record is None
            if not is_new:
                self.catch_up(now, {record})  # what is written may hide that she was under a selection until now
            record = self.new_record(False) if is_new else record
            changed = self.take(record, source, header, group, now)
            said["added" if is_new else "updated" if changed else "unchanged"] += 1
            met.add(record)
            if changed or is_new:
                touched.add(record)
        gone = self.go(source, met, now) if full else set()
        said["gone"] = len(gone)
        self.grow(touched | gone, now)
        for r in self.records:
            r.forget(now)  # past values that are due, of anybody
        return dict(said, held=self.hold_all())

    def go(self, source, met, now):
        """Who is missing from a full export has left the source."""
        gone = {r for r in self.records if r.sources.get(source, ("",))[0] == "there" and r not in met}
        for r in gone:
            r.sources[source] = ("gone", now)
        return gone

    def take(self, p, source, header, group, now):
        changed = False
        for name in header:
            kind, key = column(name)
            texts = [g[name] for g in group if g[name]]
            p.others |= {key} if texts and kind not in (ID, FIELD) else set()
            if kind in (ID, FIELD):
                text = texts[0] if texts else ""
                changed |= p.say(source, key, text, now)
                self.index(p, source, key, text)
            elif kind == OBJECTION:
                changed |= self.take_objection(p, source, any(t == "Yes" for t in texts))
            elif kind == DECEASED:
                dead = any(t == "Yes" for t in texts)
                changed |= dead != p.dead
                p.dead = dead
        if "Membership Status" in header:
            changed |= self.take_periods(p, group, now)
        if p.sources.get(source, ("",))[0] != "there":
            p.sources[source] = ("there", now)
            changed = True
        if not p.periods and not p.start:
            p.start = self.zone.day(now)  # nobody is kept for ever for want of a date (header): from when she became known
        return changed

    @staticmethod
    def take_objection(p, source, says):
        """Header: what a file says that its last did not say is recorded; it ends when no source says it any more."""
        before = p.said_no.get(source, False)
        p.said_no[source] = says
        if says and not before:
            p.objections += [[key, None, True] for key in OBJECTED if not any(o[:2] == [key, None] for o in p.objections)]
        elif before and not says and not any(p.said_no.values()):
            p.objections = [o for o in p.objections if not o[2]]
        return says != before

    def take_periods(self, p, group, now):
        today, said, words = self.zone.day(now), [], []
        for g in group:
            word, start, end = (g.get(n, "") for n in ("Membership Status", "Membership Start Date", "Membership Expiration Date"))
            word = word.lower()
            if word:
                words.append((start, word))
            if word == "pending" or not start:
                continue
            last = day_of(end) if end else None
            if word in WORDS_MEMBER and last and last < today:
                last = None
            said.append((day_of(start), last))
        since = [day_of(g["Member Since"]) for g in group if g.get("Member Since") and g.get("Membership Status") != "Pending"]
        said.sort(key=lambda s: (s[0], s[1] or datetime.date.max))
        if said and since and min(since) < said[0][0]:
            said[0] = (min(since), said[0][1])
        kept = [o for o in p.periods if o[1] is not None and not any(o[0] <= (n[1] or datetime.date.max) and n[0] <= o[1] for n in said)]
        periods = sorted(set(kept + said), key=lambda s: (s[0], s[1] or datetime.date.max)) if said else p.periods
        changed = periods != p.periods
        p.periods = periods
        word = max(words)[1] if words else None  # what the file said last, be it nothing
        if word != p.word:
            p.word, p.word_since, changed = word, now, True
        return changed

    # -- choices --

    def choose(self, act, one, purpose, recipient, now):
        whole = self.record(one).whole
        if act == "objection add":
            if not any(o[0] == purpose and o[1] == recipient for r in whole.records for o in r.objections):
                self.record(one).objections.append([purpose, recipient, False])
        elif act == "objection withdraw":
            for_all = any(o[:2] == [purpose, None] for r in whole.records for o in r.objections)
            need(recipient is None or not for_all, "the objection is to every recipient")
            for r in whole.records:
                r.objections = [o for o in r.objections if o[0] != purpose or (recipient is not None and o[1] != recipient)]
        else:
            self.record(one).consents.append((act.split()[1], purpose, recipient, now))
        return {}

    # -- systems that run (the set of what is run for us grows with the register) --

    def fill_system(self, h, r, start, end):
        told = set()
        if h.select:
            if r not in h.given and all(h.select.holds(Whole([r]), at, self.zone) is False for at in self.moments(r, start, end)):
                return
            told = h.select.given()
        elif r not in h.given and Whole([r]).joined() and Whole([r]).joined() > self.zone.day(min(h.sent[1], LAST)):
            return  # header: certainly joined after its end
        h.give(r, {f for f in h.own if r.has(f, start, end)} | told)

    def settle(self, h, r, now):
        """Header: exact is who was under it from its recording on; all are where it began on that day or later."""
        start, end = h.known, min(now, h.sent[1])
        under = start <= end and (not h.select or any(h.select.holds(Whole([r]), at, self.zone) is not False
                                                      for at in self.moments(r, start, end)))
        if r in h.given and (under or h.known == h.sent[0]):
            h.exact.add(r)

    def grow(self, touched, now):
        for h in self.handovers:
            if h.kind == "system" and h.sent[0] <= now <= h.sent[1]:
                for r in touched:
                    if r.sources:
                        self.fill_system(h, r, now if r in h.given else h.sent[0], now)
                        self.settle(h, r, now)

    def catch_up(self, now, records=None):
        """Whoever came under the selection of a system that ran on after its recording, also as time passed alone."""
        for h in self.handovers:
            if h.kind == "system" and h.select and h.sent[0] <= now and h.sent[1] > h.recorded:
                for r in self.records if records is None else records:
                    if r.sources and r not in h.given:
                        self.fill_system(h, r, h.sent[0], min(now, h.sent[1]))
                    if r.sources:
                        self.settle(h, r, now)

    def moments(self, r, start, end):
        """Instants of a time such that whatever was so at some time of it was so at one of these."""
        found = {start, end, r.word_since, r.gone_since() or start}
        for list_ in r.values.values():
            for v in list_:
                found |= {v.since, v.since - 1}
                found |= {v.until, v.until - 1} if v.until != LATE else set()
        for first, last in r.periods:
            found |= {self.zone.start(first)} | ({self.zone.end(last) + 1} if last else set())
        return {at for at in found if start <= at <= end}
