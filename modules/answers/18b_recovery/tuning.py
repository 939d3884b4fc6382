"""A step under a mask, the cubic schedule, the gradual loop."""

# --- masked_sgd_step ---------------------------------------------------------------------------

slip(
    "masked_sgd_step",
    "step_weight_not_masked",
    "a dropped weight stays 0 by itself",
    says="Mask the weight after the step",
    old="np.where(keep, stepped, 0)",
    new="stepped",
)
slip(
    "masked_sgd_step",
    "step_lr_in_velocity",
    "the velocity holds the learning rate",
    says="No learning rate in the velocity",
    old="momentum * velocity + grad",
    new="momentum * velocity + lr * grad",
)
slip(
    "masked_sgd_step",
    "step_running_mean",
    "the velocity is a running mean",
    says="The gradient counts whole",
    old="momentum * velocity + grad",
    new="momentum * velocity + (1 - momentum) * grad",
)
slip(
    "masked_sgd_step",
    "step_no_momentum",
    "the old velocity counts whole",
    says="The old velocity times the momentum",
    old="momentum * velocity + grad",
    new="velocity + grad",
)
slip(
    "masked_sgd_step",
    "step_uphill",
    "the step is added",
    says="Go against the gradient",
    old="weight - lr * velocity",
    new="weight + lr * velocity",
)
slip(
    "masked_sgd_step",
    "step_without_lr",
    "the velocity is the step",
    says="learning rate is missing",
    old="weight - lr * velocity",
    new="weight - velocity",
)
slip(
    "masked_sgd_step",
    "step_gradient_alone",
    "plain SGD, the velocity only kept",
    says="A step by the gradient alone",
    old="weight - lr * velocity",
    new="weight - lr * grad",
)
slip(
    "masked_sgd_step",
    "step_nesterov",
    "Nesterov's momentum",
    says="Nesterov",
    old="weight - lr * velocity",
    new="weight - lr * (grad + momentum * velocity)",
)
slip(
    "masked_sgd_step",
    "step_inverted_mask",
    "True means drop",
    says="True means keep",
    old="    velocity = m",
    new="    keep = ~keep\n    velocity = m",
)
slip(
    "masked_sgd_step",
    "step_float64",
    "float64 is always fine",
    says="dtype float32, got one of dtype float64",
    old="    velocity = m",
    new="    weight = weight.astype(float)\n    velocity = m",
)
slip(
    "masked_sgd_step",
    "step_multiplies_by_mask",
    "multiplying by the mask is the same",
    says="got NaN.*np.where is safe",
    old="np.where(keep, stepped, 0)",
    new="(keep * stepped)",
)
slip(
    "masked_sgd_step",
    "step_returns_swapped",
    "the velocity comes first",
    says="Weight first, then velocity",
    old="return kept.astype(weight.dtype, copy=False), velocity.astype(weight.dtype, copy=False)",
    new="return velocity.astype(weight.dtype), kept.astype(weight.dtype)",
)
slip(
    "masked_sgd_step",
    "step_returns_weight",
    "the weight is the result",
    says="wanted a list or tuple of 2 items, got an array",
    old="kept.astype(weight.dtype, copy=False), velocity.astype(weight.dtype, copy=False)",
    new="kept.astype(weight.dtype)",
)

slip(
    "masked_sgd_step",
    "step_dtype_of_the_gradient",
    "the result has the gradient's precision",
    says="both in the weight's dtype",
    old="return kept.astype(weight.dtype, copy=False), velocity.astype(weight.dtype, copy=False)",
    new="return kept, velocity",
)
slip(
    "masked_sgd_step",
    "step_without_return",
    "the new arrays are computed, not returned",
    says="is its `return` missing",
    old="    return kept",
    new="    kept",
)


@wrong("masked_sgd_step", "the old velocity makes the step", "A step by the old velocity")
def step_old_velocity(weight, grad, velocity, keep, lr, momentum):
    new_weight = np.where(keep, weight - lr * velocity, 0).astype(weight.dtype)
    return new_weight, np.where(keep, momentum * velocity + grad, 0).astype(weight.dtype)


@wrong("masked_sgd_step", "the mask comes before the update", "mask last")
def step_masks_first(weight, grad, velocity, keep, lr, momentum):
    weight = weight * keep
    velocity = momentum * velocity + grad
    return weight - lr * velocity, velocity


@wrong("masked_sgd_step", "masking the gradient is enough", "mask the weight, last")
def step_masks_gradient(weight, grad, velocity, keep, lr, momentum):
    velocity = momentum * velocity + grad * keep
    return weight * keep - lr * velocity, velocity


@wrong(
    "masked_sgd_step", "velocity and weight may be updated in place", "changed what it was given"
)
def step_in_place(weight, grad, velocity, keep, lr, momentum):
    velocity *= momentum
    velocity += grad
    velocity *= keep
    weight -= lr * velocity
    weight *= keep
    return weight, velocity


@wrong("masked_sgd_step", "the example's numbers are the answer", "shape")
def step_hard_coded(weight, grad, velocity, keep, lr, momentum):
    return np.array([[0.5, 0.0]]), np.array([[5.0, 0.0]])


@right("masked_sgd_step")
def step_by_loops(weight, grad, velocity, keep, lr, momentum):
    check_mask("masked_sgd_step", keep, weight.shape)
    check_fraction("masked_sgd_step", "momentum", momentum)
    new_weight, new_velocity = np.zeros_like(weight), np.zeros_like(weight)
    for place in np.ndindex(weight.shape):
        if keep[place]:
            speed = momentum * float(velocity[place]) + float(grad[place])
            new_velocity[place] = speed
            new_weight[place] = float(weight[place]) - lr * speed
    return new_weight, new_velocity


@right("masked_sgd_step")
def step_by_index_with_a_warning(weight, grad, velocity, keep, lr, momentum):
    check_mask("masked_sgd_step", keep, weight.shape)
    check_fraction("masked_sgd_step", "momentum", momentum)
    v = (momentum * velocity + grad).astype(weight.dtype)
    w = (weight - lr * v).astype(weight.dtype)
    np.log(np.zeros(1))  # warns
    v[np.logical_not(keep)] = 0
    w[np.logical_not(keep)] = 0
    return w, v


@right("masked_sgd_step")
def step_on_kept_entries_alone(weight, grad, velocity, keep, lr, momentum):
    check_mask("masked_sgd_step", keep, weight.shape)
    check_fraction("masked_sgd_step", "momentum", momentum)
    v, w = velocity.copy(), weight.copy()
    v[~keep] = w[~keep] = 0
    v[keep] = momentum * v[keep] + grad[keep]
    w[keep] -= lr * v[keep]
    return (w, v)


@right("masked_sgd_step")
def step_masks_both(weight, grad, velocity, keep, lr, momentum):
    check_mask("masked_sgd_step", keep, weight.shape)
    check_fraction("masked_sgd_step", "momentum", momentum)
    zero = weight.dtype.type(0)
    velocity = np.where(keep, momentum * velocity + grad, zero).astype(weight.dtype)
    return np.where(keep, weight - lr * velocity, zero).astype(weight.dtype), velocity


# --- cubic_sparsity ----------------------------------------------------------------------------

slip(
    "cubic_sparsity",
    "cubic_backwards",
    "the schedule falls",
    says="runs backwards",
    old="final + (initial - final) * left**3",
    new="initial + (final - initial) * left**3",
)
slip(
    "cubic_sparsity",
    "cubic_linear",
    "a straight line",
    says="a straight line",
    old="left**3",
    new="left",
)
slip(
    "cubic_sparsity",
    "cubic_square",
    "a square in place of the cube",
    says="That is a square",
    old="left**3",
    new="left**2",
)
slip(
    "cubic_sparsity",
    "cubic_slow_first",
    "slow first and fast later",
    says="other way round",
    old="final + (initial - final) * left**3",
    new="initial + (final - initial) * (1 - left) ** 3",
)
slip(
    "cubic_sparsity",
    "cubic_not_clipped",
    "a step is always within the schedule",
    says="Step 17 of 10, clipped",
    old="min(max(step, 0), n_steps)",
    new="step",
)
slip(
    "cubic_sparsity",
    "cubic_clipped_above_alone",
    "a step is never negative",
    says="Step -3 of 10, clipped",
    old="max(step, 0)",
    new="step",
)
slip(
    "cubic_sparsity",
    "cubic_whole_division",
    "// divides",
    says="// cuts",
    old=" / n_steps",
    new=" // n_steps",
)
slip(
    "cubic_sparsity",
    "cubic_whole_steps",
    "steps are whole",
    says="Step 2.5 of 10",
    old="max(step, 0)",
    new="max(int(step), 0)",
)
slip(
    "cubic_sparsity",
    "cubic_from_zero",
    "every schedule starts at 0",
    says="initial 0.25",
    old="final + (initial - final) * left**3",
    new="final - final * left**3",
)
slip(
    "cubic_sparsity",
    "cubic_percent",
    "sparsity in percent",
    says="Not percent",
    old="return final + (initial - final) * left**3",
    new="return 100 * (final + (initial - final) * left**3)",
)
slip(
    "cubic_sparsity",
    "cubic_one_step_less",
    "n steps make n - 1 intervals",
    says="Divide by n_steps",
    old=" / n_steps",
    new=" / max(n_steps - 1, 1)",
)
slip(
    "cubic_sparsity",
    "cubic_rounded",
    "two digits are enough",
    says="Do not round",
    old="return final + (initial - final) * left**3",
    new="return round(final + (initial - final) * left**3, 2)",
)


@right("cubic_sparsity")
def cubic_by_cases(step, n_steps, final, initial=0.0):
    check_fraction("cubic_sparsity", "final", final)
    if step <= 0:
        return initial
    if step >= n_steps:
        return final
    done = step / n_steps
    return initial + (final - initial) * (3 * done - 3 * done**2 + done**3)


@right("cubic_sparsity")
def cubic_by_numpy_with_a_warning(step, n_steps, final, initial=0.0):
    import warnings

    check_fraction("cubic_sparsity", "final", final)
    warnings.warn("a student's own warning", stacklevel=1)
    left = 1 - np.clip(step, 0, n_steps) / np.float64(n_steps)
    return np.float64(final) + (initial - final) * np.power(left, 3)


# --- prune_gradually ---------------------------------------------------------------------------

slip(
    "prune_gradually",
    "gradual_tunes_unpruned",
    "the masks are for tune to apply",
    says="Apply the masks before you tune",
    old="tune(pruned, masks)",
    new="tune(model, masks)",
)
slip(
    "prune_gradually",
    "gradual_forgets_tuning",
    "tune changes its argument",
    says="Go on from what `tune` returned last",
    old="        model = tune(pruned, masks)",
    new="        model = pruned\n        tune(pruned, masks)",
)
slip(
    "prune_gradually",
    "gradual_backwards",
    "the highest sparsity first",
    says="got .choose 0.8 of 1s.*as the sparsities come",
    old="    for sparsity in sparsities:\n        masks",
    new="    for sparsity in sorted(sparsities, reverse=True):\n        masks",
)
slip(
    "prune_gradually",
    "gradual_one_blow",
    "only the last sparsity counts",
    says="Choose masks anew at every sparsity",
    old="    for sparsity in sparsities:\n        masks",
    new="    for sparsity in sparsities[-1:]:\n        masks",
)
slip(
    "prune_gradually",
    "gradual_of_what_is_left",
    "each sparsity is a share of what is left",
    says="not of what is left",
    old="        masks = choose_masks(model.weights(), sparsity)",
    new=(
        "        so_far = np.mean([np.mean(weight == 0) for weight in model.weights()])\n"
        "        masks = choose_masks(model.weights(), so_far + (1 - so_far) * sparsity)"
    ),
)
slip(
    "prune_gradually",
    "gradual_own_masks",
    "masks are always global_masks",
    says="by choose_masks",
    old="masks = choose_masks(",
    new="masks = global_masks(",
)
slip(
    "prune_gradually",
    "gradual_returns_masks",
    "the masks are part of the result",
    says="wanted a network, got a tuple.*and it alone",
    old="return model",
    new="return model, masks",
)
slip(
    "prune_gradually",
    "gradual_tune_without_masks",
    "tune sees the zeros itself",
    says="Give tune the masks, too",
    old="tune(pruned, masks)",
    new="tune(pruned)",
)


@wrong(
    "prune_gradually",
    "the masks come from the weights at the start",
    "what `tune` returned last|0.5 of 1s",
)
def gradual_masks_of_the_start(model, sparsities, tune, choose_masks):
    start = model.weights()
    for sparsity in sparsities:
        masks = choose_masks(start, sparsity)
        model = tune(apply_masks(model, masks), masks)
    return model


@wrong("prune_gradually", "every step starts from the given model", "what `tune` returned last")
def gradual_always_from_the_start(model, sparsities, tune, choose_masks):
    for sparsity in sparsities:
        masks = choose_masks(model.weights(), sparsity)
        result = tune(apply_masks(model, masks), masks)
    return result


@wrong("prune_gradually", "first all the pruning, then the tuning", "Tune after every cut")
def gradual_tunes_at_the_end(model, sparsities, tune, choose_masks):
    for sparsity in sparsities:
        masks = choose_masks(model.weights(), sparsity)
        model = apply_masks(model, masks)
    return tune(model, masks)


@wrong("prune_gradually", "the last step needs no tuning", "Tune after every cut, the last one too")
def gradual_last_not_tuned(model, sparsities, tune, choose_masks):
    for step, sparsity in enumerate(sparsities):
        masks = choose_masks(model.weights(), sparsity)
        model = apply_masks(model, masks)
        if step < len(sparsities) - 1:
            model = tune(model, masks)
    return model


@wrong("prune_gradually", "the model itself is pruned", "changed what it was given")
def gradual_in_place(model, sparsities, tune, choose_masks):
    for sparsity in sparsities:
        masks = choose_masks(model.weights(), sparsity)
        for layer, keep in zip(model.layers, masks, strict=True):
            layer["weights"] *= keep
        model = tune(model, masks)
    return model


@wrong("prune_gradually", "one choice of masks, tightened by nobody", "Choose masks anew")
def gradual_one_choice(model, sparsities, tune, choose_masks):
    masks = choose_masks(model.weights(), sparsities[-1])
    for _ in sparsities:
        model = tune(apply_masks(model, masks), masks)
    return model


@right("prune_gradually")
def gradual_by_recursion(model, sparsities, tune, choose_masks=None):
    check_count("prune_gradually", "the number of sparsities", len(sparsities))
    choose_masks = choose_masks or global_masks
    for sparsity in sparsities:
        check_fraction("prune_gradually", "sparsity", sparsity)
    first, *rest = sparsities
    masks = choose_masks([layer["weights"] for layer in model.layers], first)
    tuned = tune(apply_masks(model, masks), list(masks))
    return prune_gradually(tuned, rest, tune, choose_masks) if rest else tuned


@right("prune_gradually")
def gradual_by_hand_with_a_warning(model, sparsities, tune, choose_masks=None):
    import warnings

    check_count("prune_gradually", "the number of sparsities", len(sparsities))
    choose_masks = choose_masks or global_masks
    for sparsity in sparsities:
        check_fraction("prune_gradually", "sparsity", sparsity)
    warnings.warn("a student's own warning", stacklevel=1)
    current = model.copy()
    for step in range(len(sparsities)):
        keep = tuple(choose_masks([np.array(w) for w in current.weights()], sparsities[step]))
        pruned = DenseMLP.from_layers(current.layers, current.activation)
        for i in range(len(keep)):
            pruned.layers[i]["weights"][~keep[i]] = 0
        current = tune(pruned, keep)
    return current


@right("prune_gradually")
def gradual_by_reduce(model, sparsities, tune, choose_masks=None):
    from functools import reduce

    check_count("prune_gradually", "the number of sparsities", len(sparsities))
    for sparsity in sparsities:
        check_fraction("prune_gradually", "sparsity", sparsity)

    def cut(network, sparsity):
        masks = (choose_masks or global_masks)(network.weights(), sparsity)
        return tune(apply_masks(network, masks), masks)

    return reduce(cut, sparsities, model)


@wrong("prune_gradually", "without choose_masks each layer is cut alike", "global_masks")
def gradual_each_layer_by_default(model, sparsities, tune, choose_masks=None):
    def each_layer(weights, sparsity):
        return [global_masks([weight], sparsity)[0] for weight in weights]

    for sparsity in sparsities:
        masks = (choose_masks or each_layer)(model.weights(), sparsity)
        model = tune(apply_masks(model, masks), masks)
    return model
