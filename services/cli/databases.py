"""`ishc migrate`: the tables of all services, at the version this program knows."""

from collections.abc import Mapping

import click

SERVICES = ("registry", "reporting", "notifier")


@click.command()
@click.option(
    "--to",
    "versions",
    multiple=True,
    metavar="SERVICE=VERSION",
    help="Chỉ dịch vụ này, đến phiên bản cũ hơn / this service only, back to an older version; repeatable.",
)
def migrate(versions: tuple[str, ...]) -> None:
    """Đưa mọi cơ sở dữ liệu lên phiên bản bảng mới nhất, hoặc đưa vài cái về bản cũ hơn (docs/upgrading.md).

    Bring all databases to the newest version of their tables, or some back to an older one (docs/upgrading.md).
    """
    told = dict(one.partition("=")[::2] for one in versions)
    if unknown := [service for service in told if service not in SERVICES]:
        raise click.ClickException(f"Không có dịch vụ / no such service: {', '.join(unknown)}")
    migrate_all(told)


def migrate_all(versions: Mapping[str, str] | None = None) -> None:
    """All databases to their newest version, or those named to the version named."""
    from shared.database import migrate as upgrade
    from shared.database import revisions
    from shared.settings import Local

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
