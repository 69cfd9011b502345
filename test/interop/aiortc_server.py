"""A minimal inference server of the protocol, on aiortc: what our library meets in the tests of interoperability.

Prints JSON lines on stdout: `listening` first, then events, and `stats` for each line that comes in on stdin.
Ends when stdin ends. It listens on 127.0.0.1 only and runs no workflow: its outputs are fixed (session.py).
"""

import asyncio
import json
import sys
import time

from loopback import stay_on_loopback
from receiver_probe import ReceiverProbe
from session import Session

HTTP_REASONS = {200: "OK", 404: "Not Found", 422: "Unprocessable Entity", 500: "Internal Server Error"}


class Server:
    """HTTP in, sessions out; keeps them until it is closed."""

    def __init__(self, probe: ReceiverProbe) -> None:
        self._probe = probe
        self._sessions: list[Session] = []

    async def serve(self) -> None:
        listener = await asyncio.start_server(self._on_connection, "127.0.0.1", 0)
        report("listening", port=listener.sockets[0].getsockname()[1])
        await self._follow_stdin()
        listener.close()
        for session in self._sessions:
            await session.close()

    async def _follow_stdin(self) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while await reader.readline():
            counts = self._sessions[-1].counts if self._sessions else {}
            report("stats", sessions=len(self._sessions), **counts, **self._probe.snapshot())

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            method, path, body = await read_request(reader)
            status, answer = await self._answer(method, path, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        except Exception as error:
            report("failed", reason=repr(error))
            status, answer = 500, {"message": "Internal error."}
        payload = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status} {HTTP_REASONS[status]}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(payload)}\r\nConnection: close\r\n\r\n".encode() + payload)
        await writer.drain()
        writer.close()

    async def _answer(self, method: str, path: str, body: bytes) -> tuple[int, dict]:
        if (method, path) == ("GET", "/info"):
            return 200, {"name": "interop", "version": "0", "uuid": "interop"}
        if (method, path) != ("POST", "/initialise_webrtc_worker"):
            return 404, {"message": "Not found."}
        request = json.loads(body)
        if "webrtc_offer" not in request or "workflow_configuration" not in request:
            return 422, {"detail": [{"type": "missing", "loc": ["body"], "msg": "Field required"}]}
        session = Session(request, report)
        self._sessions.append(session)
        sdp = await session.answer()
        context = {"request_id": None, "pipeline_id": None}
        return 200, {"status": "success", "context": context, "sdp": sdp, "type": "answer"}


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
    return method, path, await reader.readexactly(int(headers.get("content-length", "0")))


def report(event: str, **facts) -> None:
    print(json.dumps({"event": event, "at": time.time() * 1000, **facts}), flush=True)


if __name__ == "__main__":
    stay_on_loopback()
    receiver_probe = ReceiverProbe()
    receiver_probe.install()
    asyncio.run(Server(receiver_probe).serve())
