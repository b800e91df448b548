"""The sample of `make run`: reported facts and made-up office addresses, through the public API, into an empty log."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import httpx2

from services.samples import OFFICES, REPORTED
from shared import clock
from shared.access import Role, Token, Tokens
from shared.database import engine
from shared.settings import Local


def load_sample(settings: Local) -> str:
    """Load the sample with a token that ends when this is done; returns what was loaded.

    Does nothing if the log holds anything: real reports and the sample never mix.
    """
    registry = f"http://{settings.host}:{settings.registry_port}"
    notifier = f"http://{settings.host}:{settings.notifier_port}"
    now = clock.now()
    tokens = Tokens(engine(settings.registry_database), clock.now)
    name = f"sample-{now:%Y%m%d%H%M%S}"
    bare = tokens.make(Token(name, Role.OPERATOR, "/", expires_on=(now + timedelta(days=1)).date()))
    try:
        with httpx2.Client(headers={"Authorization": f"Bearer {bare}"}, timeout=30) as client:
            if client.get(f"{registry}/v1/events?limit=1").raise_for_status().json()["head"] > 0:
                return ""
            for id, office in json.loads(OFFICES.read_text(encoding="utf-8")).items():
                client.put(f"{notifier}/v1/offices/{id}", json=office).raise_for_status()
        verdicts = str(settings.data_dir / "sample.verdicts.ndjson")
        words = ["load", str(REPORTED), "--url", registry, "--verdicts", verdicts, "--quiet"]
        loaded = subprocess.run(  # noqa: S603 (our own command)  # nosec B603
            [sys.executable, "-m", "services.cli", *words],
            env={**os.environ, "ISHC_TOKEN": bare},
            capture_output=True,
            text=True,
            check=False,
        )
        return loaded.stdout.strip() or loaded.stderr.strip()
    finally:
        tokens.revoke(name)
