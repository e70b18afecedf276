"""Where statements end, and what one without rows did."""

import pytest

from runner import statements


def texts(sql):
    return [statement.text for statement in statements.split(sql)]


@pytest.mark.parametrize("sql, wanted", [
    ("select 1; select 2", ["select 1", "select 2"]),
    ("select 1;", ["select 1"]),
    (";; ; -- only a comment\n; /* and */ ;", []),
    ("select ';'; select 2", ["select ';'", "select 2"]),
    ("select 'it''s;'; select 2", ["select 'it''s;'", "select 2"]),
    (r"select 'a\';b'; select 2", [r"select 'a\';b'", "select 2"]),
    (r'select "a\";b"; select 2', [r'select "a\";b"', "select 2"]),
    (r"select r'a\'; select 2", [r"select r'a\'", "select 2"]),
    (r"select bar'x\';y'; select 2", [r"select bar'x\';y'", "select 2"]),
    ("select `a;``;b`; select 2", ["select `a;``;b`", "select 2"]),
    ("select 1 -- a;b\n, 2; select 3", ["select 1 -- a;b\n, 2", "select 3"]),
    ("select 1 -- goes on \\\n ; here\n; select 2", ["select 1", "select 2"]),
    ("select /* a ; /* b ; */ ; */ 1; select 2", ["select /* a ; /* b ; */ ; */ 1", "select 2"]),
    ("select /*+ broadcast(t) */ 1 /* tail */", ["select /*+ broadcast(t) */ 1"]),
    ("select $$a;b$$; select $x$;$y$;$x$", ["select $$a;b$$", "select $x$;$y$;$x$"]),
    ("select 'no end; select 2", ["select 'no end; select 2"]),
    ("select case when a then 1 end; select 2", ["select case when a then 1 end", "select 2"]),
    ("select 1 as begin; select 2 as end", ["select 1 as begin", "select 2 as end"]),
])
def test_statements_end_at_semicolons_outside_quotes_and_comments(sql, wanted):
    assert texts(sql) == wanted


@pytest.mark.parametrize("script", [
    "begin select 1; end",
    "BEGIN DECLARE x INT; SET x = 1; END",
    "lab: begin select 1; end lab",
    "begin if a then select 1; elseif b then select 2; else select 3; end if; end",
    "begin select if(a, 1, 2); select case when a then if(b, c, d) else if(e, f, g) end; end",
    "begin while a do set x = 1; end while; end",
    "begin l1: loop set x = 1; leave l1; end loop l1; end",
    "begin repeat select repeat('x', 3); until a end repeat; end",
    "begin for r as select 1 do select r.x; end for; end",
    "begin case a when 1 then select 2; else select 3; end case; end",
    "begin case when a then begin select 1; end; end case; end",
    "begin declare exit handler for sqlexception begin select 2; end; select t.begin, t.end; end",
    "begin select 'end;'; -- end;\n end",
])
def test_a_script_is_one_statement(script):
    assert texts(script + "; select 5; " + script) == [script, "select 5", script]


def test_a_statement_knows_where_it_starts():
    found = statements.split("select 1;\n\n  /* x */ select 2")
    assert [(statement.line, statement.column) for statement in found] == [(1, 1), (3, 11)]


@pytest.mark.parametrize("sql, wanted", [
    ("create or replace temp view `my v` as select 1", "created temporary view `my v`"),
    ("create table if not exists a.b (x int)", "created table a.b, unless it was there"),
    ("drop table if exists a.b", "dropped table a.b, if it was there"),
    ("drop view v", "dropped view v"),
    ("alter table t add columns (x int)", "altered table t"),
    ("insert into t values (1)", "2 rows inserted into t"),
    ("with a as (select 1) insert overwrite table t select * from a", "2 rows inserted into t"),
    ("from a insert into b select 1", "2 rows inserted into b"),
    ("insert overwrite directory '/x' using csv select 1", "2 rows inserted into a directory"),
    ("create table t as select 1", "created table t, 2 rows inserted"),
    ("cache lazy table c as select 1", "cached table c"),
    ("use db", "now using db"),
    ("clear cache", "clear cache: done"),
])
def test_what_a_statement_did_is_said(sql, wanted):
    rows = 2 if "insert" in sql or sql == "create table t as select 1" else None
    assert statements.say_done(sql, rows) == wanted


def test_a_select_of_columns_named_like_commands_is_a_select():
    assert statements.read_command("with a as (select 1) select delete, update from a").verb == "WITH"


def test_only_the_beginning_of_a_long_statement_is_read_for_its_command(monkeypatch):
    read = []
    tokens = statements.tokens
    monkeypatch.setattr(statements, "tokens", lambda sql: (read.append(token) or token for token in tokens(sql)))
    command = statements.read_command("create table a.b as select " + "1, " * 5000 + "1")
    assert (command.verb, command.name, len(read)) == ("CREATE", "a.b", statements.LEADING)


def test_an_excerpt_shows_the_place_in_a_long_line():
    line, caret = statements.excerpt("x" * 200 + "HERE" + "y" * 200, 1, 201)
    assert len(line) <= 80 and line[caret.index("^"):].startswith("HERE")
