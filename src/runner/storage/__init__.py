"""Where data lie: files, folders, URLs and tables, their formats, and writes that lose nothing."""

from .options import text_options
from .reading import is_table, open_source, read
from .writing import write

__all__ = ["is_table", "open_source", "read", "text_options", "write"]
