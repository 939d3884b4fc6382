"""Parts 4 and 5: sweeps over sparsities and seeds, and over layers."""

# --- sweep -------------------------------------------------------------------------------------

slip(
    "sweep",
    "sweep_divides_by_n",
    "the standard deviation divides by n",
    says="use ddof=1",
    old="table.std(axis=1, ddof=1)",
    new="table.std(axis=1)",
)
slip(
    "sweep",
    "sweep_variance",
    "the variance in place of its root",
    says="That is the variance",
    old="table.std(axis=1, ddof=1)",
    new="table.var(axis=1, ddof=1)",
)
slip(
    "sweep",
    "sweep_standard_error",
    "the standard error in place of the standard deviation",
    says="standard error of the mean",
    old="table.std(axis=1, ddof=1)",
    new="table.std(axis=1, ddof=1) / len(seeds) ** 0.5",
)
slip(
    "sweep",
    "sweep_range",
    "the scatter is the largest minus the smallest",
    says="largest minus the smallest",
    old="table.std(axis=1, ddof=1)",
    new="np.ptp(table, axis=1)",
)
slip(
    "sweep",
    "sweep_over_sparsities",
    "the mean is taken over the sparsities",
    says="taken over the seeds",
    old="    std = table",
    new="    table = table.T\n    std = table",
)
slip(
    "sweep",
    "sweep_median",
    "the median is as good as the mean",
    says="or the median",
    old="table.mean(axis=1)",
    new="np.median(table, axis=1)",
)
slip(
    "sweep",
    "sweep_one_seed_is_nan",
    "ddof=1 works for one seed too",
    says="With one seed there is no scatter",
    old="table.std(axis=1, ddof=1) if len(seeds) > 1 else np.zeros(len(sparsities))",
    new="table.std(axis=1, ddof=1)",
)
slip(
    "sweep",
    "sweep_generator_not_seed",
    "evaluate takes a generator",
    says="one of the seeds given",
    old="evaluate(sparsity, seed)",
    new="evaluate(sparsity, np.random.default_rng(seed))",
)
slip(
    "sweep",
    "sweep_counts_seeds",
    "the seeds are 0, 1, 2 and so on",
    says="one of the seeds given",
    old="evaluate(sparsity, seed)",
    new="evaluate(sparsity, column)",
)
slip(
    "sweep",
    "sweep_sorts",
    "sparsities come in ascending order",
    says="order",
    old="    table = np",
    new="    sparsities = sorted(sparsities)\n    table = np",
)


@wrong("sweep", "the first seed serves every call", "a single seed")
def sweep_one_generator(evaluate, sparsities, seeds):
    table = np.array([[evaluate(s, seeds[0]) for _ in seeds] for s in sparsities])
    std = table.std(axis=1, ddof=1) if len(seeds) > 1 else np.zeros(len(sparsities))
    return {"sparsity": np.array(sparsities), "mean": table.mean(axis=1), "std": std}


@wrong("sweep", "seed and sparsity trade places", "a sparsity and one of the seeds")
def sweep_swaps_arguments(evaluate, sparsities, seeds):
    table = np.array([[evaluate(seed, s) for seed in seeds] for s in sparsities])
    std = table.std(axis=1, ddof=1) if len(seeds) > 1 else np.zeros(len(sparsities))
    return {"sparsity": np.array(sparsities), "mean": table.mean(axis=1), "std": std}


@wrong("sweep", "one seed stands for all", "a single seed")
def sweep_first_seed(evaluate, sparsities, seeds):
    mean = np.array([evaluate(s, seeds[0]) for s in sparsities])
    return {"sparsity": np.array(sparsities), "mean": mean, "std": np.zeros(len(mean))}


@wrong("sweep", "the whole table is the result", "wanted a dict")
def sweep_returns_table(evaluate, sparsities, seeds):
    return np.array([[evaluate(s, k) for k in seeds] for s in sparsities])


@wrong("sweep", "each accuracy is measured twice", "once for each of 8 pairs, not 16")
def sweep_measures_twice(evaluate, sparsities, seeds):
    def run(s):
        return [evaluate(s, seed) for seed in seeds]

    mean = np.array([np.mean(run(s)) for s in sparsities])
    std = np.array([np.std(run(s), ddof=1) if len(seeds) > 1 else 0.0 for s in sparsities])
    return {"sparsity": np.array(sparsities), "mean": mean, "std": std}


@right("sweep")
def sweep_by_loops_seed_by_seed(evaluate, sparsities, seeds):
    columns = []
    for seed in seeds:
        columns.append([float(evaluate(s, seed)) for s in sparsities])
    n, means, deviations = len(seeds), [], []
    for values in zip(*columns, strict=True):
        mean = sum(values) / n
        means.append(mean)
        squares = sum((value - mean) ** 2 for value in values)
        deviations.append((squares / (n - 1)) ** 0.5 if n > 1 else 0.0)
    return {
        "sparsity": np.asarray(sparsities, dtype=np.float32).astype(float).round(6),
        "mean": np.array(means),
        "std": np.array(deviations),
    }


@right("sweep")
def sweep_with_a_warning(evaluate, sparsities, seeds):
    table = np.empty((len(seeds), len(sparsities)))
    for i, seed in enumerate(seeds):
        for j, s in enumerate(sparsities):
            table[i, j] = evaluate(s, seed)
    std = np.nan_to_num(np.std(table, axis=0, ddof=1))  # warns where there is one seed
    return {"std": std, "mean": np.mean(table, axis=0), "sparsity": np.array(list(sparsities))}


# --- sensitivity_scan --------------------------------------------------------------------------

slip(
    "sensitivity_scan",
    "scan_transposed",
    "a row for each sparsity",
    says=r"table \(2, 3\)",
    old="return result",
    new="return result.T",
)
slip(
    "sensitivity_scan",
    "scan_inverted_mask",
    "True means drop",
    says="True means keep",
    old="weight * choose_mask(weight, sparsity)",
    new="weight * ~choose_mask(weight, sparsity)",
)
slip(
    "sensitivity_scan",
    "scan_evaluates_the_model",
    "the whole model is evaluated",
    says="evaluate the pruned copy",
    old="evaluate(pruned)",
    new="evaluate(model)",
)
slip(
    "sensitivity_scan",
    "scan_own_masks",
    "any way to choose masks is meant",
    says="Ask choose_mask",
    old="    result = np.zeros",
    new=(
        "    def choose_mask(weight, sparsity):\n"
        "        order = np.argsort(np.abs(weight), axis=None)\n"
        "        keep = np.ones(weight.size, dtype=bool)\n"
        "        keep[order[: round(sparsity * weight.size)]] = False\n"
        "        return keep.reshape(weight.shape)\n\n"
        "    result = np.zeros"
    ),
)
slip(
    "sensitivity_scan",
    "scan_prunes_biases",
    "the bias goes with the weights",
    says="Biases are never pruned",
    old="            result[index, column]",
    new=(
        '            pruned.layers[index]["bias"] = 0 * pruned.layers[index]["bias"]\n'
        "            result[index, column]"
    ),
)
slip(
    "sensitivity_scan",
    "scan_spares_the_output",
    "the last layer is never pruned",
    says="Prune the last layer too",
    old="enumerate(model.weights())",
    new="enumerate(model.weights()[:-1])",
)
slip(
    "sensitivity_scan",
    "scan_losses",
    "sensitivity is what is lost",
    says="not what was lost",
    old="evaluate(pruned)",
    new="evaluate(model) - evaluate(pruned)",
)


@wrong("sensitivity_scan", "the model itself is pruned", "changed what it was given")
def scan_in_place(model, sparsities, evaluate, choose_mask):
    result = np.zeros((len(model.layers), len(sparsities)))
    for i, layer in enumerate(model.layers):
        for j, sparsity in enumerate(sparsities):
            layer["weights"] *= choose_mask(layer["weights"], sparsity)
            result[i, j] = evaluate(model)
    return result


@wrong("sensitivity_scan", "a shallow copy is a copy", "changed what it was given")
def scan_shallow_copy(model, sparsities, evaluate, choose_mask):
    import copy

    result = np.zeros((len(model.layers), len(sparsities)))
    for i in range(len(model.layers)):
        for j, sparsity in enumerate(sparsities):
            pruned = copy.copy(model)
            weight = pruned.layers[i]["weights"]
            pruned.layers[i]["weights"] = weight * choose_mask(weight, sparsity)
            result[i, j] = evaluate(pruned)
    return result


@wrong("sensitivity_scan", "one copy serves all layers", "Does a pruned layer stay pruned")
def scan_one_copy(model, sparsities, evaluate, choose_mask):
    result, pruned = np.zeros((len(model.layers), len(sparsities))), model.copy()
    for i, weight in enumerate(model.weights()):
        for j, sparsity in enumerate(sparsities):
            pruned.layers[i]["weights"] = weight * choose_mask(weight, sparsity)
            result[i, j] = evaluate(pruned)
    return result


@wrong(
    "sensitivity_scan", "one copy a layer, pruned further and further", "whole network each time"
)
def scan_prunes_further(model, sparsities, evaluate, choose_mask):
    result = np.zeros((len(model.layers), len(sparsities)))
    for i in range(len(model.layers)):
        pruned = model.copy()
        for j, sparsity in enumerate(sparsities):
            pruned.layers[i]["weights"] *= choose_mask(pruned.layers[i]["weights"], sparsity)
            result[i, j] = evaluate(pruned)
    return result


@wrong("sensitivity_scan", "every layer is pruned each time", "prune one")
def scan_prunes_all(model, sparsities, evaluate, choose_mask):
    result = np.zeros((len(model.layers), len(sparsities)))
    for i in range(len(model.layers)):
        for j, sparsity in enumerate(sparsities):
            pruned = model.copy()
            for layer in pruned.layers:
                layer["weights"] = layer["weights"] * choose_mask(layer["weights"], sparsity)
            result[i, j] = evaluate(pruned)
    return result


@wrong("sensitivity_scan", "every network uses ReLU", "keep the activation")
def scan_loses_activation(model, sparsities, evaluate, choose_mask):
    result = np.zeros((len(model.layers), len(sparsities)))
    for i, weight in enumerate(model.weights()):
        for j, sparsity in enumerate(sparsities):
            pruned = DenseMLP(model.input_size, model.hidden_sizes, model.output_size)
            pruned.layers = [dict(layer) for layer in model.layers]
            pruned.layers[i]["weights"] = weight * choose_mask(weight, sparsity)
            result[i, j] = evaluate(pruned)
    return result


@right("sensitivity_scan")
def scan_column_by_column_with_a_warning(model, sparsities, evaluate, choose_mask=None):
    import copy
    import warnings

    warnings.warn("a student's own warning", stacklevel=1)
    columns = []
    for sparsity in sparsities:
        column = []
        for i in range(len(model.layers)):
            pruned = copy.deepcopy(model)
            keep = choose_mask(pruned.layers[i]["weights"], sparsity)
            pruned.layers[i]["weights"][~keep] = 0
            column.append(evaluate(pruned))
        columns.append(column)
    return np.array(columns).T


@right("sensitivity_scan")
def scan_in_float32_and_restores(model, sparsities, evaluate, choose_mask=None):
    scratch = model.copy()
    result = np.full((len(model.layers), len(sparsities)), np.nan, dtype=np.float32)
    for i, layer in enumerate(scratch.layers):
        whole = layer["weights"]
        for j, sparsity in enumerate(sparsities):
            layer["weights"] = np.where(choose_mask(whole, sparsity), whole, 0)
            result[i, j] = evaluate(scratch)
        layer["weights"] = whole
    return result


slip(
    "sensitivity_scan",
    "scan_mask_as_weight",
    "the mask is the pruned weight",
    says="the mask put in as the weight",
    old="weight * choose_mask(weight, sparsity)",
    new="choose_mask(weight, sparsity)",
)
slip(
    "sensitivity_scan",
    "scan_magnitudes_as_weights",
    "a kept weight is its magnitude",
    says="a weight keeps its sign",
    old="weight * choose_mask(weight, sparsity)",
    new="np.abs(weight) * choose_mask(weight, sparsity)",
)
slip(
    "sweep",
    "sweep_returns_lists",
    "a list is as good as an array",
    says="wanted an array",
    old='"mean": table.mean(axis=1)',
    new='"mean": list(table.mean(axis=1))',
)
slip(
    "sensitivity_scan",
    "scan_returns_lists",
    "a list of lists is as good as an array",
    says="wanted an array",
    old="return result",
    new="return result.tolist()",
)
slip(
    "sensitivity_scan",
    "scan_returns_nothing",
    "the result is computed and not returned",
    says="is its `return` missing",
    old="    return result",
    new="    result",
)
