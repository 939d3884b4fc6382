"""N:M sparsity, rewinding."""

# --- nm_mask -----------------------------------------------------------------------------------

slip(
    "nm_mask",
    "nm_signed",
    "small means near minus infinity",
    says="ranked by value",
    old="np.abs(weight).reshape",
    new="weight.reshape",
)
slip(
    "nm_mask",
    "nm_keeps_smallest",
    "the smallest stay",
    says="kept the smallest",
    old="np.abs(weight).reshape",
    new="-np.abs(weight).reshape",
)
slip(
    "nm_mask",
    "nm_inverted",
    "True means dropped",
    says="True means dropped",
    old="return keep.reshape",
    new="return ~keep.reshape",
)
slip(
    "nm_mask",
    "nm_of_floats",
    "the mask holds 0.0 and 1.0",
    says="dtype bool, got one of dtype float64",
    old="dtype=bool",
    new="dtype=float",
)
slip(
    "nm_mask",
    "nm_returns_weight",
    "the pruned weight is returned",
    says="dtype bool, got one of dtype float64",
    old="return keep.reshape(weight.shape)",
    new="return weight * keep.reshape(weight.shape)",
)
slip(
    "nm_mask",
    "nm_prunes_in_place",
    "the weight is pruned in place",
    says="changed what it was given",
    old="    return keep.reshape(weight.shape)",
    new="    weight *= keep.reshape(weight.shape)\n    return keep.reshape(weight.shape)",
)
slip(
    "nm_mask",
    "nm_drops_n",
    "n are dropped",
    says="one stays and three go",
    old="ranking[:, : m - n]",
    new="ranking[:, :n]",
)
slip(
    "nm_mask",
    "nm_always_2_of_4",
    "N:M is 2:4",
    says="one stays and three go",
    old="    groups = np",
    new="    n, m = 2, 4\n    groups = np",
)
slip(
    "nm_mask",
    "nm_later_tie_first",
    "of equals the later goes first",
    says="Of equals you dropped the later",
    old='np.argsort(groups, axis=1, kind="stable")',
    new='m - 1 - np.argsort(groups[:, ::-1], axis=1, kind="stable")',
)


@wrong("nm_mask", "groups run along a row", "Groups run down a column")
def nm_along_rows(weight, n=2, m=4):
    groups = np.abs(weight).reshape(-1, m)
    keep = np.ones(groups.shape, dtype=bool)
    np.put_along_axis(keep, np.argsort(groups, axis=1, kind="stable")[:, : m - n], False, axis=1)
    return keep.reshape(weight.shape)


@wrong(
    "nm_mask",
    "reshape(m, -1) makes groups of m neighbours",
    "Groups are four neighbours in a column",
)
def nm_strided_groups(weight, n=2, m=4):
    groups = np.abs(weight).reshape(m, -1, weight.shape[1])
    keep = np.ones(groups.shape, dtype=bool)
    np.put_along_axis(keep, np.argsort(groups, axis=0, kind="stable")[: m - n], False, axis=0)
    return keep.reshape(weight.shape)


@wrong("nm_mask", "a threshold is enough, ties or not", "A threshold cannot split a tie")
def nm_by_threshold(weight, n=2, m=4):
    groups = np.abs(weight).reshape(-1, m, weight.shape[1])
    return (groups >= np.sort(groups, axis=1)[:, m - n : m - n + 1]).reshape(weight.shape)


@wrong("nm_mask", "half of each column, wherever", "Groups are four neighbours in a column")
def nm_whole_columns(weight, n=2, m=4):
    keep = np.ones(weight.shape, dtype=bool)
    order = np.argsort(np.abs(weight), axis=0, kind="stable")
    np.put_along_axis(keep, order[: len(weight) * (m - n) // m], False, axis=0)
    return keep


@wrong("nm_mask", "any sort keeps ties in order", "sort with kind=.stable.")
def nm_unstable(weight, n=2, m=4):
    groups = np.abs(weight).reshape(-1, m, weight.shape[1])
    shuffled = np.arange(m) if m < 50 else np.arange(m) * 37 % m  # what an unstable sort may do
    ranking = shuffled[np.argsort(groups[:, shuffled], axis=1, kind="stable")]
    keep = np.ones(groups.shape, dtype=bool)
    np.put_along_axis(keep, ranking[:, : m - n], False, axis=1)
    return keep.reshape(weight.shape)


@right("nm_mask")
def nm_by_loops(weight, n=2, m=4):
    if weight.shape[0] % m:
        raise ValueError("m does not divide the inputs")
    keep = np.zeros(weight.shape, dtype=bool)
    for j in range(weight.shape[1]):
        for start in range(0, weight.shape[0], m):
            places = sorted(range(start, start + m), key=lambda i: (abs(weight[i, j]), i))
            for i in places[m - n :]:
                keep[i, j] = True
    return keep


@right("nm_mask")
def nm_by_rank_of_neighbours_with_a_warning(weight, n=2, m=4):
    if weight.shape[0] % m:
        raise ValueError("m does not divide the inputs")
    np.log(np.zeros(1))  # warns
    size = np.abs(weight.T.astype(np.float64)).reshape(weight.shape[1], -1, m)
    mine, other = size[..., :, None], size[..., None, :]
    later = np.arange(m)[None, :] > np.arange(m)[:, None]
    n_ahead = ((other > mine) | ((other == mine) & later)).sum(axis=-1)
    return (n_ahead < n).reshape(weight.shape[1], -1).T


@right("nm_mask")
def nm_by_the_mask_of_each_group(weight, n=2, m=4):
    from tinytorch.pruning import magnitude_mask

    groups = [column[:, None] for column in np.abs(weight).T.reshape(-1, m)]
    keep = [magnitude_mask(group, (m - n) / m).ravel() for group in groups]
    if weight.shape[0] % m:
        raise ValueError("m does not divide the inputs")
    return np.array(keep).reshape(weight.shape[1], -1).T


# --- rewind ------------------------------------------------------------------------------------

slip(
    "rewind",
    "rewind_keeps_trained",
    "the trained weights under the masks",
    says="Those are the trained weights",
    old="apply_masks(initial, masks)",
    new="apply_masks(model, masks)",
)
slip(
    "rewind",
    "rewind_without_masks",
    "the start, whole",
    says="Dropped weights are 0",
    old="apply_masks(initial, masks)",
    new="initial.copy()",
)
slip(
    "rewind",
    "rewind_inverted_masks",
    "True means dropped",
    says="True means keep",
    old="apply_masks(initial, masks)",
    new="apply_masks(initial, [~keep for keep in masks])",
)
slip(
    "rewind",
    "rewind_new_start",
    "any random start will do",
    says="With masks given",
    old="    return apply_masks(initial, masks)",
    new=(
        "    sizes = initial.input_size, initial.hidden_sizes, initial.output_size\n"
        "    return apply_masks(DenseMLP(*sizes, initial.activation, rng=99), masks)"
    ),
)


@wrong("rewind", "the trained biases stay", "biases go back to the start, too")
def rewind_trained_biases(model, initial, masks=None):
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    ticket = apply_masks(initial, masks)
    for layer, trained in zip(ticket.layers, model.layers, strict=True):
        layer["bias"] = trained["bias"].copy()
    return ticket


@wrong("rewind", "a new network starts with biases of zero", "biases go back to the start, too")
def rewind_zero_biases(model, initial, masks=None):
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    ticket = apply_masks(initial, masks)
    for layer in ticket.layers:
        layer["bias"] = np.zeros_like(layer["bias"])
    return ticket


@wrong("rewind", "the initial network itself is pruned", "changed what it was given")
def rewind_in_place(model, initial, masks=None):
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    for layer, keep in zip(initial.layers, masks, strict=True):
        layer["weights"] *= keep
    return initial


@wrong("rewind", "the trained network is overwritten", "changed what it was given")
def rewind_overwrites_trained(model, initial, masks=None):
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    for layer, start, keep in zip(model.layers, initial.layers, masks, strict=True):
        layer["weights"], layer["bias"] = start["weights"] * keep, start["bias"].copy()
    return model


@wrong("rewind", "biases can be shared", "arrays of its own, no views")
def rewind_shares_biases(model, initial, masks=None):
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    ticket = apply_masks(initial, masks)
    for layer, start in zip(ticket.layers, initial.layers, strict=True):
        layer["bias"] = start["bias"]
    return ticket


@wrong("rewind", "every network uses ReLU", "wanted a network with activation .tanh., got .relu.")
def rewind_loses_activation(model, initial, masks=None):
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    return DenseMLP.from_layers(apply_masks(initial, masks).layers, "relu")


@wrong("rewind", "the weights are returned, not a network", "Return a network, not its weights")
def rewind_returns_weights(model, initial, masks=None):
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    return [weight * keep for weight, keep in zip(initial.weights(), masks, strict=True)]


@wrong(
    "rewind",
    "where the mask drops, the trained weight stays",
    r"wanted an array of dtype|wanted \[\[",
)
def rewind_mixes(model, initial, masks=None):
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    ticket = model.copy()
    for layer, start, keep in zip(ticket.layers, initial.layers, masks, strict=True):
        layer["weights"] = np.where(keep, start["weights"], layer["weights"])
        layer["bias"] = start["bias"].copy()
    return ticket


@right("rewind")
def rewind_by_hand(model, initial, masks=None):
    if [w.shape for w in model.weights()] != [w.shape for w in initial.weights()]:
        raise ValueError("two networks of different shapes")
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    layers = []
    for i, keep in enumerate(masks):
        weight = np.zeros(keep.shape, dtype=np.float32)
        weight[keep] = initial.layers[i]["weights"][keep]
        layers.append({"weights": weight, "bias": 1 * initial.layers[i]["bias"]})
    return DenseMLP.from_layers(layers, model.activation)


@right("rewind")
def rewind_by_overwriting_a_copy_with_a_warning(model, initial, masks=None):
    if [w.shape for w in model.weights()] != [w.shape for w in initial.weights()]:
        raise ValueError("two networks of different shapes")
    if masks is None:
        masks = [weight != 0 for weight in model.weights()]
    np.log(np.zeros(1))  # warns
    ticket = model.copy()
    for layer, start, keep in zip(ticket.layers, initial.layers, masks, strict=True):
        layer["weights"][...] = start["weights"] * keep
        layer["bias"][...] = start["bias"]
    return ticket


@right("rewind")
def rewind_by_comprehension(model, initial, masks=None):
    for a, b in zip(model.layers, initial.layers, strict=True):
        if a["weights"].shape != b["weights"].shape:
            raise ValueError("two networks of different shapes")
    kept = [w.astype(bool) for w in model.weights()] if masks is None else masks
    layers = [
        {"weights": layer["weights"] * keep, "bias": layer["bias"]}
        for layer, keep in zip(initial.layers, kept, strict=True)
    ]
    return DenseMLP.from_layers(layers, initial.activation)


slip(
    "rewind",
    "rewind_needs_masks",
    "the masks are always given",
    says="TypeError|they are in the zeros",
    old="    if masks is None:\n        masks = [weight != 0 for weight in model.weights()]\n",
    new="",
)
slip(
    "rewind",
    "rewind_none_keeps_all",
    "without masks nothing is dropped",
    says="Dropped weights are 0",
    old="weight != 0 for weight",
    new="weight == weight for weight",
)
slip(
    "rewind",
    "rewind_zeros_of_the_start",
    "the zeros are those of the initial network",
    says="Dropped weights are 0",
    old="for weight in model.weights()",
    new="for weight in initial.weights()",
)
slip(
    "rewind",
    "rewind_always_by_zeros",
    "given masks are not needed",
    says="With masks given",
    old="    if masks is None:\n        masks = [",
    new="    masks = [",
)


@wrong("rewind", "apply_masks does it all", r"got \[\]")
def rewind_by_apply_masks_alone(model, initial, masks=None):
    return apply_masks(initial, masks or [])
