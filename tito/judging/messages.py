"""Messages between the coordinator and its judges, who trust each other."""

from __future__ import annotations

import socket
import struct
from typing import Any

import msgpack

LENGTH = struct.Struct("!Q")


def send(line: socket.socket, message: dict[str, Any]) -> None:
    body: bytes = msgpack.packb(message)
    line.sendall(LENGTH.pack(len(body)) + body)


def receive(line: socket.socket) -> Any:
    """The next message; nothing when the other side has ended."""
    head = read(line, LENGTH.size)
    if head is None:
        return None
    body = read(line, *LENGTH.unpack(head))
    return None if body is None else msgpack.unpackb(body, strict_map_key=False)


def read(line: socket.socket, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        try:
            part = line.recv(min(size - len(parts), 2**20))
        except ConnectionError:
            return None
        if not part:
            return None
        parts += part
    return bytes(parts)
