"""The file of accounts: what it takes, what it refuses, what it keeps secret."""

import stat

import pytest
from adatom.cloud.web.server.accounts import TOKENS_MAX, Accounts, load
from adatom.protocol.errors import InputError

from tests.cloud.web.server.conftest import PASSWORDS


def test_a_password_opens_its_own_account_alone(people: Accounts) -> None:
    for name, password in PASSWORDS.items():
        found = people.check(name, password)
        assert found is not None
        assert found.name == name
    assert people.check("vera", PASSWORDS["otto"]) is None
    assert people.check("nobody", PASSWORDS["vera"]) is None


def test_the_file_is_its_owner_s_and_holds_no_secret(people: Accounts) -> None:
    token = people.give_token("otto", "notebook", 2e9, 1e9)
    people.save()
    assert stat.S_IMODE(people.path.stat().st_mode) == 0o600
    text = people.path.read_text()
    assert "argon2id" in text
    for secret in (*PASSWORDS.values(), token):
        assert secret not in text
    assert load(people.path).by_name == people.by_name


@pytest.mark.parametrize(
    ("name", "role", "password", "where"),
    [
        ("vera", "viewer", "long enough", "name"), ("", "viewer", "long enough", "name"),
        ("Vera", "viewer", "long enough", "name"), ("a" * 33, "viewer", "long enough", "name"),
        ("../x", "viewer", "long enough", "name"), ("nina", "root", "long enough", "role"),
        ("nina", "viewer", "short", "password"), ("nina", "viewer", "x" * 201, "password"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused(people: Accounts, name: str, role: str, password: str, where: str) -> None:
    with pytest.raises(InputError) as refused:
        people.add(name, role, password)
    assert refused.value.where == where
    assert "short" not in str(refused.value)


def test_a_token_ends_at_its_time_and_with_its_account(people: Accounts) -> None:
    token = people.give_token("otto", "notebook", 100.0, 0.0)
    other = people.give_token("vera", "notebook", 100.0, 0.0)
    assert [people.of_token(token, t) is not None for t in (0.0, 99.9, 100.0)] == [True, True, False]
    assert people.of_token(token + "x", 0.0) is None
    assert people.of_token("", 0.0) is None
    people.change("otto", password="another word")
    assert people.of_token(token, 0.0) is None
    people.remove("vera")
    assert people.of_token(other, 0.0) is None


def test_tokens_are_bounded_and_old_ones_make_room(people: Accounts) -> None:
    for number in range(TOKENS_MAX):
        people.give_token("otto", str(number), 100.0, 0.0)
    with pytest.raises(InputError, match="at most"):
        people.give_token("otto", "one more", 200.0, 50.0)
    people.give_token("otto", "one more", 300.0, 150.0)
    assert len(people.known("otto").tokens) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"accounts": [{}]}', '{"accounts": [{"name": "a", "role": "god"}]}'])
def test_another_file_is_refused(people: Accounts, text: str) -> None:
    people.path.write_text(text)
    with pytest.raises(InputError, match=r"not a file of accounts|role"):
        load(people.path)


def test_a_file_open_to_others_is_refused(people: Accounts) -> None:
    people.path.chmod(0o644)
    with pytest.raises(InputError):
        load(people.path)
