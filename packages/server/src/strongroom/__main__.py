"""Makes `python -m strongroom` the same as the `strongroom` command."""

from strongroom.runtime.commands.main import main

if __name__ == "__main__":
    main()
