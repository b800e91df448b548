"""Brings the scripts and fonts of others into `static/vendor`, as `vendor.toml` there names them. Needs npm.

    python -m shared.looks.vendoring

Files lie in the package, so that pages load nothing from elsewhere and installing needs no Node. To take a newer
version, change it in `vendor.toml` and run this; the hashes are written anew, and a test compares them.
"""

import re
import subprocess
import sys
import tarfile
import tomllib
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

VENDOR: Final = Path(__file__).parent / "static" / "vendor"


def vendored() -> list[dict[str, Any]]:
    """Each file: its name here (`file`), and `package`, `version`, `licence`, `source` in the tarball, `sha256`."""
    return list(tomllib.loads((VENDOR / "vendor.toml").read_text(encoding="utf-8"))["file"])


def fetch(package: str, version: str, into: Path) -> tarfile.TarFile:
    """The tarball npm has of a package."""
    command = ["npm", "pack", "--silent", f"{package}@{version}", "--pack-destination", str(into)]
    packed = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # nosec B603
    return tarfile.open(into / packed.stdout.split()[-1])


if __name__ == "__main__":
    table = (VENDOR / "vendor.toml").read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        for package, version in sorted({(one["package"], one["version"]) for one in vendored()}):
            with fetch(package, version, Path(folder)) as tarball:
                for one in vendored():
                    if one["package"] != package:
                        continue
                    member = tarball.extractfile(f"package/{one['source']}") or sys.exit(one["source"])
                    content = member.read()
                    (VENDOR / one["name"]).write_bytes(content)
                    entry = rf'(name = "{re.escape(one["name"])}"\n(?:.+\n)*?sha256 = )"\w*"'
                    table = re.sub(entry, rf'\g<1>"{sha256(content).hexdigest()}"', table)
    (VENDOR / "vendor.toml").write_text(table, encoding="utf-8", newline="")
