"""What `ishc up` tells its operator: addresses when all is ready, and every child that died and came back.

Runs as supervisord's event listener: standard output speaks its protocol, people read standard error. It stays for
as long as the system runs, so it imports nothing but the standard library.
"""

import argparse
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

READY_SECONDS = 60


def main() -> None:
    """Say when all is ready, load the sample if asked to, then report what dies and what is back."""
    asked = argparse.ArgumentParser()
    for name in ("registry", "reporting", "notifier"):
        asked.add_argument(f"--{name}", required=True)
    asked.add_argument("--mailbox")
    asked.add_argument("--logs", required=True)
    asked.add_argument("--sample", action="store_true")
    told = asked.parse_args()
    _wait_until_ready(
        {name: getattr(told, name) for name in ("registry", "reporting", "notifier")}, told.logs
    )
    if told.sample:
        _load_sample()
    _tell(_banner(told))
    _report_events(told.logs)


def _wait_until_ready(services: dict[str, str], logs: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    waiting = dict(services)
    while waiting:
        for name, url in list(waiting.items()):
            if _is_ready(url):
                del waiting[name]
        if time.monotonic() > deadline:
            _tell(f"Chưa sẵn sàng / not ready yet: {', '.join(waiting)}. Xem nhật ký / see the logs: {logs}")
            deadline += READY_SECONDS
        time.sleep(0.1)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=5):  # noqa: S310 (our own services)  # nosec B310
            return True
    except OSError:
        return False


def _load_sample() -> None:
    command = [sys.executable, "-m", "services.cli", "load-sample"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603
    if said := (loaded.stdout + loaded.stderr).strip():
        _tell(f"Dữ liệu mẫu / sample: {said}")


def _banner(told: argparse.Namespace) -> str:
    ishc = Path(sys.executable).parent / "ishc"
    shown = ishc.relative_to(Path.cwd()) if ishc.is_relative_to(Path.cwd()) else ishc
    mailbox = f"\n  Hộp thư thử / mailbox       {told.mailbox}/" if told.mailbox else ""
    return f"""
  Bảng số liệu / dashboard    {told.reporting}/
  Cảnh báo, thư / boards      {told.notifier}/{mailbox}
  Sổ ghi / registry API       {told.registry}/docs
  Số liệu / reporting API     {told.reporting}/docs
  Thư báo / notifier API      {told.notifier}/docs

  Tạo mã truy cập / make a token:
    {shown} token make --name dien-thoai-1 --role device --province 08
  Dừng / stop: Ctrl-C
"""


def _report_events(logs: str) -> None:
    """The listener's side of supervisord's protocol: READY, one event, RESULT, and so on."""
    died: set[str] = set()
    while True:
        sys.stdout.write("READY\n")
        sys.stdout.flush()
        header = dict(pair.split(":", 1) for pair in sys.stdin.readline().split())
        if not header:
            return
        about, _, said = sys.stdin.read(int(header["len"])).partition("\n")
        body = dict(pair.split(":", 1) for pair in about.split())
        if header["eventname"] == "PROCESS_COMMUNICATION_STDOUT":  # A parent tells of its child.
            process, what = said.split()
            _report(f"PROCESS_STATE_{what}", process, True, died, logs)
        else:
            _report(header["eventname"], body["processname"], body.get("expected") == "0", died, logs)
        sys.stdout.write("RESULT 2\nOK")
        sys.stdout.flush()


def _report(event: str, process: str, unexpected: bool, died: set[str], logs: str) -> None:
    if event == "PROCESS_STATE_EXITED" and unexpected:
        died.add(process)
        _tell(f"{process}: dừng đột ngột, đang khởi động lại / died, starting it again")
    elif event == "PROCESS_STATE_RUNNING" and process in died:
        died.remove(process)
        _tell(f"{process}: đã chạy lại / running again")
    elif event == "PROCESS_STATE_FATAL":
        _tell(f"{process}: không chạy được, xem / cannot run, see {logs}")


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
