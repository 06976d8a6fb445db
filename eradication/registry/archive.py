"""The bytes of a model file: skops with a fixed list of types.

skops trusts every scikit-learn estimator by default. Here the file's schema is read first, as plain JSON, and every
type and every loader in it must be on the lists below: those a trained model really has. Anything else is refused
before skops sees it.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.errors import N_, CheckFailed

MOST_BYTES = 1 * 2**30
"""Unpacked size of a file that is still opened."""
MOST_ENTRIES = 20_000

ESTIMATORS: frozenset[str] = frozenset(
    {
        "sklearn.ensemble._forest.ExtraTreesClassifier",
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.neural_network._multilayer_perceptron.MLPClassifier",
    }
)
"""What may be in a model."""
_PARTS = (
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.preprocessing._label.LabelBinarizer",
    "sklearn.preprocessing._label.LabelEncoder",
    "sklearn.tree._classes.ExtraTreeClassifier",
)
TRUSTED: tuple[str, ...] = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
"""What skops asks to be named: structures that compiled code follows; their node indices are checked here."""
TYPES: frozenset[str] = frozenset(
    {
        *ESTIMATORS,
        *_PARTS,
        *TRUSTED,
        "builtins.dict",
        "builtins.list",
        "builtins.str",
        "builtins.tuple",
        "numpy.int64",
        "numpy.ndarray",
        "numpy.uint64",
    }
)
LOADERS: frozenset[str] = frozenset(
    {
        "DictNode",
        "JsonNode",
        "ListNode",
        "LossNode",
        "NdArrayNode",
        "ObjectNode",
        "TreeNode",
        "TupleNode",
        "TypeNode",
    }
)


def pack(estimators: tuple[Any, ...]) -> bytes:
    """Return ``estimators`` as the bytes of a skops file."""
    from skops import io as skops  # brings scikit-learn and SciPy, for which whoever only lists models would wait

    content: bytes = skops.dumps(list(estimators), compression=zipfile.ZIP_DEFLATED)
    return content


def unpack(content: bytes, features: int, where: str) -> tuple[Any, ...]:
    """Open what :func:`pack` wrote.

    Args:
        content: bytes of the file; their hash was compared already.
        features: number of columns the model is said to use.
        where: shown in errors.

    Raises:
        CheckFailed: ``model_not_trusted`` if the file is anything else than estimators of the known kinds with sound
            trees over ``features`` columns.
    """
    try:
        _check_archive(content)
        from skops import io as skops

        estimators = skops.loads(content, trusted=list(TRUSTED))
        if not isinstance(estimators, list):
            raise ValueError("not a list of estimators")
        for estimator in estimators:
            _check_estimator(estimator, features)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        RecursionError,
        ImportError,
        OSError,
        NotImplementedError,
        zipfile.BadZipFile,
    ) as error:
        raise CheckFailed(
            "model_not_trusted",
            N_("The model file holds something a trained model does not have: {detail}"),
            where=where,
            hint=N_("Do not use it. Ask where it comes from, and train the model anew."),
            values={"detail": str(error)[:200]},
        ) from None
    return tuple(estimators)


def _check_archive(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES or sum(e.file_size for e in entries) > MOST_BYTES:
            raise ValueError("too large once unpacked")
        schema = json.loads(archive.read("schema.json"))
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            _check_node(node)
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _check_node(node: dict[str, Any]) -> None:
    loader = node.get("__loader__")
    if loader is not None and loader not in LOADERS:
        raise ValueError(f"loader {loader!r}")
    if "__module__" not in node and "__class__" not in node:
        return
    kind = f"{node.get('__module__')}.{node.get('__class__')}"
    # A loader that names no class of its own (JSON values) still states the builtin it holds.
    if kind not in TYPES:
        raise ValueError(f"type {kind!r}")


def _check_estimator(estimator: Any, features: int) -> None:
    kind = f"{type(estimator).__module__}.{type(estimator).__name__}"
    if kind not in ESTIMATORS:
        raise ValueError(f"{kind} where an estimator belongs")
    if estimator.n_features_in_ != features:
        raise ValueError("number of features differs")
    _CHECKS[type(estimator).__name__](estimator, features)


def _check_line(line: Any, features: int) -> None:
    if line.coef_.shape != (1, features) or line.intercept_.shape != (1,):
        raise ValueError("number of weights differs")


def _check_trees(forest: Any, features: int) -> None:
    for member in forest.estimators_:
        _check_tree(member.tree_, features)


def _check_boosted(boosted: Any, features: int) -> None:
    for stage in boosted._predictors:
        if len(stage) != 1:
            raise ValueError("more than one tree per stage")
        _check_predictor(stage[0], features)


def _check_network(network: Any, features: int) -> None:
    """Check a network: one hidden layer of rectified units, one output, and numbers only."""
    arrays = [*network.coefs_, *network.intercepts_]
    units = len(network.intercepts_[0])
    if [a.shape for a in arrays] != [(features, units), (units, 1), (units,), (1,)] or units == 0:
        raise ValueError("shape of a network")
    if network.activation != "relu" or not all(a.dtype.kind == "f" and np.isfinite(a).all() for a in arrays):
        raise ValueError("a network of another kind")


def _check_tree(tree: Any, features: int) -> None:
    """Check ``sklearn.tree._tree.Tree``: a leaf has left child -1, others point to later nodes."""
    state = tree.__getstate__()
    nodes, values = state["nodes"], state["values"]
    if tree.n_features != features or len(nodes) == 0 or values.shape != (len(nodes), 1, 2):
        raise ValueError("shape of a tree")
    leaf = nodes["left_child"] == -1
    _check_links(nodes["left_child"][~leaf], nodes["right_child"][~leaf], np.flatnonzero(~leaf), len(nodes))
    _check_cuts(nodes["feature"][~leaf], nodes["threshold"][~leaf], features)


def _check_predictor(predictor: Any, features: int) -> None:
    """Check a boosted tree: inner nodes point to later nodes, and none asks for categories, which we never use."""
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    if len(nodes) == 0 or nodes["is_categorical"].any():
        raise ValueError("shape of a boosted tree")
    _check_links(nodes["left"][~leaf], nodes["right"][~leaf], np.flatnonzero(~leaf), len(nodes))
    _check_cuts(nodes["feature_idx"][~leaf], nodes["num_threshold"][~leaf], features)


def _check_links(left: npt.NDArray[Any], right: npt.NDArray[Any], own: npt.NDArray[Any], count: int) -> None:
    children = np.concatenate([left.astype(np.int64), right.astype(np.int64)])
    # Children come after their parent, so following them always ends.
    if ((children <= np.concatenate([own, own])) | (children >= count)).any():
        raise ValueError("a node points outside its tree or backwards")
    if not np.array_equal(np.sort(children), np.arange(1, count)):
        raise ValueError("a node has not exactly one parent")


def _check_cuts(columns: npt.NDArray[Any], thresholds: npt.NDArray[Any], features: int) -> None:
    if ((columns < 0) | (columns >= features)).any():
        raise ValueError("a node asks for a column that is not there")
    if np.isnan(thresholds).any():
        raise ValueError("a threshold is no number")


_CHECKS: Mapping[str, Callable[[Any, int], None]] = {
    "ExtraTreesClassifier": _check_trees,
    "HistGradientBoostingClassifier": _check_boosted,
    "LogisticRegression": _check_line,
    "MLPClassifier": _check_network,
}
