"""Runs a command in a terminal of its own, types into it and looks at what it draws.

Usage: in_terminal.py '["until TEXT", "type KEYS", "size ROWS COLUMNS", "signal NAME", "end"]' COMMAND...
Each "until" waits for a text that was written since the step before. Prints {"exit", "output", "restored"}: restored says whether the terminal's
settings are the ones from before.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

SECONDS_MAX = 60


def main():
    steps, command = json.loads(sys.argv[1]), sys.argv[2:]
    master, slave = pty.openpty()
    size(slave, 24, 80)
    before = termios.tcgetattr(slave)
    child = os.fork()
    if child == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for descriptor in (0, 1, 2):
            os.dup2(slave, descriptor)
        os.environ["TERM"] = "xterm-256color"
        os.execvp(command[0], command)
    output = bytearray()
    looked = 0
    deadline = time.monotonic() + SECONDS_MAX
    for step in steps:
        word, _, rest = step.partition(" ")
        if word == "until":
            while rest.encode() not in output[looked:]:
                read(master, output)
                if time.monotonic() > deadline:
                    os.kill(child, signal.SIGKILL)
                    sys.exit("never saw %r in %r" % (rest, bytes(output[looked:])))
            looked = len(output)
        elif word == "type":
            os.write(master, rest.encode())
        elif word == "size":
            rows, columns = map(int, rest.split())
            size(slave, rows, columns)
        elif word == "signal":
            os.kill(child, getattr(signal, "SIG" + rest))
    ended, status = 0, 0
    while not ended:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            sys.exit("it does not end: %r" % bytes(output[looked:]))
        read(master, output)
        ended, status = os.waitpid(child, os.WNOHANG)
    while read(master, output):
        pass
    restored = termios.tcgetattr(slave) == before
    print(json.dumps({"exit": os.waitstatus_to_exitcode(status), "output": output.decode(errors="replace"), "restored": restored}))


def size(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def read(master, output):
    """What is there within a moment; False = nothing."""
    if not select.select([master], [], [], 0.2)[0]:
        return False
    output += os.read(master, 65536)
    return True


main()
