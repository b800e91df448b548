"""`ishc load` and `ishc simulate`: reports in files."""

import sys
from datetime import datetime
from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--historical",
    is_flag=True,
    help="Đánh dấu là số liệu cũ: có số, không thư / a load of the past: figures, no letters.",
)
@click.option(
    "--url",
    default=None,
    help="Sổ ghi; bỏ trống: theo cài đặt / the registry; the one of the settings if left out.",
)
@click.option(
    "--token",
    envvar="ISHC_TOKEN",
    required=True,
    help="Mã truy cập; nên đặt trong ISHC_TOKEN / bearer token; better in ISHC_TOKEN.",
)
@click.option(
    "--verdicts",
    type=click.Path(path_type=Path),
    help="Tệp kết quả / verdict file; FILE.verdicts.ndjson if left out.",
)
@click.option("--quiet", is_flag=True, help="Không hiện tiến độ / no progress bar.")
def load(
    file: Path, historical: bool, url: str | None, token: str, verdicts: Path | None, quiet: bool
) -> None:
    """Gửi một tệp báo cáo (NDJSON). Bị ngắt thì chạy lại: không báo cáo nào bị ghi hai lần.

    Post a file of events (NDJSON). Run it again after an interruption: nothing is doubled.
    """
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


@click.command()
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


@click.command("load-sample", hidden=True)
def load_the_sample() -> None:
    """Load sample facts and offices into an empty log (`ishc up --sample` does)."""
    from services.sampling import load_sample
    from shared.settings import Local

    click.echo(load_sample(Local()))
