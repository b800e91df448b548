"""What the registry knows now of devices, and of reports that wait: `GET /v1/intake`, with the asker's own token."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import httpx2

from shared.clock import from_utc_text

SECONDS: Final = 3  # Nobody waits longer for what an answer can do without.
_NO_ANSWER: Final = (httpx2.HTTPError, ValueError, KeyError, TypeError)  # Something else may answer there.

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intake:
    """When each device was last heard from, and how many of their reports wait now: held, or in quarantine."""

    last_heard: Mapping[str, datetime]
    held: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many reports wait now, held or in quarantine, and how many devices sent nothing since a day."""

    held: int
    quarantined: int
    silent: int


def waiting(url: str, authorization: str, province: str | None, since: date) -> Waiting | None:
    """What waits in the registry about a province, or in all; None if it does not answer."""
    asking = {"since": since.isoformat(), "limit": "1"} | ({"province": province} if province else {})
    try:
        with _asked(url, authorization) as registry:
            answer = registry.get("/v1/intake", params=asking).raise_for_status().json()
        found = answer["waiting"]
        return Waiting(int(found["held"]), int(found["quarantined"]), int(answer["silent"]))
    except _NO_ANSWER as error:
        logger.warning("the registry does not say what waits: %s", type(error).__name__)
        return None


def intake(url: str, authorization: str, province: str, today: date) -> Intake | None:
    """What the registry knows of the devices that reported about a province; None if it does not answer.

    Unlike the log this counts what was refused, held or sent again: the device lives. `today` keeps the answer
    short: what was sent before is not listed, silent devices are.
    """
    asking = {"province": province, "since": today.isoformat()}
    found: dict[str, datetime] = {}
    try:
        with _asked(url, authorization) as registry:
            while True:
                answer = registry.get("/v1/intake", params=asking).raise_for_status().json()
                for device in answer["devices"]:
                    found[device["source"]] = from_utc_text(device["last_heard"])
                if answer["next"] is None:
                    waiting = answer["waiting"]
                    return Intake(found, int(waiting["held"]), int(waiting["quarantined"]))
                asking["after"] = answer["next"]
    except _NO_ANSWER as error:
        logger.warning("the registry does not say which devices it heard from: %s", type(error).__name__)
        return None


def _asked(url: str, authorization: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, headers={"Authorization": authorization}, timeout=SECONDS)
