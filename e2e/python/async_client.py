"""python-socketio's asyncio clients, told what to do by lines of JSON on stdin."""

import asyncio
import json
import sys

import socketio
from engineio.payload import Payload

from wire import answer_line, connect_arguments, entry_line, settings, unpack, watch

# Unless told otherwise, it closes a connection over which more than 16 packets come at once.
Payload.max_decode_packets = 10_000

# Each peer's client and namespace, by number.
peers = {}


def write(line):
    sys.stdout.write(line)
    sys.stdout.flush()


def report(peer, entry):
    write(entry_line(peer, entry))


async def connect(numbers, options):
    client = socketio.AsyncClient(**settings(options))
    for number, namespace in zip(numbers, options["namespaces"]):
        peers[number] = (client, namespace)
        watch(client, number, namespace, report)
    try:
        await client.connect(**connect_arguments(options))
    except socketio.exceptions.ConnectionError:
        return  # It was reported as an error of each namespace.
    if "polling" in options["transports"] and client.transport() == "websocket":
        for number in numbers:
            report(number, ["*upgrade"])


async def carry_out(command, what, about, args):
    if what == "open":
        await connect(about, args)
    elif what == "leave":
        await peers[about][0].disconnect()
    elif what == "end":
        await peers[about][0].shutdown()
    write(answer_line(command, None))


async def emit(command, what, about, args):
    client, namespace = peers[about]
    event, *values = unpack(args)

    def answered(*answer):
        write(answer_line(command, answer))

    callback = answered if what == "call" else None
    await client.emit(event, tuple(values), namespace=namespace, callback=callback)
    if what == "emit":
        write(answer_line(command, None))


async def main():
    stdin = asyncio.StreamReader(limit=1 << 26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    tasks = set()
    while line := await stdin.readline():
        command = json.loads(line)
        if command["what"] in ("emit", "call"):
            await emit(**command)
        else:
            task = asyncio.create_task(carry_out(**command))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


asyncio.run(main())
