"""``python -m chalkgrad``: the command."""

from chalkgrad.codegen.command.main import main

if __name__ == "__main__":
    main()
