"""Any text is a configuration or an error of ours; parameters survive with their types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from config_texts import GOOD, MINIMAL, fault, read
from hypothesis import assume, example, given
from hypothesis import strategies as st

from spark_smote.errors import ConfigError

LABELS = st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False), st.text(max_size=5))
# One list used twice makes PyYAML write an anchor and an alias.
VALUES = st.recursive(
    st.none() | LABELS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(LABELS, inner, max_size=3) | inner.map(lambda v: [v, v])
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=5), VALUES, max_size=4), st.booleans())
@example({"a": [[1, 2]] * 2}, False)
def test_params_survive_with_their_types(file: Path, params: dict[str, Any], flow: bool) -> None:
    document = {"sampler": {"class": "X", "params": params}, "input": {"path": "a"}, "output": {"path": "b"}}
    text = yaml.safe_dump(document, default_flow_style=flow)
    found = read(file, text).sampler[0].params
    assert found == params
    assert repr(found) == repr(yaml.safe_load(text)["sampler"]["params"])


@given(st.text() | st.text("abc:-[]{}&*!#?|>'\"% \n\t0123<=~", max_size=30))
@example("? a\n: b")
@example("a: &a [*a]")
@example("%YAML 9.9\n---\na")
@example("!!binary \xff")
def test_any_other_text_is_a_configuration_error(file: Path, text: str) -> None:
    message = fault(file, text)
    assert message.startswith(":") and message[1].isdigit()


@given(st.data())
def test_damaged_files_are_read_or_refused_never_worse(file: Path, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    length = data.draw(st.integers(0, 12))
    text = GOOD[:start] + data.draw(st.text(":-[]{}&*!#'\" \n\ta1", max_size=4)) + GOOD[start + length :]
    try:
        read(file, text)
    except ConfigError as error:
        line = int(str(error)[len(str(file)) + 1 :].split(":")[0])
        assert 1 <= line <= text.count("\n") + 1


@given(st.data())
def test_a_misspelt_key_is_found_in_its_line(file: Path, data: st.DataObject) -> None:
    key, line = data.draw(st.sampled_from([("format", 4), ("options", 5), ("params", 13), ("partitionBy", 25)]))
    at = data.draw(st.integers(0, len(key) - 1))
    misspelt = key[:at] + data.draw(st.sampled_from(["", "x", key[at] * 2])) + key[at + 1 :]
    assume(misspelt != key)
    message = fault(file, GOOD.replace(f"  {key}:", f"  {misspelt}:"))
    assert message.startswith(f":{line}: ")
    assert f".{misspelt}: unknown key (did you mean {key!r}?)" in message


def test_recursive_aliases_end(file: Path) -> None:
    params = read(file, MINIMAL.replace("SMOTE}", "SMOTE, params: {a: &a [1, *a]}}")).sampler[0].params
    assert params["a"][1] is params["a"]


def test_many_aliases_do_not_multiply(file: Path) -> None:
    lots = ", ".join(f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 1}]" for n in range(40))
    read(file, MINIMAL.replace("SMOTE}", f"SMOTE, params: {{{lots}}}}}"))
