"""The command `ishc`: the only module that sees several services. Each command imports what it needs."""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from services.backup.restoring import Place
    from shared.doorbell import Doorbell
    from shared.settings import Common
    from shared.valkey_log import ValkeyLog

SERVICES = ("registry", "reporting", "notifier")
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def main() -> None:
    """ISHC Records: every club on one log, figures one can defend, letters a board acts on."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level="INFO")
    logging.getLogger("httpx2").setLevel("WARNING")


@main.command()
@click.option("--sample", is_flag=True, help="Load sample facts and offices if the log is empty.")
def up(sample: bool) -> None:
    """Run everything on this machine, with embedded stores, until Ctrl-C."""
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
    _migrate()
    become_supervisor(supervisor_configuration(settings, sample))


@main.command()
@click.option(
    "--to",
    "versions",
    multiple=True,
    metavar="SERVICE=VERSION",
    help="Chỉ dịch vụ này, đến phiên bản cũ hơn / this service only, back to an older version; repeatable.",
)
def migrate(versions: tuple[str, ...]) -> None:
    """Bring all databases to the newest version of their tables, or some back to an older one (docs/upgrading.md)."""
    told = dict(one.partition("=")[::2] for one in versions)
    if unknown := [service for service in told if service not in SERVICES]:
        raise click.ClickException(f"Không có dịch vụ / no such service: {', '.join(unknown)}")
    _migrate(told)


@main.command()
@click.argument("service", type=click.Choice(SERVICES))
def serve(service: str) -> None:
    """Run one service's HTTP interface."""
    from services.serving import serve as run
    from shared.settings import Common

    settings = Common()
    _log_as(settings, service)
    app = import_module(f"services.{service}.api").create_app()
    run(app, settings.host, getattr(settings, f"{service}_port"))


@main.command()
@click.argument("service", type=click.Choice(SERVICES))
def healthy(service: str) -> None:
    """Exit with 0 if the service on this machine is ready (for health checks)."""
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


@main.command()
@click.argument("queue", type=click.Choice(list(_WORK)))
def work(queue: str) -> None:
    """Run one worker."""
    from shared.settings import Common

    _log_as(Common(), f"{queue}-worker")
    module, name = _WORK[queue]
    run: Callable[[], None] = getattr(import_module(module), name)
    run()


@main.command()
@click.argument("processes", nargs=-1, required=True)
def together(processes: tuple[str, ...]) -> None:
    """Run several workers as one family, such as archive-worker and tick: in a third of the memory."""
    from services.local import PROCESSES
    from shared.settings import Common

    if unknown := set(processes) - PROCESSES.keys():
        raise click.ClickException(f"Không có tiến trình / no such process: {', '.join(sorted(unknown))}")
    _spare_memory(Common())
    for module in ("shared.tick", *(module for module, _ in _WORK.values())):
        import_module(module)  # What is loaded now is there once, for all.
    from services.together import Family

    Family({name: PROCESSES[name] for name in processes}, lambda words: main(list(words))).live()


@main.command()
def tick() -> None:
    """Run the tick that heals: of several only one ticks."""
    from shared.settings import Common

    _log_as(Common(), "tick")
    import_module("shared.tick").main()


@main.command("load-sample", hidden=True)
def load_the_sample() -> None:
    """Load sample facts and offices into an empty log (`ishc up --sample` does)."""
    from services.sampling import load_sample
    from shared.settings import Local

    click.echo(load_sample(Local()))


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--historical", is_flag=True, help="Mark every event as a load of the past: figures, no letters."
)
@click.option("--url", default=None, help="The registry; the one of the settings if left out.")
@click.option("--token", envvar="ISHC_TOKEN", required=True, help="Bearer token; better in ISHC_TOKEN.")
@click.option(
    "--verdicts", type=click.Path(path_type=Path), help="Verdict file; FILE.verdicts.ndjson if left out."
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
def load(
    file: Path, historical: bool, url: str | None, token: str, verdicts: Path | None, quiet: bool
) -> None:
    """Post a file of events (NDJSON). Run it again after an interruption: nothing is doubled."""
    from services.loading import LoadFailed, lines_in
    from services.loading import load as post
    from shared.settings import Common

    if file.suffix.lower() not in (".ndjson", ".jsonl"):
        raise click.ClickException(
            "Chỉ đọc được NDJSON (.ndjson) / only NDJSON files (.ndjson) can be loaded."
        )
    settings = Common()
    url = url or f"http://{settings.host}:{settings.registry_port}"
    verdicts = verdicts or file.with_suffix(".verdicts.ndjson")
    bar = click.progressbar(length=lines_in(file), label=file.name, hidden=quiet, file=sys.stderr)
    try:
        with bar:
            counts = post(file, url, token, verdicts, historical, bar.update)
    except LoadFailed as failure:
        raise click.ClickException(f"{failure}. Chạy lại lệnh để tiếp tục / run it again to go on.") from None
    click.echo(
        ", ".join(f"{verdict}: {number}" for verdict, number in sorted(counts.items())) + f" → {verdicts}"
    )


@main.command()
@click.option(
    "--clubs",
    default=200,
    show_default=True,
    type=click.IntRange(1, 200_000),
    help="Số câu lạc bộ được thành lập đến ngày cuối / clubs founded by the last day.",
)
@click.option(
    "--years",
    default=3,
    show_default=True,
    type=click.IntRange(1, 20),
    help="Số năm có báo cáo / years with reports.",
)
@click.option(
    "--seed", default=1, show_default=True, help="Cùng số, cùng kết quả / the same number, the same bytes."
)
@click.option(
    "--until",
    default="2026-06-30",
    show_default=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="Ngày cuối; muốn nạp được thì không sau hôm nay / the last day; not after today if it is to be loaded.",
)
def simulate(clubs: int, years: int, seed: int, until: datetime) -> None:
    """Viết báo cáo giả lập (NDJSON) theo thứ tự cơ quan đăng ký nhận được.

    Write simulated reports in the order in which a registry receives them: late, doubled, corrected and withdrawn
    ones among them. Clubs and figures are made up.
    """
    from services.simulating.curve import FIRST_DAY, LAST_DAY
    from services.simulating.stream import Simulation, write

    if until.year - years < FIRST_DAY.year or until.date() > LAST_DAY:
        raise click.ClickException(
            f"Các năm phải nằm trong {FIRST_DAY.year}–{LAST_DAY.year}: đổi --years hoặc --until / "
            f"all years must lie in {FIRST_DAY.year}–{LAST_DAY.year}: change --years or --until."
        )
    write(Simulation(clubs, years, seed, until.date()), sys.stdout.buffer)


@main.group()
def token() -> None:
    """Make, list, rotate and revoke bearer tokens."""
    logging.getLogger("shared.audit").setLevel("WARNING")  # Who asked sees what was done; the book keeps it.


@token.command("make")
@click.option("--name", required=True, help="Who holds it; recorded with every report.")
@click.option(
    "--role", required=True, type=click.Choice(["device", "club", "province", "nation", "operator"])
)
@click.option("--province", "provinces", multiple=True, help="Province code on today's map; repeatable.")
@click.option("--club", "clubs", multiple=True, help="Club id; repeatable.")
@click.option(
    "--source", help="Prefix of the sources it may use; /devices/NAME if left out, / for an operator."
)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="Last day it is valid.")
def make_token(
    name: str,
    role: str,
    provinces: tuple[str, ...],
    clubs: tuple[str, ...],
    source: str | None,
    expires: date | None,
) -> None:
    """Make a token and print it once; only its hash is kept."""
    from services.tokens import make

    try:
        click.echo(make(name, role, provinces, clubs, source, expires))
    except ValueError as error:
        raise click.ClickException(str(error)) from None


@token.command("list")
def list_tokens() -> None:
    """List all tokens, never their secrets."""
    from services.tokens import listed

    for line in listed():
        click.echo(line)


@token.command("rotate")
@click.argument("name")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 24 * 90),
    default=24,
    show_default=True,
    help="How long the last secret still works; 0 ends it at once, as when it leaked.",
)
def rotate_token(name: str, overlap_hours: int) -> None:
    """Give a token another secret and print it once; rights and reports stay with the name."""
    from services.tokens import rotate

    bare = rotate(name, overlap_hours)
    if bare is None:
        raise _no_living(name)
    click.echo(bare)


@token.command("revoke")
@click.argument("name")
def revoke_token(name: str) -> None:
    """End a token; it works no more within a second."""
    from services.tokens import revoke

    if not revoke(name):
        raise _no_living(name)
    click.echo(f"{name}: đã thu hồi / revoked")


def _no_living(name: str) -> click.ClickException:
    return click.ClickException(f"Không có mã nào đang dùng tên {name} / no living token is named {name}.")


@main.group()
def reporting() -> None:
    """Look after the read models."""


@reporting.command("rebuild")
def rebuild_reporting() -> None:
    """Make the read models anew from the log; readers see the old ones until it is done."""
    from services.reporting.work import rebuild_now

    click.echo(f"Đã dựng lại đến vị trí {rebuild_now()} / rebuilt up to that position.")


@main.group()
def log() -> None:
    """Look after the log."""


@log.command("verify")
@click.option(
    "--from", "first", default=1, show_default=True, type=click.IntRange(min=1), help="Từ vị trí / from."
)
@click.option("--backup", type=_FOLDER, help="Kiểm tra bản sao lưu trong thư mục này / a backup instead.")
@click.option("--quiet", is_flag=True, help="Không hiện tiến độ / no progress bar.")
def verify_log(first: int, backup: Path | None, quiet: bool) -> None:
    """Prove that nothing in the log was changed, lost or put in: in Valkey and in the archive. Reads only."""
    from services.registry.verifying import verify_now
    from shared.problems import LogAway

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
    except LogAway:
        raise click.ClickException(
            "Sổ ghi không trả lời hoặc đang được nạp lại: chạy lại sau / the log does not answer or is being "
            "refilled: run this again later."
        ) from None
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
    """Back up the log, tokens, held reports, offices and letters into FOLDER: only what is new. The system may run."""
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
    """Restore a backup into empty stores; stop the services first. Then: `ishc up`. Nobody is mailed twice."""
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
    """Take the words of one event out of log, read models, letters and backups; its counts stay. Can be run again."""
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


@main.group()
def notifier() -> None:
    """Look after alerts and letters."""


@notifier.command("rebuild")
def rebuild_notifier() -> None:
    """Draw facts and conditions anew from the log; offices, silences, alerts and letters stay. Mails nobody."""
    from services.notifier.rebuilding import rebuild_now

    click.echo(f"Đã đọc lại đến vị trí {rebuild_now()} / read anew up to that position.")


@notifier.command("release")
@click.argument("letter", type=click.IntRange(min=1), required=False)
@click.option("--all", "every", is_flag=True, help="Mọi thư bị giữ / every letter that is held.")
def release_letters(letter: int | None, every: bool) -> None:
    """Send a letter that is held because an earlier life of the database may have sent it."""
    from services.notifier.rebuilding import release_now

    if (letter is None) != every:
        raise click.UsageError("Cần số thư hoặc --all / name a letter, or --all.")
    released = release_now(letter)
    if letter is not None and not released:
        raise click.ClickException(f"Thư {letter} không bị giữ / letter {letter} is not held.")
    click.echo(f"Sẽ gửi {released} thư / letters to be sent: {released}")


@notifier.command("rehearse")
@click.option("--rule", required=True, help="Mã quy tắc / the rule's code, such as no_meeting.")
@click.option(
    "--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Ngày đầu / first day."
)
@click.option("--to", "last", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Ngày cuối / last day.")
@click.option(
    "--threshold", "thresholds", multiple=True, metavar="NAME=N", help="Ngưỡng thử / another threshold."
)
@click.option("--lang", default="vi", type=click.Choice(["vi", "en"]))
def rehearse_rule(
    rule: str, first: datetime, last: datetime, thresholds: tuple[str, ...], lang: Literal["vi", "en"]
) -> None:
    """Show what a rule would have told over a past period, beside what it really told. Sends nothing."""
    from services.notifier.rehearsing import Asked
    from services.notifier.rehearsing_console import lines_of
    from shared.problems import BadQuestion

    tried = dict(one.partition("=")[::2] for one in thresholds)
    if wrong := [one for one in tried.values() if not one.isdecimal()]:
        raise click.ClickException(f"Ngưỡng phải là số / a threshold is a number: {', '.join(wrong)}")
    asked = Asked(rule, first.date(), last.date(), {name: int(number) for name, number in tried.items()})
    try:
        for line in lines_of(asked, lang):
            click.echo(line)
    except BadQuestion as question:
        wrong = [fault.pointer.removeprefix("/body/") for fault in question.faults]
        raise click.ClickException(
            f"Không có hoặc không hợp lệ / unknown or impossible: {', '.join(wrong)}"
        ) from None


@main.command()
@click.argument("follower", type=click.Choice(["reporting", "notifier"]))
def replay(follower: str) -> None:
    """After a fix: take the events that FOLLOWER had parked, in order."""
    module = import_module(f"services.{follower}.work")
    still = module.replay_now()
    click.echo(f"Còn {still} sự kiện chưa đọc được / events still parked: {still}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Cho chương trình đọc / for scripts.")
def doctor(as_json: bool) -> None:
    """Say what is wrong with this installation and what to do. Changes nothing; exits with 1 if something is wrong."""
    from services import doctor as examining
    from services.doctor import stores, telling
    from services.doctor.opened import Opened
    from shared import clock
    from shared.settings import Local

    logging.getLogger().setLevel("ERROR")  # What others log meanwhile is told below, in words.
    opened = Opened(Local(), clock.now)
    matters, versions = examining.examine(opened), stores.versions(opened)
    if as_json:
        click.echo(telling.as_json(versions, matters))
    else:
        for line in telling.lines_of(versions, matters):
            click.echo(line)
    sys.exit(any(matter.wrong for matter in matters))


@main.command("env-example")
def print_env_example() -> None:
    """Print .env.example: every setting with its meaning and default."""
    from services.env_example import env_example

    click.echo(env_example(), nl=False)


@main.command("docs", hidden=True)
def write_docs() -> None:
    """Write the generated pages of docs/ anew (for developers, in a checkout with the test tools)."""
    from services.reference import write

    write()


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


def _migrate(versions: Mapping[str, str] | None = None) -> None:
    """All databases to their newest version, or those named to the version named."""
    from shared.database import migrate as upgrade
    from shared.database import revisions
    from shared.settings import Local

    logging.getLogger("alembic").setLevel("WARNING")
    settings = Local()
    databases = {
        "registry": settings.registry_database,
        "reporting": settings.reporting_database,
        "notifier": settings.notifier_database,
    }
    if len(set(databases.values())) < len(databases):
        raise click.ClickException(
            "Mỗi dịch vụ cần cơ sở dữ liệu riêng / each service needs a database of its own: ISHC_*_DATABASE_URL"
        )
    for service, version in (versions or dict.fromkeys(databases, "head")).items():
        known = ["head", *revisions(None, service)[1]]
        if version not in known:
            raise click.ClickException(
                f"{service}: không có phiên bản {version} / no version {version}; {', '.join(known)}"
            )
        upgrade(databases[service], service, version)


if __name__ == "__main__":
    main()
