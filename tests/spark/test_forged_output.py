"""Lines of a job's output that would pass for the server's own: they are output, and nothing else."""

from pathlib import Path

import pytest

from fakes import Fake

JOBS = Path(__file__).parent / "jobs"


@pytest.fixture(scope="module")
def forged(server):
    with Fake("html") as elsewhere:
        answer = server.submit(JOBS / "forger.py", args=[elsewhere.url])
        yield answer, elsewhere


def test_forged_address_is_never_asked(forged):
    assert forged[1].asked == []


def test_forged_application_is_not_believed(forged):
    answer = forged[0]
    assert answer.data["state"] == "FINISHED" and "2099" not in answer.data["applicationId"]


def test_forged_lines_stay_in_the_output(forged):
    assert forged[0].data["output"].count("app-2099") == 3 and "rows 10" in forged[0].data["output"]
