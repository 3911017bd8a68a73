"""What vectors are calculated with."""

import numpy as np
import pytest

from index.encoding.encoder import ONE_THREAD, dots, products, quantize, unit
from tests.encoder import dequantize


def test_quantize_keeps_the_signs_of_any_number_of_components() -> None:
    rows = np.random.default_rng(0).standard_normal((5, 13)).astype(np.float32)
    bits = quantize(rows)
    assert (bits.shape, bits.dtype) == ((5, 2), np.uint8)
    assert np.array_equal(dequantize(bits, 13) > 0, rows > 0)
    assert quantize(rows[:0]).shape == (0, 2)


@pytest.mark.parametrize(("quantized", "others"), [(5, 3), (0, 3), (1, 1), (9_000, 4), (3, ONE_THREAD // 13 + 1)])
def test_products_with_signs_are_those_with_the_unit_rows_that_they_stand_for(quantized: int, others: int) -> None:
    random_numbers = np.random.default_rng(0)
    bits, rows = (random_numbers.standard_normal((n, 13)).astype(np.float32) for n in (quantized, others))
    found = products(quantize(bits), rows)
    assert (found.shape, found.dtype) == ((quantized, others), np.float32)
    assert found == pytest.approx(dequantize(quantize(bits), 13) @ rows.T, abs=1e-5)


def test_a_quantized_row_stands_for_a_unit_row() -> None:
    bits = quantize(np.random.default_rng(0).standard_normal((5, 13)).astype(np.float32))
    assert np.linalg.norm(dequantize(bits, 13), axis=1) == pytest.approx(np.ones(5), abs=1e-6)


def test_dots_are_the_products_with_one_vector() -> None:
    random_numbers = np.random.default_rng(0)
    rows, vector = random_numbers.standard_normal((7, 13)), random_numbers.standard_normal(13)
    found = dots(rows.astype(np.float32), vector.astype(np.float32))
    assert found.dtype == np.float32
    assert found == pytest.approx(rows @ vector, abs=1e-5)


def test_unit_rows_have_length_one_and_a_row_of_zeros_stays() -> None:
    rows = unit(np.array([[3, 4], [0, 0]], dtype=np.float32))
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]
    assert rows.dtype == np.float32
