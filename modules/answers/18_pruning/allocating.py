"""Part 4: spend a budget of weights by a scan."""

slip(
    "allocate",
    "allocate_counts_layers_alike",
    "a layer is a layer, whatever its size",
    says="Do layers count alike",
    old="np.dot(sizes, [sparsities[column] for column in columns])",
    new="sum(sparsities[column] for column in columns) * sum(sizes) / len(sizes)",
)
slip(
    "allocate",
    "allocate_returns_columns",
    "the columns are the choice",
    says="Those are the columns",
    old="np.array([sparsities[column] for column in chosen], dtype=float)",
    new="np.array(chosen, dtype=float)",
)
slip(
    "allocate",
    "allocate_takes_the_worst",
    "the smallest sum is the best",
    says="more is lost than must be",
    old="predicted > best",
    new="-predicted > best",
)
slip(
    "allocate",
    "allocate_ignores_the_budget",
    "the best accuracy, whatever is dropped",
    says="at least `sparsity` of all weights has to go",
    old="dropped >= sparsity * sum(sizes) - 1e-9 and ",
    new="",
)
slip(
    "allocate",
    "allocate_more_than_asked",
    "enough is more than asked for",
    says="more is lost than must be",
    old=">= sparsity * sum(sizes) - 1e-9",
    new="> sparsity * sum(sizes)",
)
slip(
    "allocate",
    "allocate_at_most",
    "at most so much may go",
    says="at least `sparsity` of all weights has to go",
    old=">= sparsity * sum(sizes) - 1e-9",
    new="<= sparsity * sum(sizes) + 1e-9",
)
slip(
    "allocate",
    "allocate_returns_a_list",
    "a list is as good as an array",
    says="wanted an array",
    old="return np.array([sparsities[column] for column in chosen], dtype=float)",
    new="return [sparsities[column] for column in chosen]",
)
slip(
    "allocate",
    "allocate_returns_nothing",
    "the result is computed and not returned",
    says="is its `return` missing",
    old="return np.array([",
    new="found = np.array([",
)
slip(
    "allocate",
    "allocate_trusts_sums",
    "0.1 + 0.2 is 0.3",
    says="allow for rounding",
    old=" - 1e-9",
    new="",
)
slip(
    "allocate",
    "allocate_weighs_accuracy",
    "a large layer's accuracy counts for more",
    says="largest sum",
    old="sum(scan[row, column] for",
    new="sum(sizes[row] * scan[row, column] for",
)


@wrong("allocate", "every layer loses the same share", "largest sum among all|0.5|alone")
def allocate_uniform(scan, sparsities, sizes, sparsity):
    return np.full(len(sizes), min(each for each in sparsities if each >= sparsity), dtype=float)


@wrong(
    "allocate", "each layer by itself: its best that drops enough", "largest sum|more is lost|alone"
)
def allocate_layer_by_layer(scan, sparsities, sizes, sparsity):
    found = []
    for row in scan:
        enough = [at for at, each in enumerate(sparsities) if each >= sparsity]
        found.append(sparsities[max(enough, key=lambda at: row[at])])
    return np.array(found, dtype=float)


@wrong("allocate", "the cheapest next step until enough is gone", "largest sum|more is lost|alone")
def allocate_greedily(scan, sparsities, sizes, sparsity):
    columns = [0] * len(sizes)
    while np.dot(sizes, np.take(sparsities, columns)) < sparsity * sum(sizes) - 1e-9:
        steps = [row for row in range(len(sizes)) if columns[row] + 1 < len(sparsities)]
        row = max(steps, key=lambda row: scan[row, columns[row] + 1] - scan[row, columns[row]])
        columns[row] += 1
    return np.array([sparsities[column] for column in columns], dtype=float)


@right("allocate")
def allocate_by_a_table(scan, sparsities, sizes, sparsity):
    best = {0.0: (0.0, ())}
    for row, size in zip(scan, sizes, strict=True):
        longer = {}
        for dropped, (total, chosen) in best.items():
            for each, gain in zip(sparsities, row, strict=True):
                key = round(dropped + each * size, 6)
                if key not in longer or longer[key][0] < total + gain:
                    longer[key] = (total + gain, (*chosen, each))
        best = longer
    enough = [found for key, found in best.items() if key >= sparsity * sum(sizes) - 1e-6]
    return np.array(max(enough)[1], dtype=float)


@right("allocate")
def allocate_by_recursion(scan, sparsities, sizes, sparsity):
    needed = sparsity * sum(sizes) - 1e-9

    def best(layer, dropped):
        if layer == len(sizes):
            return (0.0, []) if dropped >= needed else (-np.inf, [])
        ways = []
        for column, each in enumerate(sparsities):
            total, rest = best(layer + 1, dropped + each * sizes[layer])
            ways.append((total + scan[layer][column], [each, *rest]))
        return max(ways, key=lambda way: way[0])

    return np.array(best(0, 0.0)[1], dtype=float)


@right("allocate")
def allocate_by_arrays_with_a_warning(scan, sparsities, sizes, sparsity):
    np.log(np.zeros(1))  # warns
    grids = np.meshgrid(*[np.arange(len(sparsities))] * len(sizes), indexing="ij")
    columns = np.stack([grid.ravel() for grid in grids], axis=1)
    shares = np.array(sparsities, dtype=float)[columns]
    loss = (scan[:, :1] - scan)[np.arange(len(sizes)), columns].sum(axis=1)
    enough = shares @ np.array(sizes) > sparsity * np.sum(sizes) - 1e-6
    return shares[enough][np.argmin(loss[enough])]
