"""Part 5: a file, and the network in it."""

slip(
    "ship",
    "ship_too_large",
    "the budget is a wish",
    says="bytes, but at most",
    old="if len(content) <= max_bytes:",
    new="if True:",
)
slip(
    "ship",
    "ship_without_a_packer",
    "int8 is small enough",
    says="bytes, but at most|ValueError",
    old='lzma.compress(b"".join(parts), lzma.FORMAT_ALONE)',
    new='lzma.compress(b"".join(parts) + np.random.default_rng(0).bytes(10_000), lzma.FORMAT_ALONE)',
)
slip(
    "ship",
    "ship_in_place",
    "the network is mine to change",
    says="changed what it was given",
    old="            codes = ",
    new='            layer["weights"][:] = np.round(layer["weights"], 3)\n            codes = ',
)
slip(
    "ship",
    "ship_text",
    "a file is text",
    says="ship returns bytes, the file; got str",
    old="return content",
    new='return content.decode("latin-1")',
)
slip(
    "ship",
    "ship_codes_across",
    "rows or columns, the bytes are the same",
    says="accuracy falls",
    old="codes.T.tobytes()",
    new="codes.tobytes()",
)
slip(
    "ship",
    "ship_without_bias",
    "biases are small",
    says="accuracy falls",
    old='layer["bias"].astype(np.float16).tobytes()',
    new='(100 * layer["bias"]).astype(np.float16).tobytes()',
)
slip(
    "ship",
    "ship_two_bits",
    "two bits do",
    says="accuracy falls",
    old="2 ** (bits - 1) - 1",
    new="1",
)
slip(
    "ship",
    "ship_never_gives_up",
    "the smallest file will do",
    says="ValueError is wanted",
    old="    raise ValueError(",
    new="    return content\n    raise ValueError(",
)
slip(
    "unship",
    "unship_remembers",
    "what ship found out is still there",
    says="has the file and your code alone|raised",
    old="    raw = lzma.decompress(content)",
    new='    raw = globals()["KEPT"]',
)
slip(
    "unship",
    "unship_layers",
    "layers are a network",
    says="unship returns a DenseMLP; got list",
    old="return DenseMLP.from_layers(layers)",
    new="return layers",
)
slip(
    "unship",
    "unship_without_scale",
    "codes are weights",
    says="accuracy falls",
    old="codes.T * scale",
    new="codes.T * np.float32(0.01)",
)
slip(
    "unship",
    "unship_of_one_size",
    "all networks have the sizes of this one",
    says="raised|accuracy falls",
    old="np.frombuffer(raw, np.uint16, count, offset=2).tolist()",
    new="[144, 256, 128, 64, 10]",
)


@right("ship")
def ship_smallest_always(model, x, y, max_bytes):
    check_count("ship", "max_bytes", max_bytes)
    small = tuned(without_weakest(model, 0.5), x, y, 4)
    masks = global_masks(small.weights(), 0.5)
    small = tuned(small, x, y, 4, masks)
    sizes = [small.input_size, *small.hidden_sizes, small.output_size]
    parts = [np.array([len(sizes), *sizes], dtype=np.uint16).tobytes()]
    for layer in small.layers:
        scale = (abs(layer["weights"]).max(axis=0) / 7).astype(np.float16)
        scale[scale == 0] = 1
        codes = np.clip(np.rint(layer["weights"] / scale), -7, 7).astype(np.int8)
        parts += [scale.tobytes(), layer["bias"].astype(np.float16).tobytes(), codes.T.tobytes()]
    content = lzma.compress(b"".join(parts), format=lzma.FORMAT_ALONE, preset=9)
    if len(content) > max_bytes:
        raise ValueError(f"{len(content)} bytes do not fit in {max_bytes}")
    return content


@right("unship")
def unship_by_slices(content):
    raw = memoryview(lzma.decompress(content))
    count = int.from_bytes(raw[:2], "little")
    sizes = [int.from_bytes(raw[2 + 2 * i : 4 + 2 * i], "little") for i in range(count)]
    raw, layers = raw[2 + 2 * count :], []
    for n_in, n_out in itertools.pairwise(sizes):
        head = np.frombuffer(raw[: 4 * n_out], np.float16).reshape(2, n_out).astype(np.float32)
        codes = np.frombuffer(raw[4 * n_out : 4 * n_out + n_in * n_out], np.int8)
        weights = (codes.reshape(n_out, n_in) * head[0][:, None]).T
        layers.append({"weights": weights.copy(), "bias": head[1].copy()})
        raw = raw[4 * n_out + n_in * n_out :]
    return DenseMLP.from_layers(layers)


@right("unship")
def unship_with_a_warning(content):
    np.log(np.zeros(1))  # warns
    raw = np.frombuffer(lzma.decompress(content), np.uint8)
    count = int(raw[:2].view(np.uint16)[0])
    sizes = raw[2 : 2 + 2 * count].copy().view(np.uint16).astype(int)
    model = DenseMLP(sizes[0], tuple(sizes[1:-1]), sizes[-1], rng=0)
    at = 2 + 2 * count
    for layer in model.layers:
        n_in, n_out = layer["weights"].shape
        scale, bias = (
            raw[at : at + 4 * n_out].copy().view(np.float16).astype(np.float32).reshape(2, -1)
        )
        codes = raw[at + 4 * n_out : at + 4 * n_out + n_in * n_out].view(np.int8)
        layer["weights"] = codes.reshape(n_out, n_in).T * scale
        layer["bias"] = bias
        at += 4 * n_out + n_in * n_out
    return model
