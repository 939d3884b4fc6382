"""Part 4: int8."""

# --- quantize_int8 -----------------------------------------------------------------------------

slip(
    "quantize_int8",
    "int8_one_scale",
    "one scale for the whole weight",
    says="one scale for each column",
    old="np.abs(weight).max(axis=0)",
    new="np.abs(weight).max(keepdims=True)[0]",
)
slip(
    "quantize_int8",
    "int8_one_scale_repeated",
    "the largest scale serves all columns",
    says="not one for all",
    old="    scale[scale == 0] = 1",
    new="    scale[:] = scale.max()",
)
slip(
    "quantize_int8",
    "int8_scale_for_each_row",
    "one scale for each input",
    says="one a row",
    old="    scale = (np.abs(weight).max(axis=0) / 127).astype(np.float32)",
    new=(
        "    scale = (np.abs(weight).max(axis=1) / 127).astype(np.float32)\n"
        "    return np.rint(weight / scale[:, None]).astype(np.int8), scale"
    ),
)
slip(
    "quantize_int8",
    "int8_unsigned",
    "a byte is a byte",
    says="got one of dtype uint8",
    old="q.astype(np.int8)",
    new="q.astype(np.int16).astype(np.uint8)",
)
slip(
    "quantize_int8",
    "int8_in_int32",
    "whole numbers are enough",
    says="dtype int32.*one byte each",
    old="q.astype(np.int8)",
    new="q.astype(np.int32)",
)
slip(
    "quantize_int8",
    "int8_not_rounded",
    "the cast rounds",
    says="A cast cuts off",
    old="np.rint(weight / scale)",
    new="weight / scale",
)
slip(
    "quantize_int8",
    "int8_floor",
    "rounding down is rounding",
    says="That rounds down",
    old="np.rint(weight / scale)",
    new="np.floor(weight / scale + 1e-9)",
)
slip(
    "quantize_int8",
    "int8_zero_column",
    "every column has a weight",
    says="divide by zero",
    old="    scale[scale == 0] = 1\n",
    new="",
)
slip(
    "quantize_int8",
    "int8_128_steps",
    "int8 has 128 steps each side",
    says="127 steps each side, so that both signs",
    old="/ 127)",
    new="/ 128)",
)
slip(
    "quantize_int8",
    "int8_255_steps",
    "a byte has 255 steps, sign or not",
    says="255 steps hold no sign",
    old="/ 127)",
    new="/ 255)",
)
slip(
    "quantize_int8",
    "int8_spread",
    "the range goes from smallest to largest",
    says="spreads from smallest to largest",
    old="np.abs(weight).max(axis=0) / 127",
    new="(weight.max(axis=0) - weight.min(axis=0)) / 255",
)
slip(
    "quantize_int8",
    "int8_largest_value",
    "the largest value is the largest magnitude",
    says="take the largest magnitude",
    old="np.abs(weight).max(axis=0)",
    new="weight.max(axis=0)",
)
slip(
    "quantize_int8",
    "int8_scale_upside_down",
    "the scale multiplies the weight",
    says="Upside down",
    old="    return q.astype(np.int8), scale",
    new="    return q.astype(np.int8), 1 / scale",
)
slip(
    "quantize_int8",
    "int8_scale_float64",
    "a scale may be float64",
    says="scale must be float32",
    old=".astype(np.float32)",
    new="",
)
slip(
    "quantize_int8",
    "int8_returns_floats",
    "the rounded weight is the result",
    says="dtype float32.*one byte each",
    old="q.astype(np.int8), scale",
    new="(q * scale).astype(np.float32), scale",
)
slip(
    "quantize_int8",
    "int8_returns_q",
    "q is the result",
    says="Return the pair",
    old="q.astype(np.int8), scale",
    new="q.astype(np.int8)",
)


@wrong("quantize_int8", "the weight may be scaled in place", "changed what it was given")
def int8_in_place(weight):
    scale = (np.abs(weight).max(axis=0) / 127).astype(np.float32)
    scale[scale == 0] = 1
    weight /= scale
    return np.rint(weight).astype(np.int8), scale


@right("quantize_int8")
def int8_by_loops(weight):
    q, scales = np.zeros(weight.shape, dtype="i1"), []
    for j in range(weight.shape[1]):
        largest = max(abs(float(value)) for value in weight[:, j])
        scale = np.float32(largest / 127) if largest else np.float32(1e-3)
        for i in range(weight.shape[0]):
            q[i, j] = round(float(weight[i, j]) / float(scale))
        scales.append(scale)
    return q, np.array(scales, dtype=np.float32)


@right("quantize_int8")
def int8_with_a_warning(weight):
    wide = weight.astype(np.float64)
    largest = np.linalg.norm(wide, ord=np.inf, axis=0)
    q = np.round(127 * wide / largest)  # warns where a column is zero
    scale = np.where(largest > 0, largest / 127, 1.0)
    return np.nan_to_num(q).astype(np.int8), scale.astype(np.float32)
