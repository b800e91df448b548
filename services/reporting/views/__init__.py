"""The SQL schema for readers: views over the read models as known now, `ishc_…`, on SQLite and PostgreSQL alike.

Grafana, Superset and Metabase read them with a role that may read nothing else (docs/sql.md). Column names are those of
the OData feed. The tables below may change with any release; the views stay. A migration that changes a table below a
view calls `drop_views` first and `make_views` last. What the databases write differently is in `sqlite.jinja` and
`postgresql.jinja`.
"""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection

from services.reporting.indicators import INDICATORS, Reports
from shared.places import PROVINCES
from shared.texts import LANGUAGES, say

# In the order they are made: a view stands on those before it.
VIEWS: Final = (
    "ishc_provinces",
    "ishc_clubs",
    "ishc_trainings",
    "ishc_effects",
    "ishc_figures_monthly",
    "ishc_national_figures_monthly",
)
# What the monthly views sum; what is counted club by club or commune by commune no view can tell.
SUMMED: Final = tuple(one for one in INDICATORS.values() if isinstance(one.counted, Reports))


def make_views(connection: Connection) -> None:
    """Make all views; on PostgreSQL each is described in Vietnamese and English."""
    dialect = connection.dialect.name
    templates = Environment(loader=PackageLoader(__name__, ""), undefined=StrictUndefined)  # noqa: S701 (no HTML)  # nosec
    facts = {
        "write": templates.get_template(f"{dialect}.jinja").module,
        "stocks": ", ".join(f"'{one.code}'" for one in SUMMED if one.kind == "stock"),
        "flows": ", ".join(f"'{one.code}'" for one in SUMMED if one.kind == "flow"),
        "provinces": PROVINCES.values(),
    }
    for name in VIEWS:
        query = templates.get_template(f"{name}.sql").render(facts)
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {query}")
        if dialect == "postgresql":
            words = " / ".join(say(lang, f"sql.{name}") for lang in LANGUAGES)
            connection.exec_driver_sql(f"COMMENT ON VIEW {name} IS '{words}'")


def drop_views(connection: Connection) -> None:
    """Drop all views. PostgreSQL forgets who may read them: the changelog of that release says to grant it again."""
    for name in reversed(VIEWS):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
