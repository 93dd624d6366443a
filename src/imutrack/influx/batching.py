"""Lines cut where a line ends: text in a field may hold line breaks of its own."""

import re
from typing import Final

__all__ = ["split_lines"]

# measurement and tags up to the first blank that is not escaped, then fields and time, quoted text as a whole
_LINE: Final = re.compile(rb'(?:[^ \\]|\\.)+ (?:[^"\n]|"(?:[^"\\]|\\.)*")*\n', re.DOTALL)


def split_lines(lines: bytes) -> list[bytes]:
    r"""Return the lines of points one by one; joined they are what was given.

    What cannot be cut so is one line: none of it may be lost between two others.

    >>> split_lines(b'note said="one\ntwo" 1\nrep x=1.5 2\n')
    [b'note said="one\ntwo" 1\n', b'rep x=1.5 2\n']
    """
    if b'"' not in lines:
        return lines.splitlines(keepends=True)
    found: list[bytes] = _LINE.findall(lines)
    return found if sum(map(len, found)) == len(lines) else [lines]
