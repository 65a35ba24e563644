"""Posts what the box publishes for SensorThings to a real server of it, and reads it back.

    sensorthings_server.py SAMPLES FOLDER     FOLDER is where the server may keep its database

The server, django-ogc-sensorthings, has no MQTT and gives ids of its own; so what stands here is what a bridge
does: each topic is the path to post to, and ids of the box are replaced by the server's.
"""

import json
import pathlib
import sys
import threading
import urllib.error
import urllib.request
import uuid
import wsgiref.simple_server

import django
from django.conf import settings


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder):
    """Starts the server, and gives its address."""
    (folder / "nomori_urls.py").write_text(
        "from django.urls import include, path\n"
        "urlpatterns = [path('', include('sensorthings.versions.v1_1.urls'))]\n")
    sys.path.insert(0, str(folder))
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, None, handler_class=Quiet)
    address = f"http://127.0.0.1:{server.server_port}"
    settings.configure(
        SECRET_KEY="check", ALLOWED_HOSTS=["*"], ROOT_URLCONF="nomori_urls", USE_TZ=True,
        DATABASES={"default": {
            "ENGINE": "django.db.backends.sqlite3", "NAME": folder / "sensorthings.sqlite"}},
        INSTALLED_APPS=["sensorthings.versions.v1_1", "sensorthings.versions.v1_1.backends.django"],
        SENSORTHINGS_V1_1_SERVICE_URL=address,
        SENSORTHINGS_V1_1_BACKEND_ADAPTER=(
            "sensorthings.versions.v1_1.backends.django.adapter.DjangoBackendAdapter"),
        SENSORTHINGS_V1_1_ID_TYPE=uuid.UUID, SENSORTHINGS_V1_1_ID_DELIMITER="'")
    django.setup()
    # These look at the settings when they are imported.
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    call_command("migrate", verbosity=0)
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return address


def ask(url, body=None):
    """The status, the headers and what came back."""
    request = urllib.request.Request(
        url.replace(" ", "%20"), headers={"content-type": "application/json"},
        data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return answer.status, answer.headers, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def bridged(payload, known):
    """The payload with the server's ids for the box's."""
    own = payload.pop("@iot.id", None)
    for link in ("Thing", "Datastream"):
        if link in payload:
            payload[link] = {"@iot.id": known[link, payload[link]["@iot.id"]]}
    return own, payload


def contains(answer, sent, path):
    """Everything that was sent stands in the answer."""
    for key, value in sent.items():
        if isinstance(value, dict):
            contains(answer[key], value, f"{path}.{key}")
        elif key.endswith("Time"):
            assert answer[key].replace("+00:00", "Z")[:19] == value[:19], f"{path}.{key}: {answer[key]}"
        elif value is not None:
            assert answer.get(key) == value, f"{path}.{key}: {answer.get(key)} is not {value}"


def main(samples, folder):
    address = serve(folder)
    known, counts, refused, intervals = {}, {}, [], 0
    for line in samples.read_text("utf-8").splitlines():
        message = json.loads(line)
        assert not message["retained"]
        entities = message["topic"].split("/")[-1]
        own, payload = bridged(message["payload"], known)
        if "/" in payload.get("phenomenonTime", ""):
            # The standard allows intervals, and so does this server, but its database has no place for one.
            start, payload["phenomenonTime"] = payload["phenomenonTime"].split("/")
            assert start < payload["phenomenonTime"]
            intervals += 1
        status, headers, text = ask(f"{address}/{message['topic']}", payload)
        if payload.get("result", 0) is None:
            # The standard leaves open whether a result may be null; this server decides.
            refused.append(status)
            if status != 201:
                continue
        assert status == 201, f"{message['topic']}: {status} {text}"
        status, _, answer = ask(headers["Location"] + {
            "Things": "?$expand=Locations",
            "Datastreams": "?$expand=Thing,Sensor,ObservedProperty",
            "Observations": "?$expand=Datastream",
        }[entities])
        assert status == 200, answer
        places = payload.pop("Locations", None)
        contains(answer, payload, entities)
        if places:
            contains(answer["Locations"][0], places[0], "Locations")
        known[entities[:-1], own] = answer["@iot.id"]
        counts[entities] = counts.get(entities, 0) + 1
    assert counts["Things"] == 1 and counts["Datastreams"] == 2 and counts["Observations"] >= 20, counts
    assert ask(f"{address}/v1.1/Observations", {"result": 1})[0] >= 400, "accepted without a datastream"
    assert intervals == 3
    print(f"a SensorThings server took and gave back {counts}, {intervals} of them by the end of their interval; null results: {sorted(set(refused))}")


main(*map(pathlib.Path, sys.argv[1:]))
