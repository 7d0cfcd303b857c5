"""The measuring commands: that they measure, with a tiny register, and the shape of their answers.  Never how fast anything is."""
import json
import os
import signal
import subprocess
import time
import xml.etree.ElementTree as tree

from tap import equal, expect, run_all

MACHINE = ["cores", "filesystem", "kernel", "load_average", "memory_bytes", "optimised_build", "processor"]


def bench(house, *argv):
    """Its answer; nothing stays behind of it."""
    before = sorted(os.listdir(house.folder))
    answer = house.raw("bench", *argv, "--json").exits(0).json()
    equal(sorted(n for n in os.listdir(house.folder) if n not in before and not n.endswith((".svg", ".json"))), [], "what stayed behind")
    equal(answer["bench"], argv[0], "bench")
    equal(sorted(answer["machine"]), MACHINE, "machine")
    expect(answer["machine"]["cores"] >= 1 and answer["machine"]["memory_bytes"] > 1 << 20, answer["machine"])
    return answer


def figures_are(answer, *aims):
    """Each figure is whole and above nought; those named have an aim, and say whether it is met as it is."""
    for figure in answer["figures"]:
        expect(figure["value"] > 0 and figure["unit"], figure)
        expect("limit" not in figure or figure["limit"]["value"] > 0 and figure["limit"]["name"], figure)
        equal("aim" in figure, "met" in figure, "aim and met of %r" % figure)
        if "aim" in figure:
            at, bound = figure["aim"].rsplit(" ", 1)
            bound = float(bound.replace(",", ""))
            if abs(figure["value"] - bound) > bound / 10:  # the bound is told rounded
                equal(figure["met"], figure["value"] >= bound if at == "at least" else figure["value"] <= bound, "met of %r" % figure)
    equal(sorted(f["name"] for f in answer["figures"] if "aim" in f), sorted(aims), "figures with an aim")


def import_stands_beside_bare_rows(house):
    answer = bench(house, "import", "--people", "300")
    figures_are(answer, "import, of the bare speed", "import, memory", "the same file again, memory")
    equal(answer["people"], 300, "people")
    expect(100 < answer["row_bytes"] < 5000, "rows of %d bytes" % answer["row_bytes"])
    expect(answer["bare_database_bytes"] > 300 * answer["row_bytes"], "the bare database has %d bytes" % answer["bare_database_bytes"])
    whole, of = answer["figures"][0], answer["figures"][1]
    expect(abs(whole["limit"]["value"] / whole["value"] - of["value"]) < 1e-6, "%r is not of %r" % (of, whole))


def keeper_stands_beside_cipher_and_disk(house):
    answer = bench(house, "keeper", "--people", "300")
    figures_are(answer, "records opened in batches", "a look-up, half of them", "a record changed durably, half of them")
    expect(10 < answer["record_bytes"] < 5000, "records of %d bytes" % answer["record_bytes"])
    by_name = {f["name"]: f for f in answer["figures"]}
    for name, limit in (("records opened in batches", "bare cipher, one core"), ("a look-up, half of them", "there and back with nothing"),
                        ("a record changed durably, half of them", "fdatasync")):
        equal(by_name[name]["limit"]["name"], limit, "limit of %s" % name)


def log_stands_beside_the_disk(house):
    answer = bench(house, "log", "--entries", "500", "--group", "4")
    figures_are(answer, "verified by 'log verify'", "appended in groups of 4, of the limit")
    equal(answer["group"], 4, "group")
    expect(answer["entries"] >= 500, "%d entries" % answer["entries"])


def growth_measures_every_command_and_draws_it(house):
    svg = house.path("growth.svg")
    kept = house.path("growth.json")
    small = bench(house, "growth", "--sizes", "100", "--keep", kept)
    answer = bench(house, "growth", "--sizes", "100,200", "--svg", svg, "--keep", kept)
    equal([command["sizes"][0] for command in answer["commands"]], [command["sizes"][0] for command in small["commands"]], "what was measured before")
    equal([size["people"] for size in answer["keeper"]], [100, 200], "sizes of the keeper")
    with open(kept, encoding="utf-8") as file:
        held = json.load(file)
    equal(held["commands"], [{"command": c["command"], "sizes": c["sizes"]} for c in answer["commands"]], "what is kept, and nothing that comes of it")
    equal(held["keeper"], answer["keeper"], "the keeper's")
    names = [command["command"] for command in answer["commands"]]
    expect(len(names) == len(set(names)) > 20, names)
    for command in answer["commands"]:
        equal([size["people"] for size in command["sizes"]], [100, 200], "sizes of %s" % command["command"])
        expect(all(size["peak_bytes"] > 1 << 20 and size["seconds"] > 0 and size["processor"] >= 0 for size in command["sizes"]), command)
        expect(not any(size["failed"] for size in command["sizes"]), command)
        first, last = (size["peak_bytes"] for size in command["sizes"])
        expect(abs(command["bytes_a_person"] - (last - first) / 100) < 1e-6, command)
        equal("by_design" in command, "met" not in command, "either met or by design: %r" % command)
        if "met" in command:
            equal(command["met"], command["bytes_a_person"] < 100, command["command"])
    texts = [text.text for text in tree.parse(svg).getroot().iter("{http://www.w3.org/2000/svg}text")]
    for words in names + ["keeper", "100 bytes a person", "People in the register", "MB", "100", "1,000"]:
        expect(words in texts, "%r is not in the plot" % words)
    house.raw("bench", "growth", "--sizes", "200,100").exits(2)
    house.raw("bench", "growth", "--sizes", "many").exits(2)
    house.write("growth.json", b"not json")
    house.raw("bench", "growth", "--sizes", "100", "--keep", kept).exits(1)


def growth_believes_only_what_was_measured_whole(house):
    kept = house.path("kept.json")
    bench(house, "growth", "--sizes", "100", "--keep", kept)
    with open(kept, encoding="utf-8") as file:
        good = json.load(file)

    def first_after(change):
        """The peak of the first command, kept as one byte, after a run that finds the kept file so changed."""
        doc = json.loads(json.dumps(good))
        size = doc["commands"][0]["sizes"][0]
        size["peak_bytes"] = 1
        change(doc, size, doc["commands"][3]["sizes"][0])
        with open(kept, "w", encoding="utf-8") as out:
            json.dump(doc, out)
        return bench(house, "growth", "--sizes", "100", "--keep", kept)["commands"][0]["sizes"][0]["peak_bytes"]

    equal(first_after(lambda doc, size, other: None), 1, "what is whole is taken over")
    for name, change in (("failed", lambda doc, size, other: other.update(failed=True)),
                         ("failed, in words", lambda doc, size, other: other.update(failed="no")),
                         ("no seconds", lambda doc, size, other: other.pop("seconds")),
                         ("seconds in words", lambda doc, size, other: other.update(seconds="1.5")),
                         ("processor below nought", lambda doc, size, other: other.update(processor=-1)),
                         ("a list as bytes", lambda doc, size, other: other.update(peak_bytes=[1])),
                         ("bytes below nought", lambda doc, size, other: other.update(peak_bytes=-1)),
                         ("no keeper", lambda doc, size, other: doc.pop("keeper")),
                         ("the keeper in words", lambda doc, size, other: doc["keeper"][0].update(peak_bytes="1")),
                         ("a command is missing", lambda doc, size, other: doc["commands"].pop())):
        expect(first_after(change) > 1 << 20, "taken over: " + name)


def whoever_ends_it_finds_nothing_left(house):
    for end in (signal.SIGINT, signal.SIGKILL):
        folder = house.path("measured-%d" % end)
        os.mkdir(folder)
        with subprocess.Popen([house.program, "bench", "import", "--people", "20000", "--dir", folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
            while not os.listdir(folder):
                time.sleep(0.01)
            time.sleep(0.3)
            p.send_signal(end)
            p.communicate(timeout=60)
        until = time.monotonic() + 60
        while os.listdir(folder) and time.monotonic() < until:
            time.sleep(0.1)
        equal(os.listdir(folder), [], "what is left in the folder")


run_all([import_stands_beside_bare_rows, keeper_stands_beside_cipher_and_disk, log_stands_beside_the_disk,
         growth_measures_every_command_and_draws_it, growth_believes_only_what_was_measured_whole, whoever_ends_it_finds_nothing_left])
