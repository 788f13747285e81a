"""What can be wrong with the settings of another program.

What is odd but harmless is a note in the module of the program.
"""

from strongbox.refusal import Exit, RefusalKind

TOOL_FILE = RefusalKind(
    "TOOL-FILE",
    "{path} cannot be read as settings of {tool}: {why}. Name the file that the program itself "
    "keeps or exports.",
    Exit.CONFIGURATION,
)
TOOL_COMMANDS = RefusalKind(
    "TOOL-COMMANDS",
    "{path} makes OpenSSH run commands while it is read (Match exec), and this system cannot "
    "hold it back. Take those lines out of a copy and import the copy.",
    Exit.CONFIGURATION,
)
TOOL_MISSING = RefusalKind(
    "TOOL-MISSING",
    "{program} is not installed, and nothing else understands {path} as it does. Install it, or "
    "add the profile by hand with `strongbox profile add`.",
    Exit.CONFIGURATION,
)
TOOL_NO_SITE = RefusalKind(
    "TOOL-NO-SITE",
    "{path} has no SFTP connection of that name that can be used. It has: {names}.",
    Exit.CONFIGURATION,
)
TOOL_WHICH_SITE = RefusalKind(
    "TOOL-WHICH-SITE",
    "{path} has several connections: {names}. Name one with --site.",
    Exit.USAGE,
)
TOOL_SITE = RefusalKind(
    "TOOL-SITE",
    "The connection {name} cannot be used: {why}.",
    Exit.CONFIGURATION,
)
TOOL_EXISTS = RefusalKind(
    "TOOL-EXISTS",
    "{path} is there already and was left alone. Choose another folder with --into, or say "
    "--replace.",
    Exit.CANNOT_WRITE,
)
TOOL_PATH = RefusalKind(
    "TOOL-PATH",
    "{tool} cannot be given the path {path}: it holds characters that its settings give another "
    "meaning. Move the file, or choose another folder with --into.",
    Exit.CONFIGURATION,
)
TOOL_MISREAD = RefusalKind(
    "TOOL-MISREAD",
    "What was written for {tool} reads back differently: {what}. Nothing there can be trusted; "
    "please report this with the name of the profile's host.",
    Exit.CONFIGURATION,
)
TOOL_NO_KEY = RefusalKind(
    "TOOL-NO-KEY",
    "The connection {name} names no key file. Name yours with --key.",
    Exit.CONFIGURATION,
)
