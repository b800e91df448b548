"""`ishc reporting`, `ishc notifier` and `ishc replay`: those who follow the log, set right again."""

from datetime import datetime
from importlib import import_module
from typing import Literal

import click


@click.group()
def reporting() -> None:
    """Quản lý số liệu đã tổng hợp.

    Look after the read models.
    """


@reporting.command("rebuild")
def rebuild_reporting() -> None:
    """Dựng lại số liệu từ sổ ghi; người xem thấy số cũ cho đến khi xong.

    Make the read models anew from the log; readers see the old ones until it is done.
    """
    from services.reporting.work import rebuild_now

    click.echo(f"Đã dựng lại đến vị trí {rebuild_now()} / rebuilt up to that position.")


@click.group()
def notifier() -> None:
    """Quản lý cảnh báo và thư.

    Look after alerts and letters.
    """


@notifier.command("rebuild")
def rebuild_notifier() -> None:
    """Dựng lại dữ kiện và điều kiện từ sổ ghi; cơ quan, lệnh tạm im, cảnh báo và thư giữ nguyên. Không gửi thư cho ai.

    Draw facts and conditions anew from the log; offices, silences, alerts and letters stay. Mails nobody.
    """
    from services.notifier.rebuilding import rebuild_now

    click.echo(f"Đã đọc lại đến vị trí {rebuild_now()} / read anew up to that position.")


@notifier.command("release")
@click.argument("letter", type=click.IntRange(min=1), required=False)
@click.option("--all", "every", is_flag=True, help="Mọi thư bị giữ / every letter that is held.")
def release_letters(letter: int | None, every: bool) -> None:
    """Gửi thư đang bị giữ vì có thể đã gửi trước khi khôi phục cơ sở dữ liệu.

    Send a letter that is held because an earlier life of the database may have sent it.
    """
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
    """Cho xem một quy tắc lẽ ra đã báo gì trong một thời gian đã qua, bên cạnh điều đã báo thật. Không gửi gì.

    Show what a rule would have told over a past period, beside what it really told. Sends nothing.
    """
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


@click.command()
@click.argument("follower", type=click.Choice(["reporting", "notifier"]))
def replay(follower: str) -> None:
    """Sau khi sửa lỗi: nhận lại theo thứ tự các sự kiện mà FOLLOWER đã để riêng.

    After a fix: take the events that FOLLOWER had parked, in order.
    """
    module = import_module(f"services.{follower}.work")
    still = module.replay_now()
    click.echo(f"Còn {still} sự kiện chưa đọc được / events still parked: {still}")
