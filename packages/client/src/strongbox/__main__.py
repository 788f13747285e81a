"""`python -m strongbox` is the command `strongbox`; everything else is in `commands`."""

from strongbox.commands.main import main

if __name__ == "__main__":
    main()
