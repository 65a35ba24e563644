"""A person at a terminal: watches a demo, acknowledges the worst alarm once one stands, and quits.

Prints the last page that was seen; exits with 1 where something is missing on it, or where the terminal is not
given back as it was.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

binary, port = sys.argv[1:]
near, far = pty.openpty()
fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
before = termios.tcgetattr(far)
watch = subprocess.Popen(
    [binary, "watch", "--port", port, "--operator", "demo"], stdin=far, stdout=far, stderr=far,
    env={**os.environ, "TERM": "xterm-256color"})
seen = ""


def page():
    """What the terminal was last told to show, without colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.split("\x1b[H")[-1])


def read(seconds):
    global seen
    if select.select([near], [], [], seconds)[0]:
        seen += os.read(near, 65536).decode("utf-8", "replace")


def wait_for(words):
    end = time.monotonic() + 40
    while words not in page():
        if time.monotonic() > end or watch.poll() is not None:
            watch.kill()
            sys.exit(f"no {words!r} on:\n{page()}")
        read(0.1)


try:
    wait_for("unacknowledged")
    os.write(near, b"a")
    wait_for("Acknowledge")
    os.write(near, b"\r")
    wait_for("done")
    print(page())
    os.write(near, b"q")
    while watch.poll() is None:
        read(0.1)
    read(0.1)
    assert watch.returncode == 0, watch.returncode
    assert termios.tcgetattr(far) == before, "the terminal is not as it was"
    assert seen.rstrip().endswith("\x1b[?1049l"), seen[-40:]
finally:
    if watch.poll() is None:
        watch.kill()
