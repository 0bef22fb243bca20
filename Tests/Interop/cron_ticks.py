"""Ten years of ticks, in five time zones, as an independent computation sees them.

Usage: cron_ticks.py PATH_OF_ORCHESTRATOR. Prints a line per schedule that differs, and how many agree.

The calendar is croniter's: it lists the wall-clock times that the fields select, without any time zone. The clock is
Python's zoneinfo: it says which instants show such a time. A time that a clock change skips shows at no instant, one
that it repeats shows at two. croniter's own time zones are not used, as it has another rule for clock changes: it moves
what is skipped, and drops what is repeated.
"""

import datetime
import json
import subprocess
import sys
import zoneinfo

import croniter

UTC = datetime.timezone.utc
START = datetime.datetime(2024, 1, 1)
END = datetime.datetime(2034, 1, 1)

ZONES = [
    "Australia/Lord_Howe",  # clocks change by half an hour
    "America/New_York",
    "Europe/Paris",
    "America/Santiago",  # southern, and its days begin with the skipped hour
    "Asia/Kolkata",  # no clock change, half an hour off
]

SCHEDULES = [
    "0 9 * * 1-5",
    "30 2 * * *",
    "0 0 * * *",
    "*/20 0-3 * * *",
    "15,45 1-2 * * sun",
    "0 0 1 * *",
    "0 12 13 * fri",
    "59 23 28-31 * *",
    "0 0 29 2 *",
    "5 4 * jan,apr,jul,oct sat",
    "*/30 * * 3,4,9-11 0,6",
    "0 */6 1-7 * *",
    "10 3 31 */2 *",
]


def wall_clock_times(schedule):
    """The local times that a schedule selects, with a day to spare at both ends."""
    spare = datetime.timedelta(days=2)
    times = croniter.croniter(schedule, START - spare - datetime.timedelta(minutes=1), ret_type=datetime.datetime)
    selected = []
    while (time := times.get_next()) < END + spare:
        selected.append(time)
    return selected


def instants(times, zone):
    """When a clock in this zone shows these times."""
    found = set()
    for time in times:
        for fold in (0, 1):
            instant = time.replace(tzinfo=zone, fold=fold).astimezone(UTC)
            if instant.astimezone(zone).replace(tzinfo=None) == time:
                found.add(instant)
    start, end = START.replace(tzinfo=UTC), END.replace(tzinfo=UTC)
    return sorted(instant for instant in found if start < instant <= end)


def listed(orchestrator, schedule, zone):
    """What the orchestrator says."""
    done = subprocess.run(
        [orchestrator, "cron", f"TZ={zone} {schedule}", "--json", "--from", f"{START.isoformat()}Z",
         "--until", f"{END.isoformat()}Z"],
        check=True, capture_output=True, text=True)
    return [datetime.datetime.fromisoformat(text) for text in json.loads(done.stdout)]


def main(orchestrator):
    agreed, ticks, differing = 0, 0, 0
    for schedule in SCHEDULES:
        times = wall_clock_times(schedule)
        for zone in ZONES:
            expected, actual = instants(times, zoneinfo.ZoneInfo(zone)), listed(orchestrator, schedule, zone)
            ticks += len(expected)
            if expected == actual:
                agreed += 1
                continue
            differing += 1
            missing = [str(time) for time in sorted(set(expected) - set(actual))][:3]
            extra = [str(time) for time in sorted(set(actual) - set(expected))][:3]
            print(f"FAILED TZ={zone} {schedule}: missing {missing}, too many {extra}")
    print(f"cron: {agreed} schedules agree, {ticks} ticks; {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
