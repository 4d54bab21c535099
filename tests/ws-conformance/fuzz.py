#!/usr/bin/env python3
"""Runs the cases of the Autobahn testsuite against an echoing websocket server, without Python 2.

    fuzz.py PACKAGE ws://127.0.0.1:PORT/ [NUMBER-PREFIX ...]

PACKAGE is the unpacked package. The rules of the closing handshake, and what counts as clean, follow the client of
Autobahn 0.10.9 with `failByDrop` off, so that each case judges what it judged there; `run.sh --wstest` runs the original for
comparison. Exits with 1 when a case ends other than OK, NON-STRICT or INFORMATIONAL.
"""

import asyncio
import collections
import os
import struct
import sys
import time
from urllib.parse import urlsplit

import cases
from cases import State

ACCEPTED = {"OK", "NON-STRICT", "INFORMATIONAL"}
CASE_SECS_MAX = 60
HANDSHAKE_SECS = 1  # for the peer's closing frame, then for it to close the connection


def masked(payload, key, at=0):
    """XOR with the mask, from position `at` of the frame on."""
    if not payload:
        return b""
    key = key[at % 4 :] + key[: at % 4]
    whole = (key * (len(payload) // 4 + 1))[: len(payload)]
    xor = int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")
    return xor.to_bytes(len(payload), "big")


class Peer(asyncio.Protocol):
    """One connection of one case: what cases call `self.p`."""

    CLOSE_STATUS_CODE_NORMAL = 1000
    CLOSE_STATUS_CODE_GOING_AWAY = 1001
    CLOSE_STATUS_CODE_PROTOCOL_ERROR = 1002
    CLOSE_STATUS_CODE_INVALID_PAYLOAD = 1007

    def __init__(self, case, address, done):
        self.loop = asyncio.get_running_loop()
        self.factory = type("Factory", (), {"isServer": False})
        self.done, self.address = done, address
        self.state = State.STATE_CONNECTING
        self.buffer, self.message, self.message_opcode = bytearray(), [], None
        self.queue, self.pumping = collections.deque(), False
        self.closing_frame_seen = False
        self.connectionWasOpen = self.closedByMe = self.failedByMe = self.droppedByMe = self.wasClean = False
        self.localCloseCode = self.localCloseReason = self.remoteCloseCode = self.remoteCloseReason = None
        self.autoFragmentSize = 0
        self.createWirelog, self.txFrameStats, self.trafficStats = False, collections.Counter(), None
        self.case = case(self)

    # What cases ask for.

    def enableWirelog(self, enable):
        pass

    def continueLater(self, delay, function, tag=None):
        self.loop.call_later(delay, lambda: self.state == State.STATE_CLOSED or function())

    def killAfter(self, delay):
        self.continueLater(delay, self.failConnection)

    def closeAfter(self, delay):
        self.continueLater(delay, self.sendClose)

    def sendFrame(self, opcode, payload="", fin=True, rsv=0, mask=None, payload_len=None, chopsize=None, sync=False):
        payload = payload.encode("latin-1")
        if payload_len is not None:
            payload = (payload * (payload_len // len(payload) + 1))[:payload_len]
        self.txFrameStats[opcode] += 1
        key = mask.encode("latin-1") if mask else os.urandom(4)
        frame = self.header(opcode, len(payload), fin, rsv, key) + masked(payload, key)
        size = chopsize or len(frame)
        for at in range(0, len(frame), size):
            self.queue.append(frame[at : at + size])
        self.pump()

    def sendMessage(self, payload, isBinary=False, fragmentSize=None, sync=False, doNotCompress=False):
        opcode = 2 if isBinary else 1
        size = fragmentSize or self.autoFragmentSize or max(len(payload), 1)
        for at in range(0, max(len(payload), 1), size):
            last = at + size >= len(payload)
            self.sendFrame(opcode, payload[at : at + size], fin=last)
            opcode = 0

    def beginMessage(self, isBinary=False):
        self.message_opcode_out = 2 if isBinary else 1

    def beginMessageFrame(self, length):
        self.key_out, self.sent_out = os.urandom(4), 0
        self.queue.append(self.header(self.message_opcode_out, length, False, 0, self.key_out))
        self.message_opcode_out = 0
        self.pump()

    def sendMessageFrameData(self, payload, sync=False):
        payload = payload.encode("latin-1")
        self.queue.append(masked(payload, self.key_out, self.sent_out))
        self.sent_out += len(payload)
        self.pump()

    def endMessage(self):
        self.sendFrame(0)

    def sendClose(self, code=None, reason=None):
        self.sendCloseFrame(code, reason)

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        if self.state != State.STATE_OPEN:
            return
        payload = struct.pack("!H", code).decode("latin-1") if code is not None else ""
        self.sendFrame(8, payload + (reasonUtf8 or ""))
        self.state = State.STATE_CLOSING
        self.closedByMe = not isReply
        self.localCloseCode, self.localCloseReason = code, reasonUtf8
        if self.closedByMe:
            self.loop.call_later(HANDSHAKE_SECS, self.give_up_handshake)

    def failConnection(self, code=CLOSE_STATUS_CODE_GOING_AWAY):
        self.failedByMe = True
        if self.state == State.STATE_OPEN:
            self.sendCloseFrame(code)
        else:
            self.drop()

    # What happens on the wire.

    def connection_made(self, transport):
        self.transport = transport
        transport.write(
            f"GET {self.address.path or '/'} HTTP/1.1\r\nHost: {self.address.netloc}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data):
        self.buffer += data
        if self.state == State.STATE_CONNECTING and not self.handshake():
            return
        while not (self.closing_frame_seen or self.state == State.STATE_CLOSED) and (frame := self.next_frame()):
            self.take(*frame)

    def handshake(self):
        head, separator, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        if not separator:
            return False
        lines = head.decode("latin-1").lower().split("\r\n")
        accepted = "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="
        if " 101 " not in lines[0] or accepted not in lines or any("extensions" in line for line in lines):
            self.drop()
            return False
        self.buffer = bytearray(rest)
        self.state, self.connectionWasOpen = State.STATE_OPEN, True
        self.case.onOpen()
        return True

    def next_frame(self):
        if len(self.buffer) < 2:
            return None
        first, length = self.buffer[0], self.buffer[1]
        head = 2
        if length in (126, 127):
            head, form = (4, "!H") if length == 126 else (10, "!Q")
            if len(self.buffer) < head:
                return None
            (length,) = struct.unpack(form, self.buffer[2:head])
        if self.buffer[1] & 0x80 or first & 0x70 or len(self.buffer) < head + length:
            if self.buffer[1] & 0x80 or first & 0x70:
                self.failConnection(self.CLOSE_STATUS_CODE_PROTOCOL_ERROR)
            return None
        payload = bytes(self.buffer[head : head + length])
        del self.buffer[: head + length]
        return first & 0x0F, bool(first & 0x80), payload

    def take(self, opcode, last, payload):
        text = payload.decode("latin-1")
        if opcode == 8:
            self.closed_by_peer(payload)
        elif opcode == 9:
            if self.state == State.STATE_OPEN:
                self.sendFrame(10, text)
            self.case.onPing(text)
        elif opcode == 10:
            self.case.onPong(text)
        else:
            self.message_opcode = opcode or self.message_opcode
            self.message.append(text)
            if last:
                whole, self.message = "".join(self.message), []
                if self.message_opcode == 1 and not cases.Utf8Validator().validate(whole)[1]:
                    self.failConnection(self.CLOSE_STATUS_CODE_INVALID_PAYLOAD)
                else:
                    self.case.onMessage(whole, self.message_opcode == 2)

    def closed_by_peer(self, payload):
        self.closing_frame_seen = True
        self.remoteCloseCode = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else None
        self.wasClean = True
        if self.state == State.STATE_OPEN:
            self.sendCloseFrame(self.CLOSE_STATUS_CODE_NORMAL, isReply=True)
        self.loop.call_later(HANDSHAKE_SECS, self.give_up_drop)

    def give_up_handshake(self):
        if self.state != State.STATE_CLOSED and not self.wasClean:
            self.drop()

    def give_up_drop(self):
        if self.state != State.STATE_CLOSED:
            self.wasClean = False
            self.drop()

    def drop(self):
        if self.state != State.STATE_CLOSED:
            self.state, self.droppedByMe = State.STATE_CLOSED, True
            self.transport.abort()

    def connection_lost(self, error):
        self.state = State.STATE_CLOSED
        if not self.done.done():
            self.case.onConnectionLost(self.failedByMe)
            self.done.set_result(None)

    # Bytes leave in the pieces that the case asked for, one in each turn of the loop.

    def header(self, opcode, length, fin, rsv, key):
        first = (0x80 if fin else 0) | rsv << 4 | opcode
        if length <= 125:
            return struct.pack("!BB", first, 0x80 | length) + key
        if length <= 0xFFFF:
            return struct.pack("!BBH", first, 0x80 | 126, length) + key
        return struct.pack("!BBQ", first, 0x80 | 127, length) + key

    def pump(self):
        if not self.pumping:
            self.pumping = True
            self.pump_one()

    def pump_one(self):
        self.pumping = bool(self.queue) and not self.transport.is_closing()
        if self.pumping:
            self.transport.write(self.queue.popleft())
            self.loop.call_soon(self.pump_one)


async def run_case(case, address):
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    transport, peer = await loop.create_connection(lambda: Peer(case, address, done), address.hostname, address.port)
    try:
        await asyncio.wait_for(asyncio.shield(done), CASE_SECS_MAX)
    except asyncio.TimeoutError:
        peer.case.behavior, peer.case.result = "FAILED", f"no end in {CASE_SECS_MAX} s"
        done.cancel()
        transport.abort()
    return peer.case


async def main(package, url, prefixes):
    address = urlsplit(url)
    failed = 0
    outcomes = collections.Counter()
    began = time.monotonic()
    for number, case in cases.load(package).items():
        name = ".".join(map(str, number))
        if prefixes and not any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes):
            continue
        ended = await run_case(case, address)
        outcomes[ended.behavior] += 1
        if ended.behavior not in ACCEPTED or ended.behaviorClose not in ACCEPTED:
            failed += 1
            print(f"case {name}: {ended.behavior}: {ended.result} / {ended.behaviorClose}: {ended.resultClose}")
            print(f"  {' '.join(case.DESCRIPTION.split())}\n  expected: {' '.join(case.EXPECTATION.split())}")
    print(f"{dict(outcomes)} in {time.monotonic() - began:.0f} s")
    print(f"{sum(outcomes.values()) - failed} passed, {failed} failed")
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:])))
