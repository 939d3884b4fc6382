"""The same network in other libraries. Each function returns a program that computes its logits."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinytorch.networks import DenseMLP
from tinytorch.sparse import prune_exact

CLASSIC = (784, 512, 256, 128, 10)
Forward = Callable[[], Any]


def network(sizes: Sequence[int], sparsity: float, seed: int = 0) -> DenseMLP:
    """A relu network of random weights, each layer pruned to the given sparsity, with biases."""
    rng = np.random.default_rng(seed)
    layers = []
    for n_in, n_out in itertools.pairwise(sizes):
        weights = rng.normal(scale=(2 / n_in) ** 0.5, size=(n_in, n_out)).astype(np.float32)
        bias = rng.normal(scale=0.1, size=n_out).astype(np.float32)
        layers.append({"weights": prune_exact([weights], sparsity)[0], "bias": bias})
    return DenseMLP.from_layers(layers, "relu")


def numpy_float64(model: DenseMLP, x: np.ndarray) -> Forward:
    """The ancestor's way: float64 throughout, zeros left in place."""
    layers = [{key: each[key].astype(np.float64) for key in each} for each in model.layers]
    wide = DenseMLP.from_layers(layers, "relu")
    samples = x.astype(np.float64)
    return lambda: wide.forward(samples)


def torch_dense(model: DenseMLP, x: np.ndarray) -> Forward:
    import torch

    parts: list[Any] = []
    for layer in model.layers:
        linear = torch.nn.Linear(*layer["weights"].shape)
        linear.weight.data = torch.from_numpy(layer["weights"].T.copy())
        linear.bias.data = torch.from_numpy(layer["bias"].copy())
        parts += [linear, torch.nn.ReLU()]
    run = torch.nn.Sequential(*parts[:-1])
    samples = torch.from_numpy(x)

    def forward() -> Any:
        with torch.inference_mode():
            return run(samples)

    return forward


def torch_csr(model: DenseMLP, x: np.ndarray) -> Forward:
    """Weights (out, in) as CSR, samples as columns."""
    import torch

    weights = [torch.from_numpy(each["weights"].T.copy()).to_sparse_csr() for each in model.layers]
    biases = [torch.from_numpy(each["bias"].copy())[:, None] for each in model.layers]
    samples = torch.from_numpy(x.T.copy())

    def forward() -> Any:
        with torch.inference_mode():
            h = samples
            for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
                h = weight @ h + bias
                h = torch.relu(h) if number < len(weights) - 1 else h
            return h.T

    return forward


def scipy_csr(model: DenseMLP, x: np.ndarray) -> Forward:
    """Weights (out, in) as CSR, samples as columns: SciPy's faster way round."""
    from scipy.sparse import csr_array

    weights = [csr_array(each["weights"].T) for each in model.layers]
    biases = [each["bias"][:, None] for each in model.layers]
    samples = np.ascontiguousarray(x.T)

    def forward() -> Any:
        h = samples
        for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            h = weight @ h + bias
            h = np.maximum(h, 0) if number < len(weights) - 1 else h
        return h.T

    return forward


def onnxruntime_dense(model: DenseMLP, x: np.ndarray) -> Forward:
    return _onnx_session(_onnx_model(model), x)


def onnxruntime_int8(model: DenseMLP, x: np.ndarray) -> Forward:
    """onnxruntime's dynamic quantization: int8 weights, activations rounded as they come."""
    import tempfile
    from pathlib import Path

    import onnx
    from onnxruntime.quantization import quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "dense.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(_onnx_model(model))
        quantize_dynamic(source, target)
        return _onnx_session(onnx.load(target).SerializeToString(), x)


def _onnx_model(model: DenseMLP) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    nodes, arrays, name = [], [], "x"
    for number, layer in enumerate(model.layers):
        last = number == len(model.layers) - 1
        weight, bias, product, total = (f"{part}{number}" for part in ("w", "b", "p", "s"))
        arrays += [
            numpy_helper.from_array(layer["weights"], weight),
            numpy_helper.from_array(layer["bias"], bias),
        ]
        nodes += [
            helper.make_node("MatMul", [name, weight], [product]),
            helper.make_node("Add", [product, bias], ["y" if last else total]),
        ]
        if not last:
            name = f"h{number}"
            nodes.append(helper.make_node("Relu", [total], [name]))
    graph = helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, model.input_size])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, model.output_size])],
        arrays,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    return bytes(made.SerializeToString())


def _onnx_session(content: bytes, x: np.ndarray) -> Forward:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        io.BytesIO(content).getvalue(), options, providers=["CPUExecutionProvider"]
    )
    return lambda: session.run(None, {"x": x})[0]


def torch_global_unstructured(weights: Sequence[np.ndarray], sparsity: float) -> Forward:
    import torch
    from torch.nn.utils import prune

    def program() -> Any:
        modules = [torch.nn.Linear(1, 1) for _ in weights]
        for module, weight in zip(modules, weights, strict=True):
            module.weight = torch.nn.Parameter(torch.from_numpy(weight))
        pairs = [(module, "weight") for module in modules]
        prune.global_unstructured(pairs, prune.L1Unstructured, amount=sparsity)
        return [module.weight.detach().numpy() for module in modules]

    return program


def python_loop(weights: Sequence[np.ndarray], sparsity: float) -> Forward:
    """The ancestor's way: a record for each weight, sorted; then set to 0 one at a time."""

    def program() -> Any:
        pruned = [weight.copy() for weight in weights]
        records = [
            {"magnitude": abs(weight[i, j]), "layer": number, "i": i, "j": j, "value": weight[i, j]}
            for number, weight in enumerate(pruned)
            for i in range(weight.shape[0])
            for j in range(weight.shape[1])
        ]
        records.sort(key=lambda record: record["magnitude"])
        for record in records[: round(sparsity * len(records))]:
            pruned[record["layer"]][record["i"], record["j"]] = 0
        return pruned

    return program
