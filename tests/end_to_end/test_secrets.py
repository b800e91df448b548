"""No log of a run holds a secret, whatever goes wrong."""

from base64 import b64encode
from pathlib import Path

from tests.builders import TUYEN_QUANG, club_founded
from tests.system import System

PLANTED = {
    "ISHC_LINK_KEY": "planted-key-71d0",
    "ISHC_SMTP_PASSWORD": "planted-password-52aa",
    "ISHC_REPORTING_TOKEN": "ishc_planted-token-0c1e",
}
GUESSED = "ishc_planted-guess-88f2"
OFFICE = {"name": "x", "kind": "provincial_association", "provinces": ["08"], "addresses": ["board@hoi.test"]}


def test_no_log_of_a_run_holds_a_secret(tmp_path: Path):
    files = {}
    for name, secret in PLANTED.items():
        kept = tmp_path / name
        kept.write_text(secret)
        files[f"{name}_FILE"] = str(kept)
    folder = tmp_path / "run"
    folder.mkdir()
    # The mailbox knows no signing in: letters fail, and their failure is logged.
    with System(folder, ISHC_SMTP_USER="nobody", **files) as system:
        operator, phone = system.token(), system.token("phone", "device", "--province", "08")
        bearer = {"Authorization": f"Bearer {operator}"}
        basic = b64encode(f"any:{phone}".encode()).decode()
        notifier, registry = system.url("notifier"), system.url("registry")
        system.client.put(f"{notifier}/v1/offices/board-tq", json=OFFICE, headers=bearer).raise_for_status()
        founding = club_founded("moi-1", source="/devices/phone", place=TUYEN_QUANG)
        for token in (phone, GUESSED):
            system.client.post(
                f"{registry}/v1/events", json=founding, headers={"Authorization": f"Bearer {token}"}
            )
        system.client.get(f"{notifier}/alerts", headers={"Authorization": f"Basic {basic}"})
        same_site = {"Sec-Fetch-Site": "same-origin"}
        system.client.post(f"{notifier}/sign-in", data={"address": "board@hoi.test"}, headers=same_site)
        system.wait_until(lambda: "sign in was not sent" in logs_of(folder), 30)
        rotated = system.ishc("token", "rotate", "phone")
        said = "".join(system.said)

    everything = logs_of(folder) + said

    assert "sign in was not sent" in everything
    for secret in (*PLANTED.values(), GUESSED, operator, phone, basic, rotated):
        assert secret not in everything


def logs_of(folder: Path) -> str:
    """All that the processes of a run wrote down for people."""
    return "".join(path.read_text(errors="replace") for path in sorted(folder.rglob("*.log*")))
