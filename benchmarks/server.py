"""A server that answers as the API does and is too fast to be what is measured; in a process of its own."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from urllib.parse import parse_qs, urlsplit

ROW = '{"emailId":"%s","toAddress":"user%s@qq.com","receiveTime":"2026-11-20T09:30:03+08:00","status":"0"}'
"""Every mail was delivered; a reply about 200 ids is 23 kB."""


def reply(ids: list[str]) -> bytes:
    rows = ",".join([ROW % (email_id, email_id[-5:]) for email_id in ids])
    body = f'{{"status":"0","reason":"success","success":"{len(ids)}","fail":"0","sending":"0","nofound":"0","array":[{rows}]}}'
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


class Connection(asyncio.Protocol):
    """One connection; a call on it is answered `latency` seconds after it came."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return
        lines = head.decode().split("\r\n")
        lengths = [line for line in lines if line.lower().startswith("content-length:")]
        if lengths and len(body) < int(lengths[0].split(":")[1]):
            return
        self.received = b""
        query = parse_qs(urlsplit(lines[0].split(" ")[1]).query)
        ids = query["emailId"][0] if query else json.loads(body)["emailId"]
        answer = reply(ids.split(","))
        if self.latency:
            asyncio.get_running_loop().call_later(self.latency, self.transport.write, answer)
        else:
            self.transport.write(answer)


async def serve(latency: float, certificate: str) -> None:
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(latency), "127.0.0.1", 0, ssl=context, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), sys.argv[2]))
