"""What this Spark lacks and a later one has: syntax, types and functions, each with the version that brought it.

The versions were asked of the grammars of Spark 3.5.9, 4.0.0, 4.1.0, 4.2.0 and 4.3.0 (WITH RECURSIVE: of what runs it,
since 4.0 parses it alone), and of DESCRIBE FUNCTION EXTENDED.
"""

import re

from .. import statements

# Looked for in the statement's words, as _words gives them.
SYNTAX = (
    (r"(?:\S+ : )?BEGIN\b|(?:IF|WHILE|FOR|LOOP|REPEAT) ", "scripts (BEGIN ... END)", "4.0"),
    (r"DECLARE |SET VAR(?:IABLE)? |DROP TEMP(?:ORARY)? VARIABLE ", "session variables (DECLARE, SET VAR)", "4.0"),
    (r"EXECUTE IMMEDIATE ", "EXECUTE IMMEDIATE", "4.0"),
    (r"CALL ", "CALL", "4.0"),
    (r"WITH RECURSIVE ", "WITH RECURSIVE", "4.1"),
    (r"CREATE (?:OR REPLACE )?(?:TEMP(?:ORARY)? )?FUNCTION (?:IF NOT EXISTS )?(?:\S+ \. )*\S+ \(",
     "functions written in SQL", "4.0"),
    (r"DESC(?:RIBE)? .*AS JSON$", "DESCRIBE ... AS JSON", "4.0"),
    (r"MERGE WITH SCHEMA EVOLUTION ", "MERGE WITH SCHEMA EVOLUTION", "4.0"),
    (r"INSERT WITH SCHEMA EVOLUTION ", "INSERT WITH SCHEMA EVOLUTION", "4.2"),
    (r"SHOW COLLATIONS", "SHOW COLLATIONS", "4.2"),
    (r"(?:CREATE|ALTER) TABLE .*(?:PRIMARY KEY|FOREIGN KEY|ADD CONSTRAINT|CHECK \()", "constraints of tables", "4.1"),
    (r"(?:CREATE|ALTER) TABLE .*CLUSTER BY ", "CLUSTER BY of tables", "4.0"),
    (r"CREATE (?:OR REFRESH )?(?:MATERIALIZED VIEW|STREAMING TABLE) ", "declarative pipelines", "4.1"),
    (r"COMMENT ON COLUMN ", "COMMENT ON COLUMN", "4.3"),
    (r".*\| >", "the pipe |>", "4.0"),
    (r".*: :", "the cast ::", "4.0"),
    (r".*\* EXCEPT \(", "* EXCEPT (...)", "4.0"),
    (r".* COLLATE ", "COLLATE", "4.0"),
    (r".* QUALIFY ", "QUALIFY", "4.2"),
)
TYPES = {"VARIANT": "4.0", "TIME": "4.1"}
FUNCTIONS = {
    "4.0": "collate collation collations dayname from_avro from_protobuf from_xml is_valid_utf8 is_variant_null listagg "
    "make_valid_utf8 monthname nullifzero parse_json randstr schema_of_avro schema_of_variant schema_of_variant_agg "
    "schema_of_xml session_user string_agg to_avro to_protobuf to_variant_object to_xml try_make_interval "
    "try_make_timestamp try_make_timestamp_ltz try_make_timestamp_ntz try_mod try_parse_json try_parse_url try_reflect "
    "try_to_date try_url_decode try_validate_utf8 try_variant_get uniform validate_utf8 variant_explode "
    "variant_explode_outer variant_get zeroifnull",
    "4.1": "approx_top_k approx_top_k_accumulate approx_top_k_combine approx_top_k_estimate bitmap_and_agg current_time "
    "make_time quote st_asbinary st_geogfromwkb st_geomfromwkb st_setsrid st_srid time_diff time_trunc to_time "
    "try_to_time",
    "4.2": "current_path is_valid_variant measure time_bucket time_from_micros time_from_millis time_from_seconds "
    "time_to_micros time_to_millis time_to_seconds vector_avg vector_cosine_similarity vector_inner_product "
    "vector_l2_distance vector_norm vector_normalize vector_sum",
    "4.3": "collect_union counter_diff from_base32 hmac jaro_winkler_similarity localtime timestamp_nanos to_base32 "
    "try_variant_array_append try_variant_insert try_variant_set unix_nanos variant_array_append variant_delete "
    "variant_insert variant_set variant_strip_nulls",
}
FAMILIES = (("kll_", "4.1"), ("theta_", "4.1"), ("tuple_", "4.2"))


def syntax(spark, text):
    """About a statement that this Spark could not parse; empty when it uses nothing that is newer."""
    words = _words(text)
    for pattern, name, since in SYNTAX:
        if re.match(pattern, words):
            return _lacks(spark, name, since)
    return ""


def type(spark, name):
    return _lacks(spark, "type " + name, TYPES.get(name.upper()))


def function(spark, name):
    name = name.lower()
    since = next((version for version, names in FUNCTIONS.items() if name in names.split()), None)
    since = since or next((version for start, version in FAMILIES if name.startswith(start)), None)
    return _lacks(spark, "function " + name, since)


def format(spark, name):
    return _lacks(spark, "format xml", "4.0") if name == "xml" else ""


def _lacks(spark, name, since):
    if not since or _number(spark.version) >= _number(since):
        return ""
    return "This is Spark %s: it has no %s, which is there since Spark %s." % (spark.version, name, since)


def _number(version):
    return [int(part) for part in re.findall(r"\d+", version)[:2]]


def _words(text):
    """The statement's words and signs; of what is quoted only that it is, so that no value looks like a word."""
    return " ".join(token.word or (token.text if token.kind == "sign" else token.kind.upper())
                    for token in statements.tokens(text))
