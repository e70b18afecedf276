"""Joins, against tables worked out by hand."""

import pytest

from runner.context import Refused
from runner.data import run as data

from folders import save

# Customer 1 has two orders, 2 has one, 3 has none; order 40 is of nobody known, 50 of nobody at all.
CUSTOMERS = "select * from values (1, 'ann', 'NO'), (2, 'bob', 'IT'), (3, 'cid', 'IT') t(id, name, country)"
ORDERS = ("select * from values (10, 1, 'pen'), (20, 1, 'book'), (30, 2, 'pen'), (40, 9, 'cup'), "
          "(50, null, 'cup') t(id, customer, name)")
COUNTRIES = "select * from values ('NO', 'Norway'), ('IT', 'Italy'), ('SE', 'Sweden') t(code, name)"


@pytest.fixture(autouse=True)
def views(spark):
    for name, query in (("customers", CUSTOMERS), ("orders", ORDERS), ("countries", COUNTRIES)):
        spark.sql(query).createOrReplaceTempView(name)


@pytest.fixture
def join(context):
    def join(source="customers", right="orders", target=None, **config):
        arguments = {"operation": "join", "source_path": source,
                     "transformation_config": {"right": right, "sample": 20, **config}}
        if target:
            arguments["target_path"] = target
            del arguments["transformation_config"]["sample"]
        return data.run(context, arguments)

    return join


def rows_of(answer):
    return sorted(answer["sample"]["rows"], key=str)


def names_of(answer):
    return [column["name"] for column in answer["sample"]["columns"]]


KEYS = {"id": "customer"}
ANN = [[1, "ann", "NO", 10, "pen"], [1, "ann", "NO", 20, "book"]]
BOB = [[2, "bob", "IT", 30, "pen"]]
CID = [[3, "cid", "IT", None, None]]
UNKNOWN = [[9, None, None, 40, "cup"], [None, None, None, 50, "cup"]]


@pytest.mark.parametrize("how, wanted", [
    ("inner", ANN + BOB), ("left", ANN + BOB + CID), ("right", ANN + BOB + UNKNOWN),
    ("full", ANN + BOB + CID + UNKNOWN)])
def test_equal_keys_of_other_names_come_once(join, how, wanted):
    answer = join(on=KEYS, how=how)
    assert names_of(answer) == ["id", "name", "country", "id_right", "name_right"]
    assert rows_of(answer) == sorted(wanted, key=str)
    assert answer["joins"][0]["rows"] == answer["rowCount"] == len(wanted)
    assert answer["renamed"] == {"id": "id_right", "name": "name_right"}


def test_semi_and_anti_joins_keep_the_left_columns(join):
    semi, anti = join(on=KEYS, how="semi"), join(on=KEYS, how="anti")
    assert rows_of(semi) == [[1, "ann", "NO"], [2, "bob", "IT"]]
    assert rows_of(anti) == [[3, "cid", "IT"]]
    assert (semi["joins"][0]["rows"], anti["joins"][0]["rows"]) == (2, 1)
    assert "renamed" not in semi


def test_a_cross_join_pairs_all(join):
    answer = join(how="cross")
    assert answer["joins"][0] == {
        "right": "orders", "how": "cross", "leftRows": 3, "rightRows": 5, "rows": 15}
    assert len(rows_of(answer)) == 15


@pytest.mark.parametrize("how, type", [
    ("outer", "full"), ("fullouter", "full"), ("full_outer", "full"), ("leftouter", "left"),
    ("left_outer", "left"), ("rightouter", "right"), ("right_outer", "right"), ("leftsemi", "left_semi"),
    ("left_semi", "left_semi"), ("leftanti", "left_anti"), ("left_anti", "left_anti"), ("INNER", "inner")])
def test_sparks_other_names_of_join_types_are_known(join, how, type):
    assert join(on=KEYS, how=how, counts=False)["joins"][0]["how"] == type


def test_rows_and_keys_without_a_partner_are_counted(join):
    assert join(on=KEYS)["joins"] == [{
        "right": "orders", "how": "inner", "on": "id = customer", "leftRows": 3, "rightRows": 5,
        "leftUnmatchedKeys": 1, "leftUnmatchedRows": 1, "leftUnmatchedExample": "3",
        "rightUnmatchedKeys": 2, "rightUnmatchedRows": 2, "rightUnmatchedExample": "9", "rows": 3}]


def test_how_a_right_side_was_read_is_told(join, folder):
    path = save(folder + "/orders.csv", "customer;what\n1;pen\n2;cup\n")
    [found] = join(right=path, on=KEYS)["joins"]
    assert found["options"]["delimiter"] == ";" and found["options"]["header"] == "true"


def test_a_join_that_matches_nothing_is_told(join, context, spark):
    spark.sql("select * from values ('N1', 5), ('N2', 6) t(code, price)").createOrReplaceTempView("price_list")
    join("countries", "price_list", on="code")
    assert context.warnings == ["The join with price_list matches nothing: none of 3 and 2 rows has a key of the other "
                                "side, such as IT and N1 (string)."]
    context.warnings.clear()
    join(on=KEYS)
    assert context.warnings == []


def test_several_keys_are_one(join, spark):
    spark.sql("select * from values (1, 'pen', 5), (1, 'cup', 6), (2, 'pen', 7) t(customer, name, price)") \
        .createOrReplaceTempView("prices")
    answer = join("orders", "prices", on=["customer", "name"])
    assert names_of(answer) == ["customer", "name", "id", "price"]
    assert rows_of(answer) == [[1, "pen", 10, 5], [2, "pen", 30, 7]]
    found = answer["joins"][0]
    assert (found["leftUnmatchedKeys"], found["rightUnmatchedKeys"]) == (3, 1)
    assert found["rightUnmatchedExample"] == "1, cup"


def test_a_comma_list_of_keys_is_understood(join):
    assert join("customers", "customers", on="id, name")["joins"][0]["rows"] == 3


def test_several_right_sides_are_joined_in_turn(join):
    answer = join(right=[{"path": "orders", "on": KEYS},
                         {"path": "countries", "on": {"country": "code"}, "how": "left"}])
    assert names_of(answer) == ["country", "id", "name", "id_right", "name_right", "name_right2"]
    assert rows_of(answer) == [["IT", 2, "bob", 30, "pen", "Italy"], ["NO", 1, "ann", 10, "pen", "Norway"],
                               ["NO", 1, "ann", 20, "book", "Norway"]]
    assert [found["rows"] for found in answer["joins"]] == [3, 3]


def test_an_expression_joins_left_and_right(join):
    answer = join(on="left.id = right.customer and right.name = 'pen'", how="left")
    assert rows_of(answer) == [[1, "ann", "NO", 10, 1, "pen"], [2, "bob", "IT", 30, 2, "pen"],
                               [3, "cid", "IT", None, None, None]]
    assert names_of(answer) == ["id", "name", "country", "id_right", "customer", "name_right"]
    assert answer["joins"][0]["leftRows"] == 3 and answer["joins"][0]["rightRows"] == 5


def test_the_suffix_can_be_chosen_and_avoids_what_is_there(join, spark):
    assert "name_of_order" in names_of(join(on=KEYS, suffix="_of_order"))
    spark.sql("select 1 id, 'x' name, 'y' name_right").createOrReplaceTempView("taken")
    assert names_of(join("taken", "countries", on="left.name = right.name", how="left")) == [
        "id", "name", "name_right", "code", "name_right2"]


def test_a_key_name_that_the_other_side_uses_otherwise_is_kept_apart(join, spark):
    spark.sql("select 1 customer, 'one' id").createOrReplaceTempView("odd")
    answer = join("customers", "odd", on={"id": "customer"})
    assert names_of(answer) == ["id", "name", "country", "id_right"]
    assert rows_of(answer) == [[1, "ann", "NO", "one"]]
    assert rows_of(join("customers", "odd", on={"id": "customer"}, how="semi")) == [[1, "ann", "NO"]]


def test_steps_after_a_join_see_its_columns(join):
    answer = join(on=KEYS, aggregate={"group_by": ["name"], "aggregates": {"orders": "count(*)"}},
                  sort="name")
    assert answer["sample"]["rows"] == [["ann", 2], ["bob", 1]]


def test_a_join_is_written_and_counted(join, tmp_path):
    answer = join(on=KEYS, how="left", target=str(tmp_path / "out"))
    assert answer["written"]["rows"] == 4
    assert answer["joins"][0]["rows"] == 4


def test_a_join_that_multiplies_is_pointed_out(join, spark, context):
    spark.sql("select 1 k from range(100)").createOrReplaceTempView("hundred")
    assert join("hundred", "hundred", on="k")["joins"][0]["rows"] == 10000
    assert "its keys repeat on both sides" in context.warnings[0]


def test_files_are_joined_with_their_own_options(join, tmp_path):
    (tmp_path / "a.csv").write_text("id;who\n1;x\n")
    answer = join(right={"path": str(tmp_path / "a.csv"), "format": "csv", "options": {"delimiter": ";"}},
                  on="id")
    assert rows_of(answer) == [[1, "ann", "NO", "x"]]


@pytest.mark.parametrize("config, message", [
    (dict(on="nam"), "left side: no column 'nam' (did you mean 'name'?)"),
    (dict(on={"id": "custmer"}), "right side: no column 'custmer' (did you mean 'customer'?)"),
    (dict(on=KEYS, how="iner"), "unknown join type 'iner' (did you mean 'inner'?)"),
    (dict(), "no 'on'"),
    (dict(on="left.id = right.custmer"), "custmer"),
    (dict(how="cross", on="id"), "a cross join has no 'on'"),
    (dict(right={"pth": "orders"}, on="id"), "unknown key 'pth' (did you mean 'path'?)"),
    (dict(right=[{"path": "orders", "on": "id"}, {"path": "x", "how": "no", "on": "id"}]),
     "right 2: unknown join type 'no'")])
def test_a_wrong_join_is_refused(join, config, message):
    with pytest.raises(Refused) as refused:
        join(**config)
    assert any(message in text for text in [refused.value.message] + refused.value.problems)


def test_examples_of_binary_keys_are_exact(join, context):
    context.spark.sql("select X'FE' k").createOrReplaceTempView("left_bytes")
    context.spark.sql("select X'FF' k").createOrReplaceTempView("right_bytes")
    found = join("left_bytes", "right_bytes", on="k")["joins"][0]
    assert (found["leftUnmatchedExample"], found["rightUnmatchedExample"]) == ("/g==", "/w==")
