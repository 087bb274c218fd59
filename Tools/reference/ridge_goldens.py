"""Writes Tests/NeedletailTensorTests/Fixtures/ridge.json: affine maps fitted by scipy's least squares.

The penalty becomes rows of the equations: minimising |Xc W - Yc|² + λ|W|² is the plain least-squares problem of
[Xc; sqrt(λ) I] and [Yc; 0], which LAPACK solves by singular values, another way than ours. The cases are checked here
against scikit-learn's Ridge, too.
"""

import numpy as np
import scipy.linalg
from provenance import REPOSITORY, metadata, write_json
from sklearn.linear_model import Ridge

random = np.random.Generator(np.random.PCG64(23))


def rounded(array):
    """float32 values, which the fixture holds exactly enough to read them back."""
    return array.astype(np.float32)


def case(name, x, y, strength):
    x, y = rounded(x), rounded(y)
    exact_x, exact_y = x.astype(np.float64), y.astype(np.float64)
    mean_x, mean_y = exact_x.mean(0), exact_y.mean(0)
    centred = exact_x - mean_x
    penalty = strength * np.trace(centred.T @ centred) / x.shape[1]
    equations = np.vstack([centred, np.sqrt(penalty) * np.eye(x.shape[1])])
    right = np.vstack([exact_y - mean_y, np.zeros((x.shape[1], y.shape[1]))])
    weights = scipy.linalg.lstsq(equations, right)[0].T
    offset = mean_y - weights @ mean_x
    other = Ridge(alpha=penalty).fit(exact_x, exact_y)
    assert np.allclose(other.coef_, weights, atol=1e-9) and np.allclose(other.intercept_, offset, atol=1e-9), name
    return {
        "name": name, "rows": len(x), "inputs": x.shape[1], "outputs": y.shape[1], "strength": strength,
        "x": x.ravel().tolist(), "y": y.ravel().tolist(), "weights": weights.ravel().tolist(), "offset": offset.tolist(),
    }


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


few = random.standard_normal((5, 12))
rotation = scipy.linalg.qr(random.standard_normal((8, 8)))[0]
turned = unit(random.standard_normal((120, 8)) + 1)
cases = [
    case("one value", random.standard_normal((9, 1)), random.standard_normal((9, 1)), 0.1),
    case("fewer pairs than values", few, few @ random.standard_normal((12, 3)), 1e-3),
    case("more outputs than inputs", random.standard_normal((60, 4)), random.standard_normal((60, 7)) + 3, 1e-2),
    case("a rotation with noise", turned, turned @ rotation + 0.01 * random.standard_normal((120, 8)), 1e-4),
    case("a strong penalty", turned, turned @ rotation, 10),
]
# The rotation that scipy's orthogonal Procrustes finds is what a weak penalty comes near where nothing else is there.
procrustes = scipy.linalg.orthogonal_procrustes(turned, turned @ rotation)[0]
assert np.allclose(procrustes, rotation)
write_json(
    REPOSITORY / "Tests/NeedletailTensorTests/Fixtures/ridge.json",
    {**metadata(__file__, "scipy", "scikit-learn"), "cases": cases, "rotation": {
        "order": 8, "x": rounded(turned).ravel().tolist(), "y": rounded(turned @ rotation).ravel().tolist(),
        "procrustes": procrustes.ravel().tolist()}})
