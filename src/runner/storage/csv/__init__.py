"""How a csv file is laid out, found from how it begins: dialect.py (its characters), columns.py (what
its records mean), layout.py (the files at a path, and the options with which Spark reads them).
"""
