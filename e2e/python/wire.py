"""How values travel between the tests and a client: lines of JSON, with bytes as {"$bytes": base64}."""

import base64
import json


def pack(value):
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return [pack(inner) for inner in value]
    if isinstance(value, dict):
        return {key: pack(inner) for key, inner in value.items()}
    return value


def unpack(value):
    if isinstance(value, list):
        return [unpack(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    return {key: unpack(inner) for key, inner in value.items()}


def entry_line(peer, entry):
    """Something happened to a peer."""
    return json.dumps({"peer": peer, "entry": pack(entry)}) + "\n"


def answer_line(command, answer):
    """A command was carried out."""
    return json.dumps({"command": command, "answer": pack(answer)}) + "\n"


def settings(options):
    """The client's own settings."""
    return {
        "reconnection": options.get("reconnection", True),
        "reconnection_delay": 0.05,
        "randomization_factor": 0,
        "handle_sigint": False,
    }


def connect_arguments(options):
    return {
        "url": options["url"] + options.get("query", ""),
        "headers": options.get("headers", {}),
        "auth": options.get("auth"),
        "transports": options["transports"],
        "namespaces": options["namespaces"],
        "wait_timeout": 10,
    }


def watch(client, peer, namespace, report):
    """Reports what happens in a namespace, and answers questions."""

    def on_connect():
        report(peer, ["*connect", client.get_sid(namespace)])

    def on_disconnect(reason):
        report(peer, ["*disconnect", reason])

    def on_connect_error(error):
        is_packet = isinstance(error, dict)
        message = error.get("message") if is_packet else str(error)
        report(peer, ["*connect_error", message, error.get("data") if is_packet else None])

    def on_event(event, *args):
        report(peer, [event, *args])
        return args if event == "question" else None

    client.on("connect", on_connect, namespace=namespace)
    client.on("disconnect", on_disconnect, namespace=namespace)
    client.on("connect_error", on_connect_error, namespace=namespace)
    client.on("*", on_event, namespace=namespace)
