"""Part 2: running sparsely."""


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


@wrong("csr_matmul", "x may be scaled in place", "changed what it was given")
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
