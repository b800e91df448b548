"""`ishc doctor`, `ishc env-example` and `ishc docs`: what there is on this machine, and what may be set."""

import logging
import sys

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Cho chương trình đọc / for scripts.")
def doctor(as_json: bool) -> None:
    """Cho biết hệ thống này có gì sai và phải làm gì. Không thay đổi gì; kết thúc bằng 1 nếu có lỗi.

    Say what is wrong with this installation and what to do. Changes nothing; exits with 1 if something is wrong.
    """
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


@click.command("env-example")
def print_env_example() -> None:
    """In ra .env.example: mọi cài đặt, ý nghĩa và giá trị mặc định.

    Print .env.example: every setting with its meaning and default.
    """
    from services.env_example import env_example

    click.echo(env_example(), nl=False)


@click.command("docs", hidden=True)
def write_docs() -> None:
    """Write the generated pages of docs/ anew (for developers, in a checkout with the test tools)."""
    from services.reference import write

    write()
