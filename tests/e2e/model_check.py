"""Everything that the program shows, held against the model."""
from model_people import instant
from tap import Failed, equal

NUMBERS = ("affected", "members", "former", "other", "file_only", "not_recorded", "evidence", "handovers", "deceased", "erased", "gone", "past_end",
           "past_end_former")
OWN = ("first_name", "last_name", "email", "phone", "street_address", "birth_date", "gender", "party", "contact_id", "external_identifier")


class Checks:
    """`tell` runs a command with --json and gives what it said; `text` without."""

    def __init__(self, house, model, rng, at, categories):
        self.house, self.m, self.rng, self.at, self.now, self.categories = house, model, rng, at, instant(at), categories

    def tell(self, *argv):
        return self.house.run(*argv, "--json", now=self.at).exits(0).json()

    def text(self, *argv):
        return self.house.run(*argv, now=self.at).exits(0).out

    def some(self, list_, count, thorough):
        return list(list_) if thorough else self.rng.sample(list(list_), min(count, len(list_)))

    def all(self, thorough, selects):
        open_ = [i for i in self.m.incidents if not i.closed]
        for i in self.some(open_, 2, thorough):
            self.incident(i, thorough)
        self.count(None)
        for select in self.some(selects, 1, thorough):
            self.count(select)
        self.handovers()
        for h in self.some(self.m.handovers, 1, thorough):
            self.handover(h)
        for r in self.some(self.m.records, 1, thorough):
            self.person(r)
            self.find(r)

    def count(self, select):
        got = self.tell("person", "count", *(("--select", select) if select else ()))
        wanted = self.m.count(self.now, select)
        got["status"] = {s: n for s, n in got["status"].items() if n}
        for key in ("people", "status", "deceased", "gone", "unsure"):
            equal(got[key], wanted[key], "person count%s: %s" % (" of " + select if select else "", key))

    def handovers(self):
        def line(h):
            certified = ["%s%s" % (c["certificate"], "" if c["believed"] else "?") for c in h["certificates"]]
            return " ".join([h["handover"], h["recipient"], h["purpose"], h["kind"], h["evidence"], str(h["people"]), ",".join(h["fields"]), *certified])
        got = [line(h) for h in self.tell("handover", "list")["handovers"]]
        wanted = [line({"handover": h.id, "recipient": h.recipient, "purpose": h.purpose, "kind": h.kind, "evidence": h.grade(), "people": len(h.given),
                        "fields": h.fields, "certificates": [{"certificate": "C%d" % no, "believed": c.believed}
                                                             for no, c in enumerate(self.m.certificates, 1) if c.names(h)]}) for h in self.m.handovers]
        equal([l for l in got if l not in wanted], [l for l in wanted if l not in got], "handover list")

    def handover(self, h):
        got = self.tell("handover", "show", h.id)["document"]
        equal({f["field"]: f["people"] for f in got["fields"]}, h.numbers(), "%s, people per field" % h.id)
        if h.kind == "system":
            equal(got["exact"], len(h.exact), h.id + ", exact")
        if h.kind in ("file", "their-list"):
            equal([got[k] for k in ("matched", "file_only", "ambiguous")], [h.matched, h.file_only, h.ambiguous], h.id + ", matched, file only, ambiguous")

    def person(self, r):
        got, wanted = self.tell("person", "show", "#%d" % r.ordinal), self.m.show(r.ordinal, self.now)
        got["other_records"] = [o["number"] for o in got["other_records"]]
        for key, value in wanted.items():
            equal(got[key], value, "person show #%d: %s" % (r.ordinal, key))
        for key in ("email", "phone"):
            equal(set(got["fields"].get(key, ())), r.now(key), "person show #%d: %s" % (r.ordinal, key))
        said = {v.text for v in r.said("state") if v.until > self.now}
        expect = set(got["fields"].get("state", ())) <= said and bool(got["fields"].get("state")) == bool(said)
        equal(expect, True, "person show #%d: state %r of %r" % (r.ordinal, got["fields"].get("state"), said))
        held = {o["purpose"] for o in got["objections"] if not o["until"]}
        equal(held, {o[0] for x in r.whole.records for o in x.objections}, "person show #%d: objections" % r.ordinal)

    def find(self, r):
        keys = [(k, v.text) for k in ("email", "last_name", "contact_id", "external_identifier") for v in r.said(k) if v.text and " " not in v.text]
        for key, text in self.some(keys, 1, False):
            past = self.rng.random() < 0.5
            answer = self.house.run("person", "find", text, *(("--past",) if past else ()), "--json", now=self.at)
            got = [p["number"] for p in answer.json().get("people", [])]
            equal(got, self.m.found(key, text, past), "person find %s%s" % (text, " --past" if past else ""))

    # -- breaches --

    def incident(self, i, thorough):
        own = "self" in i.recipients
        answer, held = self.m.scope_now(i, self.now)
        got = self.tell("incident", "scope", i.id)
        equal(got["held"], held, "scope %s: held" % i.id)
        if own:
            self.our_own(i, got)
            return
        self.compare(i, got, answer, ())
        for words, how in self.some(self.what_ifs(), 1, thorough):
            start = self.m.zone.range(how["other_from"]) if "other_from" in how else i.start
            end = self.m.zone.range(how["other_to"]) if "other_to" in how else i.end
            if start[0] <= end[1]:
                self.compare(i, self.tell("incident", "scope", i.id, *words), self.m.scope(i, **how), words)

    def what_ifs(self):
        """Another beginning, another end, both, one hand-over less, nothing believed; beginnings and ends where something recorded has one."""
        asked = [(("--distrust-certificates",), {"distrust": True})]
        if self.m.handovers:
            h = self.rng.choice(self.m.handovers).id
            asked.append((("--what-if", "without=" + h), {"without": h}))
        days = [self.m.zone.day(t + 86400 * self.rng.choice((-1, 0, 1))).isoformat() for t in self.m.edges(self.now)]
        first, last = sorted(self.rng.choices(days or ["2018-03-04"], k=2))
        asked += [(("--what-if", "from=" + first, "--what-if", "to=" + last), {"other_from": first, "other_to": last})] * 3
        return asked + [(("--what-if", "from=" + last), {"other_from": last}), (("--what-if", "to=" + first), {"other_to": first})]

    def compare(self, i, got, answer, more):
        what = " ".join(("scope", i.id) + more)
        wanted = answer.numbers(self.now, self.m.zone, self.categories)
        self.lines(i, answer, what, more)
        for key in NUMBERS:
            equal(got[key], wanted[key], "%s: %s" % (what, key))
        equal({f["field"]: f["people"] for f in got["fields"]}, wanted["fields"], what + ": people per field")
        equal({f["category"]: f["people"] for f in got["categories"]}, wanted["categories"], what + ": people per category")
        equal(got["late_certificates"]["people"], wanted["late"], what + ": left out on the word of late certificates")
        for key in ("under_18", "no_address"):
            equal(got["care"][key], wanted[key], "%s: %s" % (what, key))
        equal(sorted(got["nothing_recorded"]), self.m.nothing_recorded(i), what + ": nothing recorded")

    def lines(self, i, answer, what, more):
        got = []
        for line in self.text("incident", "scope", i.id, "--people", *more).splitlines():
            person, fields = line.split("\t")
            got.append("%s\t%s" % (person, ",".join(sorted(fields.split(",")))))
        wanted = answer.lines(self.m.sources)
        if sorted(got) != wanted:
            raise Failed("%s, people: %d lines, %d wanted; too many: %r; missing: %r" % (
                what, len(got), len(wanted), sorted(set(got) - set(wanted))[:5], sorted(set(wanted) - set(got))[:5]))

    def our_own(self, i, got):
        """Our own system holds everybody, with all that she has or had."""
        people = self.m.people()
        equal(got["affected"], len(people), "scope %s: all of our own" % i.id)
        fields = {f["field"]: f["people"] for f in got["fields"]}
        for key in OWN:
            equal(fields.get(key, 0), sum(bool(p.said(key)) for p in people), "scope %s: all of our own with %s" % (i.id, key))
