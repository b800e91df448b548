"""`python -m services.cli`: the command `ishc` where it is not installed."""

from services.cli import main

if __name__ == "__main__":  # Processes that Python spawns import this module too.
    main()
