"""The programs that strongbox exchanges connections with, each named once.

A new program is a module beside this one, and a line here.
"""

from strongbox.tools.cyberduck import Cyberduck
from strongbox.tools.filezilla import FileZilla
from strongbox.tools.lftp import Lftp
from strongbox.tools.openssh import OpenSsh
from strongbox.tools.ports import Tool
from strongbox.tools.rclone import Rclone
from strongbox.tools.winscp import WinScp

_ALL: tuple[Tool, ...] = (Cyberduck(), FileZilla(), Lftp(), OpenSsh(), Rclone(), WinScp())

TOOLS = {tool.name: tool for tool in _ALL}
"""By the word for it on the command line."""
