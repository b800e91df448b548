"""`python -m services.cli`: the command `ishc` where it is not installed."""

from services.cli import main

main()
