"""Whatever comes in by the interface's own description, and against it: answered or refused, never an error of ours."""

import pytest
import schemathesis
from adatom.cloud.web.server.accounts import Accounts
from adatom.cloud.web.server.app import make_app
from adatom.cloud.web.server.window import Window
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode

from tests.cloud.web.server.conftest import Time

EXAMPLES = 5  # of each operation, valid and invalid ones
ENDLESS = "/api/v1/live"
OPERATIONS = 15
ASKED = settings(max_examples=EXAMPLES, phases=[Phase.generate], deadline=None, database=None,
                 suppress_health_check=list(HealthCheck))  # fmt: skip


@pytest.mark.parametrize("name", ["olga", None])
def test_no_request_breaks_the_server(name: str | None, window: Window, people: Accounts, time: Time) -> None:
    headers = {}
    if name is not None:
        headers = {"Authorization": f"Bearer {people.give_token(name, 'schema', time.now_s + 1e6, time.now_s)}"}
        people.save()
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", make_app(window))
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) >= OPERATIONS
    for operation in found:
        if operation.path == ENDLESS and name is not None:
            continue
        valid, invalid = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

        @ASKED
        @given(case=valid | invalid)
        def ask(case: Case) -> None:
            time.now_s += 1.0  # limits are tested elsewhere
            answer = case.call(headers=headers)
            assert answer.status_code < 500 or answer.status_code == 504, answer.text  # 504: a bench that is silent
            if name is None and case.path != "/api/v1/session":
                assert answer.status_code in (400, 401, 404, 405, 413, 422), answer.text

        ask()
