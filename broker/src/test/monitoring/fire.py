"""Has a task die, and then the broker, and waits until Prometheus says so: fire.py BROKER PROMETHEUS BROKER_PID, from bin/alerts."""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

BROKER, PROMETHEUS, PID = sys.argv[1], sys.argv[2], int(sys.argv[3])
QUEUE = "letters"
LOOK_SECONDS = 0.5
SECONDS_MAX = 600  # of a busy machine; TelpherDown has to hold for a minute before it fires


def call(url, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def query(expression):
    answer = call(PROMETHEUS + "/api/v1/query?query=" + urllib.parse.quote(expression))
    return {tuple(sorted(each["metric"].items())): float(each["value"][1]) for each in answer["data"]["result"]}


def firing():
    alerts = call(PROMETHEUS + "/api/v1/alerts")["data"]["alerts"]
    return {(each["labels"]["alertname"], each["labels"].get("queue", "")) for each in alerts if each["state"] == "firing"}


def until(what, holds):
    """Looks again and again; returns the seconds it took."""
    began = time.monotonic()
    while True:
        try:
            if holds():
                return time.monotonic() - began
        except (urllib.error.URLError, ConnectionError):
            pass  # Prometheus is not up yet; it has as long as anything else
        if time.monotonic() - began > SECONDS_MAX:
            sys.exit(f"{what}: not within {SECONDS_MAX} s; firing are {sorted(firing())}")
        time.sleep(LOOK_SECONDS)


def main():
    call(BROKER + "/api/v1/queues/" + QUEUE, {"max_retries": 0}, "PUT")
    until("the target is up", lambda: 1.0 in query('up{job="telpher"}').values())
    until("the counter is there before anything died", lambda: list(query(f'telpher_tasks_dead_total{{queue="{QUEUE}"}}').values()) == [0.0])
    if firing():
        sys.exit(f"before anything happened these fire: {sorted(firing())}")
    print("a broker to which nothing happened: no alert fires")

    task = call(BROKER + "/api/v1/tasks", {"type": "letter", "queue": QUEUE, "payload": 1})["task_id"]
    lease = call(BROKER + f"/api/v1/queues/{QUEUE}/reserve", {"max": 1})["tasks"][0]["lease_id"]
    call(BROKER + f"/api/v1/tasks/{task}/nack", {"lease_id": lease, "error": "no mailbox", "permanent": True})
    took = until("TelpherDeadLettersGrow fires", lambda: ("TelpherDeadLettersGrow", QUEUE) in firing())
    print(f"the first task of a queue died: TelpherDeadLettersGrow fired after {took:.1f} s")

    os.kill(PID, signal.SIGKILL)
    took = until("TelpherDown fires", lambda: ("TelpherDown", "") in firing())
    print(f"the broker was killed: TelpherDown fired after {took:.1f} s, of which it has to hold for 60")


main()
