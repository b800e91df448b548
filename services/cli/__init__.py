"""The command `ishc`: the only package that sees several services. Each command imports what it needs when it runs."""

import logging

import click

from services.cli import databases, log, machine, processes, readers, reports, tokens


class Commands(click.Group):
    """Commands that say in two languages what failed them."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from services.cli.failing import failure

            if (said := failure(error)) is None:
                raise
            raise said from None


@click.group(cls=Commands)
def main() -> None:
    """Sổ câu lạc bộ Liên thế hệ: mọi câu lạc bộ trên một sổ ghi, số liệu có căn cứ, thư giúp Hội hành động.

    ISHC Records: every club on one log, figures one can defend, letters a board acts on.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level="INFO")
    for talkative in ("httpx2", "alembic"):
        logging.getLogger(talkative).setLevel("WARNING")


for command in (
    *(processes.up, processes.serve, processes.healthy, processes.work, processes.together, processes.tick),
    *(databases.migrate, log.log, readers.reporting, readers.notifier, readers.replay),
    *(reports.load, reports.simulate, reports.load_the_sample, tokens.token),
    *(machine.doctor, machine.print_env_example, machine.write_docs),
):
    main.add_command(command)
