"""Single posts over HTTP from several connections at once: by wrk where installed, else by a small client of ours."""

import asyncio
import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.harness import percentile
from bench.reports import CLUBS, around_id_and_club, club

WRK: Final = shutil.which("wrk")
LOADED_BY: Final = f"load by {'wrk' if WRK else 'our own client'}, on the same machine"
_SCRIPT: Final = """
local before, between, after = [==[%s]==], [==[%s]==], [==[%s]==]
local sent = 0
wrk.method = "POST"
request = function()
  sent = sent + 1
  local subject = string.format("club-%%03d", sent %% %d)
  return wrk.format(nil, nil, nil, before .. "%s-" .. sent .. between .. subject .. after)
end
done = function(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("\\n[%%d, %%d, %%d, %%d, %%d]\\n", summary.requests, failed, summary.duration,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of some seconds of posting."""

    answered: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def post_singles(url: str, token: str, run: str, connections: int, seconds: int, folder: Path) -> Load:
    """Post meetings one by one, each with an identity of its own. Raises `RuntimeError` if any was refused."""
    pieces = around_id_and_club()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if WRK is None:
        return asyncio.run(_by_ours(url, headers, pieces, run, connections, seconds))
    script = folder / "post.lua"
    script.write_text(_SCRIPT % (*pieces, CLUBS, run))
    words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    command = [WRK, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), *words]
    said = subprocess.run([*command, f"{url}/v1/events"], capture_output=True, text=True, check=True).stdout
    answered, failed, microseconds, p50, p99 = json.loads(said.splitlines()[-1])
    if failed:
        raise RuntimeError(f"{failed} of {answered} posts failed: {said}")
    return Load(answered, microseconds / 1e6, p50 / 1e3, p99 / 1e3)


async def _by_ours(
    url: str, headers: dict[str, str], pieces: tuple[str, str, str], run: str, connections: int, seconds: int
) -> Load:
    host, _, port = url.removeprefix("http://").partition(":")
    before, between, after = pieces
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    took: list[float] = []
    sent = 0
    start = time.perf_counter()

    async def post_on() -> None:
        nonlocal sent
        reader, writer = await asyncio.open_connection(host, int(port))
        while (asked := time.perf_counter()) < start + seconds:
            sent += 1
            body = f"{before}{run}-{sent}{between}{club(sent)}{after}".encode()
            length = f"Content-Length: {len(body)}\r\n"
            writer.write(f"POST /v1/events HTTP/1.1\r\nHost: {host}\r\n{head}{length}\r\n".encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            if not answer.startswith(b"http/1.1 201"):
                raise RuntimeError(answer.decode())
            took.append(1000 * (time.perf_counter() - asked))
        writer.close()

    await asyncio.gather(*(post_on() for _ in range(connections)))
    return Load(len(took), time.perf_counter() - start, percentile(took, 50), percentile(took, 99))
