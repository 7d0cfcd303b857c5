"""A second opinion on who is affected: the register, what was given, and the scope of a breach, worked out again.

Written from the design and the story alone, in the plainest way: people are objects, sets are sets, everything is looked
through from the first to the last.  Where the design says nothing and a header of the program does, the place says "header"."""
import datetime

from oracle_people import (DECEASED, EARLY, FIELD, FOLDS, ID, LATE, OBJECTED, OBJECTION, WORDS_MEMBER, Person, Selection, Zone, column, day_of,
                           fold_name)

SUREST = ("exact", "listed", "rebuilt")
DAWN = -62100000000  # in the year 2: before anybody's data


# --- what was given ---

class Handover:
    def __init__(self, no, kind, recipient, purpose, sent, evidence):
        self.id, self.kind, self.recipient, self.purpose = "H%d" % no, kind, recipient, purpose
        self.told = kind  # how a test names it
        self.sent, self.evidence = sent, evidence
        self.given = {}  # person -> set of fields
        self.fields, self.select = (), None
        self.exact = set()  # of a system: whoever was under it when it was recorded or later
        self.matched = self.file_only = self.ambiguous = 0
        self.left_out = {"objected": 0, "no_consent": 0, "past_end": 0, "status": 0}

    def give(self, person, fields):
        self.given.setdefault(person, set()).update(fields)

    def numbers(self):
        counts = {}
        for fields in self.given.values():
            for key in fields:
                counts[key] = counts.get(key, 0) + 1
        return counts


class Certificate:
    def __init__(self, recipient, handovers, all_before, deleted, backups, sub_processors, received, believed, recorded):
        self.recorded = recorded
        self.recipient, self.handovers, self.all_before, self.deleted = recipient, handovers, all_before, deleted
        self.backups, self.sub_processors, self.received, self.believed = backups, sub_processors, received, believed


class Incident:
    def __init__(self, recipients, start, end, opened):
        self.recipients, self.start, self.end, self.opened = recipients, start, end, opened


class Scope:
    """The answer: people with their fields, and the numbers."""

    def __init__(self):
        self.people = {}    # person -> set of fields
        self.late = 0
        self.evidence = {}  # person -> index into SUREST
        self.handovers = []

    def lines(self):
        return sorted("%s\t%s" % (p.name_of(), ",".join(sorted(fields))) for p, fields in self.people.items())

    def numbers(self, at, zone):
        status = {"member": 0, "former": 0, "other": 0}
        for p in self.people:
            found = p.status(at, zone)
            status[found if found in status else "other"] += 1
        fields = {}
        for own in self.people.values():
            for key in own:
                fields[key] = fields.get(key, 0) + 1
        return {
            "affected": len(self.people), "members": status["member"], "former": status["former"], "other": status["other"],
            "file_only": sum(p.status(at, zone) == "file-only" for p in self.people),
            "evidence": {word: sum(e == i for e in self.evidence.values()) for i, word in enumerate(SUREST)},
            "fields": fields, "handovers": list(self.handovers), "erased": 0,
            "deceased": sum(p.deceased(at, zone) for p in self.people),
            "gone": sum(p.gone_since() is not None for p in self.people),
            "past_end": sum(p.past_end(at, zone) for p in self.people),
            "under_18": sum(p.under_18(at, zone) for p in self.people),
        }


# --- the whole ---

class Oracle:
    def __init__(self, zone="Europe/London"):
        self.zone = Zone(zone)
        self.people = []
        self.links = []  # (from recipient, to recipient, purpose or None, earliest, latest)
        self.handovers, self.certificates, self.incidents = [], [], []
        self.by = {}     # (kind, value) -> set of people, for speed alone

    # -- people --

    def index(self, person, source, key, text):
        if text and key in ("contact_id", "external_identifier", "member_no"):
            self.by.setdefault((source, key, text), set()).add(person)
        if text and key in FOLDS:
            self.by.setdefault((key, FOLDS[key](text)), set()).add(person)

    def match(self, source, cells, without=frozenset()):
        """The people whom a row means: none, one, or several."""
        found = set()
        ids = self.ids(cells)
        for key, text in ids:
            found |= self.by.get((source, key, text), set()) - without
        if found:
            return found
        found = self.under(cells, "Email", "email") | self.under(cells, "Postal Code", "postal_code")
        return {p for p in found - without if self.agrees(p, source, ids, cells)}

    def may_mean(self, source, cells, without):
        """Of a row that means nobody for sure: who shares the e-mail address, or postcode and family name, and differs in nothing."""
        found = self.under(cells, "Email", "email")
        found |= {p for p in self.under(cells, "Postal Code", "postal_code") if self.same_name(p, "last_name", cells.get("Last Name", ""))}
        return {p for p in found - without if not self.differs(p, source, self.ids(cells), cells)}

    def under(self, cells, name, key):
        return self.by.get((key, FOLDS[key](cells[name])), set()) if cells.get(name) else set()

    @staticmethod
    def ids(cells):
        return [(key, text) for name, text in cells.items() for kind, key in [column(name)] if kind == ID and text]

    @staticmethod
    def same_name(p, key, name):
        return bool(name) and fold_name(name) in {fold_name(t) for t in p.all_texts(key)}

    @staticmethod
    def differs(p, source, ids, cells):
        family, first, born = (cells.get(n, "") for n in ("Last Name", "First Name", "Birth Date"))
        if any(p.all_texts(key, source) - {text} for key, text in ids):
            return True
        if family and p.all_texts("last_name") and not Oracle.same_name(p, "last_name", family):
            return True
        births = p.texts("birth_date", LATE - 1)
        if born and births:
            return born not in births
        firsts = [fold_name(t) for t in p.all_texts("first_name")]
        return bool(first and firsts) and not any(Oracle.first_agrees(fold_name(first), o) for o in firsts)

    @staticmethod
    def first_agrees(a, b):
        return bool(a and b) and (a == b or (len(a) == 1 and b[0] == a) or (len(b) == 1 and a[0] == b))

    @staticmethod
    def agrees(p, source, ids, cells):
        for key, text in ids:
            if p.all_texts(key, source) - {text}:
                return False
        family, first, born = (cells.get(n, "") for n in ("Last Name", "First Name", "Birth Date"))
        if not family or fold_name(family) not in {fold_name(t) for t in p.all_texts("last_name")}:
            return False
        births = {v.text for (_, k), list_ in p.values.items() if k == "birth_date" for v in list_ if v.until == LATE}
        if born and births:
            if born not in births:
                return False
            return True
        return any(Oracle.first_agrees(fold_name(first), fold_name(t)) for t in p.all_texts("first_name"))

    # -- import --

    def import_rows(self, source, header, rows, now, full):
        """Rows are lists of cells.  The numbers that the program should give."""
        said = {"read": len(rows), "added": 0, "updated": 0, "unchanged": 0, "gone": 0, "rejected": []}
        grouped = {}
        for no, row in enumerate(rows):
            cells = dict(zip(header, row))
            ids = [cells[n] for n in header if column(n)[0] == ID and cells[n]]
            grouped.setdefault(ids[0] if ids else ("row", no), []).append(cells)
        matched = [(group, self.match(source, group[0])) for group in grouped.values()]
        self.catch_up(now, set().union(*(found for _, found in matched)))  # as the register was kept until now
        seen, touched = set(), set()
        for group, found in matched:
            assert len(found) <= 1, "the generator made an ambiguous import"
            if found:
                person = next(iter(found))
            else:
                person = Person(False)
                self.people.append(person)
            changed = self.take(person, source, header, group, now)
            said["unchanged" if found and not changed else "updated" if found else "added"] += 1
            seen.add(person)
            if changed or not found:
                touched.add(person)
        if full:
            for p in self.people:
                if p.sources.get(source, ("",))[0] == "there" and p not in seen:
                    p.sources[source] = ("gone", now)
                    touched.add(p)
                    said["gone"] += 1
        for h in self.handovers:
            if h.kind == "system" and h.sent[0] <= now <= h.sent[1]:
                for p in self.people:
                    if p.sources and p in touched:
                        self.fill_system(h, p, now if p in h.given else h.sent[0], now)
                        self.settle(h, p, now)
        return said

    def catch_up(self, now, people=None):
        """Whoever came under the selection of a system that ran on after its recording, also as time passed alone."""
        for h in self.handovers:
            if h.kind == "system" and h.select and h.sent[0] <= now and h.sent[1] > h.recorded:
                for p in self.people if people is None else people:
                    if p.sources and p not in h.given:
                        self.fill_system(h, p, h.sent[0], min(now, h.sent[1]))
                    if p.sources:
                        self.settle(h, p, now)

    def take(self, p, source, header, group, now):
        changed = False
        for name in header:
            kind, key = column(name)
            texts = [g[name] for g in group if g[name]]
            if kind in (ID, FIELD):
                text = texts[0] if texts else ""
                changed |= p.say(source, key, text, now)
                self.index(p, source, key, text)
            elif kind == OBJECTION:
                wanted = set(OBJECTED) if any(t == "Yes" for t in texts) else set()
                changed |= wanted != p.objects
                p.objects = wanted
            elif kind == DECEASED:
                dead = any(t == "Yes" for t in texts)
                changed |= dead != p.dead
                p.dead = dead
        if "Membership Status" in header:
            changed |= self.take_periods(p, group, now)
        if p.sources.get(source, ("",))[0] != "there":
            p.sources[source] = ("there", now)
            changed = True
        return changed

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
        if words:
            word = max(words)[1]
            if word != p.word:
                p.word, p.word_since, changed = word, now, True
        return changed

    # -- hand-overs --

    def new_handover(self, kind, recipient, purpose, sent, evidence, now):
        h = Handover(len(self.handovers) + 1, kind, recipient, purpose, sent, evidence)
        h.recorded = now
        self.handovers.append(h)
        return h

    def record_file(self, recipient, purpose, sent, source, header, rows, now, select=None, listed=False):
        h = self.new_handover("their-list" if listed else "file", recipient, purpose, self.zone.range(sent),
                              "listed" if listed else "exact", now)
        told = Selection(select).given() if select else set()
        fresh, said = {}, {}
        for row in rows:
            cells = dict(zip(header, row))
            found = self.match(source, cells, set(fresh.values()))
            if len(found) > 1:
                h.ambiguous += 1
            if not found:
                found = self.doubted(h, source, cells, set(fresh.values()), said)
            if not found:
                found = {self.file_person(source, cells, now, fresh)}
            elif len(found) == 1 and self.known_from_files(*found):
                self.fill_file_person(*found, source, cells, now)
            elif len(found) == 1 and self.match(source, cells):
                h.matched += 1
            for p in found:
                h.give(p, {column(n)[1] for n, text in cells.items() if text} | told)
        h.file_only = sum(map(self.known_from_files, h.given))
        h.fields = sorted({column(n)[1] for n in header} | told)
        return h

    @staticmethod
    def known_from_files(p):
        return p.file_only and not p.sources

    def doubted(self, h, source, cells, without, said):
        """Header: two rows of a file with different whole names are not both about somebody of whom too little is known."""
        name = tuple(fold_name(cells.get(n, "")) for n in ("Last Name", "First Name")) + (cells.get("Birth Date", ""),)
        whole = name[0] and (name[1] or name[2])
        found = {p for p in self.may_mean(source, cells, without) if not whole or said.setdefault(p, name) == name}
        h.ambiguous += bool(found) and not (len(found) == 1 and self.known_from_files(*found))
        return found

    def file_person(self, source, cells, now, fresh):
        """Header: rows of one file that mean nobody are one person by an id, else by addresses and names, else if they say the same."""
        keys = [("id",) + i for i in self.ids(cells)]
        if not keys:
            email, postcode, family, first, born = (cells.get(n, "") for n in ("Email", "Postal Code", "Last Name", "First Name", "Birth Date"))
            name = (FOLDS["email"](email), FOLDS["postal_code"](postcode), fold_name(family), fold_name(first), born)
            keys = [("name",) + name if email or (postcode and family) else ("all",) + tuple(cells.values())]
        p = next((fresh[k] for k in keys if k in fresh), None)
        if not p:
            p = Person(True)
            p.start = self.zone.day(now)
            self.people.append(p)
        fresh.update((k, p) for k in keys if k not in fresh)
        self.fill_file_person(p, source, cells, now)
        return p

    def fill_file_person(self, p, source, cells, now):
        """What a file says adds to what is known of her; it never takes away."""
        for name, text in cells.items():
            kind, key = column(name)
            if kind in (ID, FIELD) and text:
                p.add(source, key, text, now)
                self.index(p, source, key, text)

    def record_rule(self, recipient, purpose, sent, rule, fields, now, as_of=None):
        h = self.new_handover("rule", recipient, purpose, self.zone.range(sent), "rebuilt", now)
        start, end = self.zone.range(as_of or sent)
        if as_of or self.zone.day(max(start, DAWN)) == self.zone.day(min(end, now)):
            start = end
        start, end = max(start, DAWN), end if start == end else min(end, now)
        chosen = Selection(rule)
        for p in self.people:
            times = self.moments(p, start, end)
            if p.sources and any(chosen.holds(p, at, self.zone) is not False for at in times):  # not those known only from somebody's file
                h.give(p, {f for f in fields if p.has(f, start, end)} | chosen.given())
        h.fields = sorted(set(fields) | chosen.given())
        return h

    def record_system(self, recipient, purpose, start, until, fields, now, select=None):
        sent = (self.zone.range(start)[0], self.zone.range(until)[1] if until else LATE)
        h = self.new_handover("system", recipient, purpose, sent, None, now)
        h.known = sent[0] if self.zone.day(sent[0]) >= self.zone.day(now) else now
        h.select = Selection(select) if select else None
        h.fields = sorted(set(fields) | (h.select.given() if h.select else set()))
        h.own = set(fields)
        for p in self.people:
            if p.sources:  # those known only from somebody's file are not in what is run for us
                self.fill_system(h, p, sent[0], min(now, sent[1]))
                self.settle(h, p, now)
        h.evidence = "exact" if h.exact == set(h.given) else "rebuilt"
        return h

    def fill_system(self, h, p, start, end):
        told = set()
        if h.select:
            if all(h.select.holds(p, at, self.zone) is False for at in self.moments(p, start, end)) and p not in h.given:
                return
            told = h.select.given()
        h.give(p, {f for f in h.own if p.has(f, start, end)} | told)

    def settle(self, h, p, now):
        """She is exact if she was under it from its recording on; all are where it began on that day or later."""
        start, end = h.known, min(now, h.sent[1])
        under = start <= end and (not h.select or any(h.select.holds(p, at, self.zone) is not False for at in self.moments(p, start, end)))
        if p in h.given and (under or h.known == h.sent[0]):
            h.exact.add(p)

    def moments(self, p, start, end):
        """Instants of a time such that whatever was so at some time of it was so at one of these."""
        found = {start, end}
        for list_ in p.values.values():
            for v in list_:
                found |= {v.since, v.since - 1}
                found |= {v.until, v.until - 1} if v.until != LATE else set()
        for first, last in p.periods:
            found |= {self.zone.start(first)} | ({self.zone.end(last) + 1} if last else set())
        return {at for at in found | {p.word_since} if start <= at <= end}

    def create(self, recipient, purpose, fields, select, now, statuses, objectable=True):
        """The recipient is a processor, so that nobody's consent is needed unless the purpose rests on it."""
        h = self.new_handover("created", recipient, purpose, (now, now), "exact", now)
        chosen = Selection(select)
        for p in self.people:
            if not chosen.holds(p, now, self.zone):  # only who is surely meant
                continue
            if p.status(now, self.zone) not in statuses or p.deceased(now, self.zone):  # the dead are covered by no purpose
                h.left_out["status"] += 1
            elif objectable and purpose in p.objects:
                h.left_out["objected"] += 1
            else:
                h.give(p, {f for f in fields if p.has(f, now, now)} | chosen.given())
        h.fields = sorted(set(fields) | chosen.given())
        return h

    # -- the breach --

    def link(self, recipient, sub, purpose, start, until):
        self.links.append((recipient, sub, purpose, self.zone.range(start)[0] if start else EARLY,
                           self.zone.range(until)[1] if until else LATE))

    def certify(self, recipient, handovers, all_before, deleted, backups, sub_processors, received, believed, recorded):
        self.certificates.append(Certificate(recipient, handovers, self.zone.range(all_before)[0] if all_before else None,
                                             self.zone.range(deleted), backups, sub_processors, received, believed, recorded))

    def open(self, recipients, start, end, now):
        self.catch_up(now)
        self.incidents.append(Incident(set(recipients), self.zone.range(start), self.zone.range(end), now))
        return self.incidents[-1]

    def reach(self, h, incident_end, affected):
        """Whether it came to an affected recipient: directly, through sub-processors, or not."""
        if h.recipient in affected:
            return "direct"
        reached, grew = {h.recipient}, True
        while grew:
            grew = False
            for giver, sub, purpose, first, last in self.links:
                if giver not in reached or sub in reached or purpose not in (None, h.purpose):
                    continue
                if first <= incident_end and h.sent[0] <= last:
                    reached.add(sub)
                    grew = True
        return "chain" if reached & affected else None

    def dropped(self, h, how, incident, start, distrust):
        """Whether somebody proved in time that the people of this hand-over were deleted."""
        if start[0] == EARLY or distrust is True:
            return False
        for c in self.certificates:
            last = h.sent[1] if h.kind == "system" else max(h.sent[0], min(h.sent[1], h.recorded))  # it can't have been given after it was recorded
            names = h.id in c.handovers or (c.all_before is not None and c.recipient == h.recipient and last < c.all_before)
            late = h.kind == "system" and h.sent[1] > c.deleted[0]  # header: people may have come after the deletion
            early = c.deleted[1] < (h.sent[0] if h.kind == "system" else last)  # header: perhaps it came only after the deletion
            if distrust == "late" and c.recorded >= incident.opened:
                continue
            if names and c.recipient == h.recipient and c.deleted[1] < start[0] and c.backups and c.received < incident.opened and \
                    c.believed and not late and not early and (how == "direct" or c.sub_processors):
                return True
        return False

    def scope(self, incident, distrust=False, other_from=None, other_to=None, without=None):
        start = self.zone.range(other_from) if other_from else incident.start
        end = self.zone.range(other_to) if other_to else incident.end
        answer = Scope()
        for h in self.handovers:
            how = self.reach(h, end[1], incident.recipients)
            if not how or h.sent[0] > end[1] or h.id == without:
                continue
            answer.handovers.append(h.id)
            if self.dropped(h, how, incident, start, distrust):
                continue
            for p, fields in h.given.items():
                rank = SUREST.index(h.evidence if h.kind != "system" else "exact" if p in h.exact else "rebuilt")
                answer.people.setdefault(p, set()).update(fields)
                answer.evidence[p] = min(rank, answer.evidence.get(p, rank))
        if not distrust:  # left out only on the word of certificates recorded after the opening
            answer.late = len(self.scope(incident, "late", other_from, other_to, without).people) - len(answer.people)
        return answer

    def can_hold(self, incident):
        """Everybody whom the recipients can hold: the window forgotten, nothing believed."""
        people = set()
        for h in self.handovers:
            if self.reach(h, LATE, incident.recipients):
                people |= set(h.given)
        return people
