"""N-gram features against scikit-learn's vectorisers and a plain count in Python."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elman.errors import BundleError, TaskError
from elman.kinds.ngrams import HASH_BITS, Bags, NgramFeatures, Places

TEXTS = ["The cat sat on the mat", "the dog sat", "A cat, a cat!", "", "mats and cats and dogs", "dog"]


def dense(bags: Bags) -> np.ndarray:
    out = np.zeros((len(bags), bags.size))
    out[np.repeat(np.arange(len(bags)), np.diff(bags.offsets)), bags.ids] += bags.weights
    return out


def similarities(rows: np.ndarray) -> np.ndarray:
    """All inner products of rows: the same for two feature sets that differ only in the features' order."""
    return rows @ rows.T


def words_of(text: str) -> list[str]:
    """Runs of letters and digits, and every other sign by itself."""
    words = [""]
    for sign in text.lower():
        if sign.isalnum():
            words[-1] += sign
        else:
            words += [sign.strip(), ""]
    return [word for word in words if word]


def word_ngrams(text: str) -> list[tuple[str, ...]]:
    words = words_of(text)
    return [tuple(words[i : i + n]) for n in (1, 2) for i in range(len(words) - n + 1)]


def character_ngrams(text: str) -> list[str]:
    padded = [f" {word} " for word in text.lower().split()]
    found = {
        (k, i, n): word[i : i + n]
        for k, word in enumerate(padded)
        for n in range(1, 6)
        for i in range(len(word) - n + 1)
    }
    return [ngram for ngram in found.values() if ngram.strip()]


@pytest.mark.parametrize(
    ("family", "analyzer"),
    [({"characters": None}, word_ngrams), ({"words": None}, character_ngrams)],
)
@pytest.mark.parametrize("min_texts", [1, 2])
def test_weights_agree_with_sklearns_tfidf(family, analyzer, min_texts):
    text = pytest.importorskip("sklearn.feature_extraction.text")
    oracle = text.TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=min_texts)
    features = NgramFeatures(**family, min_texts=min_texts)
    expected, fitted = oracle.fit_transform(TEXTS).toarray(), dense(features.fit(TEXTS))
    assert fitted.shape == expected.shape
    np.testing.assert_allclose(similarities(fitted), similarities(expected), atol=1e-6)
    new = ["a new cat sat!", "Dogs  on\tthe\nmat", "xyz"]
    expected, found = oracle.transform(new).toarray(), dense(features.transform(new))
    np.testing.assert_allclose(found @ fitted.T, expected @ oracle.transform(TEXTS).toarray().T, atol=1e-6)


def test_fit_returns_what_transform_does_and_ids_are_distinct():
    features = NgramFeatures(min_texts=1)
    fitted, again = features.fit(TEXTS), features.transform(TEXTS)
    for part in ("ids", "offsets", "weights"):
        np.testing.assert_array_equal(getattr(fitted, part), getattr(again, part))
    for first, end in zip(fitted.offsets, fitted.offsets[1:], strict=False):
        assert len(set(fitted.ids[first:end])) == end - first
    assert fitted.ids.max() < fitted.size == features.size
    assert fitted.offsets[3] == fitted.offsets[4]  # the empty text


def test_words_and_characters_each_have_unit_norm():
    norms = np.square(dense(NgramFeatures().fit(TEXTS))).sum(1)
    np.testing.assert_allclose(norms, [2, 2, 2, 0, 1, 2], rtol=1e-5)  # no word of the fifth is elsewhere


@given(st.lists(st.text(st.sampled_from("aB é\n!ß語\u0301"), max_size=12), min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_batches_of_texts_change_nothing(texts):
    whole, parts = NgramFeatures(min_texts=1), NgramFeatures(min_texts=1)
    if not any(text.strip() for text in texts):
        return
    together = whole.fit(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("elman.kinds.ngrams.BATCH_CHARACTERS", 5)
        apart = parts.fit(texts)
    for part in ("ids", "offsets", "weights"):
        np.testing.assert_array_equal(getattr(together, part), getattr(apart, part))


@given(st.lists(st.text(max_size=15), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_text_has_the_character_ngrams_that_a_plain_count_finds(texts):
    expected = [Counter(n for n in character_ngrams(text)) for text in texts]
    features = NgramFeatures(words=None, min_texts=1)
    if not any(expected):
        return
    bags = features.fit(texts)
    assert np.diff(bags.offsets).tolist() == list(map(len, expected))
    assert bags.size == len(set().union(*expected))


def test_the_most_frequent_are_kept():
    features = NgramFeatures(characters=None, words=(1, 1), min_texts=1, max_features=2)
    features.fit(["a b", "a b", "a c"])
    assert np.diff(features.transform(["a", "b", "c", "a b c"]).offsets).tolist() == [1, 1, 0, 2]


def test_unknown_words_and_no_texts():
    features = NgramFeatures()
    features.fit(TEXTS)
    assert features.transform(["語語"]).offsets.tolist() == [0, 0]
    assert features.transform([]).offsets.tolist() == [0]


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(TaskError, match="no word or character occurs in 2 of the 2 texts"):
        NgramFeatures().fit(["ab", "cd"])


def test_state_goes_round_and_damage_is_found():
    features = NgramFeatures()
    features.fit(TEXTS)
    settings_, arrays = features.state()
    again = NgramFeatures.from_state(settings_, arrays)
    np.testing.assert_array_equal(dense(features.transform(TEXTS)), dense(again.transform(TEXTS)))
    with pytest.raises(BundleError, match="words n-grams of the saved model are damaged"):
        NgramFeatures.from_state(settings_, arrays | {"words_hashes": arrays["words_hashes"][::-1]})


def test_hashes_are_the_same_on_every_machine():
    """Saved models hold them: a change of the hash function would silently break every one."""
    features = NgramFeatures(characters=(1, 1), min_texts=1)
    features.fit(["a"])
    assert [family.hashes.tolist() for family in features._families] == [[3097498348817], [3097498348817]]


@pytest.mark.parametrize("size", [0, 1, 2, 63, 1_021])
@pytest.mark.parametrize("most", [1 << 10, 1 << HASH_BITS])  # all in the first stretch; or spread evenly
def test_places_of_hashes_are_numpys(size, most):
    rng = np.random.default_rng(size)
    hashes = np.unique(rng.integers(0, most, size))
    ends = [0, (1 << HASH_BITS) - 1]
    wanted = np.concatenate([hashes, rng.integers(0, most, 101), rng.integers(0, 1 << HASH_BITS, 101), ends])
    assert np.array_equal(Places(hashes)(wanted), np.searchsorted(hashes, wanted))
