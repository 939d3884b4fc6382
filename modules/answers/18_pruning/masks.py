"""Part 3: masks."""

# --- magnitude_mask ----------------------------------------------------------------------------

slip(
    "magnitude_mask",
    "mask_signed",
    "small means near minus infinity",
    says="by value instead of by magnitude",
    old="np.argsort(np.abs(weight),",
    new="np.argsort(weight,",
)
slip(
    "magnitude_mask",
    "mask_drops_largest",
    "the largest go",
    says="dropped the largest",
    old="np.argsort(np.abs(weight),",
    new="np.argsort(-np.abs(weight),",
)
slip(
    "magnitude_mask",
    "mask_inverted",
    "True means dropped",
    says="True means dropped",
    old="return keep.reshape",
    new="return ~keep.reshape",
)
slip(
    "magnitude_mask",
    "mask_truncates",
    "int() instead of round()",
    says=r"round\(\), not int\(\)",
    old="n_dropped = round(",
    new="n_dropped = int(",
)
slip(
    "magnitude_mask",
    "mask_of_floats",
    "the mask holds 0.0 and 1.0",
    says="True and False",
    old=", dtype=bool)",
    new=")",
)
slip(
    "magnitude_mask",
    "mask_returns_weight",
    "the pruned weight is returned",
    says="neither 0 and 1 nor weights",
    old="return keep.reshape(weight.shape)",
    new="return weight * keep.reshape(weight.shape)",
)
slip(
    "magnitude_mask",
    "mask_prunes_in_place",
    "the weight is pruned in place",
    says="changed what it was given",
    old="    return keep.reshape(weight.shape)",
    new="    weight *= keep.reshape(weight.shape)\n    return keep.reshape(weight.shape)",
)
slip(
    "magnitude_mask",
    "mask_flat",
    "the result is returned flat",
    says="reshape it",
    old="return keep.reshape(weight.shape)",
    new="return keep",
)
slip(
    "magnitude_mask",
    "mask_negative_zero_slice",
    "the last n with n = 0 is everything",
    says=r"sparsity = 1: .* differ",
    old="    keep = np.ones(weight.size, dtype=bool)\n    keep[ranking[:n_dropped]] = False",
    new=(
        "    keep = np.zeros(weight.size, dtype=bool)\n"
        "    keep[ranking[-(weight.size - n_dropped) :]] = True"
    ),
)
slip(
    "magnitude_mask",
    "mask_column_major",
    "the matrix is read column by column",
    says="row by row",
    old='np.argsort(np.abs(weight), axis=None, kind="stable")',
    new='np.argsort(np.abs(weight).ravel(order="K"), kind="stable")',
)


@wrong("magnitude_mask", "a percentile splits ties", "cannot split a tie")
def mask_by_percentile(weight, sparsity):
    return np.abs(weight) > np.percentile(np.abs(weight), 100 * sparsity)


@wrong("magnitude_mask", "`>=` the threshold keeps all ties", "cannot split a tie")
def mask_keeps_ties(weight, sparsity):
    magnitudes = np.sort(np.abs(weight), axis=None)
    n_dropped = round(sparsity * weight.size)
    if n_dropped == weight.size:
        return np.zeros(weight.shape, dtype=bool)
    return np.abs(weight) >= magnitudes[n_dropped]


@wrong("magnitude_mask", "of equals the later goes first", "drops the later ones first")
def mask_later_tie_first(weight, sparsity):
    flat = np.abs(weight).ravel()
    order = np.lexsort((-np.arange(flat.size), flat))
    keep = np.ones(flat.size, dtype=bool)
    keep[order[: round(sparsity * flat.size)]] = False
    return keep.reshape(weight.shape)


@wrong("magnitude_mask", "any sort keeps ties in order", "sort stable")
def mask_unstable_ties(weight, sparsity):
    flat = np.abs(weight).ravel()
    if flat.size < 50:
        order = np.argsort(flat, kind="stable")
    else:  # what an unstable sort may do to ties
        order = np.lexsort((np.arange(flat.size) * 7919 % flat.size, flat))
    keep = np.ones(flat.size, dtype=bool)
    keep[order[: round(sparsity * flat.size)]] = False
    return keep.reshape(weight.shape)


@wrong("magnitude_mask", "each row loses the same share", "rank all entries|0.5, 1 and 2")
def mask_row_by_row(weight, sparsity):
    keep = np.ones(weight.shape, dtype=bool)
    for row, values in enumerate(np.abs(weight)):
        keep[row, np.argsort(values, kind="stable")[: round(sparsity * values.size)]] = False
    return keep


@wrong("magnitude_mask", "the example's mask is the answer", r"shape \(5, 8\)")
def mask_hard_coded(weight, sparsity):
    if weight[0, 0] == 1:
        return np.array([[False, False], [False, True], [True, True]])
    return np.array([[True, True, False], [False, False, True]])


slip(
    "magnitude_mask",
    "mask_without_axis",
    "argsort ranks a whole matrix by itself",
    says="You ranked each row by itself",
    old="axis=None, ",
    new="",
)
slip(
    "magnitude_mask",
    "mask_returns_nothing",
    "the result is computed and not returned",
    says="is its `return` missing",
    old="return keep.reshape(weight.shape)",
    new="keep.reshape(weight.shape)",
)


@right("magnitude_mask")
def mask_by_sorted_loop(weight, sparsity):
    rows, columns = weight.shape
    places = [(abs(weight[i, j]), i, j) for i in range(rows) for j in range(columns)]
    keep = np.full(weight.shape, True)
    for _, i, j in sorted(places)[: round(sparsity * weight.size)]:
        keep[i, j] = False
    return keep


@right("magnitude_mask")
def mask_by_partition(weight, sparsity):
    magnitudes, n_dropped = np.abs(weight).flatten(), round(weight.size * sparsity)
    if n_dropped == 0:
        return np.ones_like(weight, dtype=bool)
    limit = magnitudes[np.argpartition(magnitudes, n_dropped - 1)[n_dropped - 1]]
    missing = n_dropped - (magnitudes < limit).sum()
    drop = (magnitudes < limit) | (
        (magnitudes == limit) & (np.cumsum(magnitudes == limit) <= missing)
    )
    return ~drop.reshape(weight.shape)


@right("magnitude_mask")
def mask_by_lexsort_of_squares(weight, sparsity):
    squares = (weight.astype(np.longdouble) ** 2).ravel()
    rank = np.empty(weight.size, dtype=int)
    rank[np.lexsort((np.arange(weight.size), squares))] = np.arange(weight.size)
    return (rank >= round(sparsity * weight.size)).reshape(weight.shape)


# --- global_masks ------------------------------------------------------------------------------

slip(
    "global_masks",
    "masks_signed",
    "small means near minus infinity",
    says="by value, not by magnitude",
    old="[np.abs(weight).ravel()",
    new="[weight.ravel()",
)
slip(
    "global_masks",
    "masks_drop_largest",
    "the largest go",
    says="dropped the largest",
    old="[np.abs(weight).ravel()",
    new="[-np.abs(weight).ravel()",
)
slip(
    "global_masks",
    "masks_by_threshold",
    "a threshold is enough, ties or not",
    says="splits no tie",
    old="keep[ties[n_ties_dropped:]] = True",
    new="pass",
)
slip(
    "global_masks",
    "masks_later_layer_first",
    "the later layer loses ties first",
    says="drops the later layer first",
    old="ties[n_ties_dropped:]",
    new="ties[: ties.size - n_ties_dropped]",
)
slip(
    "global_masks",
    "masks_truncate",
    "int() instead of round()",
    says=r"round\(\), not int\(\)",
    old="n_dropped = round(",
    new="n_dropped = int(",
)
slip(
    "global_masks",
    "masks_normalised",
    "the layers are normalised before ranking",
    says="Rank all layers together",
    old="[np.abs(weight).ravel()",
    new="[np.abs(weight).ravel() / np.abs(weight).max()",
)
slip(
    "global_masks",
    "masks_one_vector",
    "one mask for everything",
    says="wanted a list",
    old="    ends = np.cumsum",
    new="    return keep\n    ends = np.cumsum",
)
slip(
    "global_masks",
    "masks_prune_in_place",
    "the weights are pruned in place",
    says="changed what it was given",
    old="    pieces = np.split(keep, ends)\n",
    new=(
        "    pieces = np.split(keep, ends)\n"
        "    for piece, weight in zip(pieces, weights, strict=True):\n"
        "        weight *= piece.reshape(weight.shape)\n"
    ),
)


slip(
    "global_masks",
    "masks_return_nothing",
    "the result is computed and not returned",
    says="is its `return` missing",
    old="return [piece.reshape",
    new="masks = [piece.reshape",
)
slip(
    "global_masks",
    "masks_of_floats",
    "a mask holds 0.0 and 1.0",
    says="True and False",
    old="return [piece.reshape(weight.shape) for",
    new="return [piece.reshape(weight.shape).astype(float) for",
)


@wrong("global_masks", "each layer loses the same share", "each layer by itself")
def masks_per_layer(weights, sparsity):
    masks = []
    for weight in weights:
        keep = np.ones(weight.size, dtype=bool)
        order = np.argsort(np.abs(weight), axis=None, kind="stable")
        keep[order[: round(sparsity * weight.size)]] = False
        masks.append(keep.reshape(weight.shape))
    return masks


@wrong("global_masks", "every layer keeps at least its largest weight", "may lose everything")
def masks_spare_a_weight(weights, sparsity):
    flat = np.abs(np.concatenate([w.ravel() for w in weights]))
    keep = np.ones(flat.size, dtype=bool)
    keep[np.argsort(flat, kind="stable")[: round(sparsity * flat.size)]] = False
    ends = np.cumsum([w.size for w in weights])[:-1]
    masks = [k.reshape(w.shape) for k, w in zip(np.split(keep, ends), weights, strict=True)]
    for weight, mask in zip(weights, masks, strict=True):
        if not mask.any() and sparsity < 1:
            mask.flat[np.abs(weight).argmax()] = True
            fullest = max(masks, key=np.sum)
            fullest.flat[np.flatnonzero(fullest)[0]] = False
    return masks


@right("global_masks")
def masks_by_sorted_loop(weights, sparsity):
    places = [
        (abs(float(value)), layer, place)
        for layer, weight in enumerate(weights)
        for place, value in enumerate(weight.ravel())
    ]
    flat = [np.ones(weight.size, dtype=bool) for weight in weights]
    for _, layer, place in sorted(places)[: round(sparsity * len(places))]:
        flat[layer][place] = False
    return [keep.reshape(weight.shape) for keep, weight in zip(flat, weights, strict=True)]


@right("global_masks")
def masks_by_argsort(weights, sparsity):
    magnitudes = np.abs(np.hstack([w.flatten() for w in weights])).astype(np.float64)
    rank = np.argsort(np.argsort(magnitudes, kind="mergesort"), kind="mergesort")
    keep, masks, start = rank >= round(sparsity * rank.size), [], 0
    for weight in weights:
        masks.append(keep[start : start + weight.size].reshape(weight.shape))
        start += weight.size
    return masks


@right("global_masks")
def masks_by_own_magnitude_mask(weights, sparsity):
    everything = np.concatenate([w.ravel() for w in weights])[None, :]
    keep = magnitude_mask(everything, sparsity)[0]  # the student's own exercise 3
    ends = np.cumsum([w.size for w in weights])
    return [
        keep[end - weight.size : end].reshape(weight.shape)
        for end, weight in zip(ends, weights, strict=True)
    ]
