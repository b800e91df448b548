"""`ishc token`: who may send, write and read."""

import logging
from datetime import date

import click


@click.group()
def token() -> None:
    """Tạo, liệt kê, đổi và thu hồi mã truy cập.

    Make, list, rotate and revoke bearer tokens.
    """
    logging.getLogger("shared.audit").setLevel("WARNING")  # Who asked sees what was done; the book keeps it.


@token.command("make")
@click.option(
    "--name", required=True, help="Ai giữ; ghi cùng mọi báo cáo / who holds it; recorded with every report."
)
@click.option(
    "--role", required=True, type=click.Choice(["device", "club", "province", "nation", "operator"])
)
@click.option(
    "--province",
    "provinces",
    multiple=True,
    help="Mã tỉnh hiện nay, nhiều lần / province code on today's map; repeatable.",
)
@click.option("--club", "clubs", multiple=True, help="Mã câu lạc bộ, nhiều lần / club id; repeatable.")
@click.option(
    "--source",
    help="Tiền tố nguồn được dùng / prefix of the sources it may use; /devices/NAME if left out, / for an operator.",
)
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), help="Ngày hiệu lực cuối / last day it is valid."
)
def make_token(
    name: str,
    role: str,
    provinces: tuple[str, ...],
    clubs: tuple[str, ...],
    source: str | None,
    expires: date | None,
) -> None:
    """Tạo mã truy cập và chỉ in ra một lần; hệ thống chỉ giữ mã băm.

    Make a token and print it once; only its hash is kept.
    """
    from services.tokens import make

    try:
        click.echo(make(name, role, provinces, clubs, source, expires))
    except ValueError as error:
        raise click.ClickException(str(error)) from None


@token.command("list")
def list_tokens() -> None:
    """Liệt kê mọi mã truy cập, không bao giờ kèm bí mật.

    List all tokens, never their secrets.
    """
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
    help="Bí mật cũ còn dùng được bao lâu / how long the last secret still works; 0: none, as when it leaked.",
)
def rotate_token(name: str, overlap_hours: int) -> None:
    """Đổi bí mật của một mã truy cập và chỉ in ra một lần; quyền và báo cáo vẫn theo tên.

    Give a token another secret and print it once; rights and reports stay with the name.
    """
    from services.tokens import rotate

    bare = rotate(name, overlap_hours)
    if bare is None:
        raise _no_living(name)
    click.echo(bare)


@token.command("revoke")
@click.argument("name")
def revoke_token(name: str) -> None:
    """Thu hồi một mã truy cập; mất hiệu lực trong vòng một giây.

    End a token; it works no more within a second.
    """
    from services.tokens import revoke

    if not revoke(name):
        raise _no_living(name)
    click.echo(f"{name}: đã thu hồi / revoked")


def _no_living(name: str) -> click.ClickException:
    return click.ClickException(f"Không có mã nào đang dùng tên {name} / no living token is named {name}.")
