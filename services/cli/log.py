"""`ishc log`: proved, backed up, restored, and words taken out of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from services.backup.restoring import Place
    from shared.doorbell import Doorbell
    from shared.valkey_log import ValkeyLog

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def log() -> None:
    """Quản lý sổ ghi.

    Look after the log.
    """


@log.command("verify")
@click.option(
    "--from", "first", default=1, show_default=True, type=click.IntRange(min=1), help="Từ vị trí / from."
)
@click.option("--backup", type=_FOLDER, help="Kiểm tra bản sao lưu trong thư mục này / a backup instead.")
@click.option("--quiet", is_flag=True, help="Không hiện tiến độ / no progress bar.")
def verify_log(first: int, backup: Path | None, quiet: bool) -> None:
    """Chứng minh sổ ghi không bị sửa, mất hay chèn thêm: trong Valkey và trong kho lưu. Chỉ đọc.

    Prove that nothing in the log was changed, lost or put in: in Valkey and in the archive. Reads only.
    """
    from services.registry.verifying import verify_now

    if backup is not None:
        _verify_backup(backup, quiet)
        return

    bar = click.progressbar(label="verify", length=1, hidden=quiet, file=sys.stderr)

    def walked(events: int, total: int) -> None:
        bar.length = total
        bar.update(events)

    try:
        with bar:
            found = verify_now(first, walked)
    except LookupError:
        raise click.ClickException(f"Sổ chưa đến vị trí {first} / the log ends before {first}.") from None
    if found.fault is not None:
        from shared.texts import say

        kind = f"chain.{found.fault.kind}"
        raise click.ClickException(
            f"Vị trí {found.fault.position} ({found.place}): {say('vi', kind)} / {say('en', kind)}"
        )
    click.echo(f"Nguyên vẹn đến vị trí {found.position} / whole up to that position\n{found.hash}")


def _verify_backup(folder: Path, quiet: bool) -> None:
    from services.backup.console import progress, spoken, verify_now

    with spoken(), progress("verify", quiet) as walked:
        run = verify_now(folder, walked)
    click.echo(f"Nguyên vẹn đến vị trí {run.position} / whole up to that position\n{run.hash}")


@log.command("backup")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--keep",
    default=30,
    show_default=True,
    type=click.IntRange(min=1),
    help="Số lần sao lưu được giữ / runs that are kept.",
)
@click.option("--quiet", is_flag=True, help="Không hiện tiến độ / no progress bar.")
def back_up_log(folder: Path, keep: int, quiet: bool) -> None:
    """Sao lưu sổ ghi, mã truy cập, báo cáo đang chờ, cơ quan và thư vào FOLDER: chỉ phần mới. Hệ thống vẫn có thể chạy.

    Back up the log, tokens, held reports, offices and letters into FOLDER: only what is new. The system may run.
    """
    from services.backup.console import back_up_now, progress, spoken

    with spoken(), _whole_log() as log, progress("backup", quiet) as walked:
        run = back_up_now(
            folder, log, [place.store for place in _places().values()], keep, _doorbell(), walked
        )
    click.echo(f"Đã sao lưu đến vị trí {run.position} / backed up to that position\n{run.hash}")


@log.command("restore")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--until", metavar="POSITION|MOMENT", help="Chỉ đến vị trí hoặc thời điểm này / the log up to there only."
)
@click.option("--run", help="Lần sao lưu trong FOLDER/runs; bỏ trống: mới nhất / which run; the newest.")
@click.option(
    "--only",
    type=click.Choice(["registry", "notifier"]),
    help="Chỉ một cơ sở dữ liệu, sổ ghi trong Valkey còn / one lost database, while Valkey's log is there.",
)
@click.option("--quiet", is_flag=True, help="Không hiện tiến độ / no progress bar.")
def restore_log(folder: Path, until: str | None, run: str | None, only: str | None, quiet: bool) -> None:
    """Khôi phục bản sao lưu vào kho trống; dừng các dịch vụ trước. Sau đó: `ishc up`. Không ai nhận thư hai lần.

    Restore a backup into empty stores; stop the services first. Then: `ishc up`. Nobody is mailed twice.
    """
    from services.backup.console import progress, read_cut, restore_now, restore_one_now, spoken
    from shared.settings import Registry

    if only and until:
        raise click.UsageError("--only, --until: chỉ chọn một / not both.")
    places = _places()
    with spoken(), _whole_log() as log, progress("restore", quiet) as walked:
        if only:
            last = restore_one_now(folder, log, places[only], run, walked)
        else:
            window = Registry().hot_window
            last = restore_now(folder, log, list(places.values()), read_cut(until), run, window, walked)
    click.echo(f"Đã khôi phục đến vị trí {last.position} / restored up to that position\n{last.hash}")


@log.command("redact")
@click.argument("position", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Vì sao; không nêu tên người / why; no names of people.")
@click.option(
    "--text",
    "texts",
    multiple=True,
    metavar="/FIELD",
    help="Chữ ở đâu, ví dụ /giver; bỏ trống: mọi lời tự do / where the words stand; all free texts.",
)
@click.option(
    "--backup",
    "folders",
    multiple=True,
    type=_FOLDER,
    help="Thư mục sao lưu, nhiều lần / backups, repeatable.",
)
def redact_event(position: int, reason: str, texts: tuple[str, ...], folders: tuple[Path, ...]) -> None:
    """Xóa lời văn của một sự kiện khỏi sổ ghi, số liệu, thư và bản sao lưu; con số giữ nguyên. Có thể chạy lại.

    Take the words of one event out of log, read models, letters and backups; its counts stay. Can be run again.
    """
    from services.backup.console import back_up_now, progress, spoken
    from services.notifier import redacting as notifier
    from services.registry.redacting import elsewhere, redact_now
    from services.reporting.work import forget_now
    from shared.refill import open_log
    from shared.settings import Registry

    with spoken(), _whole_log() as log:
        open_log(log, Registry().hot_window)
        done = redact_now(log, position, texts, reason, lambda one: notifier.forget_now(position, one.words))
        notifier.draw_anew_now()
        forget_now()
        click.echo(f"Vị trí {position}: đã xóa {len(done.words)} chỗ / texts taken out: {len(done.words)}")
        for other in elsewhere(log, done):
            click.echo(f"Cũng có ở vị trí {other} / the same words stand there too: ishc log redact {other}")
        stores = [place.store for place in _places().values()]
        for folder in folders:
            with progress("backup", True) as walked:
                back_up_now(folder, log, stores, 1, _doorbell(), walked)
            click.echo(f"{folder}: không còn các chữ đó / no longer holds them")


@contextmanager
def _whole_log() -> Iterator["ValkeyLog"]:
    """The log of the settings; its embedded Valkey is started for a while if nothing runs."""
    from services.local import embedded_valkey
    from shared.archive import Archive
    from shared.database import engine
    from shared.settings import Common
    from shared.valkey import connect
    from shared.valkey_log import ValkeyLog

    settings = Common()
    with embedded_valkey(settings):
        archive = Archive(engine(settings.registry_database))
        log = ValkeyLog(connect(settings.log), archive, settings.programme, replicas=settings.replicas)
        try:
            yield log
        finally:
            log.close()


def _doorbell() -> "Doorbell":
    """Where those who watch are told how a backup ended."""
    import redis

    from shared.doorbell import Doorbell
    from shared.settings import Common
    from shared.valkey import connect

    settings = Common()
    return Doorbell(connect(settings.log), redis.Redis.from_url(settings.jobs), settings.programme)


def _places() -> dict[str, "Place"]:
    """What a backup keeps, by service: of reporting nothing, the log has it all."""
    from services.backup.restoring import Place
    from services.backup.tables import Store
    from services.notifier import keeping as notifier
    from services.registry import keeping as registry
    from shared.database import engine
    from shared.settings import Local

    settings = Local()
    return {
        name: Place(
            Store(
                name,
                engine(getattr(settings, f"{name}_database")),
                tuple(table.name for table in kept.KEPT),
                tuple(table.name for table in kept.DRAWN),
            ),
            kept.go_on,
        )
        for name, kept in (("registry", registry), ("notifier", notifier))
    }
