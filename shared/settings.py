"""Settings: one class per service over one base, from the environment (`ISHC_…`), `.env` or files (`ISHC_…_FILE`).

Read only at the edges: `cli/`, `*/api.py`, `*/work.py`. `.env.example` is generated from these classes.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

_SECRETS = "/run/secrets"
_CLUSTER = "+cluster://"  # What the URL of a Valkey Cluster has and others have not.
_VALKEY = r"^$|^(rediss?(\+cluster)?|unix)://.+$"
_DATABASE = r"^$|^(sqlite|postgresql)(\+\w+)?://.+$"
_SOCKET_PATH_LIMIT = 100  # A Unix socket's path has 108 bytes on Linux, 104 on macOS.


class FromFiles(PydanticBaseSettingsSource):
    """`ISHC_LINK_KEY_FILE=/path` is the setting `ISHC_LINK_KEY` with what the file holds, for any setting."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"ISHC_{field_name.upper()}_FILE")
        return (Path(path).read_text(encoding="utf-8").strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value is not None}


class Common(BaseSettings):
    """What every service needs to know."""

    model_config = SettingsConfigDict(
        env_prefix="ISHC_",
        env_file=".env",
        env_ignore_empty=True,  # An empty line in `.env` or compose means the default.
        secrets_dir=_SECRETS if Path(_SECRETS).is_dir() else None,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # It may be a password.
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What stands first wins."""
        files = FromFiles(settings_cls)
        return init_settings, env_settings, files, dotenv_settings, file_secret_settings

    programme: Annotated[
        str, Field(pattern=r"^[a-z0-9-]{1,32}$", description="One installation, one programme.")
    ] = "vn"
    data_dir: Annotated[Path, Field(description="Where the embedded stores keep their files.")] = Path("data")
    host: Annotated[str, Field(description="The interface the services listen on.")] = "127.0.0.1"
    public_read: Annotated[
        Literal["none", "aggregates", "clubs"],
        Field(description="What may be read without a token: nothing, sums, or single clubs too."),
    ] = "none"
    token_rate: Annotated[
        int, Field(ge=0, description="Requests a minute of one token; 0: any number. Operators: any number.")
    ] = 6000
    address_rate: Annotated[
        int,
        Field(ge=0, description="Requests a minute of one address without a valid token; 0: any number."),
    ] = 1200
    proxies: Annotated[
        str,
        Field(
            description="Addresses or networks of reverse proxies, by spaces: their X-Forwarded-For is believed."
        ),
    ] = ""
    log_url: Annotated[
        str,
        Field(
            repr=False,
            pattern=_VALKEY,
            description="Valkey of the log: append-only file, appendfsync always. "
            "A Cluster: redis+cluster://host:port,host:port/. Empty: the embedded one.",
        ),
    ] = ""
    replicas: Annotated[
        int,
        Field(
            ge=0,
            description="Replicas of the log's Valkey that have a report on disk before it is answered. 0: none.",
        ),
    ] = 0
    jobs_url: Annotated[
        str,
        Field(
            repr=False,
            pattern=_VALKEY,
            description="Valkey of the RQ queues, no Cluster; may lose everything. Empty: database 1 of the log's.",
        ),
    ] = ""
    registry_database_url: Annotated[
        str,
        Field(
            repr=False,
            pattern=_DATABASE,
            description="Archive of the log, tokens, held and refused reports. Empty: SQLite in data_dir.",
        ),
    ] = ""
    log_format: Annotated[
        Literal["text", "json"],
        Field(description="What processes write to standard error: for people, or JSON lines."),
    ] = "text"
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="DEBUG names every request.")
    ] = "INFO"
    telemetry_url: Annotated[
        str,
        Field(
            description="Who takes spans by OTLP, such as http://127.0.0.1:4318/v1/traces. Empty: nobody is told."
        ),
    ] = ""
    disk_free_mb: Annotated[
        int,
        Field(ge=1, description="Megabytes that must be free where data lies; with less the operator hears."),
    ] = 1024
    backup_hours: Annotated[
        int, Field(ge=1, description="After so many hours without a good backup the operator hears.")
    ] = 26
    codes: Annotated[
        Path | None, Field(description="A TOML file of more codes, in the form of shared/codes.toml.")
    ] = None
    registry_port: Annotated[int, Field(ge=1, le=65535)] = 8001
    reporting_port: Annotated[int, Field(ge=1, le=65535)] = 8002
    notifier_port: Annotated[int, Field(ge=1, le=65535)] = 8003

    @model_validator(mode="after")
    def _queues_need_a_valkey_of_their_own(self) -> Self:
        if _CLUSTER in self.log_url and (not self.jobs_url or _CLUSTER in self.jobs_url):
            raise ValueError(
                "ISHC_JOBS_URL: hàng đợi RQ không chạy trên Valkey Cluster, hãy trỏ đến một Valkey riêng / "
                "the RQ queues cannot live on a Valkey Cluster: give a Valkey of their own"
            )
        return self

    @property
    def valkey_folder(self) -> Path:
        """Where the embedded Valkey keeps its files."""
        return self.data_dir.absolute() / "valkey"

    @property
    def valkey_socket(self) -> Path:
        """The embedded Valkey's socket; beside its files unless that path is too long for a socket."""
        socket = self.valkey_folder / "valkey.sock"
        if len(str(socket)) <= _SOCKET_PATH_LIMIT:
            return socket
        short = hashlib.sha256(str(self.valkey_folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"ishc-{short}" / "valkey.sock"

    @property
    def embedded_log(self) -> bool:
        return not self.log_url

    @property
    def log(self) -> str:
        """URL of the log's Valkey."""
        return self.log_url or f"unix://{self.valkey_socket}"

    @property
    def jobs(self) -> str:
        """URL of the Valkey RQ lives on."""
        return self.jobs_url or f"{self.log}{'&' if '?' in self.log else '?'}db=1"

    @property
    def registry_database(self) -> str:
        return self.registry_database_url or self._sqlite("registry")

    def _sqlite(self, name: str) -> str:
        return f"sqlite:///{self.data_dir.absolute() / name}.sqlite"


class Registry(Common):
    """The registry: takes reports in and keeps the log."""

    hot_window: Annotated[
        int, Field(ge=1000, description="Events kept in Valkey after they are archived.")
    ] = 50_000
    quarantine_cap: Annotated[
        int, Field(ge=1, description="Refused reports whose bytes are kept, per token.")
    ] = 10_000
    quarantine_days: Annotated[
        int, Field(ge=1, description="How long the bytes of refused reports are kept.")
    ] = 365
    audit_days: Annotated[
        int, Field(ge=1, description="How long it is kept who did what and who read about single clubs.")
    ] = 400
    heard_days: Annotated[
        int, Field(ge=1, description="How long it is kept which device was heard from on which day.")
    ] = 400


class Reporting(Common):
    """The reporting service: read models, figures and the dashboard."""

    reporting_database_url: Annotated[
        str, Field(repr=False, pattern=_DATABASE, description="Read models. Empty: SQLite in data_dir.")
    ] = ""
    terrain: Annotated[
        Path | None,
        Field(description="CSV `code,terrain` of today's communes: lowland, mountain, border or island."),
    ] = None
    small_cells: Annotated[
        int,
        Field(
            ge=0,
            description="Who may not read about every club is told of fewer people than this only that they are fewer; "
            "0: how many.",
        ),
    ] = 5
    registry_url: Annotated[
        str,
        Field(description="Where the registry answers which devices were heard from. Empty: this machine."),
    ] = ""

    @property
    def registry(self) -> str:
        """Address of the registry."""
        return self.registry_url or f"http://{self.host}:{self.registry_port}"

    @property
    def exports_folder(self) -> Path:
        """Where exports wait to be fetched."""
        return self.data_dir.absolute() / "exports"

    @property
    def reporting_database(self) -> str:
        return self.reporting_database_url or self._sqlite("reporting")


class Notifier(Common):
    """The notifier: alerts and letters."""

    notifier_database_url: Annotated[
        str,
        Field(repr=False, pattern=_DATABASE, description="Alerts and letters. Empty: SQLite in data_dir."),
    ] = ""
    smtp_host: Annotated[str, Field(description="The mail server letters are handed to.")] = "127.0.0.1"
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 4025
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_seconds: Annotated[
        float, Field(gt=0, le=25, description="How long the mail server may take for an answer.")
    ] = 20
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: Annotated[str, Field(description="Sender of the letters.")] = (
        "ISHC Records <so-lieu@ishc.test>"
    )
    mail_domain: Annotated[str, Field(description="Right-hand side of Message-IDs.")] = "ishc.test"
    bounce_address: Annotated[
        str,
        Field(
            description="Where undeliverable mail returns: bounces@… becomes bounces+7-…@…. Empty: sender."
        ),
    ] = ""
    bounces: Annotated[
        SecretStr,
        Field(
            description="Where it is read: maildir:///path or imaps://user:password@host/INBOX. Empty: not."
        ),
    ] = SecretStr("")
    dkim_key_file: Annotated[
        Path | None,
        Field(description="RSA key (PEM) that signs letters by DKIM. Empty: they are not signed."),
    ] = None
    dkim_selector: Annotated[str, Field(description="The selector the public key is published under.")] = ""
    dkim_domain: Annotated[str, Field(description="The domain that signs. Empty: mail_domain.")] = ""
    letters_a_minute: Annotated[
        int, Field(ge=1, description="Letters handed over a minute for one mail domain; more wait.")
    ] = 60
    unknown_resend_hours: Annotated[
        int | None,
        Field(
            ge=1, description="Send letters whose answer was lost again after hours. Empty: a person decides."
        ),
    ] = None
    dashboard_url: Annotated[
        str, Field(description="Address of the dashboard in letters. Empty: this machine.")
    ] = ""
    notifier_url: Annotated[
        str, Field(description="Address of the notifier's pages in letters. Empty: this machine.")
    ] = ""
    link_key: Annotated[
        SecretStr,
        Field(description="Signs the links in letters. Empty: made once, kept in the notifier's database."),
    ] = SecretStr("")
    secure_cookies: Annotated[
        bool,
        Field(description="Send sessions over HTTPS only; also where ISHC_NOTIFIER_URL begins with https."),
    ] = False
    rules: Annotated[
        Path | None,
        Field(description="TOML of other thresholds and urgencies; names as in docs/alerts.md."),
    ] = None
    urgent_gap_minutes: Annotated[
        int,
        Field(
            ge=0, description="After an urgent letter an office's next one waits: ten clubs are one letter."
        ),
    ] = 15
    operator_address: Annotated[
        str,
        Field(
            description="Who hears when the disk fills, a backup is missing or a worker is stuck; several by spaces."
        ),
    ] = ""
    reporting_url: Annotated[
        str, Field(description="Where monthly letters get figures and report. Empty: this machine.")
    ] = ""
    reporting_token: Annotated[
        SecretStr, Field(description="Token of that request, where figures are not public.")
    ] = SecretStr("")

    @property
    def notifier_database(self) -> str:
        return self.notifier_database_url or self._sqlite("notifier")

    @property
    def dashboard(self) -> str:
        return self.dashboard_url or f"http://{self.host}:{self.reporting_port}"

    @property
    def pages(self) -> str:
        """Address of the notifier's own pages."""
        return self.notifier_url or f"http://{self.host}:{self.notifier_port}"

    @property
    def cookies_secure(self) -> bool:
        return self.secure_cookies or self.pages.startswith("https:")

    @property
    def reporting(self) -> str:
        """Address of the reporting service."""
        return self.reporting_url or f"http://{self.host}:{self.reporting_port}"


class Local(Registry, Reporting, Notifier):
    """`ishc up`: everything on one machine."""

    mailbox_port: Annotated[
        int, Field(ge=1, le=65535, description="Web page of the development mailbox.")
    ] = 4080
    mailbox_imap_port: Annotated[int, Field(ge=1, le=65535)] = 4143
