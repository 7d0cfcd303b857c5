"""Random acts: each is made as plain data from what the model knows, told to the model, and written as a command.

An act is a dict with "do" and "at"; it holds all that it needs, so that a list of acts can be kept, shortened and played again."""
import datetime

from model_people import LATE, instant
from model_world import DESK_HEADER, DESK_MAP, HEADER, NAMES, Invented, day_text

RECIPIENTS = ("pellwick", "farbank", "oakmoor", "tidewell", "stonegate")
FIELDS = "first_name,last_name,email,street_address,city,postal_code,phone,birth_date,gender"
SELECTS = ('status = "member"', 'status = "former"', 'status = "member" and gender = "Female"', 'state in ("NY","TX") and not status = "applicant"',
           'status = "former" and left < 2017-01-01', 'status = "member" and (state = "CA" or party = "lantern")', 'state = "NJ"', 'gender = "Female"',
           'status in ("member","former") and gender != "Male"', 'birth_date < 1950-01-01 and status = "member"', 'status = "other"',
           'status = "former" and left > 2018-01-15', 'not state = "NY"', 'last_name = "Newname-7" or email = "p3@people.example"',
           'status = "member" and not party = "Harbour"')
GIVEN = ("first_name", "last_name", "email", "phone", "street_address", "postal_code", "gender", "party")


def at_text(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_at(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).date()


class Maker:
    """Makes the next act.  What it knows of the world outside (who is in which source) is its own; of the register it asks the model."""

    def __init__(self, rng, model):
        self.rng, self.m, self.no = rng, model, 0
        self.now = instant("2018-01-08T09:00:00Z")
        self.people, self.strangers, self.desk, self.gone, self.made = [], [], [], [], 0
        self.names = rng.sample(NAMES, 3)  # few, so that many have the same
        self.begun = 0

    def next(self):
        rng = self.rng
        self.now += rng.choice((60, 600, 3600, 3600, 7200, 43200, 86400, 86400, 86400 * 3, 86400 * rng.randrange(5, 50)))
        make = self.first_acts() or rng.choices([m for m, _ in WEIGHTS], [w for _, w in WEIGHTS])[0]
        self.no += 1
        act = make(self)
        return dict(act, at=at_text(self.now), no=self.no) if act else None

    def first_acts(self):
        """A register and some companies, before anything else is of use."""
        self.begun += 1
        return (Maker.import_crm, Maker.recipient, Maker.recipient, Maker.recipient, None)[min(self.begun, 5) - 1]

    def edge(self):
        """A day at or beside which something that is recorded began or ended; None: there is none yet."""
        times = self.m.edges(self.now)
        return day_at(self.rng.choice(times) + 86400 * self.rng.choice((-1, 0, 0, 1))) if times else None

    def day(self, back=2000):
        """A time as people say it, mostly past: a day, month, year, range, instant, or not known."""
        rng = self.rng
        day = day_at(self.now - 86400 * rng.choice((0, 1, 5, 30, 90, 400, rng.randrange(1, back))))
        edge = self.edge() if rng.random() < 0.4 else None
        if edge:
            day = edge - datetime.timedelta(days=rng.choice((0, 0, 3, 20)))
        later = day + datetime.timedelta(days=rng.choice((0, 2, 40, 400)))
        return rng.choice((day.isoformat(), day.isoformat(), "%d-%02d" % (day.year, day.month), str(day.year), "%s..%s" % (day, later),
                           "%d-%02d..%s" % (day.year, day.month, later), "unknown", "%sT05:31:00Z" % day))

    # -- the register --

    def more_people(self, count):
        rng = self.rng
        for _ in range(count):
            p = Invented(rng, self.made, self.names)
            self.made += 1
            if self.people and rng.random() < 0.2:
                p.pair(rng, rng.choice(self.people))
            self.people.append(p)

    def import_crm(self):
        rng = self.rng
        full = not self.m.records or rng.random() < 0.5
        self.more_people(rng.randrange(8, 26) if not self.m.records else rng.randrange(4))
        for p in rng.sample(self.people, len(self.people) // 4):
            p.change(rng, rng.randrange(20))
        if rng.random() < 0.3:
            p = self.people.pop(rng.randrange(len(self.people)))
            self.gone.append(p)
        if self.gone and rng.random() < 0.2:
            self.people.append(self.gone.pop())
        if self.strangers and rng.random() < 0.4:
            self.people.append(self.strangers.pop(rng.randrange(len(self.strangers))))  # known from a file until now
        header = HEADER if rng.random() < 0.7 or not self.m.records else rng.choice((HEADER[:12], HEADER[:4] + HEADER[11:15], HEADER[:4] + HEADER[15:]))
        people = self.people if full else rng.sample(self.people, rng.randrange(1, len(self.people)))
        rows = [row for p in people for row in p.rows(header)]
        if not full and rng.random() < 0.4 and "Phone" in header:
            rows += self.two_in_one(header, people)
        rng.shuffle(rows)
        return {"do": "import", "source": "crm", "header": header, "rows": rows, "full": full, "skip": rng.random() < 0.7}

    def two_in_one(self, header, people):
        """A row with the ids of two people, neither of whom is in the file again."""
        known = [p for p in self.people + self.gone + self.strangers if p.row["External Identifier"] and p not in people]
        if len(known) < 2:
            return []
        a, b = self.rng.sample(known, 2)
        cells = {"Contact ID": a.row["Contact ID"], "External Identifier": b.row["External Identifier"], "Phone": "+44 1632 960000", "Last Name": "Nobody"}
        return [[cells.get(n, "") for n in header]]

    def import_desk(self):
        rng = self.rng
        self.desk += rng.sample(self.people, min(3, len(self.people)))
        if rng.random() < 0.5:
            self.more_people(1)
            self.desk.append(self.people.pop())
        people = {p.member_no: p for p in self.desk}
        rows = [people[no].desk_row(rng) for no in sorted(people) if rng.random() < 0.8]
        return {"do": "import", "source": "desk", "header": DESK_HEADER, "rows": rows, "full": rng.random() < 0.3, "skip": True} if rows else None

    def two_people(self):
        """Two records, of one family name or address where there are such."""
        rng, records = self.rng, self.m.records
        if len(records) < 2:
            return None
        groups = [g for g in self.m.by.values() if len(g) > 1]
        pair = rng.choice(groups) if groups and rng.random() < 0.8 else records
        return [r.ordinal for r in rng.sample(sorted(pair, key=lambda r: r.ordinal), 2)]

    def merge(self):
        pair = self.two_people()
        return pair and {"do": "merge", "one": pair[0], "other": pair[1]}

    def unmerge(self):
        several = [r.ordinal for r in self.m.records if r.whole.records[1:]]
        return {"do": "unmerge", "one": self.rng.choice(several or range(len(self.m.records)))}

    def choice(self):
        rng = self.rng
        act = rng.choice(("consent give", "consent give", "consent withdraw", "objection add", "objection withdraw"))
        return {"do": "choice", "act": act, "one": rng.randrange(len(self.m.records)), "purpose": rng.choice(("newsletter", "newsletter", "ballot")),
                "recipient": rng.choice((None, None, self.some_company()))}

    def wait(self):
        self.now += 86400 * self.rng.choice((1, 30, 95))
        return {"do": "wait"}

    # -- companies --

    def some_company(self):
        return self.rng.choice(sorted(self.m.recipients))

    def recipient(self):
        rng, missing = self.rng, [r for r in RECIPIENTS if r not in self.m.recipients]
        if missing:
            return {"do": "recipient", "id": missing[0]}
        fields = FIELDS.split(",")
        return {"do": "edit recipient", "id": self.some_company(), "purposes": rng.choice((None, ["ballot"], ["ballot", "newsletter"])),
                "fields": rng.choice((None, fields, rng.sample(fields, 5))), "until": rng.choice((None, None, "2019-06-30", "2018-03-01", "2030-01-01"))}

    def link(self):
        rng = self.rng
        giver, sub = rng.sample(sorted(self.m.recipients), 2)
        purpose = rng.choice((None, "ballot", "newsletter"))
        if any(l[:3] == (giver, sub, purpose) for l in self.m.links):
            return None
        start, until = rng.choice(((None, None), ("2016-01-01", None), (None, "2017-06-30"), ("2017-01-01", "2018-02-10"), ("2018-02-20", None),
                                   ("2018-06-01", "2018-09-30")))
        edge = self.edge()
        if edge and rng.random() < 0.5:
            start, until = rng.choice(((None, edge.isoformat()), (edge.isoformat(), None)))
        return {"do": "link", "giver": giver, "sub": sub, "purpose": purpose, "start": start, "until": until}

    # -- hand-overs --

    def given(self, act, **more):
        return dict(more, do=act, to=self.some_company(), purpose=self.rng.choice(("ballot", "newsletter")), date=self.day())

    def file(self):
        """Rows as they go out: people by ids or by name and address, strangers, and rows that mean several."""
        rng = self.rng
        optional = [n for n in HEADER[4:16] if n not in ("Deceased", "Membership Type")]
        header = rng.choice((["External Identifier"], ["Contact ID"], ["Contact ID", "External Identifier"], [])) + ["First Name", "Last Name"] + \
            rng.sample(optional, rng.randrange(1, 7))
        header += [] if set(header) & {"Email", "Postal Code"} else ["Email"]
        rows = self.file_rows(header)
        listed = rng.random() < 0.4
        select = rng.choice((None, None, 'status = "member"', 'state in ("NY","NJ")')) if not listed else None
        return self.given("file", source=rng.choice(("crm", "crm", "crm", None)), header=header, rows=rows, select=select, listed=listed,
                          pack=rng.choice(("csv", "csv", "zip", "mail"))) if rows else None

    def file_rows(self, header):
        rng, rows = self.rng, []
        ids = [n for n in header if n in ("Contact ID", "External Identifier")]
        little = tuple(tuple(ids) + more for more in (("First Name", "Last Name", "Birth Date"), ("First Name", "Birth Date"),
                                                      ("Last Name", "Birth Date"), ("First Name", "Last Name")))
        for p in rng.sample(self.people, rng.randrange(1, min(12, len(self.people)))):
            r = dict(p.row)
            if rng.random() < 0.3:
                r["Email"], r["Postal Code"] = r["Email"].upper(), r["Postal Code"].replace(" ", "").lower()
                if rng.random() < 0.3 and r["First Name"].isascii():
                    r["First Name"] = r["First Name"][:1]
            hide = rng.choice(((), (), ("Contact ID",), ("External Identifier",), tuple(ids), tuple(ids) + ("Birth Date",)) + little)
            rows.append([("" if n in hide else r[n]) for n in header])
        for _ in range(rng.randrange(3)):
            stranger = Invented(rng, self.made + 10000, self.names)
            self.made += 1
            if rng.random() < 0.5:
                stranger.row["Last Name"] = "Stranger-%d" % self.made
            elif rng.random() < 0.5:
                stranger.pair(rng, rng.choice(self.people))
            self.strangers.append(stranger)
        for stranger in rng.sample(self.strangers, min(rng.randrange(4), len(self.strangers))):
            hide = rng.choice(((), ("Contact ID",), ("External Identifier",), tuple(ids)) + little)
            rows.append([("" if n in hide else stranger.row[n]) for n in header])
        if len(ids) == 2 and rng.random() < 0.5:
            a, b = rng.sample(self.people, 2)
            cells = {"Contact ID": a.row["Contact ID"], "External Identifier": b.row["External Identifier"], "Phone": "1"}
            rows += [[cells.get(n, "") for n in header]] if b.row["External Identifier"] else []
        rows += self.beside(header, rows)
        rng.shuffle(rows)
        return self.plain(header, rows)

    def beside(self, header, rows):
        """Rows that say more, less or another thing of whom others of the file are about: the order in which they stand tells."""
        rng, more = self.rng, []
        letter = lambda name: name[:1] if name.isascii() else ""  # noqa: E731
        for row in rng.sample(rows, min(rng.choice((0, 0, 1, 2, 4)), len(rows))):
            for _ in range(rng.randrange(1, 4)):
                r = dict(zip(header, row))
                for n in rng.sample(header, rng.randrange(1, len(header))):
                    other = {"First Name": rng.choice((letter(r.get("First Name", "")), "Joan", "J", "Kim")), "Last Name": rng.choice(("Yoke", "Zulu")),
                             "Contact ID": str(90000 + rng.randrange(5)), "External Identifier": "E9000%d" % rng.randrange(5)}
                    if n != "Email" or rng.random() < 0.2:
                        r[n] = other[n] if n in other and rng.random() < 0.4 else ""
                more.append([r[n] for n in header])
        return more

    @staticmethod
    def plain(header, rows):
        """Two rows alike without id or address may be one person or two: nobody can say.  Empty rows are none."""
        hold = ("Contact ID", "External Identifier", "Email", "Postal Code")
        seen, kept = set(), []
        for row in rows:
            bare = not any(text for n, text in zip(header, row) if n in hold)
            if any(row) and not (bare and tuple(row) in seen):
                kept.append(row)
            seen.add(tuple(row))
        return kept

    def rule(self):
        rng = self.rng
        as_of = rng.choice((None, None, day_text(rng, "2010-01-01", "2018-02-28"), at_text(self.now - 30), at_text(self.now - 86400 * 20)[:10]))
        return self.given("rule", rule=rng.choice(SELECTS), fields=rng.sample(GIVEN, rng.randrange(1, 6)), as_of=as_of)

    def system(self):
        rng = self.rng
        today = at_text(self.now)[:10]
        start, until = rng.choice((("2015-01-01", None), ("2016-05-01", "2017-05-01"), (today, None), ("2017-09-01", "2018-06-10"),
                                   ("2017-12-01", None), (at_text(self.now + 86400 * 9)[:10], None), ("2010-01-01", "2012-01-01")))
        select = rng.choice((None, None) + SELECTS)
        return self.given("system", start=start, until=until, fields=rng.sample(GIVEN + ("contact_id",), rng.randrange(1, 5)), select=select)

    def create(self):
        rng = self.rng
        fields = ["first_name", "last_name"] + rng.sample(("email", "street_address", "postal_code", "phone"), rng.choice((0, 0, 1, 2)))
        return self.given("create", fields=fields, select=rng.choice(SELECTS))

    def certify(self):
        rng, handovers = self.rng, self.m.handovers
        if not handovers:
            return None
        named = [h for h in handovers if h.kind != "system" or h.sent[1] != LATE] or handovers
        h = rng.choice(named)
        names = [h.id] + [o.id for o in rng.sample(named, 1) if o.recipient == h.recipient and o is not h]
        before = rng.choice((None, None, "2018-01-01", "2017-01-01", at_text(self.now)[:10]))
        return {"do": "certify", "from": h.recipient, "handovers": [] if before else names, "before": before,
                "deleted": rng.choice((self.day(300), at_text(self.now - 86400 * rng.choice((1, 10, 60)))[:10])), "backups": rng.random() < 0.9, "subs": rng.random() < 0.6, "believed": rng.choice((True, True, None, False)),
                "received": rng.choice((None, None, None, at_text(self.now - 86400 * 3)[:10]))}

    def timely(self):
        """One that takes people out of a breach that is open: deleted before it began, and received before we knew of it."""
        rng = self.rng
        found = [(i, h) for i in self.some_incident(False) if i.start[0] > 0 for h in self.m.handovers
                 if h.sent_latest() < i.start[0] - 86400 * 9 and self.m.reach(h, i.end[1], i.recipients)]
        if not found:
            return self.certify()
        chains = [(i, h) for i, h in found if h.recipient not in i.recipients]
        i, h = rng.choice(chains if chains and rng.random() < 0.5 else found)
        return {"do": "certify", "from": h.recipient, "handovers": [h.id], "before": None, "deleted": at_text(i.start[0] + 86400 * rng.choice((-4, -4, 1)))[:10],
                "backups": rng.random() < 0.9, "subs": rng.random() < 0.5, "believed": rng.choice((True, True, True, False)),
                "received": at_text(min(self.now, i.opened) - 86400 * rng.choice((1, 1, 3, -2)))[:10]}

    def believe(self):
        if not self.m.certificates:
            return None
        return {"do": "believe", "certificate": "C%d" % self.rng.randrange(1, len(self.m.certificates) + 1), "believed": self.rng.random() < 0.5}

    def end_system(self):
        open_ = [h for h in self.m.handovers if h.kind == "system" and h.sent[1] == LATE]
        if not open_:
            return None
        return {"do": "end system", "handover": self.rng.choice(open_).id, "until": at_text(self.now + 86400 * self.rng.choice((-200, -40, -3, 0, 5)))[:10]}

    # -- breaches --

    def window(self):
        rng = self.rng
        start = rng.choice((self.day(90), at_text(self.now - 86400 * 5)[:10], at_text(self.now)[:7]))
        end = rng.choice((self.day(60), "ongoing", "unknown", at_text(self.now)[:10]))
        return start.split("..")[0], end.split("..")[-1]

    def open(self):
        rng = self.rng
        if sum(not i.closed for i in self.m.incidents) > 2:
            return None
        hit = rng.sample(sorted(self.m.recipients), rng.choice((1, 1, 1, 2)))
        start, end = self.window()
        if rng.random() < 0.1:
            hit, start, end = ["self"], "unknown", "ongoing"
        return {"do": "open", "recipients": hit, "start": start, "end": end}

    def some_incident(self, closed):
        return [i for i in self.m.incidents if i.closed == closed]

    def edit(self):
        found = [i for i in self.some_incident(False) if "self" not in i.recipients]
        if not found:
            return None
        start, end = self.window()
        if self.rng.random() < 0.3:
            start = end = None
        more = [self.some_company()] if self.rng.random() < 0.4 or not start else []
        return {"do": "edit", "incident": self.rng.choice(found).id, "start": start, "end": end, "more": more}

    def close(self):
        found = self.some_incident(False)
        return found and {"do": "close", "incident": self.rng.choice(found).id}

    def reopen(self):
        found = self.some_incident(True)
        return found and {"do": "reopen", "incident": self.rng.choice(found).id}


WEIGHTS = ((Maker.import_crm, 8), (Maker.import_desk, 4), (Maker.merge, 10), (Maker.unmerge, 6), (Maker.choice, 4), (Maker.wait, 3), (Maker.recipient, 4),
           (Maker.link, 8), (Maker.file, 12), (Maker.rule, 7), (Maker.system, 7), (Maker.create, 5), (Maker.certify, 8), (Maker.timely, 12), (Maker.believe, 3),
           (Maker.end_system, 3), (Maker.open, 7), (Maker.edit, 3), (Maker.close, 1), (Maker.reopen, 1))


# --- telling the model ---

TOLD = {
    "import": lambda m, a, now: m.import_rows(a["source"], a["header"], a["rows"], now, a["full"], a["skip"]),
    "merge": lambda m, a, now: m.merge(a["one"], a["other"]),
    "unmerge": lambda m, a, now: m.unmerge(a["one"]),
    "choice": lambda m, a, now: m.choose(a["act"], a["one"], a["purpose"], a["recipient"], now),
    "wait": lambda m, a, now: {},
    "recipient": lambda m, a, now: m.add_recipient(a["id"], ["ballot", "newsletter"], FIELDS.split(",")),
    "edit recipient": lambda m, a, now: m.edit_recipient(a["id"], a["purposes"], a["fields"], a["until"]),
    "link": lambda m, a, now: m.link(a["giver"], a["sub"], a["purpose"], a["start"], a["until"], now),
    "file": lambda m, a, now: m.record_file(a["to"], a["purpose"], a["date"], a["source"], a["header"], a["rows"], now, a["select"], a["listed"]),
    "rule": lambda m, a, now: m.record_rule(a["to"], a["purpose"], a["date"], a["rule"], a["fields"], now, a["as_of"]),
    "system": lambda m, a, now: m.record_system(a["to"], a["purpose"], a["start"], a["until"], a["fields"], now, a["select"]),
    "create": lambda m, a, now: m.create(a["to"], a["purpose"], a["fields"], a["select"], now),
    "certify": lambda m, a, now: m.certify(a["from"], a["handovers"], a["before"], a["deleted"], a["backups"], a["subs"], a["received"], a["believed"], now),
    "believe": lambda m, a, now: m.believe(a["certificate"], a["believed"]),
    "end system": lambda m, a, now: m.end_system(a["handover"], a["until"], now),
    "open": lambda m, a, now: m.open(a["recipients"], a["start"], a["end"], now),
    "edit": lambda m, a, now: m.edit(a["incident"], a["start"], a["end"], a["more"], now),
    "close": lambda m, a, now: m.close(a["incident"]),
    "reopen": lambda m, a, now: m.reopen(a["incident"], now),
}


def tell(model, act):
    """What the command should say; Refused where it should say no."""
    return TOLD[act["do"]](model, act, instant(act["at"]))


# --- writing it as a command ---

def options(pairs):
    return [word for name, value in pairs if value for word in ((name,) if value is True else (name, ",".join(value) if isinstance(value, list) else value))]


def recorded(a, *more):
    return ["handover", "record", "--to", a["to"], "--purpose", a["purpose"], "--approved-by", "Office %d" % a["no"], *more]


def certify_words(a):
    said = {True: "--believed", False: "--not-believed", None: None}[a["believed"]]
    return ["handover", "certify", *a["handovers"], "--from", a["from"], "--deleted", a["deleted"], "--signed-by", "Nobody %d" % a["no"],
            *options((("--all-before", a["before"]), ("--backups", a["backups"]), ("--not-sub-processors", not a["subs"]),
                      ("--received", a["received"]))), *([said] if said else [])]


def window_words(a):
    return ["--happened", "%s..%s" % (a["start"], a["end"])] if a["start"] else []


WORDS = {
    "import": lambda a, f: ["import", f.table(a), "--source", a["source"], "--accept-gone", "--full" if a["full"] else "--part",
                            *options((("--skip-rejected", a["skip"]), ("--map", a["source"] == "desk" and f.map(DESK_MAP))))],
    "merge": lambda a, f: ["person", "merge", "#%d" % a["one"], "#%d" % a["other"]],
    "unmerge": lambda a, f: ["person", "unmerge", "#%d" % a["one"]],
    "choice": lambda a, f: [*a["act"].split(), "#%d" % a["one"], "--purpose", a["purpose"], *options((("--recipient", a["recipient"]),))],
    "recipient": lambda a, f: ["recipient", "add", "--id", a["id"], "--name", a["id"].title() + " Ltd", "--class", "processor", "--purpose",
                               "ballot,newsletter", "--contract", "2015-01-01", "--fields", FIELDS],
    "edit recipient": lambda a, f: ["recipient", "edit", a["id"], *options((("--purpose", a["purposes"]), ("--fields", a["fields"]),
                                                                           ("--contract-until", a["until"]))), "--does", "work %d" % a["no"]],
    "link": lambda a, f: ["recipient", "link", a["giver"], "--sub-processor", a["sub"],
                          *options((("--purpose", a["purpose"]), ("--from", a["start"]), ("--until", a["until"])))],
    "file": lambda a, f: recorded(a, "--date", a["date"], "--their-list" if a["listed"] else "--file", f.table(a),
                                  *options((("--source", a["source"]), ("--select", a["select"])))),
    "rule": lambda a, f: recorded(a, "--date", a["date"], "--rule", a["rule"], "--fields", ",".join(a["fields"]), *options((("--as-of", a["as_of"]),))),
    "system": lambda a, f: recorded(a, "--system", "--from", a["start"], "--fields", ",".join(a["fields"]),
                                    *options((("--until", a["until"]), ("--select", a["select"])))),
    "create": lambda a, f: ["handover", "create", "--to", a["to"], "--purpose", a["purpose"], "--fields", ",".join(a["fields"]), "--select", a["select"],
                            "--out", "out%d.csv" % a["no"], "--plain", "--approved-by", "Office %d" % a["no"]],
    "certify": lambda a, f: certify_words(a),
    "believe": lambda a, f: ["handover", "certify", "--believe" if a["believed"] else "--disbelieve", a["certificate"]],
    "end system": lambda a, f: ["handover", "edit", a["handover"], "--until", a["until"]],
    "open": lambda a, f: ["incident", "open", "--recipient", ",".join(a["recipients"]), "--aware", a["at"], "--number", "N%d" % a["no"], *window_words(a)],
    "edit": lambda a, f: ["incident", "edit", a["incident"], *options((("--add-recipient", a["more"]),)), *window_words(a), "--note", "note %d" % a["no"]],
    "close": lambda a, f: ["incident", "close", a["incident"], "--reason", "done %d" % a["no"]],
    "reopen": lambda a, f: ["incident", "edit", a["incident"], "--reopen", "--note", "note %d" % a["no"]],
}


def words(act, files):
    """The command's words; none for an act that only lets time pass.  `files` writes tables and maps."""
    return WORDS[act["do"]](act, files) if act["do"] in WORDS else None
