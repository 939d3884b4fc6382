"""Parts 1 and 3: a bit for each place, and a model of the machine."""

# --- to_bitmask --------------------------------------------------------------------------------

slip(
    "to_bitmask",
    "bits_not_packed",
    "a bool is a bit",
    says="byte for each place",
    old="np.packbits(keep)",
    new="keep.ravel().astype(np.uint8)",
)
slip(
    "to_bitmask",
    "bits_of_dropped",
    "the mask says what is gone",
    says="something is kept",
    old="np.packbits(keep)",
    new="np.packbits(~keep)",
)
slip(
    "to_bitmask",
    "bits_from_the_lowest",
    "the first place is bit 0",
    says="first place is the highest bit",
    old="np.packbits(keep)",
    new='np.packbits(keep, bitorder="little")',
)
slip(
    "to_bitmask",
    "bits_row_by_row",
    "each row begins a byte",
    says="without a gap",
    old="np.packbits(keep)",
    new="np.packbits(keep, axis=1).ravel()",
)
slip(
    "to_bitmask",
    "bits_of_full_bytes",
    "what does not fill a byte is left",
    says="ninth place is missing",
    old="np.packbits(keep)",
    new="np.packbits(keep)[: keep.size // 8]",
)
slip(
    "to_bitmask",
    "bits_column_by_column",
    "a matrix is read down its columns",
    says="column by column",
    old="weight[keep], np.packbits(keep)",
    new="weight.T[keep.T], np.packbits(keep.T)",
)
slip(
    "to_bitmask",
    "bits_with_all_values",
    "the bits tell which values count",
    says="what is not zero alone",
    old="weight[keep], np",
    new="weight.ravel(), np",
)
slip(
    "to_bitmask",
    "bits_before_values",
    "first where, then what",
    says="values come first",
    old="weight[keep], np.packbits(keep)",
    new="np.packbits(keep), weight[keep]",
)
slip(
    "to_bitmask",
    "bits_of_positive_values",
    "what is not positive is zero",
    says="Negative and tiny weights are not zero",
    old="keep = weight != 0",
    new="keep = weight > 0",
)
slip(
    "to_bitmask",
    "bits_drop_tiny_values",
    "a tiny weight is as good as zero",
    says="Negative and tiny weights are not zero",
    old="keep = weight != 0",
    new="keep = abs(weight) > 1e-8",
)
slip(
    "to_bitmask",
    "bits_with_float64_values",
    "a value is a float64",
    says="values keep the weight's dtype",
    old="weight[keep], np",
    new="weight[keep].astype(float), np",
)


@right("to_bitmask")
def bits_by_shifting(weight):
    places = [int(value != 0) for value in weight.ravel()]
    places += [0] * (-len(places) % 8)
    found = []
    for begin in range(0, len(places), 8):
        byte = 0
        for bit in places[begin : begin + 8]:
            byte = byte << 1 | bit
        found.append(byte)
    return weight.ravel()[weight.ravel() != 0], np.array(found, dtype=np.uint8)


@right("to_bitmask")
def bits_by_powers_with_a_warning(weight):
    np.log(np.zeros(1))  # warns
    padded = np.zeros(-(-weight.size // 8) * 8, dtype=int)
    padded[: weight.size] = (weight != 0).ravel()
    bits = padded.reshape(-1, 8) @ 2 ** np.arange(7, -1, -1)
    return weight[np.nonzero(weight)], bits.astype("u1")


@right("to_bitmask")
def bits_in_a_list(weight):
    rows, columns = np.where(weight)
    return [weight[rows, columns], np.packbits(weight.astype(bool).flatten())]


# --- predict_time ------------------------------------------------------------------------------

slip(
    "predict_time",
    "time_adds_both",
    "first it moves, then it computes",
    says="not their sum",
    old='max(moved / machine["bandwidth"], batch * products / machine["peak"])',
    new='moved / machine["bandwidth"] + batch * products / machine["peak"]',
)
slip(
    "predict_time",
    "time_of_the_faster",
    "the faster of the two decides",
    says="not the smaller",
    old="seconds = max(",
    new="seconds = min(",
)
slip(
    "predict_time",
    "time_without_overhead",
    "a call costs nothing",
    says="A call takes time",
    old=" + calls * machine[",
    new=" + 0 * machine[",
)
slip(
    "predict_time",
    "time_of_one_call",
    "every way is one call",
    says="a call for each row",
    old="nonzero, n_in)",
    new="nonzero, 1)",
)
slip(
    "predict_time",
    "time_of_calls_by_columns",
    "CSR goes column by column",
    says="calls go by rows",
    old="nonzero, n_in)",
    new="nonzero, n_out)",
)
slip(
    "predict_time",
    "time_dense_skips_zeros",
    "a dense product skips zeros",
    says="zeros are multiplied, too",
    old="n_in * n_out, 1)",
    new="nonzero, 1)",
)
slip(
    "predict_time",
    "time_csr_multiplies_zeros",
    "CSR multiplies as much as dense",
    says="what is not zero alone",
    old="4 * (n_in + 1), nonzero",
    new="4 * (n_in + 1), n_in * n_out",
)
slip(
    "predict_time",
    "time_csr_without_indices",
    "only values are moved",
    says="values, columns and pointers",
    old="8 * nonzero + 4 * (n_in + 1)",
    new="4 * nonzero",
)
slip(
    "predict_time",
    "time_of_the_weight_alone",
    "only the weight is moved",
    says="x and the product",
    old="moved = stored + 4 * batch * (n_in + n_out) * side",
    new="moved = stored",
)
slip(
    "predict_time",
    "time_of_one_sample",
    "the batch is computed at once",
    says="every row of x",
    old="batch * products /",
    new="products /",
)
slip(
    "predict_time",
    "time_smaller_keeps_its_sides",
    "x and product keep their width",
    says="x and the product",
    old='math.sqrt(nonzero / (n_in * n_out)) if fmt == "smaller dense" else 1',
    new="1",
)
slip(
    "predict_time",
    "time_smaller_multiplies_all",
    "a smaller product multiplies as much",
    says="only `nonzero` weights are multiplied",
    old="(4 * nonzero, nonzero, 1)",
    new="(4 * nonzero, n_in * n_out, 1)",
)
slip(
    "predict_time",
    "time_counts_values_not_bytes",
    "a value is a byte",
    says="in float32|worked example",
    old='moved / machine["bandwidth"]',
    new='moved / 4 / machine["bandwidth"]',
)


@right("predict_time")
def time_step_by_step(batch, shape, nonzero, fmt, machine):
    rows, columns = shape
    size = rows * columns
    if not 0 <= nonzero <= size:
        raise ValueError("nonzero")
    if fmt == "dense":
        weight_bytes, adds, calls, width = size * 4, size, 1, rows + columns
    elif fmt == "csr":
        weight_bytes = nonzero * (4 + 4) + (rows + 1) * 4
        adds, calls, width = nonzero, rows, rows + columns
    else:
        share = (nonzero / size) ** 0.5
        weight_bytes, adds, calls = nonzero * 4, nonzero, 1
        width = share * rows + share * columns
    memory = (weight_bytes + batch * width * 4) / machine["bandwidth"]
    arithmetic = adds * batch / machine["peak"]
    return (
        memory + calls * machine["overhead"]
        if memory > arithmetic
        else (arithmetic + calls * machine["overhead"])
    )


@right("predict_time")
def time_in_float64_scalars(batch, shape, nonzero, fmt, machine):
    n_in, n_out = map(np.float64, shape)
    if nonzero > n_in * n_out:
        raise ValueError(f"nonzero must be at most {n_in * n_out}, got {nonzero}")
    if fmt == "smaller dense":
        scale = np.sqrt(nonzero / (n_in * n_out))
        n_in, n_out = n_in * scale, n_out * scale
    work = nonzero if fmt == "csr" else n_in * n_out
    weight = 8 * nonzero + 4 * n_in + 4 if fmt == "csr" else 4 * n_in * n_out
    both = [
        (weight + 4 * batch * (n_in + n_out)) / machine["bandwidth"],
        batch * work / machine["peak"],
    ]
    return float(np.max(both) + machine["overhead"] * (shape[0] if fmt == "csr" else 1))


@right("predict_time")
def time_with_a_warning(batch, shape, nonzero, fmt, machine):
    np.log(np.zeros(1))  # warns
    area = math.prod(shape)
    if nonzero > area:
        raise ValueError(nonzero)
    kept = {"dense": area}.get(fmt, nonzero)
    ends = sum(shape) * (math.sqrt(kept / area) if fmt == "smaller dense" else 1)
    index = 4 * kept + 4 * shape[0] + 4 if fmt == "csr" else 0
    seconds = [(4 * kept + index + 4 * batch * ends) / machine["bandwidth"]]
    seconds.append(kept * batch / machine["peak"])
    return sorted(seconds)[-1] + (1, shape[0])[fmt == "csr"] * machine["overhead"]
