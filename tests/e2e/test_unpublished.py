"""What goes on while the log can't be published, what does not, and what it leaves behind."""
import os

from tap import equal, expect, run_all

LATER = "2018-06-16T09:00:00Z"


def register(house, people):
    house.init().exits(0)
    house.raw("bench", "make-register", "--people", str(people), "--seed", "7", "--out", "people.csv").exits(0)
    house.run("import", "people.csv", "--source", "crm", "--full", now=LATER).exits(0)


def a_check_without_a_warrant_raises_no_alarm(house):
    register(house, 3000)
    for _ in range(5):
        answer = house.run("fsck", "--no-warrant", "--json").exits(0)
        said = answer.json()
        equal((said["faults"], said["people_opened"]), (0, False), "without a warrant")
        expect("3,000" in said["note"][0] or "3000" in said["note"][0], said["note"])
        expect("ALARM" not in answer.err, answer.err)
    equal(house.run("fsck", "--json").exits(0).json()["people_opened"], True, "with a warrant")


run_all([
    a_check_without_a_warrant_raises_no_alarm,
])
