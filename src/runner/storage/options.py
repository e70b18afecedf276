"""Options of Spark's readers and writers: which side of a write one belongs to, and typing errors.

Spark ignores an option that it does not know, so that a mistyped one goes unnoticed.
https://spark.apache.org/docs/latest/sql-data-sources.html lists them by format.
"""

from ..names import nearest, quoted

_TIMES = "dateFormat timestampFormat timestampNTZFormat timeFormat timeZone locale "
_TEXTS = "encoding charset lineSep "
_CSV = "sep delimiter quote escape header nullValue emptyValue charToEscapeQuoteEscaping " \
    "ignoreLeadingWhiteSpace ignoreTrailingWhiteSpace "
_XML = "rowTag attributePrefix valueTag nullValue "
_ANY_READER = "pathGlobFilter recursiveFileLookup modifiedBefore modifiedAfter basePath " \
    "ignoreCorruptFiles ignoreMissingFiles mergeSchema "
_ANY_WRITER = "compression maxRecordsPerFile partitionOverwriteMode "
_ICEBERG = "partitionOverwriteMode"  # it has other names for the rest
_BAD_RECORDS = "mode columnNameOfCorruptRecord multiLine samplingRatio enableDateTimeParsingFallback "
_REBASE = "datetimeRebaseMode int96RebaseMode "

READERS = {
    "csv": _TIMES + _TEXTS + _CSV + _BAD_RECORDS + "comment inferSchema preferDate enforceSchema "
    "nanValue positiveInf negativeInf maxColumns maxCharsPerColumn unescapedQuoteHandling "
    "columnPruning singleVariantColumn",
    "json": _TIMES + _TEXTS + _BAD_RECORDS + "primitivesAsString prefersDecimal allowComments "
    "allowUnquotedFieldNames allowSingleQuotes allowNumericLeadingZeros allowNonNumericNumbers "
    "allowBackslashEscapingAnyCharacter allowUnquotedControlChars dropFieldIfAllNull inferTimestamp "
    "singleVariantColumn",
    "text": _TEXTS + "wholetext", "parquet": _REBASE, "orc": "",
    "avro": _REBASE + "avroSchema avroSchemaUrl ignoreExtension enableStableIdentifiersForUnionType "
    "positionalFieldMatching recursiveFieldMaxDepth",
    "delta": "versionAsOf timestampAsOf", "iceberg": "versionAsOf timestampAsOf snapshot-id as-of-timestamp branch tag",
    "xml": _TIMES + _TEXTS + _XML + _BAD_RECORDS + "excludeAttribute treatEmptyValuesAsNulls inferSchema rowValidationXSDPath "
    "ignoreSurroundingSpaces ignoreNamespace wildcardColName preferDate prefersDecimal singleVariantColumn"}
WRITERS = {
    "csv": _TIMES + _TEXTS + _CSV + "quoteAll escapeQuotes",
    "json": _TIMES + _TEXTS + "ignoreNullFields writeNonAsciiCharacterAsCodePoint pretty",
    "text": _TEXTS, "parquet": "parquet.block.size", "orc": "orc.bloom.filter.columns",
    "avro": "avroSchema avroSchemaUrl recordName recordNamespace positionalFieldMatching",
    "delta": "mergeSchema overwriteSchema replaceWhere dataChange userMetadata txnAppId txnVersion "
    "optimizeWrite",
    "iceberg": "mergeSchema write-format target-file-size-bytes compression-codec compression-level compression-strategy "
    "fanout-enabled distribution-mode check-nullability check-ordering isolation-level branch",
    "xml": _TIMES + _TEXTS + _XML + "rootTag declaration arrayElementName validateName indent"}


def text_options(options):
    """Options as Spark takes them: true is 'true', 5 is '5'; null is as if not given."""
    return {name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in (options or {}).items() if value is not None}


def split_options(options, source, target):
    """'options' of a write: what only the source's reader knows is the source's, the rest the
    target's."""
    read, written = {}, {}
    readable, writable = _known(READERS, source, _ANY_READER), _known(WRITERS, target, _ANY_WRITER)
    for name, value in options.items():
        is_source = name.lower() in readable and name.lower() not in writable
        (read if is_source else written)[name] = value
    return read, written


def readable(options, format):
    """Those of a writer's options that the reader of the format knows too."""
    known = _known(READERS, format, _ANY_READER)
    return {name: value for name, value in options.items() if name.lower() in known}


def check_options(context, options, table, format, where):
    """Typing errors are problems; what is like nothing known is passed on, with a warning."""
    known = _known(table, format, _ANY_READER if table is READERS else _ANY_WRITER)
    if format is None or format not in table:
        return []
    problems = []
    for name in text_options(options):
        if name.lower() in known or "." in name:
            continue  # with a dot it is a setting of Hadoop's or of the format's library
        near = nearest(name, known.values())
        if near:
            problems.append("%s: unknown option '%s' (did you mean %s?)" % (where, name, quoted(near)))
        else:
            context.warn("%s: Spark may not know the option '%s', and ignores such." % (where, name))
    return problems


def _known(table, format, more):
    more = _ICEBERG if format == "iceberg" else more
    return {name.lower(): name for name in (table.get(format, "") + " " + more).split()}
