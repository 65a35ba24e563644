"""A small model of alarm management, held against what the core's alarms did.

    alarms.py FILE

Written from the tables of ISA-18.2 / IEC 62682 and OPC UA Part 9, not from the core: an alarm is
a handful of facts (is it shown, who knows, is it latched, what silences it until when), and its
state is read off them. Every line of the file is played here, and must say what comes out.

    seed N
    site ABOVE BELOW WINDOW                     a site begins: when a flood begins and ends
    alarm ACKNOWLEDGEMENT LATCHING REALARM LONGEST HIGHEST RAISES WITHIN HOLD
    TIME ALARM INPUT NUMBER | answers | states  times and spans in seconds; 0 is "none" in plans

answer: ALARM:KIND:FROM:TO:CONDITION:announced|silent:REFUSAL-or-COUNT, firstOut, floodBegan,
floodEnded:COUNT. state: CONDITION:STAGE:SUPPRESSION:DEADLINE an alarm, then STANDING:DEADLINE of the
flood; a deadline of -1 is none.
"""

import collections
import sys

# The arrows of ISA-18.2's state diagram, the three kinds of suppression being one state here; those
# of a latch; and what stages, reminders and alarms without a person add.
ARROWS = """
normal>unacknowledged unacknowledged>acknowledged acknowledged>normal unacknowledged>returned
returned>normal returned>unacknowledged normal>suppressed unacknowledged>suppressed
acknowledged>suppressed returned>suppressed suppressed>normal suppressed>unacknowledged

acknowledged>latched returned>latched latched>unacknowledged latched>normal latched>suppressed
suppressed>latched

acknowledged>unacknowledged unacknowledged>normal unacknowledged>latched
""".split()

BITS = {"timed": 1, "once": 2, "design": 4, "service": 8}


class Alarm:
    def __init__(self, fields):
        self.knows_on_return = fields[0] == "onReturn"
        self.latching = fields[1] == "true"
        numbers = [int(field) for field in fields[2:]]
        self.realarm, self.longest, self.highest, self.raises, self.within, self.hold = numbers
        self.real = 0  # the stage that is true
        self.shown = 0  # the stage that people have been told of
        self.known = True  # nobody has to acknowledge anything
        self.latch = False
        self.silences = {}  # what silences it -> when that ends by itself, or None
        self.told = None  # when people were last told of it
        self.came = []  # all times at which it came from normal
        self.moved = None  # when it last came or went
        self.chatter = None  # how many returns were swallowed, or None
        self.said = []

    def condition(self):
        if self.shown:
            return "acknowledged" if self.known else "unacknowledged"
        if not self.known:
            return "returned"
        return "latched" if self.latch else "normal"

    def stands(self):
        return self.condition() != "normal" and not self.silences

    def say(self, kind, before=None, remark=0):
        silent = bool(self.silences) and kind != "refused"
        before = self.shown if before is None else before
        self.said.append(
            (kind, before, self.shown, self.condition(), "silent" if silent else "announced", remark)
        )

    def shelving(self):
        return next((way for way in ("timed", "once") if way in self.silences), None)

    def show(self, stage, now):
        before, self.shown = self.shown, stage
        if stage > before:
            if self.shelving() and stage > self.highest:
                self.shown = before
                del self.silences[self.shelving()]
                if not self.silences:
                    self.known = not before
                self.say("unshelved")
                self.shown = stage
            self.known = False
            self.latch = self.latching
            if not self.silences:
                self.told = now
            self.say("raised", before)
        elif stage < before:
            if stage == 0 and (self.silences or self.knows_on_return):
                self.known = True
            self.say("cleared", before)
            if stage == 0 and "once" in self.silences:
                self.wake("once", "unshelved", now)

    def wake(self, way, kind, now):
        del self.silences[way]
        last = not self.silences
        if last:
            self.known = not self.shown
        self.say(kind)
        if last and self.shown:
            self.tell_again(now)

    def tell_again(self, now):
        self.known = False
        self.told = now
        self.say("reminded")

    def stage(self, stage, now):
        came = stage > 0 and self.real == 0
        went = stage == 0 and self.real > 0
        self.real = stage
        if came or went:
            self.moved = now
        if came:
            self.came.append(now)
        if came and self.chatter is not None:
            self.chatter += 1
        if stage > 0 or self.chatter is None:
            self.show(stage, now)
        if came and self.chatter is None and self.raises:
            if sum(1 for time in self.came if now - time < self.within) >= self.raises:
                self.chatter = 0
                self.say("chatterBegan")

    def refusal(self, verb, span):
        state = self.condition()
        if verb == "acknowledge" and self.known:
            return "nothingToAcknowledge"
        if verb == "reset" and state != "latched":
            if not self.latching or state == "normal":
                return "nothingToReset"
            return "stillActive" if self.shown else "notAcknowledged"
        if verb in ("shelve", "shelveOnce"):
            if not 0 < span <= self.longest:
                return "durationOutOfRange"
            if self.shown > self.highest:
                return "stageTooHigh"
        if verb == "unshelve" and not self.shelving():
            return "notShelved"
        if verb == "takeOutOfService" and "service" in self.silences:
            return "alreadyOutOfService"
        if verb == "returnToService" and "service" not in self.silences:
            return "notOutOfService"
        if verb in ("stopOutput", "releaseOutput"):
            return "wrongSubject"
        if verb == "acknowledgeEarlier":
            return "newerEvent"
        return None

    def order(self, verb, span, now):
        if verb == "shelveOnce" and span == 0:
            span = self.longest
        reason = self.refusal(verb, span)
        if reason:
            self.say("refused", remark=reason)
        elif verb == "acknowledge":
            self.known = True
            self.say("acknowledged")
        elif verb == "reset":
            self.latch = False
            self.say("reset")
        elif verb in ("shelve", "shelveOnce"):
            self.silences.pop(self.shelving(), None)
            self.silences["timed" if verb == "shelve" else "once"] = now + span
            self.say("shelved")
        elif verb == "unshelve":
            self.wake(self.shelving(), "unshelved", now)
        elif verb == "takeOutOfService":
            self.silences["service"] = None
            self.say("outOfService")
        elif verb == "returnToService":
            self.wake("service", "inService", now)
        else:
            sys.exit(f"no such order: {verb}")

    def design(self, silent, now):
        if silent and "design" not in self.silences:
            self.silences["design"] = None
            self.say("suppressed")
        elif not silent and "design" in self.silences:
            self.wake("design", "resumed", now)

    def deadlines(self):
        calm = None if self.chatter is None else self.moved + self.hold
        awake = self.silences[self.shelving()] if self.shelving() else None
        waits = self.shown and not self.silences and self.realarm
        return calm, awake, self.told + self.realarm if waits else None

    def deadline(self):
        return min((time for time in self.deadlines() if time is not None), default=-1)

    def time(self, now):
        calm = self.deadlines()[0]
        if calm is not None and calm <= now:
            swallowed, self.chatter = self.chatter, None
            self.show(self.real, now)
            self.say("chatterEnded", remark=swallowed)
        awake = self.deadlines()[1]
        if awake is not None and awake <= now:
            self.wake(self.shelving(), "unshelved", now)
        again = self.deadlines()[2]
        if again is not None and again <= now:
            self.tell_again(now)

    def state(self):
        silences = sum(BITS[way] for way in self.silences)
        return f"{self.condition()}:{self.shown}:{silences}:{self.deadline()}"


class Site:
    def __init__(self, fields):
        self.above, self.below, self.window = [int(field) for field in fields]
        self.alarms = []
        self.calls = []  # all times at which people were called
        self.flood = None  # how many calls the flood has had

    def recent(self, now):
        return sum(1 for time in self.calls if now - time < self.window)

    def flood_deadline(self):
        # The flood is over when the calls that are still recent are fewer than `below`.
        if self.flood is None:
            return -1
        return sorted(self.calls, reverse=True)[self.below - 1] + self.window

    def play(self, index, now, answers, action):
        standing = any(alarm.stands() for alarm in self.alarms)
        alarm = self.alarms[index]
        alarm.said = []
        action(alarm)
        remarks = []
        for kind, before, after, condition, audible, remark in alarm.said:
            answers.append(f"{index}:{kind}:{before}:{after}:{condition}:{audible}:{remark}")
            if kind == "raised" and audible == "announced":
                self.calls.append(now)
                if not standing:
                    remarks.append("firstOut")
                if self.flood is not None:
                    self.flood += 1
                elif self.recent(now) > self.above:
                    self.flood = self.recent(now)
                    remarks.append("floodBegan")
        answers += remarks

    def step(self, now, index, verb, number):
        answers = []
        for place in range(len(self.alarms)):
            self.play(place, now, answers, lambda alarm: alarm.time(now))
        if self.flood is not None and self.recent(now) < self.below:
            answers.append(f"floodEnded:{self.flood}")
            self.flood = None
        actions = {
            "stage": lambda alarm: alarm.stage(number, now),
            "byDesign": lambda alarm: alarm.design(number == 1, now),
            "time": lambda alarm: None,
        }
        otherwise = lambda alarm: alarm.order(verb, number, now)
        self.play(index, now, answers, actions.get(verb, otherwise))
        return answers

    def states(self):
        standing = sum(alarm.stands() for alarm in self.alarms)
        return [alarm.state() for alarm in self.alarms] + [f"{standing}:{self.flood_deadline()}"]


class Journal:
    """What the answers alone say about where each alarm of a site stands."""

    def __init__(self):
        self.arrows = collections.Counter()
        self.kinds = collections.Counter()
        self.states = collections.defaultdict(lambda: "normal")

    def take(self, answer):
        fields = answer.split(":")
        self.kinds[fields[1 if fields[0].isdigit() else 0]] += 1
        if len(fields) == 7 and fields[1] != "refused":
            alarm, before = fields[0], self.states[fields[0]]
            self.states[alarm] = "suppressed" if fields[5] == "silent" else fields[4]
            if self.states[alarm] != before:
                self.arrows[f"{before}>{self.states[alarm]}"] += 1


def main(path):
    journal = Journal()
    steps = 0
    site = None
    with open(path, encoding="utf-8") as lines:
        seed = next(lines).split()[1]
        for number, line in enumerate(lines, 2):
            fields = line.split()
            if fields[0] == "site":
                site = Site(fields[1:])
                journal.states.clear()
            elif fields[0] == "alarm":
                site.alarms.append(Alarm(fields[1:]))
            else:
                given, answers, states = [part.split() for part in line.split("|")]
                now, index, verb, amount = given
                expected = site.step(int(now), int(index), verb, int(amount))
                if (answers, states) != (expected, site.states()):
                    sys.exit(
                        f"seed {seed}, line {number}: {' '.join(given)}\n"
                        f"  core:  {' '.join(answers)} | {' '.join(states)}\n"
                        f"  model: {' '.join(expected)} | {' '.join(site.states())}"
                    )
                steps += 1
                for answer in answers:
                    journal.take(answer)
    assert steps >= 100_000, f"only {steps} steps"
    kinds = journal.kinds
    assert len(kinds) == 17 and min(kinds.values()) > 200, f"too little of something: {kinds}"
    strange = set(ARROWS) ^ set(journal.arrows)
    assert not strange, f"arrows that are in one diagram only: {strange}"
    print(f"{steps} steps agree (seed {seed}), {len(ARROWS)} arrows of the state diagram are taken")
    print(", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))


if __name__ == "__main__":
    main(sys.argv[1])
