"""Every JSON Schema of the project is a sound one, and every device profile keeps to its own.

A second opinion on what `DeviceProfiles` decides in Swift: the schema must accept every profile,
and refuse it as soon as a key is added that it does not know, wherever that is.
"""

import copy
import json
import pathlib
import sys

import jsonschema
import yaml

root = pathlib.Path(sys.argv[1]).resolve()
failures = []


class Loader(yaml.SafeLoader):
    """YAML as JSON knows it: dates stay text, and a key that stands twice is an error."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", node.value[index][0].start_mark)
        return super().construct_mapping(node, deep=deep)


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def fail(path, message):
    failures.append(f"{path.relative_to(root)}: {message}")


def read_schema(path):
    schema = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def place(error):
    return "/".join(map(str, error.absolute_path)) or "(top)"


def mappings(value, path=()):
    """The path of every mapping in a document, its own first."""
    if isinstance(value, dict):
        yield path
        for key, child in value.items():
            yield from mappings(child, path + (key,))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from mappings(child, path + (index,))


def with_unknown_key(document, path):
    changed = copy.deepcopy(document)
    inner = changed
    for step in path:
        inner = inner[step]
    inner["unknown_key"] = 1
    return changed


def check_profile(validator, path):
    try:
        document = yaml.load(path.read_text("utf-8"), Loader)
    except yaml.YAMLError as error:
        fail(path, error)
        return
    errors = sorted(validator.iter_errors(document), key=lambda error: list(error.absolute_path))
    for error in errors:
        fail(path, f"{place(error)}: {error.message}")
    if errors:
        return
    if not document.get("cases"):
        fail(path, "has no cases")
    # Where the author chooses the keys, an underscore still makes one that no schema accepts.
    for inner in mappings(document):
        if validator.is_valid(with_unknown_key(document, inner)):
            fail(path, f"{'/'.join(map(str, inner)) or '(top)'}: the schema lets an unknown key in")


schemas = sorted([*root.glob("Devices/schema/*.json"), *root.glob("docs/schemas/*.json")])
validators = {}
for path in schemas:
    try:
        validators[path.name] = read_schema(path)
    except (ValueError, jsonschema.SchemaError) as error:
        fail(path, error)

profiles = sorted(
    path for path in root.glob("Devices/*/*.yaml") if path.parent.name != "schema")
if not profiles:
    failures.append("Devices holds no profile")
validator = validators.get("device-profile.schema.json")
if not validator:
    failures.append("Devices/schema/device-profile.schema.json is missing or broken")
else:
    for path in profiles:
        check_profile(validator, path)

for failure in failures:
    print(failure)
print(f"{len(schemas)} schemas, {len(profiles)} profiles, {len(failures)} failures")
sys.exit(1 if failures else 0)
