"""Writes Tests/NeedletailAnalysisTests/Fixtures/correlations.json: scipy's Pearson, Spearman and ranks."""

import json
import math
import pathlib
import warnings

import numpy
import scipy.stats

warnings.simplefilter("ignore")
generator = numpy.random.Generator(numpy.random.PCG64(7))
normal = generator.standard_normal


def case(name, first, second):
    first, second = [float(x) for x in first], [float(x) for x in second]
    pearson = scipy.stats.pearsonr(first, second)[0]
    spearman = scipy.stats.spearmanr(first, second)[0]
    return {
        "name": name,
        "first": first,
        "second": second,
        "first_ranks": scipy.stats.rankdata(first).tolist(),
        "pearson": None if math.isnan(pearson) else float(pearson),
        "spearman": None if math.isnan(spearman) else float(spearman),
    }


x = normal(200)
cases = [
    case("random", x, 0.5 * x + normal(200)),
    case("many ties", generator.integers(0, 6, 150), generator.integers(0, 4, 150)),
    case("ties on one side", generator.integers(0, 3, 80), normal(80)),
    case("two pairs", [1, 2], [5, 3]),
    case("perfect", [1, 2, 3, 4], [2, 4, 6, 8]),
    case("reversed", [1, 2, 3, 4], [9, 7, 5, 1]),
    case("monotonic, not linear", range(1, 30), [math.exp(v) for v in range(1, 30)]),
    case("a constant", [3, 3, 3], [1, 2, 3]),
    case("two constants", [3, 3, 3], [2, 2, 2]),
    case("large offset", 1e9 + normal(60), normal(60)),
    case("extreme magnitudes", [1e300, -1e300, 2e300, 0], [1e-300, -1e-300, 3e-300, 0]),
    case("negative zero ties with zero", [0.0, -0.0, 1.0, 2.0], [1, 2, 3, 4]),
]
target = pathlib.Path(__file__).parents[2] / "Tests/NeedletailAnalysisTests/Fixtures/correlations.json"
target.parent.mkdir(parents=True, exist_ok=True)
versions = {"scipy": scipy.__version__, "numpy": numpy.__version__}
target.write_text(json.dumps({"made_with": versions, "cases": cases}) + "\n")
