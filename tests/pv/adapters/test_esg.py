"""The client of FDA's gateway against a local server with its faults; no table is needed."""

import pytest

from pv.adapters import esg, esg_answers
from pv.domain.e2b.sendings import Result
from tests.pv.adapters import esg_gateway

XML = "<a>喆</a>".encode() * 1000


@pytest.fixture(scope="module")
def server():
    with esg_gateway.listening() as running:
        yield running


@pytest.fixture
def gateway(server):
    server.faults.clear()
    server.created.clear()
    server.submitted.clear()
    return server


def account(gateway, **change) -> esg.Account:
    given = {
        "external_url": gateway.url,
        "upload_url": gateway.url,
        "production": False,
        "user_id": 33703,
        "company_id": 31537,
        "center": "CBER",
        "submission_type": "AERS",
        "client_id": esg_gateway.CLIENT,
        "client_secret": esg_gateway.SECRET,
        "seconds": 5,
    }
    return esg.Account(**given | change)


def sent(gateway, **change):
    told: list[str] = []
    ending = esg.send(
        account(gateway, **change), "CASE-v1-fda.xml", XML, lambda x: not told.append(x)
    )
    return ending, told


def test_five_requests_submit_the_bytes_under_a_core_id_told_beforehand(gateway):
    ending, told = sent(gateway)
    assert (ending.result, told) == (Result.UNPROVEN, ["ci1"])
    assert ending.text == "ci1 ESGNG270 Upload Received"
    assert gateway.submitted == {"ci1": XML}
    path, request = gateway.created[0]
    assert path == "/api/esgng/v1/credentials/api/test"
    assert (request["user_id"], request["company_id"]) == (33703, 31537), "as numbers"
    assert (request["submission_name"], request["file_count"]) == ("CASE-v1-fda", 1)


def test_test_and_production_have_paths_of_their_own(gateway):
    sent(gateway, production=True)
    assert gateway.created[0][0] == "/api/esgng/v1/credentials/api"


@pytest.mark.parametrize("step", ["token", "credentials", "payload", "file"])
@pytest.mark.parametrize("fault", [429, 500, 503, "cut"])
def test_before_the_submission_nothing_is_submitted_and_it_may_be_tried_again(gateway, step, fault):
    gateway.faults[step] = [fault]
    ending, told = sent(gateway)
    assert (ending.result, told, gateway.submitted) == (Result.NOTHING_SENT, [], {})


@pytest.mark.parametrize("step", ["credentials", "payload", "file"])
def test_a_token_that_ends_meanwhile_is_asked_for_anew_once(gateway, step):
    gateway.faults[step] = ["expired"]
    assert sent(gateway)[0].result is Result.UNPROVEN
    gateway.faults[step] = ["expired", "expired"]
    assert sent(gateway)[0].result is Result.NOTHING_SENT


def test_what_the_gateway_refuses_is_told_in_its_words(gateway):
    gateway.faults["credentials"] = [400]
    ending, _ = sent(gateway)
    assert (ending.result, ending.text) == (Result.REFUSED, "HTTP 400 ESGNG400 said so")


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        ("cut", Result.DOUBT),
        (500, Result.DOUBT),
        (504, Result.DOUBT),
        (429, Result.NOTHING_SENT),
        (400, Result.REFUSED),
    ],
)
def test_after_the_submission_only_a_plain_answer_is_believed(gateway, fault, result):
    gateway.faults["submit"] = [fault]
    ending, told = sent(gateway)
    assert (ending.result, told) == (result, ["ci1"])
    assert ending.details == {"core_id": "ci1"}


def test_another_worker_that_took_over_keeps_this_one_from_submitting(gateway):
    ending = esg.send(account(gateway), "a.xml", XML, lambda core_id: False)
    assert (ending, gateway.submitted) == (None, {})


@pytest.mark.parametrize(
    "answer",
    [{}, [], {"payloadId": "../../x"}, {"payloadId": 7}, {"payloadId": "a b"}, {"data": "x"}],
)
def test_an_answer_of_another_shape_sends_nothing(gateway, answer):
    gateway.faults["payload"] = [answer]
    assert sent(gateway)[0].result is Result.NOTHING_SENT


def test_a_wrong_secret_and_an_unreached_host_are_told(gateway):
    with pytest.raises(OSError, match="invalid_client"):
        esg.test(account(gateway, client_secret="other"))
    assert sent(gateway, client_secret="other")[0].text == "HTTP 401 invalid_client"
    esg.test(account(gateway))


def test_a_status_of_any_shape_gives_only_usable_identifiers(gateway):
    session = esg.Session(account(gateway))
    shapes = [
        (
            {"acknowledgements": [{"acknowledgement_id": "A-1", "type": "ACK1"}, 7, {}]},
            (("A-1", "ACK1"),),
        ),
        ({"acknowledgement_id": "A-2"}, (("A-2", ""),)),
        ({"acknowledgements": [{"acknowledgement_id": "../x"}]}, ()),
        ({"status": 5}, ()),
    ]
    for shape, pairs in shapes:
        gateway.faults["status"] = [shape]
        assert esg_answers.status(session, account(gateway), "ci1").acknowledgements == pairs
