"""What vectors are calculated with."""

import numpy as np
import pytest

from index.encoding.encoder import products, quantize, unit
from tests.encoder import dequantize


def test_quantize_keeps_the_signs_of_any_number_of_components() -> None:
    rows = np.random.default_rng(0).standard_normal((5, 13)).astype(np.float32)
    bits = quantize(rows)
    assert (bits.shape, bits.dtype) == ((5, 2), np.uint8)
    assert np.array_equal(dequantize(bits, 13) > 0, rows > 0)
    assert quantize(rows[:0]).shape == (0, 2)


def test_products_with_signs_are_those_with_the_unit_rows_that_they_stand_for() -> None:
    random_numbers = np.random.default_rng(0)
    rows, others = (random_numbers.standard_normal((n, 13)).astype(np.float32) for n in (3, 5))
    assert products(rows, quantize(others)) == pytest.approx(rows @ dequantize(quantize(others), 13).T, abs=1e-5)
    assert np.linalg.norm(dequantize(quantize(others), 13), axis=1) == pytest.approx(np.ones(5), abs=1e-6)
    assert products(rows, quantize(others[:0])).shape == (3, 0)


def test_unit_rows_have_length_one_and_a_row_of_zeros_stays() -> None:
    rows = unit(np.array([[3, 4], [0, 0]], dtype=np.float32))
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]
    assert rows.dtype == np.float32
