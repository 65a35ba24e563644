"""Reads and writes a simulated field with other people's masters.

    simulator.py PROGRAM EMPTY_FOLDER

Every value is set by its point, in the point's unit, and read back from the register in which the
device's maker says that it stands.
"""

import pathlib
import signal
import subprocess
import sys
import time

from pymodbus.client import ModbusSerialClient, ModbusTcpClient

# Device, profile, unit; a point's quantity, UCUM unit and value; the table, the address on the wire
# and the type of its register, and what stands there, all by the maker's manual.
DEVICES = [
    ("gauge", "keller/36xiw", 1, "p1", "bar", 0.25, "holding", 0x0100, "float", 0.25),
    ("weather", "ecowitt/wn90lp", 0x90, "temperature", "Cel", -12.3,
     "holding", 0x167, "uint16", 277),
    ("road", "tsingsense/road-sensor", 3, "surface-temperature", "Cel", -4.25,
     "holding", 2, "int16", -425),
    ("meter", "peacefair/pzem-016", 4, "power", "W", 12345.6, "input", 3, "int32", 123456),
    ("rain", "dfrobot/sen0575", 0xC0, "rain-total", "mm", 123.4567, "input", 8, "int32", 1234567),
    ("inputs", "wellpro/wp8026", 6, "input2", '"1"', 1, "discrete", 1, "bit", 1),
]
RELAY = ("relay", "waveshare/modbus-rtu-relay-8ch", 7)

SITE = """\
site:
  id: masters
  name: {{en: Masters, ja: マスター}}
  mode: test
buses:
  - id: line
    serial: {{port: /dev/nomori/line, baud: 19200, parity: none, stopBits: 1}}
    devices:
{line}
  - id: net
    tcp: {{host: 192.0.2.1, port: 502}}
    devices:
{net}
points:
{points}
"""


def site():
    def devices(prefix):
        return "\n".join(
            f"      - {{id: {prefix}-{name}, profile: {profile}, unit: {unit}}}"
            for name, profile, unit, *_ in DEVICES + [RELAY])

    points = "\n".join(
        f"  - id: {prefix}.{name}\n    name: {{en: {name}, ja: {name}}}\n    unit: {unit}\n"
        f"    decimals: 2\n    source: {{device: {prefix}-{name}, quantity: {quantity}}}\n"
        f"    period: 10 s"
        for prefix in ("line", "net") for name, _, _, quantity, unit, *_ in DEVICES)
    return SITE.format(line=devices("line"), net=devices("net"), points=points)


class Pymodbus:
    """pymodbus's synchronous clients."""

    def __init__(self, client):
        self.client = client
        if not client.connect():
            raise SystemExit("pymodbus cannot connect")

    def read(self, unit, table, address, kind, low_word_first):
        if kind == "bit":
            answer = self.client.read_discrete_inputs(address, count=1, slave=unit)
            return int(answer.bits[0])
        count = 1 if kind.endswith("16") else 2
        reads = {"holding": self.client.read_holding_registers,
                 "input": self.client.read_input_registers}
        answer = reads[table](address, count=count, slave=unit)
        if answer.isError():
            raise SystemExit(f"unit {unit}: {answer}")
        types = self.client.DATATYPE
        kinds = {"float": types.FLOAT32, "uint16": types.UINT16, "int16": types.INT16,
                 "int32": types.INT32}
        return self.client.convert_from_registers(
            answer.registers, kinds[kind], word_order="little" if low_word_first else "big")

    def switch(self, unit, coil, on):
        self.client.write_coil(coil, on, slave=unit)
        answer = self.client.read_coils(0, count=8, slave=unit)
        return [int(bit) for bit in answer.bits[:8]]

    def refuses(self, unit, address):
        """The exception that a read of one holding register gets."""
        return self.client.read_holding_registers(address, count=1, slave=unit).exception_code

    def close(self):
        self.client.close()


class Mbpoll:
    """The mbpoll program, once a read."""

    def __init__(self, *target):
        self.target = target

    def run(self, *arguments, values=(), code=0):
        done = subprocess.run(
            ["mbpoll", "-q", "-0", "-1", "-o", "1", *self.target[1:], *arguments, self.target[0],
             *values], capture_output=True, text=True, check=False, timeout=30)
        if done.returncode != code:
            raise SystemExit(f"mbpoll {arguments}: {done.returncode}, {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def values(self, text):
        return [line.split(":")[1].strip() for line in text.splitlines() if line.startswith("[")]

    def read(self, unit, table, address, kind, low_word_first):
        tables = {"discrete": "1", "input": "3", "holding": "4"}
        suffix = {"float": ":float", "int32": ":int"}.get(kind, "")
        order = [] if low_word_first else ["-B"]
        # It shows a negative number behind the unsigned one: 65111 (-425).
        text = self.values(self.run(
            "-a", str(unit), "-r", str(address), "-t", tables[table] + suffix, *order))[0]
        if kind == "int16" and "(" in text:
            text = text.split("(")[1].rstrip(")")
        return float(text) if kind == "float" else int(text)

    def switch(self, unit, coil, on):
        self.run("-a", str(unit), "-r", str(coil), "-t", "0", values=["1" if on else "0"])
        return [int(value) for value in
                self.values(self.run("-a", str(unit), "-r", "0", "-c", "8", "-t", "0"))]

    def refuses(self, unit, address):
        text = self.run("-a", str(unit), "-r", str(address), "-t", "4", code=1)
        return 2 if "Illegal data address" in text else None

    def close(self):
        pass


def prove(name, master):
    for device, profile, unit, _, _, _, table, address, kind, expected in DEVICES:
        # These two send the low word first.
        low_word_first = profile.startswith(("peacefair", "dfrobot"))
        value = master.read(unit, table, address, kind, low_word_first)
        if abs(value - expected) > 1e-6 * abs(expected):
            raise SystemExit(f"{name}: {device} shows {value} instead of {expected}")
    unit = RELAY[2]
    on = [0, 0, 1, 0, 0, 0, 0, 0]
    if master.switch(unit, 2, True) != on or master.switch(unit, 2, False) != [0] * 8:
        raise SystemExit(f"{name}: the relay does not keep what is written")
    if master.refuses(1, 0x7000) != 2:
        raise SystemExit(f"{name}: an address that no device has is not refused")
    master.close()
    print(f"{name}: {len(DEVICES)} values, a relay and an exception as they should be")


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    path = folder / "site.yaml"
    path.write_text(site(), encoding="utf-8")
    arguments = [program, "simulate", path, "--ports", folder / "ports"]
    for prefix in ("line", "net"):
        arguments += [f"--set={prefix}.{name}={value}"
                      for name, _, _, _, _, value, *_ in DEVICES]
    # It warns of devices that are not on the factory's line speed.
    field = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=open(folder / "errors", "wb"), text=True)
    try:
        places = dict(field.stdout.readline().split() for _ in range(2))
        line, port = places["line"], int(places["net"].rpartition(":")[2])
        prove("pymodbus on the line", Pymodbus(ModbusSerialClient(line, baudrate=19200, timeout=1)))
        prove("pymodbus over TCP", Pymodbus(ModbusTcpClient("127.0.0.1", port=port, timeout=1)))
        prove("mbpoll on the line", Mbpoll(line, "-m", "rtu", "-b", "19200", "-P", "none"))
        prove("mbpoll over TCP", Mbpoll("127.0.0.1", "-m", "tcp", "-p", str(port)))
        type_a_value(field, line)
    finally:
        field.send_signal(signal.SIGTERM)
        code = field.wait(20)
    if code != 0 or (folder / "ports/line").is_symlink():
        raise SystemExit(f"the simulation ended with {code} and left its port behind")


def type_a_value(field, line):
    """What is typed stands in the register."""
    field.stdin.write("line.gauge = 0.5\n")
    field.stdin.flush()
    master = Pymodbus(ModbusSerialClient(line, baudrate=19200, timeout=1))
    end = time.monotonic() + 10
    while master.read(1, "holding", 0x0100, "float", False) != 0.5:
        if time.monotonic() > end:
            raise SystemExit("what was typed does not show")
    master.close()
    print("a typed value shows")


if __name__ == "__main__":
    main()
