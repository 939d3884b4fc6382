"""Least squares under a mask; a teacher's soft targets."""

# --- refit -------------------------------------------------------------------------------------

slip(
    "refit",
    "refit_without_damping",
    "least squares needs no damping",
    says="The damping is missing",
    old="ridge = damping * np.diag(gram).mean()",
    new="ridge = 0 * damping",
)
slip(
    "refit",
    "refit_pulls_to_zero",
    "ridge regression pulls to zero",
    says="pulls to the old weight",
    old="right = x.T @ target + ridge * old",
    new="right = x.T @ target",
)
slip(
    "refit",
    "refit_damping_unscaled",
    "the damping is the ridge",
    says="not damping alone",
    old="damping * np.diag(gram).mean()",
    new="damping",
)
slip(
    "refit",
    "refit_damping_by_the_trace",
    "the sum of the diagonal scales the damping",
    says="take the mean",
    old="np.diag(gram).mean()",
    new="np.trace(gram)",
)
slip(
    "refit",
    "refit_mean_of_all_entries",
    "the mean of all of gram",
    says="The mean of all of it",
    old="np.diag(gram).mean()",
    new="gram.mean()",
)
slip(
    "refit",
    "refit_mean_of_the_kept",
    "the mean is over the kept inputs",
    says="over all inputs, also those that are dropped",
    old="        fitted[k, j] = np.linalg.solve(left[np.ix_(k, k)], right[k, j])",
    new=(
        "        if k.any():\n"
        "            ridge = damping * np.diag(gram)[k].mean()\n"
        "            left = gram[np.ix_(k, k)] + ridge * np.eye(k.sum())\n"
        "            fitted[k, j] = np.linalg.solve(left, (x.T @ target + ridge * old)[k, j])"
    ),
)
slip(
    "refit",
    "refit_solves_for_all",
    "solve for all inputs, mask afterwards",
    says="Leave dropped inputs out before you solve",
    old="fitted[k, j] = np.linalg.solve(left[np.ix_(k, k)], right[k, j])",
    new="fitted[:, j] = k * np.linalg.solve(left, right[:, j])",
)
slip(
    "refit",
    "refit_to_its_own_output",
    "the target is what the weight computes",
    says="need not be x @ weight",
    old="right = x.T @ target",
    new="right = x.T @ (x @ old)",
)
slip(
    "refit",
    "refit_keeps_dropped",
    "dropped weights stay as they were",
    says="A dropped weight has to become 0",
    old="np.zeros_like(old)",
    new="old.copy()",
)
slip(
    "refit",
    "refit_returns_float64",
    "the result has the precision of the computation",
    says="dtype float32, got one of dtype float64",
    old="fitted.astype(weight.dtype)",
    new="fitted",
)
slip(
    "refit",
    "refit_empty_column_stays",
    "a column that keeps nothing is left alone",
    says="the second keeps nothing",
    old="        fitted[k, j] = ",
    new="        if not k.any():\n            fitted[:, j] = old[:, j]\n            continue\n        fitted[k, j] = ",
)
slip(
    "refit",
    "refit_default_damping",
    "the default may be chosen",
    says="Slopes, damping 0.01",
    old="    x, target, old",
    new="    damping = 0.1 if damping == 0.01 else damping\n    x, target, old",
)
slip(
    "refit",
    "refit_in_place",
    "the weight itself is refitted",
    says="changed what it was given",
    old="    return fitted.astype(weight.dtype)",
    new="    weight[...] = fitted\n    return weight",
)
slip(
    "refit",
    "refit_without_return",
    "the fitted weights are computed, not returned",
    says="is its `return` missing",
    old="    return fitted",
    new="    fitted",
)
slip(
    "refit",
    "refit_one_mask_for_all",
    "every column keeps what the first keeps",
    says="the second keeps nothing",
    old="k = keep[:, j]",
    new="k = keep[:, 0]",
)
slip(
    "refit",
    "refit_keeps_the_bias_of_the_inputs",
    "the inputs are centred first, as for a correlation",
    says="2 [+] 1 on the left",
    old="    gram = x.T @ x",
    new="    x = x - x.mean(axis=0)\n    gram = x.T @ x",
)


@right("refit")
def refit_by_more_equations(weight, keep, x, target, damping=0.01):
    check_mask("refit", keep, weight.shape)
    if damping < 0:
        raise ValueError("damping must be at least 0")
    root = np.sqrt(damping * (x.astype(float) ** 2).sum(axis=0).mean())
    fitted = np.zeros_like(weight)
    for j in range(weight.shape[1]):
        (k,) = np.nonzero(keep[:, j])
        left = np.concatenate([x[:, k].astype(float), root * np.eye(len(k))])
        right = np.concatenate([target[:, j].astype(float), root * weight[k, j]])
        fitted[k, j] = np.linalg.lstsq(left, right, rcond=None)[0]
    return fitted


@right("refit")
def refit_by_the_change_of_each_weight(weight, keep, x, target, damping=0.01):
    check_mask("refit", keep, weight.shape)
    if not damping >= 0:
        raise ValueError("damping must be at least 0")
    cut = np.where(keep, weight, 0).astype(np.float64)
    gram, missing = x.astype(float).T @ x, x.astype(float).T @ (target - x @ cut)
    stiff = gram + damping * np.trace(gram) / len(gram) * np.eye(len(gram))
    for j in range(weight.shape[1]):
        k = keep[:, j]
        cut[k, j] += np.linalg.solve(stiff[k][:, k], missing[k, j])
    return cut.astype(weight.dtype)


@right("refit")
def refit_with_dropped_inputs_nailed_to_zero(weight, keep, x, target, damping=0.01):
    check_mask("refit", keep, weight.shape)
    if damping < 0:
        raise ValueError(damping)
    x, target = np.float64(x), np.float64(target)
    gram = np.einsum("ni,nj->ij", x, x)
    ridge = damping * gram.trace() / len(gram)
    columns = []
    for k, was, wish in zip(keep.T, weight.T, target.T, strict=True):
        both = k[:, None] & k
        left = np.where(both, gram + ridge * np.eye(len(gram)), np.eye(len(gram)))
        columns.append(np.linalg.solve(left, np.where(k, x.T @ wish + ridge * was, 0)))
    return np.stack(columns, axis=1).astype(weight.dtype)


# --- soft_targets ------------------------------------------------------------------------------

slip(
    "soft_targets",
    "soft_without_temperature",
    "the softmax is soft enough",
    says="Is the temperature used",
    old=" / temperature",
    new="",
)
slip(
    "soft_targets",
    "soft_multiplies",
    "a high temperature makes logits large",
    says="you multiply",
    old=" / temperature",
    new=" * temperature",
)
slip(
    "soft_targets",
    "soft_divides_probabilities",
    "the probabilities are divided by the temperature",
    says="not the probabilities",
    old="    largest = logits",
    new=(
        "    if temperature > 0:\n        raised = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
        "        return raised / raised.sum(axis=1, keepdims=True) / temperature\n    largest = logits"
    ),
)
slip(
    "soft_targets",
    "soft_not_normalised",
    "the exponentials are the probabilities",
    says="A row sums to 1",
    old="return raised / raised.sum(axis=1, keepdims=True)",
    new="return raised",
)
slip(
    "soft_targets",
    "soft_over_the_samples",
    "the sum runs over the samples",
    says="Each row by itself",
    old="raised.sum(axis=1, keepdims=True)",
    new="raised.sum(axis=0)",
)
slip(
    "soft_targets",
    "soft_overflows",
    "exp takes any number",
    says="got NaN.*subtract each row's largest",
    old="(logits - largest)",
    new="logits.astype(float)",
)
slip(
    "soft_targets",
    "soft_largest_of_all",
    "the largest of all logits is subtracted",
    says="got NaN.*subtract each row's largest",
    old="(logits - largest)",
    new="(logits - logits.max())",
)
slip(
    "soft_targets",
    "soft_zero_divides",
    "temperature 0 needs nothing of its own",
    says="got NaN.*At temperature 0",
    old="    if temperature == 0:",
    new="    if temperature < 0:",
)
slip(
    "soft_targets",
    "soft_zero_takes_the_first",
    "of several largest the first wins",
    says="the largest share all of it equally",
    old="winners = logits == largest",
    new="winners = np.eye(logits.shape[1])[logits.argmax(axis=1)]",
)
slip(
    "soft_targets",
    "soft_zero_is_one",
    "temperature 0 means no temperature",
    says="At temperature 0 the largest share",
    old="winners = logits == largest",
    new="winners = np.exp(logits - largest)",
)
slip(
    "soft_targets",
    "soft_labels",
    "the teacher's answer is its best class",
    says="the winner alone",
    old="np.exp((logits - largest) / temperature)",
    new="logits == largest",
)
slip(
    "soft_targets",
    "soft_logarithms",
    "log-probabilities are probabilities",
    says="Those are logarithms",
    old="return raised / raised.sum(axis=1, keepdims=True)",
    new="return np.log(raised / raised.sum(axis=1, keepdims=True))",
)
slip(
    "soft_targets",
    "soft_in_place",
    "the logits are no longer needed",
    says="changed what it was given",
    old="    raised = np.exp((logits - largest) / temperature)",
    new="    logits -= largest\n    raised = np.exp(logits / temperature)",
)
slip(
    "soft_targets",
    "soft_without_return",
    "the probabilities are computed, not returned",
    says="is its `return` missing",
    old="    return raised",
    new="    raised",
)


@wrong("soft_targets", "the gradient of the loss holds the probabilities", "At temperature 0")
def soft_by_the_gradient_of_the_loss(logits, temperature):
    from tinytorch.networks import loss_gradient

    return len(logits) * loss_gradient(logits / temperature, 0)


@right("soft_targets")
def soft_by_loops(logits, temperature):
    if np.ndim(logits) != 2 or temperature < 0:
        raise ValueError("2-D logits and a temperature of at least 0")
    rows = []
    for row in logits.tolist():
        most = max(row)
        if temperature == 0:
            raised = [float(each == most) for each in row]
        else:
            raised = [float(np.exp((each - most) / temperature)) for each in row]
        rows.append([each / sum(raised) for each in raised])
    return np.array(rows)


@right("soft_targets")
def soft_by_logarithms(logits, temperature):
    if np.ndim(logits) != 2 or not temperature >= 0:
        raise ValueError("2-D logits and a temperature of at least 0")
    if temperature == 0:
        is_best = logits == np.max(logits, axis=1)[:, None]
        return is_best / is_best.sum(axis=1)[:, None]
    z = np.asarray(logits, dtype=float) / temperature
    top = z.max(axis=1, keepdims=True)
    return np.exp(z - top - np.log(np.exp(z - top).sum(axis=1, keepdims=True)))


@right("soft_targets")
def soft_by_differences(logits, temperature):
    if np.ndim(logits) != 2 or temperature < 0:
        raise ValueError("2-D logits and a temperature of at least 0")
    apart = logits[:, None, :] - logits[:, :, None]
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        ratios = (
            np.exp(apart / temperature) if temperature else np.where(apart > 0, np.inf, apart == 0)
        )
    return 1 / ratios.sum(axis=2)
