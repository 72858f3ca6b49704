"""python-socketio's sync clients, told what to do by lines of JSON on stdin."""

import json
import queue
import sys
import threading

import socketio
from engineio.payload import Payload

from wire import answer_line, connect_arguments, entry_line, settings, unpack, watch

lines = queue.SimpleQueue()
# Unless told otherwise, it closes a connection over which more than 16 packets come at once.
Payload.max_decode_packets = 10_000

# Each peer's client and namespace, by number.
peers = {}


def write_lines():
    while True:
        sys.stdout.write(lines.get())
        sys.stdout.flush()


def report(peer, entry):
    lines.put(entry_line(peer, entry))


def connect(command, numbers, options):
    def report_start(peer, entry):
        report(peer, entry)
        if entry[0] == "*connect_error":
            # Once refused, connect() disconnects, for which it may wait until a request times out.
            lines.put(answer_line(command, None))

    client = socketio.Client(**settings(options))
    for number, namespace in zip(numbers, options["namespaces"]):
        peers[number] = (client, namespace)
        watch(client, number, namespace, report_start)
    try:
        client.connect(**connect_arguments(options))
    except socketio.exceptions.ConnectionError:
        return  # It was reported as an error of each namespace.
    if "polling" in options["transports"] and client.transport() == "websocket":
        for number in numbers:
            report(number, ["*upgrade"])


def carry_out(command, what, about, args):
    if what == "open":
        connect(command, about, args)
    elif what == "leave":
        peers[about][0].disconnect()
    elif what == "end":
        peers[about][0].shutdown()
    lines.put(answer_line(command, None))


def emit(command, what, about, args):
    client, namespace = peers[about]
    event, *values = unpack(args)

    def answered(*answer):
        lines.put(answer_line(command, answer))

    callback = answered if what == "call" else None
    client.emit(event, tuple(values), namespace=namespace, callback=callback)
    if what == "emit":
        lines.put(answer_line(command, None))


def main():
    threading.Thread(target=write_lines, daemon=True).start()
    for line in sys.stdin:
        command = json.loads(line)
        if command["what"] in ("emit", "call"):
            emit(**command)
        else:
            threading.Thread(target=carry_out, kwargs=command, daemon=True).start()


main()
