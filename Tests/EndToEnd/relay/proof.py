"""Holds the mails of relay.check against the events that the demo printed.

    proof.py FOLDER
"""

import collections
import json
import sys

FARMERS = {"abe@example.jp", "cole@example.jp"}
HUNTERS = {"ito@example.jp"}


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main():
    folder = sys.argv[1]
    events, mails = lines(f"{folder}/events"), lines(f"{folder}/mails")
    told = collections.defaultdict(list)
    for mail in mails:
        identifier = mail["headers"]["Message-ID"].strip("<>")
        name = identifier.split("@")[0]
        event, reason = name.split(".")[0:2]
        told[event].append((mail["envelope"][0], reason))
        assert mail["secured"] and len(mail["envelope"]) == 1, mail
        headers = mail["headers"]
        assert "EXERCISE" in headers["Subject"] or "訓練" in headers["Subject"], headers
        assert "EXERCISE" in mail["plain"] or "訓練" in mail["plain"], mail["plain"]
        assert headers["Auto-Submitted"] == "auto-generated", headers
        # One thread an incident and person.
        assert headers["References"] == headers["In-Reply-To"], headers
        text = mail["plain"] + mail["html"]
        assert not any(other in text for other in FARMERS | HUNTERS), "an address in a text"
    assert len({mail["headers"]["Message-ID"] for mail in mails}) == len(mails), "told twice"

    wanted = 0
    audience = {"boars.incident": FARMERS | HUNTERS, "trap.shut": FARMERS | HUNTERS,
                "fence.voltage": FARMERS}
    for event in events:
        alarm = event["alarm"] and event["alarm"]["id"]
        if alarm not in audience or event["kind"] not in ("raised", "cleared"):
            continue
        if event["kind"] == "raised" and event["marks"]["silenced"]:
            continue
        wanted += 1
        people = sorted(person for person, reason in told[event["id"]] if reason != "acknowledged")
        assert people == sorted(audience[alarm]), (event["id"], alarm, event["kind"], people)
    assert wanted >= 4, wanted

    history = lines(f"{folder}/list")
    refused = [told for incident in history for told in incident["recipients"]
               if told["recipient"] == "farmer-tanaka"]
    assert refused and all(told["givenUp"] > 0 and told["sent"] == 0 for told in refused)
    print(f"{len(events)} events of the demo, {wanted} of them told: {len(mails)} mails, none twice")


main()
