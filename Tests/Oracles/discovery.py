"""Holds discovery configurations against what Home Assistant documents for MQTT sensors, binary sensors and buttons,
and fills in their templates, as Home Assistant does, with the payloads that the same box publishes.

    discovery.py SAMPLES
"""

import json
import pathlib
import re
import sys

import jinja2.sandbox
import jsonschema

TOPIC = re.compile(r"^homeassistant/(\w+)/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)/config$")
# The units that Home Assistant documents for each device class of sensors; None: it has none.
UNITS = {
    "area": {"m²", "cm²", "km²", "mm²", "ha"},
    "conductivity": {"S/cm", "mS/cm", "μS/cm"},
    "current": {"A", "mA"},
    "distance": {"km", "m", "cm", "mm", "mi", "nmi", "yd", "ft", "in"},
    "duration": {"d", "h", "min", "s", "ms", "μs"},
    "frequency": {"Hz", "kHz", "MHz", "GHz"},
    "illuminance": {"lx"},
    "irradiance": {"W/m²", "BTU/(h⋅ft²)"},
    "ph": {None},
    "power": {"mW", "W", "kW", "MW", "GW", "TW"},
    "precipitation_intensity": {"in/d", "in/h", "mm/d", "mm/h"},
    "pressure": {"cbar", "bar", "hPa", "mmHg", "inHg", "kPa", "mbar", "Pa", "psi", "mPa"},
    "speed": {"ft/s", "in/d", "in/h", "in/s", "km/h", "kn", "m/s", "mph", "mm/d", "mm/s"},
    "temperature": {"°C", "°F", "K"},
    "voltage": {"V", "mV", "μV", "kV", "MV"},
    "volume_flow_rate": {"m³/h", "m³/min", "m³/s", "ft³/min", "L/h", "L/min", "L/s", "gal/min", "mL/s"},
    "weight": {"kg", "g", "mg", "μg", "oz", "lb", "st"},
    None: None,
}
TEXT = {"type": "string", "minLength": 1}
COMMON = {
    "name": TEXT, "unique_id": TEXT, "availability_topic": TEXT, "availability_template": TEXT,
    "payload_available": TEXT, "payload_not_available": TEXT,
    "json_attributes_topic": TEXT, "json_attributes_template": TEXT,
    "device": {
        "type": "object", "required": ["identifiers", "name"], "additionalProperties": False,
        "properties": {"identifiers": {"type": "array", "minItems": 1, "items": TEXT}, "name": TEXT,
                       "manufacturer": TEXT, "sw_version": TEXT}},
    "origin": {"type": "object", "required": ["name"], "additionalProperties": False,
               "properties": {"name": TEXT, "sw_version": TEXT}},
}
OWN = {
    "sensor": ({
        "state_topic": TEXT, "value_template": TEXT, "unit_of_measurement": TEXT,
        "device_class": {"enum": [name for name in UNITS if name]},
        "state_class": {"enum": ["measurement"]}, "expire_after": {"type": "integer", "minimum": 1},
        "suggested_display_precision": {"type": "integer", "minimum": 0}}, ["state_topic"]),
    "binary_sensor": ({
        "state_topic": TEXT, "value_template": TEXT, "device_class": {"const": "problem"}},
        ["state_topic"]),
    "button": ({
        "command_topic": TEXT, "command_template": TEXT, "qos": {"enum": [0, 1, 2]},
        "retain": {"const": False}}, ["command_topic"]),
}


def schema(component):
    properties, required = OWN[component]
    return {"type": "object", "additionalProperties": False, "properties": COMMON | properties,
            "required": [*required, "name", "unique_id", "device", "availability_topic"]}


class Now:
    def strftime(self, _):
        return "20261121080000000000"


ENVIRONMENT = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
ENVIRONMENT.filters["tojson"] = json.dumps
ENVIRONMENT.policies["json.dumps_function"] = json.dumps


def fill(template, payload=None):
    return ENVIRONMENT.from_string(template).render(value_json=payload, now=Now)


def main(samples):
    configurations, payloads = [], {}
    for line in samples.read_text("utf-8").splitlines():
        message = json.loads(line)
        if message["topic"].startswith("homeassistant/"):
            configurations.append(message)
        else:
            payloads.setdefault(message["topic"], []).append(message["payload"])
    names, rendered, counts, states = {}, 0, dict.fromkeys(OWN, 0), set()
    for message in configurations:
        component = TOPIC.match(message["topic"])[1]
        configuration = message["payload"]
        assert message["retained"]
        jsonschema.validate(configuration, schema(component))
        unknown = {**configuration, "unknown": 1}
        assert not jsonschema.Draft202012Validator(schema(component)).is_valid(unknown)
        assert names.setdefault(configuration["unique_id"], message["topic"]) == message["topic"]
        if component == "sensor":
            units = UNITS[configuration.get("device_class")]
            assert units is None or configuration.get("unit_of_measurement") in units, configuration
        counts[component] += 1
        available = {fill(configuration["availability_template"], payload)
                     for payload in payloads[configuration["availability_topic"]]}
        assert available == {"online", "offline"}, available
        for payload in payloads.get(configuration.get("state_topic"), ()):
            state = fill(configuration["value_template"], payload)
            if component == "sensor":
                assert float(state) == payload["value"], state
            else:
                states.add(state)
            attributes = json.loads(fill(configuration["json_attributes_template"], payload))
            assert attributes["mode"] == payload["mode"]
            rendered += 1
        if component == "button":
            command = json.loads(fill(configuration["command_template"]))
            assert command["id"] == "ha-20261121080000000000" and command["operator"] == "sa{{to}}", command
            rendered += 1
    assert all(counts.values()) and states == {"ON", "OFF"} and rendered > 100, (counts, states)
    print(f"{len(configurations)} configurations valid {counts}, {rendered} templates filled in")


main(pathlib.Path(sys.argv[1]))
