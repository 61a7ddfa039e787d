"""What a fault says on standard error, and the exit code it ends with."""

from __future__ import annotations

import errno

import typer

from ...derive.language.errors import ChalkgradError
from ..terminal.printable import printable


def tell(fault: Exception) -> int | None:
    """Print the message of a fault of the user's and return its exit code.

    Any other fault is one of chalkgrad's own: None, the caller raises it again.
    """
    if isinstance(fault, ChalkgradError):
        typer.echo(printable(f"error: {fault}"), err=True)
        return fault.exit_code
    if isinstance(fault, OSError) and not isinstance(fault, BrokenPipeError) and fault.filename:
        typer.echo(printable(f"error: {fault.filename}: {fault.strerror}"), err=True)
        return 2
    if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        typer.echo(f"error: {fault.strerror}", err=True)  # Python does not say of which file
        return 2
    return None
