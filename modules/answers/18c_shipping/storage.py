"""Part 1: storing sparsely, and counting the bytes."""

# --- to_csr ------------------------------------------------------------------------------------

slip(
    "to_csr",
    "csr_column_major",
    "the matrix is read column by column",
    says="column by column",
    old="rows, columns = np.nonzero(weight)",
    new="columns, rows = np.nonzero(weight.T)",
)
slip(
    "to_csr",
    "csr_rows_for_columns",
    "the index of a value is its row",
    says="Those are the rows",
    old="columns.astype(np.int32), row",
    new="rows.astype(np.int32), row",
)
slip(
    "to_csr",
    "csr_flat_indices",
    "a value's index counts through the whole matrix",
    says="counts within its row",
    old="columns.astype(np.int32), row",
    new="np.flatnonzero(weight).astype(np.int32), row",
)
slip(
    "to_csr",
    "csr_counts_from_one",
    "columns count from 1",
    says="count from 0",
    old="columns.astype(np.int32), row",
    new="(columns + 1).astype(np.int32), row",
)
slip(
    "to_csr",
    "csr_no_first_pointer",
    "the first row needs no pointer",
    says="0 in front is missing",
    old="np.concatenate([[0], np.cumsum(counts)])",
    new="np.cumsum(counts)",
)
slip(
    "to_csr",
    "csr_no_last_pointer",
    "the last row ends by itself",
    says="last pointer, the number of values, is missing",
    old="np.concatenate([[0], np.cumsum(counts)])",
    new="np.concatenate([[0], np.cumsum(counts)[:-1]])",
)
slip(
    "to_csr",
    "csr_counts_for_pointers",
    "the pointers are the counts",
    says="Those are counts",
    old="np.concatenate([[0], np.cumsum(counts)])",
    new="np.concatenate([[0], counts])",
)
slip(
    "to_csr",
    "csr_skips_empty_rows",
    "an empty row needs no pointer",
    says="empty row has a pointer too",
    old="np.concatenate([[0], np.cumsum(counts)])",
    new="np.concatenate([[0], np.cumsum(counts[counts > 0])])",
)
slip(
    "to_csr",
    "csr_is_coordinates",
    "the row of each value in place of pointers",
    says="where a row begins",
    old="np.concatenate([[0], np.cumsum(counts)])",
    new="rows",
)
slip(
    "to_csr",
    "csr_int64",
    "an index is an index",
    says="int32",
    old="columns.astype(np.int32), row_pointers.astype(np.int32)",
    new="columns.astype(np.int64), row_pointers.astype(np.int64)",
)
slip(
    "to_csr",
    "csr_float64_values",
    "a value is a float64",
    says="keep the weight's dtype",
    old="weight[rows, columns],",
    new="weight[rows, columns].astype(float),",
)
slip(
    "to_csr",
    "csr_positive_values",
    "what is not positive is zero",
    says="Negative and tiny weights are not zero",
    old="    rows, columns = np.nonzero(weight)",
    new="    weight = np.maximum(weight, 0)\n    rows, columns = np.nonzero(weight)",
)
slip(
    "to_csr",
    "csr_drops_tiny_values",
    "a tiny weight is as good as zero",
    says="Negative and tiny weights are not zero",
    old="    rows, columns = np.nonzero(weight)",
    new=(
        "    weight = np.where(abs(weight) > 1e-8, weight, 0)\n"
        "    rows, columns = np.nonzero(weight)"
    ),
)


@wrong("to_csr", "the order within a row does not matter", "from left to right")
def csr_unsorted(weight):
    rows, columns = np.nonzero(weight[:, ::-1])
    columns = weight.shape[1] - 1 - columns
    pointers = np.concatenate([[0], np.cumsum((weight != 0).sum(axis=1))])
    return weight[rows, columns], columns.astype(np.int32), pointers.astype(np.int32)


@wrong("to_csr", "the example's arrays are the answer", "no number may be written in")
def csr_hard_coded(weight):
    return (
        np.array([5.0, 2.0, 7.0]),
        np.array([1, 0, 2], np.int32),
        np.array([0, 1, 1, 3], np.int32),
    )


@right("to_csr")
def csr_by_loops(weight):
    values, columns, pointers = [], [], [0]
    for row in weight:
        for j, value in enumerate(row):
            if value != 0:
                values.append(value)
                columns.append(j)
        pointers.append(len(values))
    return (
        np.array(values, dtype=weight.dtype),
        np.array(columns, dtype=np.int32),
        np.array(pointers, dtype="int32"),
    )


@right("to_csr")
def csr_by_mask_and_bincount_with_a_warning(weight):
    np.ones(1) / np.zeros(1)  # warns
    mask = weight != 0
    rows, columns = np.divmod(np.flatnonzero(mask), weight.shape[1])
    pointers = np.zeros(len(weight) + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=len(weight)), out=pointers[1:])
    return weight[mask], np.int32(columns), pointers


@right("to_csr")
def csr_by_search(weight):
    rows, columns = np.where(weight)
    pointers = np.searchsorted(rows, np.arange(weight.shape[0] + 1))
    return [weight[weight != 0], columns.astype("i4"), pointers.astype("i4")]


# --- storage_bytes -----------------------------------------------------------------------------

slip(
    "storage_bytes",
    "bytes_no_indices",
    "10 % of the values, 10 % of the bytes",
    says="where they stand must be stored",
    old='"csr": 4 * nonzero + pointers',
    new='"csr": 0',
)
slip(
    "storage_bytes",
    "bytes_no_pointers",
    "values and columns are all",
    says="row pointers are missing",
    old="4 * (weight.shape[0] + 1)",
    new="0",
)
slip(
    "storage_bytes",
    "bytes_no_columns",
    "pointers tell where the values are",
    says="column of each value is missing",
    old="4 * nonzero + pointers",
    new="pointers",
)
slip(
    "storage_bytes",
    "bytes_pointer_for_each_row",
    "as many pointers as rows",
    says="one pointer more",
    old="weight.shape[0] + 1",
    new="weight.shape[0]",
)
slip(
    "storage_bytes",
    "bytes_pointers_by_columns",
    "a pointer for each column",
    says="pointers go by rows",
    old="weight.shape[0] + 1",
    new="weight.shape[1] + 1",
)
slip(
    "storage_bytes",
    "bytes_int64_columns",
    "indices take 8 bytes",
    says="4 bytes, not 8",
    old="4 * nonzero + pointers",
    new="8 * nonzero + pointers",
)
slip(
    "storage_bytes",
    "bytes_row_index_for_each_value",
    "every value stores row and column",
    says="one pointer a row",
    old="4 * nonzero + pointers",
    new="8 * nonzero",
)
slip(
    "storage_bytes",
    "bytes_uint16_pointers",
    "pointers shrink with the columns",
    says="row pointers stay int32",
    old="2 * nonzero + pointers",
    new="2 * nonzero + pointers // 2",
)
slip(
    "storage_bytes",
    "bytes_mask_of_bytes",
    "a bool takes a bit",
    says="not a byte",
    old="(weight.size + 7) // 8",
    new="weight.size",
)
slip(
    "storage_bytes",
    "bytes_bits_of_values",
    "only what is kept has a bit",
    says="also for those that are zero",
    old="(weight.size + 7) // 8",
    new="(nonzero + 7) // 8",
)
slip(
    "storage_bytes",
    "bytes_no_padding",
    "bits are cut off to whole bytes",
    says="3 whole bytes",
    old="(weight.size + 7) // 8",
    new="weight.size // 8",
)
slip(
    "storage_bytes",
    "bytes_padding_always",
    "there is always a byte more",
    says="one whole byte|takes 5,250",
    old="(weight.size + 7) // 8",
    new="weight.size // 8 + 1",
)
slip(
    "storage_bytes",
    "bytes_float32_always",
    "every weight is float32",
    says="float64 takes 8 bytes|float64",
    old="return weight.itemsize * nonzero",
    new="return 4 * nonzero",
)
slip(
    "storage_bytes",
    "bytes_dense_without_zeros",
    "zeros take no memory",
    says="stores the zeros too",
    old="weight.itemsize * (weight.size - nonzero)",
    new="0",
)
slip(
    "storage_bytes",
    "bytes_positive_values",
    "what is not positive is zero",
    says="Negative values are not zero",
    old="np.count_nonzero(weight)",
    new="(weight > 0).sum()",
)


@wrong("storage_bytes", "the example's bytes are the answer", "float64 weight 7 x 3")
def bytes_hard_coded(weight, fmt):
    return {"dense": 40_000, "csr": 8_404, "csr16": 6_404, "bitmask": 5_250}[fmt]


@right("storage_bytes")
def bytes_by_making_the_arrays(weight, fmt):
    if fmt == "dense":
        return weight.copy().nbytes
    values = weight[weight != 0]
    if fmt == "bitmask":
        return values.nbytes + np.packbits(weight != 0).nbytes
    columns = np.nonzero(weight)[1].astype(np.uint16 if fmt == "csr16" else np.int32)
    return values.nbytes + columns.nbytes + np.zeros(len(weight) + 1, np.int32).nbytes


@right("storage_bytes")
def bytes_by_counting_with_a_warning(weight, fmt):
    np.log(np.zeros(1))  # warns
    kept = sum(1 for value in weight.flat if value != 0)
    if fmt == "dense":
        return np.int64(weight.nbytes)
    if fmt == "bitmask":
        return kept * weight.dtype.itemsize + np.ceil(weight.size / 8)
    each = weight.dtype.itemsize + (2 if fmt == "csr16" else 4)
    return float(kept * each + 4 * len(weight) + 4)
