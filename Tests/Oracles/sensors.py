"""Hears and asks simulated line sensors as other people's programs do.

    sensors.py PROGRAM EMPTY_FOLDER

Every value is set by its point, in the point's unit, and read from what comes over the line by
pynmea2, by vedirect, or by a reader that is written here after the maker's sheet.
"""

import functools
import operator
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import pynmea2
import serial
from vedirect import VEDirect


def fail(text):
    raise SystemExit(text)


def near(name, value, expected, tolerance):
    if abs(float(value) - expected) > tolerance + 1e-9:
        fail(f"{name} is {value} instead of {expected}")


def sonar(frame, start):
    """The four bytes of the ultrasonic sensors: FF, the distance, the sum from byte `start` on."""
    if len(frame) != 4 or frame[0] != 0xFF or sum(frame[start:3]) & 0xFF != frame[3]:
        fail(f"not a frame: {frame.hex(' ')}")
    return frame[1] << 8 | frame[2]


def nmea(text):
    """The sentences of some time, checked by pynmea2, by their types."""
    lines = text.decode("ascii").split("\r\n")[1:-1]
    return {sentence.sentence_type: sentence
            for sentence in (pynmea2.parse(line, check=True) for line in lines)}


def hear_station(text):
    found = nmea(text)
    near("MWV's angle", found["MWV"].wind_angle, 45, 0.5)
    if found["MWV"].wind_speed_units != "N" or found["MWV"].status != "A":
        fail(f"{found['MWV']}")
    near("MWV's speed in knots", found["MWV"].wind_speed, 12.3 * 3600 / 1852, 0.05)
    near("DBT's depth", found["DBT"].depth_meters, 3.4, 0.05)
    near("RMC's latitude", found["RMC"].latitude, -35.258333, 1e-5)
    near("RMC's longitude", found["RMC"].longitude, -139.5, 1e-5)


def hear_windsonic(text):
    """<STX>Q,ddd,sss.ss,M,00,<ETX>hh<CR><LF>; hh is the exclusive-or between STX and ETX."""
    body, end = re.findall(rb"\x02([^\x02\x03]*)\x03([0-9A-F]{2})\r\n", text)[-1]
    if functools.reduce(operator.xor, body) != int(end, 16):
        fail(f"a wrong checksum: {text!r}")
    node, direction, speed, unit, status, rest = body.decode("ascii").split(",")
    if (node, unit, status, rest) != ("Q", "M", "00", ""):
        fail(f"{body!r}")
    near("the WindSonic's direction", direction, 271, 0.5)
    near("the WindSonic's speed", speed, 2.5, 0.005)


def hear_maxsonar(digits, expected):
    """R and some digits between two CR, several times a second."""
    def hear(text):
        frames = re.findall(rb"(?<=\r)R(\d{%d})\r" % digits, text)
        if len(frames) < 3 or {int(frame) for frame in frames} != {expected}:
            fail(f"{text!r}")
    return hear


def hear_sonar(expected):
    def hear(text):
        start = text.index(b"\xff", 4)
        near("the distance", sonar(text[start:start + 4], 0), expected, 0)
    return hear


def hear_block(**expected):
    """Blocks of labels whose bytes add up to 0, the last one of them `Checksum`."""
    def hear(text):
        blocks = re.findall(rb"(?s)(\r\nPID\t.*?\r\nChecksum\t.)", text)
        if not blocks or any(sum(block) & 0xFF for block in blocks):
            fail(f"{text!r}")
        found = dict(line.split(b"\t") for line in blocks[-1].split(b"\r\n")[1:-1])
        for label, value in expected.items():
            near(label, int(found[label.encode()]), value, 0)
    return hear


def answer(pattern, **expected):
    """A reader of one line, whose named groups are the quantities."""
    def hear(text):
        match = re.fullmatch(pattern, text.decode("ascii"))
        if not match:
            fail(f"{text!r} is not {pattern}")
        for name, value in expected.items():
            near(name, match[name], value, 0.05)
    return hear


# Profile; what its points show; what it is asked with, if it is; who understands it.
SENSORS = {
    "station": ("nmea/weather-station",
                {"wind-angle": ("deg", 45), "wind-speed": ("m/s", 12.3), "depth": ("m", 3.4),
                 "latitude": ("deg", -35.258333), "longitude": ("deg", -139.5)}, b"", hear_station),
    "wind": ("gill/windsonic",
             {"speed": ("km/h", 9), "direction": ("deg", 271)}, b"", hear_windsonic),
    "near": ("maxbotix/hrxl-maxsonar-wr", {"distance": ("m", 0.567)}, b"", hear_maxsonar(4, 567)),
    "far": ("maxbotix/xl-maxsonar-wr", {"distance": ("m", 0.67)}, b"", hear_maxsonar(3, 67)),
    "well": ("dfrobot/a02yyuw", {"distance": ("m", 1.953)}, b"", hear_sonar(1953)),
    "tank": ("dfrobot/a01nyub", {"distance": ("m", 5.02)}, b"", hear_sonar(5020)),
    "battery": ("victron/ve-direct-bmv",
                {"voltage": ("V", 12.345), "current": ("mA", -3200),
                 "state-of-charge": ("%", 87.5)}, b"", hear_block(V=12345, I=-3200, SOC=875)),
    "solar": ("victron/ve-direct-mppt",
              {"battery-voltage": ("V", 13.21), "panel-power": ("W", 42),
               "yield-today": ("kW.h", 1.25)}, b"", hear_block(V=13210, PPV=42, H20=125)),
    "ditch": ("jsn/sr04t-serial", {"distance": ("cm", 123.4)}, b"\x55",
              lambda text: near("the distance", sonar(text, 0), 1234, 0)),
    "drain": ("jsn/aj-sr04m-serial", {"distance": ("cm", 123.4)}, b"\x55",
              lambda text: near("the distance", sonar(text, 1), 1234, 0)),
    "rain": ("hydreon/rg-15", {"total-acc": ("mm", 25.4), "intensity": ("mm/h", 3.2)}, b"R\n",
             answer(r"Acc 0\.00 mm, EventAcc 0\.00 mm, TotalAcc (?P<total>\d+\.\d\d) mm, "
                    r"RInt (?P<rate>\d+\.\d\d) mmph\r\n", total=25.4, rate=3.2)),
    "soil": ("truebner/smt100-ascii", {"moisture": ("%", 31.2), "temperature": ("Cel", -4.5)},
             b"GetAllMeasurements!\r",
             answer(r"15894,15\.21,(?P<moisture>[\d.]+),(?P<temperature>-[\d.]+),11\.98\r",
                    moisture=31.2, temperature=-4.5)),
    "weather": ("vaisala/wxt530-ascii",
                {"air-temperature": ("Cel", -12.3), "pressure": ("hPa", 987.6)},
                b"7R2\r\n",
                answer(r"7R2,Ta=(?P<air>-?[\d.]+)C,Ua=14\.2P,Pa=(?P<pressure>[\d.]+)H\r\n",
                       air=-12.3, pressure=987.6)),
}
BAUD = {"station": 4800, "battery": 19200, "solar": 19200, "weather": 19200}
# Besides, a weather transmitter over TCP.
SITE = """\
site:
  id: sensors
  name: {{en: Sensors, ja: センサー}}
  mode: test
buses:
{buses}
  - id: server
    rawTcp: {{host: 192.0.2.1, port: 4001}}
    devices:
      - {{id: server, profile: vaisala/wxt530-ascii, address: "7"}}
points:
{points}
"""


def site():
    buses, points = [], []
    for name, (profile, quantities, *_) in SENSORS.items():
        address = ', address: "7"' if name == "weather" else ""
        buses.append(f"  - id: {name}\n    serial: {{port: /dev/nomori/{name}, "
                     f"baud: {BAUD.get(name, 9600)}, parity: none, stopBits: 1}}\n"
                     f"    devices: [{{id: {name}, profile: {profile}{address}}}]")
        points += [point(name, quantity, unit) for quantity, (unit, _) in quantities.items()]
    points.append(point("server", "air-temperature", "Cel"))
    return SITE.format(buses="\n".join(buses), points="\n".join(points))


def point(device, quantity, unit):
    return (f"  - id: {device}.{quantity}\n    name: {{en: P, ja: P}}\n    unit: '{unit}'\n"
            f"    decimals: 2\n    source: {{device: {device}, quantity: {quantity}}}\n"
            f"    period: 10 s")


def hear(path, name):
    """What comes within 1.3 s, or as answer to the question."""
    question = SENSORS[name][2]
    with serial.Serial(str(path), BAUD.get(name, 9600), timeout=1.3) as port:
        port.reset_input_buffer()
        if not question:
            # From the midst of the stream on.
            end, text = time.monotonic() + 1.3, b""
            while time.monotonic() < end:
                text += port.read(port.in_waiting or 1)
            return text
        port.write(question)
        text = port.read(1)
        port.timeout = 0.2
        return text + port.read(512)


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    path = folder / "site.yaml"
    path.write_text(site(), encoding="utf-8")
    arguments = [program, "simulate", path, "--ports", folder / "ports",
                 "--set=server.air-temperature=21.5"]
    for name, (_, quantities, *_) in SENSORS.items():
        arguments += [f"--set={name}.{quantity}={value}"
                      for quantity, (_, value) in quantities.items()]
    field = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=open(folder / "errors", "wb"), text=True)
    try:
        places = dict(field.stdout.readline().split() for _ in range(len(SENSORS) + 1))
        for name, (*_, understand) in SENSORS.items():
            understand(hear(places[name], name))
        charger = VEDirect(places["solar"])
        near("vedirect's voltage", charger.battery_volts, 13.21, 0.0005)
        near("vedirect's power", charger.solar_power, 42, 0)
        ask_server(places["server"])
        type_a_value(field, places["near"])
    finally:
        field.send_signal(signal.SIGTERM)
        code = field.wait(20)
    if code != 0 or (folder / "ports/near").is_symlink():
        fail(f"the simulation ended with {code} and left its ports behind")
    print(f"{len(SENSORS)} line sensors say what they were set to, and one over TCP")


def ask_server(place):
    """A serial server passes bytes on; two masters at once get each their own answers."""
    host, _, port = place.rpartition(":")
    masters = [socket.create_connection((host, int(port)), timeout=5) for _ in range(2)]
    for master in masters:
        master.sendall(b"7R2\r\n")
        text = b""
        while not text.endswith(b"\n"):
            text += master.recv(512)
        answer(r"7R2,Ta=(?P<air>[\d.]+)C,.*\r\n", air=21.5)(text)
        master.close()


def type_a_value(field, path):
    """What is typed is heard, also that there is nothing, and the point alone goes back."""
    for line, digits in (("near.distance = 1.25", b"R1250\r"), ("near.distance = ---", b"R9999\r"),
                         ("near.distance", b"R0567\r")):
        field.stdin.write(line + "\n")
        field.stdin.flush()
        with serial.Serial(path, 9600, timeout=10) as port:
            if not port.read_until(digits).endswith(digits):
                fail(f"typed {line} does not show")


if __name__ == "__main__":
    main()
