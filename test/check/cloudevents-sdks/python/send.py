"""The Python SDK as its documentation shows it: its core, and the API that it had in version 1."""
import datetime
import http.client
import json
import os
import urllib.parse

from cloudevents.core.bindings import http as core_http
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent as CoreEvent
from cloudevents.v1.http import CloudEvent, to_binary, to_structured

TARGET, KEY, EVENTS = os.environ["TARGET"], os.environ["KEY"], int(os.environ["EVENTS"])
TEMPLATE = json.loads(os.environ["DATA"])
TYPE = "playback.track-played.v1"
SOURCE = "urn:cloudevents:python"


def post(headers, body):
    """Not by urllib, which adds a Content-Type where the SDK sends none."""
    url = urllib.parse.urlsplit(TARGET)
    connection = http.client.HTTPConnection(url.hostname, url.port)
    sent = {name: value.encode() for name, value in headers.items()}
    connection.request("POST", url.path, body=body, headers={**sent, "authorization": f"Bearer {KEY}"})
    connection.getresponse().read()
    connection.close()


def data_of(mode, at):
    return {**TEMPLATE, "track": {"track_id": f"python-{mode}-{at}"}}


def core_event(mode, at, as_bytes=False):
    data = data_of(mode, at)
    attributes = {
        "id": f"{mode}-{at}",
        "source": SOURCE,
        "type": TYPE,
        "specversion": "1.0",
        "time": datetime.datetime.now(datetime.timezone.utc),
        "subject": "Zoë",
        "datacontenttype": "application/json",
    }
    return CoreEvent(attributes=attributes, data=json.dumps(data).encode() if as_bytes else data)


def old_event(mode, at):
    return CloudEvent({"source": SOURCE, "type": TYPE, "subject": "Zoë"}, data_of(mode, at))


for at in range(EVENTS):
    for mode, write, as_bytes in (
        ("binary", core_http.to_binary, False),
        ("structured", core_http.to_structured, False),
        ("binary-bytes", core_http.to_binary, True),
        ("structured-bytes", core_http.to_structured, True),
    ):
        message = write(core_event(mode, at, as_bytes), JSONFormat())
        post(message.headers, message.body)
    for mode, write in (("old-binary", to_binary), ("old-structured", to_structured)):
        headers, body = write(old_event(mode, at))
        post(headers, body)
