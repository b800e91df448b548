"""`ishc load`: a file of events through the public API, in order, resumable, with a verdict for every line."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx2

BATCH: Final = 200
TRIES: Final = 8
_SETTLED: Final = ("accepted", "duplicate", "held")


class LoadFailed(Exception):
    """The registry did not take the file; what was taken before stays taken, and loading again goes on there."""


def load(
    file: Path, url: str, token: str, verdicts: Path, historical: bool, progress: Callable[[int], None]
) -> Counter[str]:
    """Post the file's events; returns how many lines got which verdict, and how many of them `with warnings`.

    `progress` hears how many lines are done.

    Lines that an earlier run settled are not sent again; sent twice, they would be duplicates anyway. Raises
    `LoadFailed` if the registry refuses the whole or stays away.
    """
    settled = _settled(verdicts)
    counts: Counter[str] = Counter()
    headers = {"Authorization": f"Bearer {token}"}
    with (
        httpx2.Client(base_url=url, headers=headers, timeout=60) as client,
        verdicts.open("a", encoding="utf-8") as out,
    ):
        for batch in _batches(file, historical):
            waiting = [(line, raw) for line, raw in batch if settled.get(line) != _mark(raw)]
            counts["settled before"] += len(batch) - len(waiting)
            for (line, raw), item in zip(waiting, _post(client, waiting), strict=True):
                counts[item["verdict"]] += 1
                counts["with warnings"] += "warnings" in item
                out.write(json.dumps({"line": line, "sha256": _mark(raw), **item}, ensure_ascii=False) + "\n")
            out.flush()
            progress(len(batch))
    return +counts


def lines_in(file: Path) -> int:
    """How many lines the file has, for the progress bar."""
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def _batches(file: Path, historical: bool) -> Iterator[list[tuple[int, bytes]]]:
    batch: list[tuple[int, bytes]] = []
    with file.open("rb") as lines:
        for number, raw in enumerate(lines, start=1):
            if raw.strip():
                batch.append((number, _as_historical(raw) if historical else raw.rstrip(b"\r\n")))
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _as_historical(raw: bytes) -> bytes:
    """The event marked as a load of the past; a line that cannot be read is sent as it is, to be told why."""
    try:
        event = json.loads(raw)
        return json.dumps({**event, "historical": True}, ensure_ascii=False).encode()
    except (ValueError, TypeError):
        return raw.rstrip(b"\r\n")


def _post(client: httpx2.Client, batch: list[tuple[int, bytes]]) -> list[dict[str, Any]]:
    if not batch:
        return []
    body = b"\n".join(raw for _, raw in batch)
    for attempt in range(TRIES):
        try:
            answer = client.post("/v1/events", content=body, headers={"Content-Type": "application/x-ndjson"})
        except httpx2.TransportError as error:
            where = client.base_url
            failure = f"Không nối được {where} / cannot reach {where} ({type(error).__name__})"
        else:
            if answer.status_code == 200:
                items: list[dict[str, Any]] = answer.json()["items"]
                return items
            problem = answer.json()
            failure = f"{answer.status_code} {problem.get('detail', '')}"
            if not problem.get("retryable"):
                raise LoadFailed(failure)
        time.sleep(min(0.2 * 2**attempt, 5))
    raise LoadFailed(failure)


def _settled(verdicts: Path) -> dict[int, str]:
    """Lines an earlier run settled, and what they held."""
    if not verdicts.exists():
        return {}
    found = {}
    for line in verdicts.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:  # The last line of a run that was cut off.
            continue
        if row["verdict"] in _SETTLED:
            found[row["line"]] = row["sha256"]
    return found


def _mark(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]
