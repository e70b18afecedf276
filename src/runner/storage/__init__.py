"""Where data lie: files, folders, URLs and tables, their formats, and writes that lose nothing."""

from .options import text_options
from .reading import format_of_table, has_table, is_table, open_source, provider_of, read
from .writing import write

__all__ = ["format_of_table", "has_table", "is_table", "open_source", "provider_of", "read", "text_options", "write"]
