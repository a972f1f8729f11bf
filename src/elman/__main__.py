"""``python -m elman``: the command line, where the scripts of an environment aren't on the path."""

from elman.cli import main

if __name__ == "__main__":
    main()
