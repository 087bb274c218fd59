"""Fits the polynomials of Sources/CNeedletail/simd/functions.h and prints their coefficients and largest errors.

    python kernel_polynomials.py        (needs numpy and mpmath)

Each fit is a weighted minimax fit by Lawson's iteration on Chebyshev nodes: least squares whose weights grow where the
error is large, until it is level.
"""

import mpmath as mp
import numpy as np
from numpy.polynomial import chebyshev, polynomial


def fit(function, weight, low, high, degree, nodes=1500, rounds=400):
    """Returns power coefficients (constant first) of the polynomial with the least largest weight(x) * |error(x)|."""
    x = low + (1 - np.cos(np.pi * (np.arange(nodes) + 0.5) / nodes)) / 2 * (high - low)
    truth = np.array([float(function(mp.mpf(v))) for v in x])
    weights = np.array([float(weight(mp.mpf(v))) for v in x])
    basis = chebyshev.chebvander((2 * x - low - high) / (high - low), degree)
    share = np.ones(nodes)
    for _ in range(rounds):
        scale = weights * np.sqrt(share)
        solution = np.linalg.lstsq(basis * scale[:, None], truth * scale, rcond=None)[0]
        error = np.abs((basis @ solution - truth) * weights)
        share *= np.sqrt(error / error.max()) + 1e-3
        share /= share.sum()
    line, result = np.array([-(low + high) / (high - low), 2 / (high - low)]), np.zeros(1)
    for coefficient in chebyshev.cheb2poly(solution)[::-1]:
        result = polynomial.polyadd(polynomial.polymul(result, line), [coefficient])
    return result, error.max()


def show(name, result):
    coefficients, error = result
    print(f"{name}: largest weighted error {error:.2e}")
    for power, coefficient in enumerate(coefficients):
        print(f"  {power:2d}  {np.float32(coefficient)!s}")


def main():
    mp.mp.dps = 40
    # 2^f = 1 + f * p(f) on [-1/2, 1/2], relative error.
    show("exp2", fit(lambda f: (2**f - 1) / f, lambda f: abs(f) / 2**f, -0.5, 0.5, 5))
    # The same in one step less, for weights of attention and for GELU.
    show("exp2, short", fit(lambda f: (2**f - 1) / f, lambda f: abs(f) / 2**f, -0.5, 0.5, 4))
    # tanh x = x + x * z * p(z), z = x^2 < 0.625^2, relative error.
    root = mp.sqrt
    show(
        "tanh",
        fit(
            lambda z: (mp.tanh(root(z)) / root(z) - 1) / z,
            lambda z: z * root(z) / mp.tanh(root(z)),
            1e-6,
            0.625**2,
            4,
        ),
    )
    # log2 of the normal distribution function at -u: level relative error of the result up to about u = 1, then a
    # level absolute error; beyond 12.5 the even leading term, which is negative, takes the result to zero.
    show(
        "gelu",
        fit(
            lambda u: mp.log(mp.ncdf(-u), 2),
            lambda u: 1 / (1 + max(u - 0.5, 0) ** 3 / 4 + 0.002 * mp.exp(min(u * u / 2, 40))),
            0,
            12.5,
            10,
        ),
    )
    # The normal distribution function at -u, whose product with u has a level absolute error up to u = 4.2 (5.6e-5 there).
    show("gelu, short", fit(lambda u: mp.ncdf(-u), lambda u: u, 0, 4.2, 9))


if __name__ == "__main__":
    main()
