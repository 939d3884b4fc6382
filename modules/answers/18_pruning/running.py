"""Part 10: running sparsely, by a fair clock."""

# --- csr_matmul --------------------------------------------------------------------------------

slip(
    "csr_matmul",
    "matmul_overwrites",
    "each row sets its columns",
    says="reach the same column add up",
    old="product[col_indices[here]] += ",
    new="product[col_indices[here]] = ",
)
slip(
    "csr_matmul",
    "matmul_skips_last_row",
    "as many pointers as rows",
    says="last row of W is missing",
    old="range(shape[0])",
    new="range(len(row_pointers) - 2)",
)
slip(
    "csr_matmul",
    "matmul_without_x",
    "the features are all one",
    says="Multiply each value by its row's feature",
    old="values[here, None] * features[row]",
    new="values[here, None]",
)
slip(
    "csr_matmul",
    "matmul_skips_empty_rows",
    "only rows with values take a feature",
    says="An empty row of W still counts",
    old="    for row in range(shape[0]):",
    new=(
        "    row_pointers = np.unique(row_pointers)\n    for row in range(len(row_pointers) - 1):"
    ),
)
slip(
    "csr_matmul",
    "matmul_transposed",
    "the result is turned",
    says=r"shape \(1, 3\)",
    old="return product.T",
    new="return product",
)
slip(
    "csr_matmul",
    "matmul_width_from_columns",
    "the largest column tells the width",
    says="also where columns of W are empty",
    old="np.zeros((shape[1], len(x))",
    new="np.zeros((max(col_indices, default=0) + 1, len(x))",
)
slip(
    "csr_matmul",
    "matmul_one_sample",
    "a batch has one sample",
    says="all samples of the batch",
    old="    features = ",
    new="    x = x[:1]\n    features = ",
)


@wrong("csr_matmul", "W @ x is x @ W", "That is W @ x")
def matmul_by_gathering(x, values, col_indices, row_pointers, shape):
    product = np.zeros((len(x), max(shape)))
    for row in range(shape[0]):
        here = slice(row_pointers[row], row_pointers[row + 1])
        product[:, row] = (x[:, col_indices[here] % x.shape[1]] * values[here]).sum(axis=1)
    return product[:, : shape[1]]


@wrong("csr_matmul", "x may be scaled in place", "changed its arguments")
def matmul_in_place(x, values, col_indices, row_pointers, shape):
    product = np.zeros((len(x), shape[1]))
    for row in range(shape[0]):
        for place in range(row_pointers[row], row_pointers[row + 1]):
            product[:, col_indices[place]] += values[place] * x[:, row]
        x[:, row] = 0
    return product


@wrong("csr_matmul", "the example's product is the answer", "all samples of the batch")
def matmul_hard_coded(x, values, col_indices, row_pointers, shape):
    return np.array([[6.0, 5.0, 21.0]])


@right("csr_matmul")
def matmul_by_python_loops(x, values, col_indices, row_pointers, shape):
    product = [[0.0] * shape[1] for _ in x]
    for b, sample in enumerate(x):
        for row in range(shape[0]):
            for place in range(row_pointers[row], row_pointers[row + 1]):
                product[b][col_indices[place]] += float(sample[row]) * float(values[place])
    return np.array(product)


@right("csr_matmul")
def matmul_by_add_at_with_a_warning(x, values, col_indices, row_pointers, shape):
    np.log(np.zeros(1))  # warns
    rows = np.repeat(np.arange(shape[0]), np.diff(row_pointers))
    product = np.zeros((shape[1], x.shape[0]), dtype=np.longdouble)
    np.add.at(product, col_indices, (x[:, rows] * values).T)
    return product.T.astype(x.dtype)


@right("csr_matmul")
def matmul_by_hint(x, values, col_indices, row_pointers, shape):
    out = np.zeros((len(x), shape[1]), dtype=x.dtype)
    for i in reversed(range(shape[0])):
        here = slice(row_pointers[i], row_pointers[i + 1])
        out[:, col_indices[here]] += x[:, i, None] * values[here]
    return out


# --- time_ratio --------------------------------------------------------------------------------

slip(
    "time_ratio",
    "time_by_mean",
    "the mean is as good as the median",
    says="Those are the means",
    old="np.median(seconds, axis=0)",
    new="np.mean(seconds, axis=0)",
)
slip(
    "time_ratio",
    "time_by_minimum",
    "the fastest call is the true one",
    says="the fastest calls",
    old="np.median(seconds, axis=0)",
    new="np.min(seconds, axis=0)",
)
slip(
    "time_ratio",
    "time_without_warm_up",
    "the first call is like the others",
    says="for warming up",
    old="    baseline()\n    candidate()\n",
    new="",
)
slip(
    "time_ratio",
    "time_one_after_the_other",
    "first all of one, then all of the other",
    says="take turns|taking turns",
    old=(
        "    for turn in range(repeats):\n"
        "        for column, run in enumerate((baseline, candidate)):\n"
    ),
    new=(
        "    for column, run in enumerate((baseline, candidate)):\n"
        "        for turn in range(repeats):\n"
    ),
)
slip(
    "time_ratio",
    "time_upside_down",
    "the ratio is candidate over baseline",
    says="upside down",
    old="float(baseline_s / candidate_s)",
    new="float(candidate_s / baseline_s)",
)
slip(
    "time_ratio",
    "time_median_of_ratios",
    "the median of the ratios",
    says="median of the ratios",
    old="float(baseline_s / candidate_s)",
    new="float(np.median(seconds[:, 0] / seconds[:, 1]))",
)
slip(
    "time_ratio",
    "time_spread_is_range",
    "the spread is minimum and maximum",
    says="10th and 90th",
    old="[10, 90]",
    new="[0, 100]",
)
slip(
    "time_ratio",
    "time_counts_warm_up",
    "the warm-up is timed too",
    says="The warm-up is counted|for warming up",
    old=(
        "    baseline()\n"
        "    candidate()\n"
        "    seconds = np.zeros((repeats, 2))\n"
        "    for turn in range(repeats):"
    ),
    new="    seconds = np.zeros((repeats + 1, 2))\n    for turn in range(repeats + 1):",
)


@wrong("time_ratio", "one timing each will do", "you made 2")
def time_once(baseline, candidate, repeats=20, clock=time.perf_counter):
    start = clock()
    baseline()
    middle = clock()
    candidate()
    end = clock()
    ratio = (middle - start) / (end - middle)
    return {
        "ratio": ratio,
        "baseline_s": middle - start,
        "candidate_s": end - middle,
        "spread": (ratio, ratio),
    }


@right("time_ratio")
def time_with_lists_and_three_warm_ups(baseline, candidate, repeats=20, clock=time.perf_counter):
    import statistics

    def once(run):
        start = clock()
        run()
        return clock() - start

    for _ in range(3):
        baseline(), candidate()
    pairs = [(once(baseline), once(candidate)) for _ in range(repeats)]
    b, c = (statistics.median(times) for times in zip(*pairs, strict=True))
    low, high = np.quantile([x / y for x, y in pairs], [0.1, 0.9])
    return {"ratio": b / c, "baseline_s": b, "candidate_s": c, "spread": [low, high]}


@right("time_ratio")
def time_by_sorting_with_a_warning(baseline, candidate, repeats=20, clock=time.perf_counter):
    np.log(np.zeros(1))  # warns
    times = np.empty((2, repeats))
    baseline()
    candidate()
    for turn in range(repeats):
        for row, run in enumerate([baseline, candidate]):
            begin = clock()
            run()
            times[row, turn] = clock() - begin
    middle = (np.sort(times)[:, (repeats - 1) // 2] + np.sort(times)[:, repeats // 2]) / 2
    ratios = times[0] / times[1]
    return {
        "spread": (np.percentile(ratios, 10), np.percentile(ratios, 90)),
        "candidate_s": middle[1],
        "baseline_s": middle[0],
        "ratio": middle[0] / middle[1],
    }


slip(
    "time_ratio",
    "time_spread_of_percentiles",
    "the spread is a ratio of percentiles",
    says="the times' percentiles, divided",
    old="np.percentile(seconds[:, 0] / seconds[:, 1], [10, 90])",
    new="np.percentile(seconds[:, 0], [10, 90]) / np.percentile(seconds[:, 1], [10, 90])",
)
slip(
    "time_ratio",
    "time_spread_of_sorted_times",
    "the turns may be sorted first",
    says="The times are sorted",
    old="np.percentile(seconds[:, 0] / seconds[:, 1], [10, 90])",
    new="np.percentile(np.sort(seconds[:, 0]) / np.sort(seconds[:, 1]), [10, 90])",
)


@wrong("csr_matmul", "W may be built after all", "Do not build W")
def csr_product_of_a_dense_weight(x, values, col_indices, row_pointers, shape):
    weight = np.zeros(shape, dtype=values.dtype)
    for row in range(shape[0]):
        here = slice(row_pointers[row], row_pointers[row + 1])
        weight[row, col_indices[here]] = values[here]
    return x @ weight
