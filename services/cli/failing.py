"""What a command says when a store or a setting fails it: what to do next, rather than where in our code it was."""

import click
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings
from redis import RedisError
from sqlalchemy.exc import DBAPIError

import shared.settings
from shared.database import is_away
from shared.problems import DatabaseAway, LogAway


def failure(error: BaseException) -> click.ClickException | None:
    """What is said of an error; None of a fault of ours, where the traceback is what helps."""
    match error:
        case LogAway() | RedisError():
            return click.ClickException(
                "Sổ ghi không trả lời hoặc đang được nạp lại: chạy lại sau; `ishc doctor` cho biết vì sao. / "
                "The log does not answer or is being refilled: run this again later; `ishc doctor` says why."
            )
        case DatabaseAway(__cause__=DBAPIError() as cause):
            return failure(cause)
        case DBAPIError() if is_away(error) or type(error.orig).__name__ == "UndefinedTable":
            reason = str(error.orig).partition("\n")[0]
            return click.ClickException(
                f"Cơ sở dữ liệu không dùng được ({reason}). Máy mới: `ishc migrate`; còn lại: `ishc doctor`. / "
                f"The database cannot be used ({reason}). On a new machine: `ishc migrate`; else: `ishc doctor`."
            )
        case OSError(filename=str(path), strerror=str(reason)):
            return click.ClickException(f"Không dùng được / cannot be used: {path} ({reason})")
        case ValidationError() if (settings := getattr(shared.settings, error.title, None)) is not None:
            return click.ClickException("\n".join(_wrong(settings, fault) for fault in error.errors()))
    return None


def _wrong(settings: type[BaseSettings], fault: ErrorDetails) -> str:
    """A setting, what is wrong with it, and what it is for. Never what was set: it may be a password."""
    if not fault["loc"]:  # Of several settings together: the words are ours, and name them.
        return fault["msg"].removeprefix("Value error, ")
    name = str(fault["loc"][0])
    meaning = settings.model_fields[name].description or ""
    return f"Cài đặt sai / wrong setting: ISHC_{name.upper()}. {fault['msg']}. {meaning}".rstrip()
