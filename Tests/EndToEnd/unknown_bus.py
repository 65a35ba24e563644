"""A bus of which nobody knows the settings: Modbus RTU units on a pseudo terminal, or the same behind a
Modbus TCP gateway or a serial server.

    unknown_bus.py LINK REQUESTS DESCRIPTION
    unknown_bus.py PORT REQUESTS DESCRIPTION
    unknown_bus.py rtu:PORT REQUESTS DESCRIPTION

LINK becomes a symbolic link to the port; PORT is a TCP port of the loopback. Each request that is
understood is written to the file REQUESTS as hexadecimal. DESCRIPTION is JSON:

    {"baud": 9600, "units": {"7": {"holding": {"0": 42}, "coil": {"0": 1}, "silent": true}}}

A unit answers exception 2 for addresses and 1 for functions that it does not have, and nothing at
all where it is "silent"; where it is "stuck" it confirms writes and keeps what it had; it takes
"delay" seconds to answer; function 17 is answered by its "says"; a coil of value null takes times
and cannot be read. It "measures" when a register is written: {"600": {"5": 1234}} puts 1234 into register 5 once
something was written to 600. As on a real line, whoever speaks at another rate is not understood;
parity cannot be told apart on a pseudo terminal.
"""

import json
import os
import select
import socket
import sys
import termios
import time
import tty

TABLES = {1: "coil", 2: "discrete", 3: "holding", 4: "input", 5: "coil", 6: "holding", 16: "holding"}


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def answer(units, frame):
    unit, function = frame[0], frame[1]
    device = units.get(str(unit))
    if device is None:
        return None
    address, count = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")

    def exception(code):
        return None if device.get("silent") else bytes([unit, function | 0x80, code])

    if function == 17 and "says" in device:
        text = device["says"].encode()
        return bytes([unit, function, len(text) + 2, 1]) + text + b"\xff"
    table = device.get(TABLES.get(function, ""))
    if table is None:
        return exception(1)
    if function in (5, 6, 16):
        words = [count]
        if function == 16:
            words = [int.from_bytes(frame[7 + 2 * n:9 + 2 * n], "big") for n in range(count)]
        if any(str(address + place) not in table for place in range(len(words))):
            return exception(2)
        is_time = function == 5 and table[str(address)] is None
        if function == 5 and not is_time and count not in (0, 0xFF00):
            return exception(3)
        for place, word in enumerate([] if device.get("stuck") or is_time else words):
            table[str(address + place)] = (1 if word else 0) if function == 5 else word
        table.update(device.get("measures", {}).get(str(address), {}))
        return frame[:6]
    places = [str(address + place) for place in range(count)]
    if any(table.get(place) is None for place in places):
        return exception(2)
    words = [table[place] for place in places]
    if function <= 2:
        bits = sum(1 << place for place, word in enumerate(words) if word)
        data = bits.to_bytes((count + 7) // 8, "little")
    else:
        data = b"".join(word.to_bytes(2, "big") for word in words)
    return bytes([unit, function, len(data)]) + data


def respond(bus, frame, log):
    """The answer on the line to a frame with its checksum; None for silence."""
    print(frame[:-2].hex(), file=log, flush=True)
    reply = answer(bus["units"], frame[:-2])
    if reply is None:
        return None
    time.sleep(bus["units"][str(frame[0])].get("delay", 0))
    return reply + crc(reply)


def is_frame(data):
    return len(data) >= 4 and crc(data[:-2]) == data[-2:]


def serve_line(bus, link, log):
    rate = getattr(termios, f"B{bus['baud']}")
    master, slave = os.openpty()
    tty.setraw(slave)
    os.symlink(os.ttyname(slave), link)
    pending = b""
    while True:
        # Requests end with their checksum, and have silence between them.
        ready, _, _ = select.select([master], [], [], 0.02 if pending else None)
        if not ready:
            pending = b""
            continue
        pending += os.read(master, 256)
        if termios.tcgetattr(master)[5] != rate:
            pending = b""
        if is_frame(pending):
            reply = respond(bus, pending, log)
            pending = b""
            if reply is not None:
                os.write(master, reply)


def serve_frames(bus, port, log):
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            client, _ = server.accept()
            with client:
                while frame := client.recv(260):
                    reply = respond(bus, frame, log) if is_frame(frame) else None
                    if reply is not None:
                        client.sendall(reply)


def serve_network(bus, port, log):
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            client, _ = server.accept()
            with client:
                while request := client.recv(260):
                    head, frame = request[:6], request[6:]
                    print(frame.hex(), file=log, flush=True)
                    # A gateway says for a unit that is not there: target failed to respond.
                    reply = answer(bus["units"], frame) or bytes([frame[0], frame[1] | 0x80, 11])
                    client.sendall(head[:4] + len(reply).to_bytes(2, "big") + reply)


def main():
    place, requests, description = sys.argv[1:]
    with open(requests, "a", encoding="ascii") as log:
        if place.startswith("rtu:"):
            serve_frames(json.loads(description), int(place[4:]), log)
        elif place.isdigit():
            serve_network(json.loads(description), int(place), log)
        else:
            serve_line(json.loads(description), place, log)


main()
