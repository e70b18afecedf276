"""The documents say what the code knows."""

from pathlib import Path

from runner.data import config as data_config
from runner.ml import config as ml_config
from runner.ml.names import ALGORITHMS, OTHER_NAMES
from runner.ml.reference import reference

DOCS = Path(__file__).resolve().parents[2] / "docs"


def missing(keys, page):
    text = (DOCS / page).read_text()
    return [key for key in keys if "`%s`" % key not in text]


def test_the_reference_names_every_algorithm():
    text = reference()
    assert all("`%s`" % name in text for name in list(ALGORITHMS) + list(OTHER_NAMES))


def test_the_reference_is_the_one_in_the_documents():
    assert (DOCS / "models.md").read_text().endswith(reference())


def test_the_documents_name_every_key_of_run_ml_pipeline():
    assert missing(ml_config.CONFIG_KEYS, "models.md") == []


def test_the_documents_name_every_key_of_manage_data():
    assert missing(data_config.KEYS, "data.md") == []
