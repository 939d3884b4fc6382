"""Parts 1 and 2: the forward pass, counting zeros."""

# --- dense_forward -----------------------------------------------------------------------------

slip(
    "dense_forward",
    "no_bias",
    "the bias is forgotten",
    says="without the biases|without the bias",
    old="    bend = ",
    new='    layers = [layer | {"bias": 0 * layer["bias"]} for layer in layers]\n    bend = ',
)
slip(
    "dense_forward",
    "relu_always",
    "ReLU whatever the activation says",
    says="np.tanh, not ReLU",
    old='np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)',
    new="lambda z: np.maximum(z, 0)",
)
slip(
    "dense_forward",
    "leaky_by_absolute",
    "the absolute value in place of ReLU",
    says="absolute values",
    old="np.maximum(z, 0)",
    new="np.abs(z)",
)


@wrong("dense_forward", "the activation follows every layer, the last too", "ReLU after the last")
def relu_on_logits(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    for layer in layers:
        x = bend(x @ layer["weights"] + layer["bias"])
    return x


@wrong("dense_forward", "a stack of linear layers is a network", "without any activation")
def no_activation(x, layers, activation):
    for layer in layers:
        x = x @ layer["weights"] + layer["bias"]
    return x


@wrong("dense_forward", "the activation comes before each layer", "no activation on the input")
def activation_on_input(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    for layer in layers:
        x = (bend(x) if activation == "relu" else x) @ layer["weights"] + layer["bias"]
    return x


@wrong("dense_forward", "a network has two layers", "Three layers")
def two_layers_only(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    hidden = bend(x @ layers[0]["weights"] + layers[0]["bias"])
    if len(layers) == 1:
        return x @ layers[0]["weights"] + layers[0]["bias"]
    for layer in layers[1:]:
        hidden = hidden @ layer["weights"] + layer["bias"]
    return hidden


@wrong("dense_forward", "the result may overwrite the weights", "changed what it was given")
def scales_weights_in_place(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    for layer in layers[:-1]:
        x = bend(x @ layer["weights"] + layer["bias"])
    result = x @ layers[-1]["weights"] + layers[-1]["bias"]
    layers[-1]["bias"] += 0.5
    return result


@wrong("dense_forward", "predictions are returned in place of logits", r"shape \(1, 1\)")
def classes_not_logits(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    for layer in layers[:-1]:
        x = bend(x @ layer["weights"] + layer["bias"])
    return np.argmax(x @ layers[-1]["weights"] + layers[-1]["bias"], axis=1)


@right("dense_forward")
def forward_by_einsum(x, layers, activation):
    for index, layer in enumerate(layers):
        x = np.einsum("bi,io->bo", x, layer["weights"]) + layer["bias"][None, :]
        if index != len(layers) - 1:
            x = np.tanh(x) if activation == "tanh" else np.where(x > 0, x, 0)
    return x


@right("dense_forward")
def forward_by_recursion(x, layers, activation):
    z = np.add(np.dot(x, layers[0]["weights"]), layers[0]["bias"])
    if len(layers) == 1:
        return z
    bend = {"tanh": np.tanh, "relu": lambda a: a.clip(min=0)}[activation]
    return dense_forward(bend(z), layers[1:], activation)  # its name in the notebook


slip(
    "dense_forward",
    "forward_softmax",
    "the result is probabilities",
    says="That is a softmax",
    old='return x @ layers[-1]["weights"] + layers[-1]["bias"]',
    new=(
        'z = x @ layers[-1]["weights"] + layers[-1]["bias"]\n'
        "    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)"
    ),
)
slip(
    "dense_forward",
    "forward_tanh_unless_spelt_otherwise",
    "the activation is spelt ReLU",
    says='the activation asked for is "relu"',
    old='np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)',
    new='(lambda z: np.maximum(z, 0)) if activation == "ReLU" else np.tanh',
)
slip(
    "dense_forward",
    "forward_returns_nothing",
    "the result is computed and not returned",
    says="is its `return` missing",
    old='return x @ layers[-1]["weights"]',
    new='x = x @ layers[-1]["weights"]',
)


@wrong("dense_forward", "`return` stands inside the loop", "`return` inside the loop")
def returns_in_the_loop(x, layers, activation):
    bend = np.tanh if activation == "tanh" else lambda z: np.maximum(z, 0)
    for layer in layers:
        x = bend(x @ layer["weights"] + layer["bias"])
        return x


@wrong("dense_forward", "the network's own class may do it", "write it out")
def forward_by_the_class(x, layers, activation):
    return DenseMLP.from_layers(layers, activation).forward(x)


# --- sparsity_report ---------------------------------------------------------------------------

slip(
    "sparsity_report",
    "report_in_percent",
    "sparsity in percent",
    says="not percent",
    old="1 - nonzero / total",
    new="100 * (1 - nonzero / total)",
)
slip(
    "sparsity_report",
    "report_mean_of_layers",
    "the overall sparsity is the mean of the layers'",
    says="mean of the layers",
    old="1 - nonzero / total",
    new="float(np.mean([(weight == 0).mean() for weight in weights]))",
)
slip(
    "sparsity_report",
    "report_density",
    "sparsity is what is left",
    says="density",
    old="1 - nonzero / total",
    new="nonzero / total",
)
slip(
    "sparsity_report",
    "report_ratio_upside_down",
    "compression is new over original",
    says="upside down",
    old='total / nonzero if nonzero else float("inf")',
    new="nonzero / total",
)
slip(
    "sparsity_report",
    "report_counts_positive",
    "only positive weights count as not zero",
    says="Negative weights are not zero",
    old="int(np.count_nonzero(weight))",
    new="int((weight > 0).sum())",
)
slip(
    "sparsity_report",
    "report_divides_by_zero",
    "something is always left",
    says="divide by zero",
    old='total / nonzero if nonzero else float("inf")',
    new="total / nonzero",
)
slip(
    "sparsity_report",
    "report_near_zero_is_zero",
    "a small weight is as good as zero",
    says="tiny weight is not zero",
    old="int(np.count_nonzero(weight))",
    new="int((np.abs(weight) > 1e-4).sum())",
)
slip(
    "sparsity_report",
    "report_layers_over_total",
    "each layer's zeros over all weights",
    says="its own size",
    old="1 - np.count_nonzero(weight) / weight.size",
    new="(weight == 0).sum() / total",
)


@wrong("sparsity_report", "the example's numbers are the answer", "no number may be written in")
def report_hard_coded(weights):
    return {
        "total": 10,
        "nonzero": 3,
        "sparsity": 0.7,
        "compression_ratio": 10 / 3,
        "per_layer": [1 / 2, 5 / 6],
    }


@right("sparsity_report")
def report_by_loops(weights):
    per_layer, total, zeros = [], 0, 0
    for weight in weights:
        layer_zeros = 0
        for value in weight.ravel():
            if value == 0:
                layer_zeros += 1
        per_layer.append(layer_zeros / weight.size)
        total, zeros = total + weight.size, zeros + layer_zeros
    ratio = np.inf if total == zeros else total / (total - zeros)
    return {
        "total": total,
        "nonzero": total - zeros,
        "sparsity": zeros / total,
        "compression_ratio": ratio,
        "per_layer": per_layer,
    }


@right("sparsity_report")
def report_by_numpy_with_a_warning(weights):
    flat = np.concatenate([w.ravel() for w in weights])
    zero = flat == 0
    return {
        "total": np.int64(flat.size),
        "nonzero": np.count_nonzero(~zero),
        "sparsity": zero.mean(),
        "compression_ratio": np.float64(flat.size) / np.count_nonzero(~zero),
        "per_layer": np.array([(w == 0).mean() for w in weights]),
    }
