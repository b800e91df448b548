"""`ishc up`, and the processes it starts: services, workers, the tick."""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

import click

from services.cli.databases import SERVICES, migrate_all

if TYPE_CHECKING:
    from shared.settings import Common


@click.command()
@click.option(
    "--sample",
    is_flag=True,
    help="Nạp dữ liệu mẫu nếu sổ ghi trống / load sample facts and offices if the log is empty.",
)
def up(sample: bool) -> None:
    """Chạy mọi thứ trên máy này, kho dữ liệu kèm sẵn, cho đến Ctrl-C.

    Run everything on this machine, with embedded stores, until Ctrl-C.
    """
    from services.local import become_supervisor, is_loopback, supervisor_configuration, taken_ports
    from shared.settings import Local

    settings = Local()
    if "ISHC_PUBLIC_READ" not in os.environ and is_loopback(settings.host):
        os.environ["ISHC_PUBLIC_READ"] = "clubs"  # Only this machine can reach it.
    if taken := taken_ports(settings):
        for name, port in taken.items():
            click.echo(
                f"Cổng {port} đang được dùng. Đặt cổng khác: {name}=… / "
                f"Port {port} is taken. Choose another one: {name}=…",
                err=True,
            )
        sys.exit(1)
    migrate_all()
    become_supervisor(supervisor_configuration(settings, sample))


@click.command()
@click.argument("service", type=click.Choice(SERVICES))
def serve(service: str) -> None:
    """Chạy giao diện HTTP của một dịch vụ.

    Run one service's HTTP interface.
    """
    from services.serving import serve as run
    from shared.settings import Common

    settings = Common()
    _log_as(settings, service)
    app = import_module(f"services.{service}.api").create_app()
    run(app, settings.host, getattr(settings, f"{service}_port"))


@click.command()
@click.argument("service", type=click.Choice(SERVICES))
def healthy(service: str) -> None:
    """Kết thúc bằng 0 nếu dịch vụ trên máy này đã sẵn sàng (để giám sát).

    Exit with 0 if the service on this machine is ready (for health checks).
    """
    from urllib.error import URLError
    from urllib.request import urlopen

    from shared.settings import Common

    port = getattr(Common(), f"{service}_port")
    try:
        urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=4).close()  # nosec B310
    except URLError as error:
        raise click.ClickException(str(error)) from None


_WORK = {
    "archive": ("services.registry.work", "main"),
    "reporting": ("services.reporting.work", "main"),
    "exports": ("services.reporting.exports_work", "main"),
    "notifier": ("services.notifier.work", "main"),
    "letters": ("services.notifier.work", "main_letters"),
}


@click.command()
@click.argument("queue", type=click.Choice(list(_WORK)))
def work(queue: str) -> None:
    """Chạy một tiến trình nền.

    Run one worker.
    """
    from shared.settings import Common

    _log_as(Common(), f"{queue}-worker")
    module, name = _WORK[queue]
    run: Callable[[], None] = getattr(import_module(module), name)
    run()


@click.command()
@click.argument("processes", nargs=-1, required=True)
def together(processes: tuple[str, ...]) -> None:
    """Chạy nhiều tiến trình nền chung một gốc, ví dụ archive-worker và tick: chỉ tốn một phần ba bộ nhớ.

    Run several workers as one family, such as archive-worker and tick: in a third of the memory.
    """
    from services.local import PROCESSES
    from shared.settings import Common

    if unknown := set(processes) - PROCESSES.keys():
        raise click.ClickException(f"Không có tiến trình / no such process: {', '.join(sorted(unknown))}")
    _spare_memory(Common())
    for module in ("shared.tick", *(module for module, _ in _WORK.values())):
        import_module(module)  # What is loaded now is there once, for all.
    from services.cli import main
    from services.together import Family

    Family({name: PROCESSES[name] for name in processes}, lambda words: main(list(words))).live()


@click.command()
def tick() -> None:
    """Chạy nhịp tự phục hồi: có nhiều thì chỉ một nhịp làm việc.

    Run the tick that heals: of several only one ticks.
    """
    from shared.settings import Common

    _log_as(Common(), "tick")
    import_module("shared.tick").main()


def _log_as(settings: "Common", process: str) -> None:
    """How a process that stays writes its log, and whether spans of it are told."""
    _spare_memory(settings)
    from shared import tracing
    from shared.logs import set_up

    set_up(settings.log_format, settings.log_level, process)
    if settings.telemetry_url:
        try:
            from shared.telemetry import open_telemetry
        except ImportError:
            raise click.ClickException(
                "ISHC_TELEMETRY_URL cần gói thêm / needs more: pip install 'ishc-records[telemetry]'"
            ) from None
        tracing.tell(open_telemetry(settings.telemetry_url, process))


def _spare_memory(settings: "Common") -> None:
    """OpenTelemetry only where spans are told: redis-py loads it wherever it is installed, 3 MB in each process."""
    if not settings.telemetry_url:
        sys.modules["opentelemetry.sdk"] = None  # type: ignore[assignment]
