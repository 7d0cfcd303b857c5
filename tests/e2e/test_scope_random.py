"""Random registers, hand-overs and breaches: who is affected, with which fields, against the oracle.

    test_scope_random.py CANDOUR [FIRST [LAST]]      the seeds to try; everybody in them is invented"""
import csv
import datetime
import io
import os
import random
import sys
import zipfile
from email.message import EmailMessage

from oracle import Oracle
from oracle_people import instant
from tap import Failed, equal, expect, run_all

SEEDS = (1, 6)
NAMES = [  # family and first names in fourteen scripts; all differ also without marks
    (("Quillfeather", "Ormsby-Vane", "Håkonstad", "Žemaitė", "D'Aubrey"), ("Ada", "Bea", "Cyd", "Zoë", "Liv")),
    (("Кудрявый", "Полозова", "Жаркой"), ("Вера", "Илья", "Олег")), (("Καλλίδης", "Φωτεινού"), ("Ζωή", "Νίκος")),
    (("الصافي", "النجدي"), ("ليلى", "سامي")), (("כרמלי", "שדות"), ("נועה", "גיל")), (("शर्वाल", "मेघवन"), ("आशा", "नील")),
    (("সোনালী", "মাঠপাড়া"), ("রীতা", "অমল")), (("மலர்வன்", "கடலூரன்"), ("கவி", "மணி")), (("ทองดีงาม", "ใจกล้า"), ("มาลี", "สมชัย")),
    (("მთვარიძე", "წყაროელი"), ("ნინო", "გია")), (("Լուսինեան", "Քարակերտ"), ("Անի", "Արամ")), (("김달빛", "박새벽"), ("하늘", "바람")),
    (("林月光", "山野田"), ("晨星", "小雨")), (("ホシゾラ", "アサギリ"), ("ハルカ", "ソラ")),
]
HEADER = ["Contact ID", "External Identifier", "First Name", "Last Name", "Gender", "Birth Date", "Street Address", "City", "State",
          "Postal Code", "Phone", "Email", "Party", "Deceased", "No Bulk Emails (User Opt Out)", "Membership Type", "Member Since",
          "Membership Start Date", "Membership Expiration Date", "Membership Status"]
STATES = ("NY", "NJ", "CA", "TX")
RECIPIENTS = ("pellwick", "farbank", "oakmoor", "tidewell", "stonegate")
DAY = 86400
FIRST_IMPORT, SECOND_IMPORT, THIRD_IMPORT = "2018-01-10", "2018-02-05", "2018-03-01"


def day_text(rng, first, last):
    first, last = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    return (first + datetime.timedelta(days=rng.randrange((last - first).days + 1))).isoformat()


class Invented:
    """Somebody in the source that the imports come from."""

    def __init__(self, rng, no):
        families, firsts = rng.choice(NAMES)
        self.row = dict.fromkeys(HEADER, "")
        r = self.row
        r["Contact ID"] = str(1000 + no)
        r["External Identifier"] = "E%05d" % no if rng.random() < 0.8 else ""
        r["First Name"], r["Last Name"] = rng.choice(firsts), rng.choice(families)
        r["Gender"] = rng.choice(("Female", "Male", ""))
        r["Birth Date"] = rng.choice((day_text(rng, "1930-01-01", "1999-01-01"), day_text(rng, "2000-02-01", "2008-01-01"),
                                      day_text(rng, "1890-01-01", "1907-01-01"), "", day_text(rng, "1940-01-01", "1999-01-01")))
        self.address(rng, no)
        r["Phone"] = "+44 1632 96%04d" % no if rng.random() < 0.5 else ""
        r["Email"] = "p%d@people.example" % no if rng.random() < 0.7 else ""
        r["Party"] = rng.choice(("", "", "Lantern", "Harbour"))
        r["No Bulk Emails (User Opt Out)"] = rng.choice(("Yes", "No", "No"))
        self.periods(rng)

    def address(self, rng, no):
        if rng.random() < 0.7:
            self.row.update({"Street Address": "%d Sample Street, \"Old\" Mill" % no, "City": "Anytown",
                             "State": rng.choice(STATES), "Postal Code": "ZZ%d %dZZ" % (no % 90, no % 9)})

    def periods(self, rng):
        """(start, end, status, since) of each membership."""
        kind = rng.choice(("current", "current", "current", "open", "expired", "expired", "rejoined", "cancelled", "pending", "dead", "lapsing",
                           "renewed", "never"))
        start = day_text(rng, "1990-01-01", "2016-12-31")
        later = (datetime.date.fromisoformat(start) + datetime.timedelta(days=300)).isoformat()
        past = day_text(rng, later, "2017-12-31")
        self.list = {
            "current": [(start, day_text(rng, "2019-01-01", "2020-01-01"), "Current", "")],
            "open": [(start, "", "Current", "1989-05-05")], "expired": [(start, past, "Expired", "")],
            "rejoined": [("1985-01-01", "1987-06-30", "Expired", ""), (start, "2019-06-30", "Current", "")],
            "cancelled": [(start, day_text(rng, "2017-11-01", "2018-12-31"), "Cancelled", "")],
            "pending": [("", "", "Pending", "")], "dead": [(start, past, "Deceased", "")],
            "lapsing": [(start, day_text(rng, "2018-01-12", "2018-04-15"), "Current", "")],
            "renewed": [(start, "2017-12-31", "Grace", "")], "never": [("", "", "", "")]}[kind]
        self.row["Deceased"] = "Yes" if kind == "dead" else rng.choice(("No", ""))
        self.kind = kind

    def rows(self, header):
        for start, end, status, since in self.list:
            row = dict(self.row, **{"Membership Start Date": start, "Membership Expiration Date": end, "Membership Status": status,
                                    "Member Since": since, "Membership Type": "Full" if start else ""})
            yield [row[n] for n in header]

    def change(self, rng, no):
        what = rng.randrange(7)
        r = self.row
        if what == 0:
            r["Email"] = "new%d@people.example" % no
        elif what == 1:
            r["Phone"] = "" if r["Phone"] else "+44 1632 97%04d" % no
        elif what == 2:
            self.address(rng, no + 5000)
        elif what == 3:
            r["Last Name"] = "Newname-%d" % no
        elif what == 4:
            r["Email"] = ""
        elif what == 5 and self.kind in ("current", "open"):
            self.list = [(s, "2018-12-31", "Cancelled", since) for s, _, _, since in self.list]
            self.kind = "cancelled"
        else:
            r["Gender"], r["Party"] = rng.choice(("Female", "Male", "")), rng.choice(("", "Lantern"))


class World:
    """The program and the oracle, told the same."""

    def __init__(self, house, seed):
        self.rng, self.house, self.o = random.Random(seed), house, Oracle()
        self.people, self.no, self.files = [], 0, 0
        self.once = []  # strangers whom some file knew
        self.done = []

    def tell(self, now, *argv):
        self.done.append("candour -C d %s --now %s" % (" ".join(a if a and " " not in a else "'%s'" % a for a in argv), now))
        return self.house.run(*argv, "--json", now=now).exits(0).json()

    def table(self, header, rows, kinds=("csv",)):
        text = io.StringIO()
        csv.writer(text, delimiter=self.rng.choice(",;\t"), lineterminator=self.rng.choice(("\n", "\r\n"))).writerows([header] + rows)
        data = self.rng.choice((b"", b"\xef\xbb\xbf")) + text.getvalue().encode("utf-8")
        self.files += 1
        kind, name = self.rng.choice(kinds), self.house.path("t%d" % self.files)
        if kind == "zip":
            name += ".zip"
            with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as z:
                z.writestr("list.csv", data)
            return name
        if kind == "mail":
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "office@union.example", "files@pellwick.example", "The list"
            mail.set_content("As agreed.")
            mail.add_attachment(data, maintype="text", subtype="csv", filename="list.csv")
            name, data = name + ".eml", mail.as_bytes()
        else:
            name += ".csv"
        with open(name, "wb") as file:
            file.write(data)
        return name

    # -- the register --

    def more_people(self, count):
        rng = self.rng
        for _ in range(count):
            self.no += 1
            p = Invented(rng, self.no)
            if self.people and rng.random() < 0.15:
                self.pair(p, rng.choice(self.people))
            self.people.append(p)

    def pair(self, p, other):
        """A couple at one address, or two of one name there who differ by their birth dates."""
        for name in ("Street Address", "City", "State", "Postal Code", "Email", "Last Name"):
            p.row[name] = other.row[name]
        if self.rng.random() < 0.3:
            p.row["First Name"] = other.row["First Name"]
            p.row["Birth Date"] = day_text(self.rng, "1910-01-01", "1929-12-31")
        elif p.row["First Name"] == other.row["First Name"]:
            p.row["First Name"] += "bel"

    def import_all(self, day, full, header=None):
        header, now = header or HEADER, day + "T09:00:00Z"
        rows = [row for p in self.people for row in p.rows(header)]
        if "Membership Status" not in header:
            rows = [next(p.rows(header)) for p in self.people]
        said = self.o.import_rows("crm", header, rows, instant(now), full)
        got = self.tell(now, "import", self.table(header, rows), "--source", "crm", "--full" if full else "--part", "--accept-gone")
        for key in ("read", "added", "updated", "unchanged", "gone", "rejected"):
            equal(got[key], said[key], "import of %s, %s" % (day, key))

    def import_desk(self, now):
        """Another source, whose rows are matched by e-mail and name; it contradicts the first in what people are chosen by."""
        header, rows, rng = ["Member No", "First Name", "Last Name", "Email", "State", "Gender", "Party"], [], self.rng
        for p in rng.sample(self.people, min(90, len(self.people))):
            r = p.row
            row = ["D%04d" % len(rows), r["First Name"], r["Last Name"], r["Email"], rng.choice(STATES + ("",)), rng.choice(("Female", "Male", "", r["Gender"])),
                   rng.choice(("", "Lantern", "Harbour"))]
            if r["Email"] and len(self.o.match("desk", dict(zip(header, row)))) == 1:
                rows.append(row)
        rows += [["D9%03d" % i, "Vin", "Desk%s" % chr(97 + i), "desk%d@people.example" % i, "NY", "", ""] for i in range(4)]
        said = self.o.import_rows("desk", header, rows, instant(now), False)
        map_file = self.house.write("desk.map", "Member No = id member_no\n")
        got = self.tell(now, "import", self.table(header, rows), "--source", "desk", "--part", "--map", map_file)
        for key in ("added", "updated", "unchanged"):
            equal(got[key], said[key], "import of the desk, " + key)

    def change_people(self):
        rng = self.rng
        for p in rng.sample(self.people, len(self.people) // 8):
            p.change(rng, rng.randrange(10000))
        for p in rng.sample(self.people, len(self.people) // 25):
            self.people.remove(p)

    # -- recipients --

    def recipients(self, now):
        rng = self.rng
        for name in RECIPIENTS:
            self.tell(now, "recipient", "add", "--id", name, "--name", name.title() + " Ltd", "--class", "processor", "--purpose", "ballot,newsletter",
                      "--contract", "2015-01-01", "--fields", "first_name,last_name,email,street_address,city,postal_code,phone,birth_date,gender")
        pairs = set()
        for _ in range(rng.randrange(1, 6)):
            giver, sub = rng.sample(RECIPIENTS, 2)
            purpose = rng.choice((None, "ballot", "newsletter", "ballot"))
            if (giver, sub, purpose) in pairs:
                continue
            pairs.add((giver, sub, purpose))
            start, until = rng.choice(((None, None), ("2016-01-01", None), (None, "2017-06-30"), ("2017-01-01", "2018-02-10"), ("2018-02-20", None)))
            argv = ["recipient", "link", giver, "--sub-processor", sub]
            for option, value in (("--purpose", purpose), ("--from", start), ("--until", until)):
                argv += [option, value] if value else []
            self.tell(now, *argv)
            self.o.link(giver, sub, purpose, start, until)

    # -- hand-overs --

    def some_sent(self):
        rng = self.rng
        return rng.choice((day_text(rng, "2014-01-01", "2018-01-19"), day_text(rng, "2017-06-01", "2018-01-19"), "2017", "2016-10",
                           "2016-03-01..2018-01-18", "unknown", "2017-12-24T10:30:00Z"))

    def check(self, got, h):
        what = "%s (%s)" % (h.id, h.told)
        equal(got["handover"], h.id, "hand-over")
        equal(got["evidence"], h.evidence, what + ", evidence")
        equal(got["people"], len(h.given), what + ", people")
        equal(got.get("exact"), len(h.exact) if h.kind == "system" else None, what + ", exact")
        equal(sorted(got["fields"]), h.fields, what + ", fields")

    @staticmethod
    def too_little(ids):
        """Details left out, so that a row can't tell who is meant."""
        return tuple(tuple(ids) + more for more in (("First Name", "Last Name", "Birth Date"), ("First Name", "Birth Date"),
                                                    ("Last Name", "Birth Date"), ("First Name", "Last Name")))

    def file_rows(self, header):
        """Rows as they go out: people by ids or by name and address, strangers, and rows that mean several."""
        rng, rows = self.rng, []

        def out(cells, *hide):
            rows.append([("" if n in hide else cells.get(n, "")) for n in header])
        ids = [n for n in header if n in ("Contact ID", "External Identifier")]
        for p in rng.sample(self.people, rng.randrange(10, 60)):
            r = dict(p.row)
            if rng.random() < 0.3:
                r["Email"] = r["Email"].upper()
                r["Postal Code"] = r["Postal Code"].replace(" ", "").lower()
                if rng.random() < 0.3 and r["First Name"].isascii():
                    r["First Name"] = r["First Name"][:1]
            hide = rng.choice(((), (), ("Contact ID",), ("External Identifier",), tuple(ids), tuple(ids) + ("Birth Date",)) + self.too_little(ids))
            if any(r[n] for n in header if n in ids and n not in hide) or r["Email"] or r["Postal Code"]:
                out(r, *hide)
        for _ in range(rng.randrange(4)):
            self.no += 1
            stranger = Invented(rng, self.no)
            stranger.row["Last Name"] = "Stranger-%d" % self.no
            out(stranger.row, *rng.choice(((), ("Contact ID",), tuple(ids)) + self.too_little(ids)))
            if rng.random() < 0.4:
                self.strangers.append(stranger)
            self.once.append(stranger)
        for stranger in rng.sample(self.once, min(3, len(self.once))):
            out(stranger.row, *rng.choice(((), tuple(ids)) + self.too_little(ids)))
        if len(ids) == 2:
            a, b = rng.sample([p for p in self.people if p.row["External Identifier"]], 2)
            out({"Contact ID": a.row["Contact ID"], "External Identifier": b.row["External Identifier"], "Phone": "1"})
        hold = ("Contact ID", "External Identifier", "Email", "Postal Code")
        seen, kept = set(), []
        for row in rows:  # two rows alike without id or address may be one person or two: nobody can say
            bare = not any(text for n, text in zip(header, row) if n in hold)
            if any(row) and not (bare and tuple(row) in seen):
                kept.append(row)
            seen.add(tuple(row))
        return kept

    def record_file(self, now, listed):
        rng = self.rng
        optional = [n for n in HEADER[4:16] if n not in ("Deceased", "Membership Type")]
        header = rng.choice((["External Identifier"], ["Contact ID"], ["Contact ID", "External Identifier"], [])) + ["First Name", "Last Name"] + \
            rng.sample(optional, rng.randrange(1, 7))
        if not set(header) & {"Email", "Postal Code"}:
            header.append("Email")
        to, purpose, sent = rng.choice(RECIPIENTS), rng.choice(("ballot", "newsletter")), self.some_sent()
        rows = self.file_rows(header)
        select = rng.choice((None, None, 'status = "member"', 'state in ("NY","NJ")')) if not listed else None
        h = self.o.record_file(to, purpose, sent, "crm", header, rows, instant(now), select, listed)
        argv = ["handover", "record", "--to", to, "--purpose", purpose, "--date", sent, "--their-list" if listed else "--file",
                self.table(header, rows, ("csv", "csv", "zip", "mail")), "--source", "crm", "--approved-by", "Returning officer"]
        got = self.tell(now, *argv, *(("--select", select) if select else ()))
        self.check(got, h)
        equal([got["file_only"], got["ambiguous"]], [h.file_only, h.ambiguous], h.id + ", file only and ambiguous")

    def record_rule(self, now):
        rng = self.rng
        rule = rng.choice(('status = "member"', 'status = "former"', 'status = "member" and gender = "Female"', 'state in ("NY","TX") and not status = "applicant"',
                           'status = "former" and left < 2017-01-01', 'status = "member" and (state = "CA" or party = "lantern")',
                           'status in ("member","former") and gender != "Male"', 'birth_date < 1950-01-01 and status = "member"', 'status = "other"'))
        fields = rng.sample(("first_name", "last_name", "email", "phone", "street_address", "postal_code", "gender", "party"), rng.randrange(1, 6))
        to, purpose, sent, as_of = rng.choice(RECIPIENTS), rng.choice(("ballot", "newsletter")), self.some_sent(), None
        if rng.random() < 0.4:
            as_of = rng.choice((day_text(rng, "2010-01-01", "2018-02-28"), day_text(rng, "2018-01-11", "2018-02-28"), "2018-02-05T08:59:59Z"))
        h = self.o.record_rule(to, purpose, sent, rule, fields, instant(now), as_of)
        h.told = "%s as of %s" % (rule, as_of or sent)
        argv = ["handover", "record", "--to", to, "--purpose", purpose, "--date", sent, "--rule", rule, "--fields", ",".join(fields), "--approved-by", "Board"]
        self.check(self.tell(now, *argv, *(("--as-of", as_of) if as_of else ())), h)

    def record_system(self, now):
        rng = self.rng
        to, purpose = rng.choice(RECIPIENTS), rng.choice(("ballot", "newsletter"))
        start, until = rng.choice((("2015-01-01", None), ("2016-05-01", "2017-05-01"), (now[:10], None), ("2017-09-01", "2018-02-10")))
        fields = rng.sample(("first_name", "last_name", "email", "phone", "postal_code", "party", "contact_id"), rng.randrange(1, 5))
        select = rng.choice((None, 'gender = "Female"', 'birth_date < 1980-01-01', 'status = "member"', 'state = "NY"', 'status = "former"',
                             'status = "former" and left > 2018-01-15'))
        h = self.o.record_system(to, purpose, start, until, fields, instant(now), select)
        h.told = "system %s..%s of %s" % (start, until, select)
        argv = ["handover", "record", "--to", to, "--purpose", purpose, "--system", "--from", start, "--fields", ",".join(fields), "--approved-by", "Board"]
        argv += ["--select", select] if select else []
        self.check(self.tell(now, *argv, *(("--until", until) if until else ())), h)

    def create(self, now):
        rng = self.rng
        to = rng.choice(RECIPIENTS)
        select = rng.choice(('status = "member"', 'status = "member" and state in ("NY","CA")', 'state = "NJ"', 'gender = "Female"'))
        fields = ["first_name", "last_name"] + rng.sample(("email", "street_address", "postal_code", "phone"), 2)
        h = self.o.create(to, "ballot", fields, select, instant(now), ("member",))
        out = self.house.path("out%d.csv" % self.no)
        self.no += 1
        got = self.tell(now, "handover", "create", "--to", to, "--purpose", "ballot", "--fields", ",".join(fields), "--select", select, "--out", out,
                        "--plain", "--approved-by", "Returning officer")
        equal(got["left_out"], h.left_out, h.id + ", left out of those chosen by " + select)
        self.check(got, h)
        with open(out, encoding="utf-8-sig", newline="") as file:
            equal(len(list(csv.reader(file))) - 1, len(h.given), "rows of the file that was made")

    def certify(self, now):
        rng = self.rng
        closed = [h for h in self.o.handovers if h.sent[1] < instant(now) or h.kind != "system"]
        if not closed:
            return
        h = rng.choice(closed)
        deleted = rng.choice(("2018-02-20", "2017-11", "2018-02-01..2018-02-28", "unknown", "2018-03-02", "2018"))
        backups, subs, believed, received = rng.random() < 0.8, rng.random() < 0.6, rng.random() < 0.8, rng.choice((None, None, "2018-03-01", "2018-04-30"))
        argv = ["handover", "certify"]
        if rng.random() < 0.7:
            if self.o.zone.range(deleted)[1] < h.sent[0]:
                deleted = "2018-03-02"  # nobody can delete what wasn't given yet: that would be refused
            argv += [h.id]
            giver = h.recipient
            self.o.certify(giver, [h.id], None, deleted, backups, subs, self.received(received, now), believed, instant(now))
        else:
            before = rng.choice(("2018-01-01", "2017-01-01", "2018-03-01"))
            giver = h.recipient
            argv += ["--all-before", before]
            self.o.certify(giver, [], before, deleted, backups, subs, self.received(received, now), believed, instant(now))
        argv += ["--from", giver, "--deleted", deleted, "--believed" if believed else "--not-believed"]
        argv += ["--backups"] if backups else []
        argv += [] if subs else ["--not-sub-processors"]
        self.tell(now, *argv, *(("--received", received) if received else ()))

    def received(self, text, now):
        return self.o.zone.range(text)[1] if text else instant(now)

    # -- breaches --

    def breach(self, now):
        rng = self.rng
        hit = rng.sample(RECIPIENTS, rng.choice((1, 1, 1, 2)))
        start = rng.choice(("2018-03-05", "2018-03", "unknown", "2018-03-01", "2017-12-25", "2018-02-27T10:00:00Z", "2016"))
        end = rng.choice(("2018-03-12", "2018-03", "unknown", "ongoing", "2018-03-08T12:00:00Z", "2018-03-15"))
        if start == "2018-03" and end == "2018-03-08T12:00:00Z":
            end = "ongoing"
        i = self.o.open(hit, start, end, instant(now))
        got = self.tell(now, "incident", "open", "--recipient", ",".join(hit), "--happened", "%s..%s" % (start, end), "--aware", now)
        name = "I%d" % len(self.o.incidents)
        equal(got["incident"], name, "incident")
        equal(got["held"], len(self.o.can_hold(i)), name + ", held")
        at = "2018-03-20T15:00:00Z"
        for minute in range(rng.randrange(3)):
            self.certify(now.replace(":00:00Z", ":%02d:00Z" % (10 + minute)))
        self.o.catch_up(instant(at))
        self.compare(name, at, self.o.scope(i))
        self.compare(name, at, self.o.scope(i, distrust=True), "--distrust-certificates")
        self.compare(name, at, self.o.scope(i, other_from="2018-03-04"), "--what-if", "from=2018-03-04")
        self.compare(name, at, self.o.scope(i, other_to="2017-03"), "--what-if", "to=2017-03") if start == "unknown" else None
        h = rng.choice(self.o.handovers)
        self.compare(name, at, self.o.scope(i, without=h.id), "--what-if", "without=" + h.id)

    def breach_of_our_own(self, now):
        """Our own system holds everybody, with all that she has or had."""
        name = self.tell(now, "incident", "open", "--recipient", "self", "--happened", "unknown..ongoing", "--aware", now)["incident"]
        got = self.tell(now, "incident", "scope", name)
        equal(got["affected"], len(self.o.people), "all of our own")
        fields = {f["field"]: f["people"] for f in got["fields"]}
        for key in ("first_name", "last_name", "email", "phone", "street_address", "birth_date", "gender", "party", "contact_id", "external_identifier"):
            wanted = sum(any(k == key and list_ for (_, k), list_ in p.values.items()) for p in self.o.people)
            equal(fields.get(key, 0), wanted, "all of our own with " + key)
        members = sum(p.status(instant(now), self.o.zone) in ("member", "former") for p in self.o.people)
        expect(fields.get("membership", 0) >= members, "all of our own with membership: %d, at least %d wanted" % (fields.get("membership", 0), members))
        objecting = sum(bool(p.objects) for p in self.o.people)
        expect(fields.get("contact_choices", 0) >= objecting, "all of our own with their choices: %d, at least %d wanted" % (fields.get("contact_choices", 0), objecting))

    def compare(self, name, at, answer, *more):
        what = " ".join(("scope", name) + more)
        got = self.tell(at, "incident", "scope", name, *more)
        wanted = answer.numbers(instant(at), self.o.zone)
        lines = []
        for line in self.house.run("incident", "scope", name, "--people", *more, now=at).exits(0).out.splitlines():
            person, fields = line.split("\t")
            lines.append("%s\t%s" % ("#" if person.startswith("#") else person, ",".join(sorted(fields.split(",")))))
        lines.sort()
        if lines != answer.lines():
            extra, missing = sorted(set(lines) - set(answer.lines())), sorted(set(answer.lines()) - set(lines))
            raise Failed("%s: %d lines, %d wanted\ntoo many: %r\nmissing: %r" % (what, len(lines), len(answer.lines()), extra[:5], missing[:5]))
        for key in ("affected", "members", "former", "other", "file_only", "evidence", "handovers", "deceased", "erased", "gone", "past_end"):
            equal(got[key], wanted[key], "%s, %s" % (what, key))
        equal({f["field"]: f["people"] for f in got["fields"]}, wanted["fields"], what + ", people per field")
        equal(got["late_certificates"]["people"], answer.late, what + ", left out on the word of late certificates")
        equal(got["care"]["under_18"], wanted["under_18"], what + ", under 18")


def play(house, seed):
    w = World(house, seed)
    rng = w.rng
    house.init(now="2018-01-05T08:00:00Z").exits(0)
    w.strangers = []
    w.more_people(rng.randrange(200, 600))
    w.import_all(FIRST_IMPORT, True)
    w.recipients("2018-01-11T09:00:00Z")
    acts = (lambda now: w.record_file(now, False), lambda now: w.record_file(now, True), w.record_rule, w.record_system, w.create)
    for month in ("2018-01-20", "2018-02-15", "2018-03-02"):
        for hour in range(8, 8 + rng.randrange(2, 5)):
            rng.choice(acts)("%sT%02d:00:00Z" % (month, hour))
        if month == "2018-01-20":
            w.change_people()
            w.more_people(20)
            w.people += w.strangers  # known from a file until now
            w.import_all(SECOND_IMPORT, rng.random() < 0.7)
        elif month == "2018-02-15":
            w.import_desk("2018-02-25T09:00:00Z")
            w.change_people()
            w.import_all(THIRD_IMPORT, rng.random() < 0.5, HEADER if rng.random() < 0.7 else HEADER[:12])
    for hour in range(rng.randrange(1, 5)):
        w.certify("2018-03-03T%02d:00:00Z" % (8 + hour))
    for hour in range(2):
        w.breach("2018-03-20T%02d:00:00Z" % (10 + hour))
    w.breach_of_our_own("2018-03-20T16:00:00Z")
    house.run("log", "verify").exits(0)
    return w


def test_of(seed):
    def test(house):
        try:
            play(house, seed)
        except Failed as e:
            raise Failed("%s\nagain with: %s %s CANDOUR %d" % (e, os.path.basename(sys.executable), sys.argv[0], seed)) from None
    test.__name__ = "a_register_and_its_breaches_from_seed_%d" % seed
    return test


if __name__ == "__main__":
    first = int(sys.argv[2]) if len(sys.argv) > 2 else SEEDS[0]
    last = int(sys.argv[3]) if len(sys.argv) > 3 else first if len(sys.argv) > 2 else SEEDS[1]
    run_all([test_of(seed) for seed in range(first, last + 1)])
