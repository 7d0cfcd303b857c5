"""The model's second half: companies, hand-overs, certificates, breaches and who is affected (model.py has the first)."""
from model import DAWN, PURPOSES, SUREST, Certificate, Handover, Incident, Recipient, Register, Scope, need
from model_people import EARLY, FIELD, FOLDS, ID, LATE, Selection, Whole, column, fold_name


class Said:
    """What rows said of somebody.  Header: rows that are certainly about different people are not both about her."""

    def __init__(self):
        self.ids, self.family, self.born, self.firsts = {}, "", "", set()

    @staticmethod
    def of(cells):
        return fold_name(cells.get("Last Name", "")), cells.get("Birth Date", ""), fold_name(cells.get("First Name", ""))

    def parts(self, cells):
        """Whether family names differ, birth dates differ, first names differ, and first names agree."""
        family, born, first = self.of(cells)
        agree = [Register.first_agrees(first, o) for o in self.firsts] if first else []
        return (bool(family and self.family and family != self.family), bool(born and self.born and born != self.born),
                not all(agree), bool(agree) and all(agree))

    def differs(self, ids, cells):
        return any(self.ids.get(key, text) != text for key, text in ids) or any(self.parts(cells)[:3])

    def is_other(self, cells):
        """Of a row that leads to her: a list may have several ids for somebody, and a new family name beside the first name."""
        family, born, first, same_first = self.parts(cells)
        return born or first or (family and not same_first)

    def add(self, ids, cells):
        family, born, first = self.of(cells)
        for key, text in ids:
            self.ids.setdefault(key, text)
        self.family, self.born = self.family or family, self.born or born
        self.firsts |= {first} - {""}


class Model(Register):
    def __init__(self, zone="Europe/London"):
        super().__init__(zone)
        self.recipients, self.links = {}, []  # links: (giver, sub, purpose or None, earliest, latest)
        self.certificates, self.incidents = [], []

    # -- companies --

    def add_recipient(self, name, purposes, fields):
        need(name not in self.recipients, "it is recorded already")
        self.recipients[name] = Recipient(purposes, fields)
        return {}

    def company(self, name):
        need(name in self.recipients, "no such company")
        return self.recipients[name]

    def edit_recipient(self, name, purposes, fields, contract_until):
        r = self.company(name)
        r.purposes, r.fields = purposes or r.purposes, fields or r.fields
        r.contract_until = self.zone.range(contract_until)[1] if contract_until else r.contract_until
        return {}

    def link(self, giver, sub, purpose, start, until, now):
        self.company(giver), self.company(sub)
        self.links.append((giver, sub, purpose, self.zone.range(start)[0] if start else EARLY, self.zone.range(until)[1] if until else LATE))
        return {"held": self.hold_all()}

    def choose(self, act, one, purpose, recipient, now):
        recipient is None or self.company(recipient)
        return super().choose(act, one, purpose, recipient, now)

    # -- hand-overs --

    def begin(self, kind, to, purpose, sent, evidence, now):
        self.company(to)
        need(kind == "system" or sent[0] <= now, "it can't have been given yet")
        return Handover(len(self.handovers) + 1, kind, to, purpose, sent, evidence, now)

    def keep(self, h):
        h.grade()
        self.handovers.append(h)
        said = {"handover": h.id, "evidence": h.evidence, "people": len(h.given), "fields": h.fields, "held": self.hold_all()}
        return said

    def record_file(self, to, purpose, sent, source, header, rows, now, select=None, listed=False):
        h = self.begin("their-list" if listed else "file", to, purpose, self.zone.range(sent), "listed" if listed else "exact", now)
        told = Selection(select).given() if select else set()
        if source:
            for name in header:
                if column(name)[0] == ID and (source, column(name)[1]) not in self.sources:
                    self.sources.append((source, column(name)[1]))
        cells = [dict(zip(header, row)) for row in rows]
        # Header: people are found by what they had before the file, and judged by what is known when their row's turn comes.
        found = [(c,) + self.find(source, c) for c in cells]
        keys, said, matched = {}, {}, set()
        for c, by_id, by_address in found:
            one, several = self.whom(source, c, by_id, by_address, said)
            h.ambiguous += bool(several)
            told_fields, sure = {column(n)[1] for n, text in c.items() if text} | told, True
            if one and said.setdefault(one, Said()).is_other(c):  # header: which of the two she is can't be told
                h.give(one, told_fields)
                one, sure, by_id = None, False, set()
            if not one and not several:
                one, mine = self.in_this_file(source, c, now, keys, said)
                sure = sure and mine
                h.ambiguous += not sure
            elif one and not by_id:  # header: her id is known from then on
                for i in self.ids(c):
                    keys.setdefault(("id",) + i, one)
            if one:
                said.setdefault(one, Said()).add([] if by_id or not sure else self.ids(c), c)
            if one and one.only_from_files():
                self.fill_file_person(one, source, c, now, sure)
            elif one:
                matched.add(one)
            for r in several or {one}:
                h.give(r, told_fields)
        h.file_only, h.matched = sum(r.only_from_files() for r in h.given), len(matched)
        h.fields = sorted({column(n)[1] for n in header} | told)
        return dict(self.keep(h), file_only=h.file_only, ambiguous=h.ambiguous)

    def whom(self, source, cells, by_id, by_address, said):
        """The record that a row means, or those that it may mean; neither: nobody known before the file."""
        ids = self.ids(cells) if source else []
        found = by_id or {p for p in by_address if self.agrees(p, source, ids, cells)}
        if len({r.whole for r in found}) > 1 and by_id:
            self.one_from_files(found)
        if len({r.whole for r in found}) > 1:
            return None, {r.whole.first for r in found}
        if found:
            return self.record_for(found, source) if len(found) > 1 else next(iter(found)), set()
        doubted = {p for p in by_address if not self.differs(p, source, ids, cells)}
        if len(doubted) > 1:  # header: what means several records of one person means that person; one alone is herself
            doubted = {r.whole.first for r in doubted}
        own = self.ids(cells)  # also where nobody said whose they are: one of the file is not another
        doubted = {r for r in doubted if not said.setdefault(r, Said()).differs(own, cells)}
        for r in doubted:
            said[r].add(own, cells)
        if len(doubted) == 1 and all(r.whole.only_from_files() for r in doubted):
            return next(iter(doubted)), set()
        return None, doubted

    def in_this_file(self, source, cells, now, known, said):
        """Header: rows of one file that mean nobody are one person by an id, else by addresses and names, else if they say the same.
        False beside her: what led to somebody can't mean this row too."""
        keys = [("id",) + i for i in self.ids(cells)]  # also where nobody said whose they are
        email, postcode, family, first, born = (cells.get(n, "") for n in ("Email", "Postal Code", "Last Name", "First Name", "Birth Date"))
        person = (fold_name(family), fold_name(first), born)
        if not keys:
            name = (FOLDS["email"](email), FOLDS["postal_code"](postcode)) + person
            keys = [("name",) + name if email or (postcode and family and (first or born)) else ("all",) + tuple(cells.values())]
        others = [k for k in keys if k in known and said.setdefault(known[k], Said()).is_other(cells)]
        r = next((known[k] for k in keys if k in known and k not in others), None)
        if not r and others:
            keys = [("named", k) + person for k in keys]
            r = next((known[k] for k in keys if k in known and not said.setdefault(known[k], Said()).is_other(cells)), None)
        if not r:
            r = self.new_record(True)
            r.start = self.zone.day(now)
        known.update((k, r) for k in keys if k not in known)
        return r, not others

    def fill_file_person(self, r, source, cells, now, sure):
        """What a file says adds to what is known of her; it never takes away.  Ids of a row that can't be sure are not kept."""
        for name, text in cells.items():
            kind, key = column(name)
            if text and (kind == FIELD or (kind == ID and source and sure)):
                r.add(source, key, text, now)
                self.index(r, source, key, text)

    def record_rule(self, to, purpose, sent, rule, fields, now, as_of=None):
        h = self.begin("rule", to, purpose, self.zone.range(sent), "rebuilt", now)
        start, end = self.zone.range(as_of or sent)
        if as_of or self.zone.day(max(start, DAWN)) == self.zone.day(min(end, now)):
            start = end
        start, end = max(start, DAWN), end if start == end else min(end, now)
        chosen = Selection(rule)
        for r in self.records:
            if r.sources and any(chosen.holds(Whole([r]), at, self.zone) is not False for at in self.moments(r, start, end)):
                h.give(r, {f for f in fields if r.has(f, start, end)} | chosen.given())
        need(h.given, "nobody would have been in it")
        h.fields = sorted(set(fields) | chosen.given())
        return self.keep(h)

    def record_system(self, to, purpose, start, until, fields, now, select=None):
        sent = (self.zone.range(start)[0], self.zone.range(until)[1] if until else LATE)
        h = self.begin("system", to, purpose, sent, None, now)
        h.known = sent[0] if self.zone.day(sent[0]) >= self.zone.day(now) else now
        h.select = Selection(select) if select else None
        h.own = set(fields)
        h.fields = sorted(h.own | (h.select.given() if h.select else set()))
        for r in self.records:
            if r.sources:  # those known only from somebody's file are not in what is run for us
                last = min(now, sent[1])  # header: one that begins later holds whoever is under it now
                self.fill_system(h, r, min(sent[0], last), last)
                self.settle(h, r, now)
        return dict(self.keep(h), exact=len(h.exact))

    def end_system(self, handover, until, now):
        h = self.handover(handover)
        last = self.zone.range(until)[1]
        need(h.kind == "system" and (h.sent[1] == LATE or h.sent[1] == last) and last >= h.sent[0], "it can't end then")
        if h.sent[1] == last:
            return {"people": len(h.given)}
        self.catch_up(now)
        h.sent = (h.sent[0], last)
        if h.known > h.sent[0]:
            h.exact = set()
        for r in self.records:
            if r in h.given:
                self.settle(h, r, now)
        h.grade()
        return {"people": len(h.given), "evidence": h.evidence}

    def handover(self, name):
        found = [h for h in self.handovers if h.id == name]
        need(found, "no such hand-over")
        return found[0]

    def create(self, to, purpose, fields, select, now):
        """To a processor.  Its contract runs, it has agreed to purpose and fields, and the purpose covers them; then who is surely meant."""
        company, (statuses, covered, consent) = self.company(to), PURPOSES[purpose]
        need(company.contract_until is None or company.contract_until >= now, "its contract is over")
        need(purpose in company.purposes and set(fields) <= set(company.fields) and set(fields) <= set(covered), "not agreed, or not covered")
        h = self.begin("created", to, purpose, (now, now), "exact", now)
        chosen, out = Selection(select), dict.fromkeys(("objected", "no_consent", "past_end", "status"), 0)
        for p in self.people():
            if not chosen.holds(p, now, self.zone):
                continue
            reason = self.gate(p, to, purpose, statuses, consent, fields, now)
            if reason:
                out[reason] += 1
            else:
                h.give(p.first, {f for f in fields if p.has(f, now, now)} | chosen.given())
        need(h.given, "nobody is left")
        h.fields = sorted(set(fields) | chosen.given())
        return dict(self.keep(h), left_out=out)

    def gate(self, p, to, purpose, statuses, consent, fields, now):
        if p.status(now, self.zone) not in statuses or p.deceased(now, self.zone):  # the dead are covered by no purpose
            return "status"
        if p.objects(purpose, to):
            return "objected"
        if consent and not p.consents(purpose, to):
            return "no_consent"
        past = all(r.past_end(False, now, self.zone) for r in p.records)
        return "past_end" if past else None

    # -- certificates --

    def certify(self, giver, handovers, all_before, deleted, backups, subs, received, believed, now):
        self.company(giver)
        c = Certificate(giver, handovers, self.zone.range(all_before)[0] if all_before else None, self.zone.range(deleted), backups, subs,
                        self.zone.range(received)[1] if received else now, believed, now)
        need(c.deleted[0] <= now, "that is still to come")
        need(all(c.fits(self.handover(name)) for name in handovers), "it can't speak of that")
        promise = c.received < c.deleted[0]
        if believed is None:
            c.believed = not promise
        self.certificates.append(c)
        return {"certificate": "C%d" % len(self.certificates), "believed": c.believed, "promise": promise}

    def believe(self, certificate, believed):
        no = int(certificate[1:]) - 1
        need(no < len(self.certificates), "no such certificate")
        self.certificates[no].believed = believed
        return {"believed": believed}

    # -- breaches --

    def open(self, recipients, start, end, now):
        for r in recipients:
            r == "self" or self.company(r)
        start, end = self.zone.range(start), self.zone.range(end)
        need(start[0] <= end[1], "it ends before it begins")
        self.catch_up(now)
        i = Incident(len(self.incidents) + 1, set(recipients), start, end, now)
        self.incidents.append(i)
        return {"incident": i.id, "held": self.hold(i)}

    def incident(self, name):
        found = [i for i in self.incidents if i.id == name]
        need(found, "no such breach")
        return found[0]

    def edit(self, name, start, end, more, now):
        i = self.incident(name)
        need(not i.closed, "it is closed")
        for r in more:
            self.company(r)
        need(not set(more) & i.recipients, "it is named already")
        if start:
            start, end = self.zone.range(start), self.zone.range(end)
            need(start[0] <= end[1], "it ends before it begins")
            i.start, i.end = start, end
        if set(more) - i.recipients:
            self.catch_up(now)
        i.recipients |= set(more)
        return {"held": self.hold(i)}

    def close(self, name):
        i = self.incident(name)
        need(not i.closed, "it is closed")
        i.closed = True
        return {}

    def reopen(self, name, now):
        i = self.incident(name)
        need(i.closed, "it is open")
        i.closed = False
        return {"held": self.hold(i)}

    def newly_held(self, i):
        """Whoever comes under its hold and was not under it."""
        people = set() if i.closed else {r.whole for r in self.can_hold(i)}
        new = {p for p in people if not any(i.id in r.holds for r in p.records)}
        for p in people:
            p.first.holds.add(i.id)
        return new

    def hold(self, i):
        return len(self.newly_held(i))

    def hold_all(self):
        return len(set().union(*map(self.newly_held, self.incidents)))

    def reach(self, h, incident_end, affected):
        """Whether it came to an affected recipient: directly, through sub-processors, or not."""
        if h.recipient in affected:
            return "direct"
        reached, grew = {h.recipient}, True
        while grew:
            grew = False
            for giver, sub, purpose, first, last in self.links:
                if giver in reached and sub not in reached and purpose in (None, h.purpose) and first <= incident_end and h.sent[0] <= last:
                    reached.add(sub)
                    grew = True
        return "chain" if reached & affected else None

    def dropped(self, h, how, incident, start, distrust):
        """Whether somebody proved in time that the people of this hand-over were deleted."""
        if start[0] == EARLY or distrust is True:
            return False
        for c in self.certificates:
            late = h.kind == "system" and h.sent[1] > c.deleted[0]  # header: people may have come after the deletion
            early = c.deleted[1] < (h.sent[0] if h.kind == "system" else h.sent_latest())  # header: perhaps it came only after the deletion
            if distrust == "late" and c.recorded >= incident.opened:
                continue
            if c.names(h) and c.deleted[1] < start[0] and c.backups and c.received < incident.opened and c.believed and not late and \
                    not early and (how == "direct" or c.sub_processors):
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
            for r, fields in h.given.items():  # aliases are resolved last
                rank = SUREST.index(h.evidence if h.kind != "system" else "exact" if r in h.exact else "rebuilt")
                answer.people.setdefault(r.whole, set()).update(fields)
                answer.evidence[r.whole] = min(rank, answer.evidence.get(r.whole, rank))
        if not distrust:  # left out only on the word of certificates recorded after the opening
            answer.late = len(self.scope(incident, "late", other_from, other_to, without).people) - len(answer.people)
        return answer

    def scope_now(self, incident, now):
        """The kept answer: whoever came into systems meanwhile is taken in first, and held."""
        self.catch_up(now)
        answer = self.scope(incident)
        return answer, self.hold_all()

    def can_hold(self, incident):
        """Everybody whom the recipients can hold: the window forgotten, nothing believed."""
        people = set(self.records) if "self" in incident.recipients else set()
        for h in self.handovers:
            if self.reach(h, LATE, incident.recipients):
                people |= set(h.given)
        return people

    def nothing_recorded(self, incident):
        """Who was hit, and nothing that was given ever came to them, as far as is recorded."""
        return sorted(r for r in incident.recipients - {"self"} if not any(self.reach(h, LATE, {r}) for h in self.handovers))

    def edges(self, now):
        """When something that is recorded began or ended, as far as it is known and past."""
        ranges = [l[3:] for l in self.links] + [h.sent for h in self.handovers] + [c.deleted for c in self.certificates]
        ranges += [r for i in self.incidents for r in (i.start, i.end)]
        return sorted({t for r in ranges for t in r if 0 < t < now})

    # -- what lists say --

    def count(self, now, select=None):
        chosen, unsure = [], 0
        for p in self.people():
            truth = Selection(select).holds(p, now, self.zone) if select else True
            if truth is not False:
                chosen.append(p)
                unsure += truth is None
        status = {}
        for p in chosen:
            status[p.status(now, self.zone)] = status.get(p.status(now, self.zone), 0) + 1
        return {"people": len(chosen), "unsure": unsure, "status": status, "deceased": sum(p.deceased(now, self.zone) for p in chosen),
                "gone": sum(p.gone() for p in chosen)}

    def found(self, key, text, past, source=None):
        """Records, by an id, an e-mail address or a family name."""
        fold = {"email": FOLDS["email"], "last_name": fold_name}.get(key, str)
        return sorted(r.ordinal for r in self.records if any(fold(v.text) == fold(text) and (past or v.until == LATE)
                                                             for v in r.said(key, source)))

    def show(self, ordinal, now):
        r = self.record(ordinal)
        p = r.whole
        left, joined = p.left(now, self.zone), p.joined()
        return {"status": p.status(now, self.zone), "left": left.isoformat() if left else None, "joined": joined.isoformat() if joined else None,
                "deceased": p.deceased(now, self.zone), "held": p.held(), "id": r.name_of(self.sources),
                "other_records": [o.ordinal for o in p.records if o is not r]}
