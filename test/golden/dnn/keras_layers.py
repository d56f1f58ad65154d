"""Layers, losses, optimisers and the ZILN distribution as Keras, TensorFlow and mpmath compute them.

    python keras_layers.py > keras-layers.json

Made with Python 3.11.7, keras 3.15.1, tensorflow-cpu 2.21.0, numpy 2.4.6, scipy 1.17.1, mpmath 1.4.1; some seconds.

Inputs and weights are multiples of 1/256, hence exact in float32. A key ending in `_f64` holds what Keras says in float64,
the truth; the one ending in `_f32` holds the same in float32, for the size of its rounding. Losses and the ZILN
distribution come by a second route in mpmath at 50 digits, which has to agree; layers and optimisers by one in numpy,
gradients of the network by differences.
"""
import json
import os
import platform
import sys
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import mpmath
import numpy as np
import scipy
import scipy.stats
import tensorflow as tf
from mpmath import mp, mpf

mp.dps = 50
DTYPES = ["float64", "float32"]
EPSILON, MOMENTUM = 1e-3, 0.99  # of batch normalisation
KERAS_EPSILON = 1e-7  # keras.backend.epsilon()
FLOOR = float(np.sqrt(KERAS_EPSILON))  # of sigma in the ZILN loss of google/lifetime_value
ROWS, INPUTS, HIDDEN = 6, 4, [5, 3]
OUTPUTS = {"mse": 1, "poisson": 1, "negative_binomial": 2, "ziln": 3}


# ------------------------------------------------------------------ helpers
def drawer(seed):
    random = np.random.default_rng(seed)
    return lambda *shape, low=-1.5, high=1.5: random.integers(int(low * 256), int(high * 256) + 1, shape) / 256


def plain(value, digits=None):
    """Lists and numbers for JSON; float32 with the shortest decimals that read back as the same float32."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (tf.Tensor, tf.Variable, keras.Variable)):
        value = np.asarray(value)
    if isinstance(value, np.ndarray) and value.ndim:
        return [plain(one) for one in value + 0.0]  # -0 becomes 0
    if isinstance(value, np.ndarray):
        value = value[()]
    if isinstance(value, np.float32):
        return float(str(value))
    return value.item() if isinstance(value, np.generic) else float(value) if isinstance(value, mpf) else value


def both(compute):
    """What compute(dtype) returns, a dict, in both precisions: name_f64 and name_f32."""
    found = {}
    for dtype in DTYPES:
        keras.backend.set_floatx(dtype)
        for name, value in compute(dtype).items():
            found[f"{name}_f{dtype[-2:]}"] = plain(value)
    return found


def close(a, b, what, tolerance=1e-12):
    """Stops unless |a - b| <= tolerance * max(1, |b|) everywhere."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    gap = np.max(np.abs(a - b) / np.maximum(1, np.abs(b)))
    assert gap <= tolerance, (what, gap, a, b)


def as_given(options, dtype):
    """In float64 as numpy's doubles: Keras casts some Python numbers (betas, decay rates) by way of float32 even there."""
    return {name: np.float64(value) for name, value in options.items()} if dtype == "float64" else options


def constants(dtype, *arrays):
    return [tf.constant(array, dtype) for array in arrays]


# ------------------------------------------------------------------ single layers
def dense():
    draw = drawer(1)
    given = {"input": draw(ROWS, INPUTS), "kernel": draw(INPUTS, HIDDEN[0]), "bias": draw(HIDDEN[0]),
             "upstream": draw(ROWS, HIDDEN[0])}

    def compute(dtype):
        layer = keras.layers.Dense(HIDDEN[0], dtype=dtype)
        layer.build((None, INPUTS))
        layer.set_weights([given["kernel"], given["bias"]])
        x, upstream = constants(dtype, given["input"], given["upstream"])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(y * upstream)
        kernel, bias, inputs = tape.gradient(loss, [layer.kernel.value, layer.bias.value, x])
        return {"output": y, "gradient_kernel": kernel, "gradient_bias": bias, "gradient_input": inputs}

    found = both(compute)
    close(found["output_f64"], given["input"] @ given["kernel"] + given["bias"], "dense")
    close(found["gradient_kernel_f64"], given["input"].T @ given["upstream"], "dense kernel")
    return {"loss": "sum(output * upstream)", **given, **found}


def batch_normalization():
    draw, width = drawer(2), INPUTS
    given = {"epsilon": EPSILON, "momentum": MOMENTUM, "input": draw(ROWS, width, low=-3, high=5), "gamma": draw(width),
             "beta": draw(width), "moving_mean": draw(width), "moving_variance": draw(width, low=0.25, high=3),
             "upstream": draw(ROWS, width)}

    def compute(dtype):
        layer = keras.layers.BatchNormalization(epsilon=EPSILON, momentum=MOMENTUM, dtype=dtype)
        layer.build((None, width))
        layer.set_weights([given[name] for name in ["gamma", "beta", "moving_mean", "moving_variance"]])
        x, upstream = constants(dtype, given["input"], given["upstream"])
        inference = layer(x, training=False)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(y * upstream)
        gamma, beta, inputs = tape.gradient(loss, [layer.gamma.value, layer.beta.value, x])
        return {"training_output": y, "gradient_gamma": gamma, "gradient_beta": beta, "gradient_input": inputs,
                "updated_moving_mean": layer.moving_mean, "updated_moving_variance": layer.moving_variance,
                "inference_output": inference}

    found = both(compute)
    x = given["input"]
    normal = (x - x.mean(0)) / np.sqrt(x.var(0) + EPSILON)
    close(found["training_output_f64"], given["gamma"] * normal + given["beta"], "normalisation")
    close(found["gradient_gamma_f64"], (normal * given["upstream"]).sum(0), "gamma")
    kept = 1 - MOMENTUM
    close(found["updated_moving_mean_f64"], MOMENTUM * given["moving_mean"] + kept * x.mean(0), "moving mean")
    close(found["updated_moving_variance_f64"], MOMENTUM * given["moving_variance"] + kept * x.var(0), "moving variance")
    return {"loss": "sum(training_output * upstream)",
            "moving_variance_is": "momentum * old + (1 - momentum) * mean((x - mean(x))^2), not divided by rows - 1",
            **given, **found}


def activations():
    x = np.array([-20.0, -3.5, -1.0, -0.00390625, 0.0, 0.00390625, 0.5, 1.0, 3.5, 20.0])

    def compute(dtype):
        found = {}
        for name, call in [("relu", keras.layers.ReLU(dtype=dtype)), ("tanh", keras.layers.Activation("tanh", dtype=dtype))]:
            (at,) = constants(dtype, x)
            with tf.GradientTape() as tape:
                tape.watch(at)
                y = call(at)
            found |= {name: y, f"{name}_derivative": tape.gradient(y, at)}
        return found

    return {"input": x, **both(compute)}


def dropout():
    draw = drawer(3)
    x, upstream, rate = draw(ROWS, INPUTS), draw(ROWS, INPUTS), 0.25
    mask = (np.random.default_rng(3).random((ROWS, INPUTS)) >= rate) * 1.0
    statistics = []
    for share in [0.1, 0.25, 0.5]:
        ones = np.ones((1000, 200), np.float32)
        y = np.asarray(keras.layers.Dropout(share, seed=1, dtype="float32")(ones, training=True))
        statistics.append({"rate": share, "cells": y.size, "mean": float(y.mean(dtype=float)),
                           "share_dropped": float((y == 0).mean()), "kept_value": y.max()})
    # Keras's own mask, applied by the formula to other numbers, gives what the layer gives.
    layer = lambda values: np.asarray(keras.layers.Dropout(rate, seed=7, dtype="float64")(values, training=True))
    close(layer(x), x * (layer(np.ones_like(x)) > 0) / (1 - rate), "dropout")
    close(keras.layers.Dropout(rate)(x.astype("float32"), training=False), x, "dropout in inference")
    return {"formula": "output = input * mask / (1 - rate) in training, input in inference; gradient = upstream * mask / (1 - rate)",
            "rate": rate, "input": x, "mask": mask, "upstream": upstream, "output_f64": x * mask / (1 - rate),
            "gradient_input_f64": upstream * mask / (1 - rate), "keras_statistics_of_ones": statistics}


# ------------------------------------------------------------------ losses, a row each
def mse_rows(out, y, offset):
    return tf.square(y - out[:, 0])


def poisson_rows(out, y, offset):
    eta = offset + out[:, 0]
    return tf.exp(eta) - y * eta


def negative_binomial_rows(out, y, offset):
    eta, g = offset + out[:, 0], out[:, 1]
    k = tf.exp(g)
    counts = tf.math.lgamma(y + k) - tf.math.lgamma(k) - tf.math.lgamma(y + 1)
    return k * tf.math.softplus(eta - g) + y * tf.math.softplus(g - eta) - counts


def ziln_rows(out, y, offset, floor=FLOOR):
    p, mu, sigma = out[:, 0], out[:, 1], tf.maximum(tf.math.softplus(out[:, 2]), tf.constant(floor, out.dtype))
    bought = tf.cast(y > 0, out.dtype)
    log_y = tf.math.log(tf.where(y > 0, y, tf.ones_like(y)))
    half_log_2pi = tf.constant(0.5 * np.log(2 * np.pi), out.dtype)
    normal = log_y + tf.math.log(sigma) + half_log_2pi + 0.5 * tf.square((log_y - mu) / sigma)
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=bought, logits=p) + bought * normal


LOSSES = {"mse": mse_rows, "poisson": poisson_rows, "negative_binomial": negative_binomial_rows, "ziln": ziln_rows}
FORMULAS = {
    "mse": "mean((y - f)^2)",
    "poisson": "sum(w * (exp(o + f) - y * (o + f))) / sum(w)",
    "negative_binomial": "sum(w * -log pmf(y)) / sum(w), mu = exp(o + f), k = exp(g), pmf = Gamma(y + k) / (Gamma(k) y!) * "
    "(k / (k + mu))^k * (mu / (k + mu))^y; outputs (f, g)",
    "ziln": "mean(cross entropy of sigmoid(p) and [y > 0] + [y > 0] * -log lognormal density(y; mu, sigma)), "
    "sigma = max(softplus(raw), floor); outputs (p, mu, raw)",
}


def exact_softplus(x):
    return mp.log1p(mp.exp(x))


def exact_loss(name, out, y, offset=0, floor=FLOOR):
    """The same losses from their definitions in mpmath."""
    out, y, offset = [mpf(v) for v in out], mpf(y), mpf(offset)
    if name == "mse":
        return (y - out[0]) ** 2
    if name == "poisson":
        return mp.exp(offset + out[0]) - y * (offset + out[0])
    if name == "negative_binomial":
        mu, k = mp.exp(offset + out[0]), mp.exp(out[1])
        counts = mp.loggamma(y + k) - mp.loggamma(k) - mp.loggamma(y + 1)
        return -(counts + k * mp.log(k / (k + mu)) + y * mp.log(mu / (k + mu)))
    if y <= 0:
        return exact_softplus(out[0])
    sigma = max(exact_softplus(out[2]), mpf(floor))
    density = mp.exp(-(((mp.log(y) - out[1]) / sigma) ** 2) / 2) / (y * sigma * mp.sqrt(2 * mp.pi))
    return exact_softplus(-out[0]) - mp.log(density)


def exact_gradient(name, out, **given):
    def along(i):
        return mp.diff(lambda v: exact_loss(name, [v if j == i else one for j, one in enumerate(out)], **given), mpf(out[i]))

    return [float(along(i)) for i in range(len(out))]


def loss_rows():
    """Losses of single rows far from the ordinary: mpmath, 50 digits, held against float64."""
    cases = []
    for eta, g, y in [(0, 0, 0), (0.5, -0.25, 3), (1.5, 2, 7), (-12, 0.5, 0), (-12, 0.5, 2), (9, -6, 0), (9, -6, 4000),
                      (2, 12, 9), (2, 12, 0), (3, 18, 25), (-3, -10, 1), (0.75, 8, 1000)]:
        cases.append(("negative_binomial", [eta, g], y, {}))
    for p, mu, raw, y in [(0, 0, 0, 0), (0, 0, 0, 1), (1.5, 3.25, 0.5, 40), (-2, 3.25, 0.5, 40), (20, 2, -1, 0), (-20, 2, -1, 5),
                          (40, 2, 5, 0.015625), (-40, 2, 5, 0), (0.5, 10, 20, 1e6), (0.5, 2, -4, 7.5)]:
        cases.append(("ziln", [p, mu, raw], y, {"floor": FLOOR}))
    for floor in [FLOOR, float(np.sqrt(np.finfo(np.float32).eps))]:  # sigma below either floor
        for raw, y in [(-10, 2), (-30, 1), (-10, 0)]:
            cases.append(("ziln", [0.5, 0.6875, raw], y, {"floor": floor}))
    found = {"negative_binomial": [], "ziln": []}
    for name, out, y, options in cases:
        value, gradient = float(exact_loss(name, out, y, **options)), exact_gradient(name, out, y=y, **options)
        at, target = constants("float64", [out], [y])
        with tf.GradientTape() as tape:
            tape.watch(at)
            rows = LOSSES[name](at, target, 0.0, **options)
        # lgamma of a k of 1e8 is 1e9, and differences of it lose nine digits in float64
        tolerance = 1e-13 * max(10, np.exp(out[1]) * abs(out[1])) if name == "negative_binomial" else 1e-12
        close(rows, [value], (name, out, y), tolerance)
        close(tape.gradient(rows, at), [gradient], (name, out, y, "gradient"), 10 * tolerance)
        found[name].append({"outputs": out, "y": y, **options, "loss": value, "gradient": gradient})
    return found


# ------------------------------------------------------------------ a whole network
def network():
    draw = drawer(4)
    widths = [INPUTS, *HIDDEN]
    weights = {}
    for i, (before, width) in enumerate(zip(widths, HIDDEN), 1):
        weights[f"dense_{i}"] = {"kernel": draw(before, width), "bias": draw(width)}
        weights[f"batch_normalization_{i}"] = {"gamma": draw(width, low=0.5, high=1.5), "beta": draw(width, low=-0.5, high=0.75),
                                               "moving_mean": draw(width), "moving_variance": draw(width, low=0.25, high=2)}
    heads = {size: {"kernel": draw(HIDDEN[-1], size, low=-0.75, high=0.75), "bias": draw(size, low=-0.5, high=0.5)} for size in [1, 2, 3]}
    x = draw(ROWS, INPUTS, low=-2, high=2)
    targets = {"mse": draw(ROWS), "poisson": np.array([0, 1, 0, 3, 7, 2.0]), "negative_binomial": np.array([0, 1, 0, 3, 7, 2.0]),
               "ziln": np.array([0, 12.5, 0, 3.25, 140.0, 0.75])}
    offset, weight = draw(ROWS, low=-1, high=1), np.array([1, 2, 0.5, 1, 3, 0.25])

    def built(dtype, size):
        layers = [keras.Input((INPUTS,), dtype=dtype)]
        for i, width in enumerate(HIDDEN, 1):
            layers += [keras.layers.Dense(width, dtype=dtype, name=f"dense_{i}"),
                       keras.layers.BatchNormalization(epsilon=EPSILON, momentum=MOMENTUM, dtype=dtype, name=f"batch_normalization_{i}"),
                       keras.layers.ReLU(dtype=dtype), keras.layers.Dropout(0.0, dtype=dtype)]
        model = keras.Sequential([*layers, keras.layers.Dense(size, dtype=dtype, name="head")])
        for name, values in {**weights, "head": heads[size]}.items():
            model.get_layer(name).set_weights(list(values.values()))
        return model

    def computed(loss):
        def compute(dtype):
            model = built(dtype, OUTPUTS[loss])
            at, y, o, w = constants(dtype, x, targets[loss], offset, weight)
            if loss in ["mse", "ziln"]:
                w = tf.ones_like(w)

            def forward():
                out = model(at, training=True)
                rows = LOSSES[loss](out, y, o)
                return out, rows, tf.reduce_sum(rows * w) / tf.reduce_sum(w)

            inference = model(at, training=False)
            with tf.GradientTape() as tape:
                out, rows, total = forward()
            gradients = tape.gradient(total, [variable.value for variable in model.trainable_variables])
            by_layer = {}
            for variable, gradient in zip(model.trainable_variables, gradients):
                layer, name = variable.path.split("/")[-2:]
                by_layer.setdefault(layer, {})[name] = gradient
            moving = {name: {"moving_mean": model.get_layer(name).moving_mean, "moving_variance": model.get_layer(name).moving_variance}
                      for name in weights if name.startswith("batch")}
            moving = plain(moving)
            # no unit sits so near the kink of ReLU that float32 could fall on its other side
            inner = keras.Model(model.inputs, [layer.output for layer in model.layers if "batch" in layer.name])
            assert all(np.abs(values).min() > 1e-3 for values in inner(at, training=True))
            if dtype == "float64":
                for variable, gradient in zip(model.trainable_variables, gradients):
                    at_first, along, sides = np.array(variable), draw(*variable.shape), []
                    for sign in [1, -1]:
                        variable.assign(at_first + sign * 1e-5 * along)
                        sides.append(float(forward()[2]))
                    variable.assign(at_first)
                    close((sides[0] - sides[1]) / 2e-5, np.sum(gradient * along), variable.path, 1e-7)
            return {"training_output": out, "row_losses": rows, "loss": total, "gradient": by_layer,
                    "updated_moving_statistics": moving, "inference_output": inference}

        found = both(compute)
        exact = [exact_loss(loss, *row) for row in zip(found["training_output_f64"], targets[loss], offset)]
        close(found["row_losses_f64"], exact, loss)
        return {"formula": FORMULAS[loss], "y": targets[loss], "head": heads[OUTPUTS[loss]], **found}

    return {"layers": "dense_1, batch_normalization_1, relu, dense_2, batch_normalization_2, relu, head; a head for each loss",
            "biases_before_normalisation": "their gradients are 0; what the file holds is rounding",
            "epsilon": EPSILON, "momentum": MOMENTUM, "ziln_floor": FLOOR, "input": x, "offset": offset, "sample_weight": weight,
            "weights": weights, "losses": {loss: computed(loss) for loss in OUTPUTS}}


# ------------------------------------------------------------------ zero-inflated lognormal
def ziln():
    quantiles = [0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
    amounts = [-1, 0, 1e-6, 0.5, 1, 10, 1000, 1e8]
    triples = [(0, 0, 0), (1.5, 3, 0.5), (-1.5, 3, 0.5), (-3, 4.5, 1), (0.25, -2, -1), (20, 2, 0.25), (-20, 2, 0.25), (3, 2, -3),
               (2, 1, -12), (20, 1, -20), (0.5, 2, 5), (20, 0, 5), (-20, 8, 5), (4, 12, 1.5)]
    cases = []
    for p, mu, raw in triples:
        for floor in [0, FLOOR] if exact_softplus(raw) < FLOOR else [FLOOR]:
            sigma = max(exact_softplus(mpf(raw)), mpf(floor))
            chance = 1 / (1 + mp.exp(-mpf(p)))

            def quantile(q):
                inner = (mpf(q) - (1 - chance)) / chance
                return mp.exp(mu + sigma * mp.sqrt(2) * mp.erfinv(2 * inner - 1)) if inner > 0 else mpf(0)

            def cdf(y):
                below = mp.erfc(-(mp.log(mpf(y)) - mu) / sigma / mp.sqrt(2)) / 2 if y > 0 else mpf(0)
                return 1 - chance + chance * below if y >= 0 else mpf(0)

            case = {"p": p, "mu": mu, "raw": raw, "floor": floor, "sigma": sigma, "probability": chance,
                    "mean": chance * mp.exp(mu + sigma**2 / 2), "quantiles": [quantile(q) for q in quantiles],
                    "cdf": [cdf(y) for y in amounts]}
            p1, s1 = float(chance), float(sigma)
            law = scipy.stats.lognorm(s1, scale=np.exp(mu))
            close(p1 * law.mean(), float(case["mean"]), "ziln mean", 1e-11)
            inner = (np.array(quantiles) - (1 - p1)) / p1
            close(np.where(inner > 0, law.ppf(np.clip(inner, 0, 1)), 0), plain(case["quantiles"]), "ziln quantiles", 1e-9)
            close([1 - p1 + p1 * law.cdf(y) if y >= 0 else 0 for y in amounts], plain(case["cdf"]), "ziln cdf", 1e-11)
            cases.append(plain(case))
    return {"formula": "mean = P exp(mu + sigma^2 / 2); quantile = 0 where q <= 1 - P, else exp(mu + sigma Phi^-1((q - (1 - P)) / P)); "
            "cdf = 1 - P + P Phi((log y - mu) / sigma) from 0 on; P = sigmoid(p), sigma = max(softplus(raw), floor)",
            "floor_is": "sqrt(1e-7) in the loss of google/lifetime_value; its predicted mean has none, which is floor 0 here",
            "q": quantiles, "y": amounts, "cases": cases}


# ------------------------------------------------------------------ optimisers
# The fourth weight falls to exactly 0 under the l1 below, stays there, and leaves with the last gradient.
GRADIENTS = [[0.5, -8, 0.25, 2**-8, 2**-23, 0], [0.25, 4, 0.5, -(2**-10), 2**-22, 0], [-1, 0.125, 1, 0, -(2**-24), 0],
             [0.75, -2, -0.125, 2**-10, 0, 0], [0, 1, 0.25, 0.25, 2**-23, 0]]
START = [0.5, -0.25, 0.078125, 2**-9, 0.03125, 0.015625]


def optimizers():
    kinds = {
        "sgd": (keras.optimizers.SGD, {"learning_rate": 0.1}),
        "adam": (keras.optimizers.Adam, {"learning_rate": 0.01, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
        "rmsprop": (keras.optimizers.RMSprop, {"learning_rate": 0.01, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7}),
        "adagrad": (keras.optimizers.Adagrad, {"learning_rate": 0.05, "initial_accumulator_value": 0.1, "epsilon": 1e-7}),
    }
    updates = {
        "sgd": "w -= lr g",
        "adam": "m = beta_1 m + (1 - beta_1) g; v = beta_2 v + (1 - beta_2) g^2; "
        "w -= lr sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)",
        "rmsprop": "v = rho v + (1 - rho) g^2; w -= lr g / sqrt(v + epsilon)",
        "adagrad": "a += g^2; w -= lr g / sqrt(a + epsilon)",
        "proximal_adagrad": "a += g^2; s = lr / sqrt(a); z = w - s g; w = sign(z) max(|z| - s l1, 0) / (1 + s l2)",
    }

    def by_hand(name, o):
        """The updates above in numpy."""
        w, a, m = np.array(START, float), o.get("initial_accumulator_value", 0.0), 0.0
        for t, g in enumerate(np.array(GRADIENTS), 1):
            if name == "sgd":
                w = w - o["learning_rate"] * g
            elif name == "adam":
                m, a = o["beta_1"] * m + (1 - o["beta_1"]) * g, o["beta_2"] * a + (1 - o["beta_2"]) * g**2
                w = w - o["learning_rate"] * np.sqrt(1 - o["beta_2"] ** t) / (1 - o["beta_1"] ** t) * m / (np.sqrt(a) + o["epsilon"])
            elif name == "rmsprop":
                a = o["rho"] * a + (1 - o["rho"]) * g**2
                w = w - o["learning_rate"] * g / np.sqrt(a + o["epsilon"])
            elif name == "adagrad":
                a = a + g**2
                w = w - o["learning_rate"] * g / np.sqrt(a + o["epsilon"])
            else:
                a = a + g**2
                s = o["learning_rate"] / np.sqrt(a)
                z = w - s * g
                w = np.sign(z) * np.maximum(np.abs(z) - s * o["l1"], 0) / (1 + s * o["l2"])
        return w

    def entry(name, options, step):
        """step(dtype) makes a variable and what moves it by a gradient."""
        def compute(dtype):
            variable, move = step(dtype)
            after = []
            for gradient in GRADIENTS:
                move(tf.constant(gradient, dtype))
                after.append(np.array(variable))
            return {"after_each_step": after, "weights": after[-1]}

        found = both(compute)
        close(found["weights_f64"], by_hand(name, options), name)
        return {"update": updates[name], **options, **found}

    def keras_step(kind, options):
        def step(dtype):
            variable, optimizer = keras.Variable(START, dtype=dtype), kind(**as_given(options, dtype))
            optimizer.build([variable])
            return variable, lambda gradient: optimizer.apply([gradient], [variable])

        return step

    def proximal_step(o):
        def step(dtype):
            w, a = tf.Variable(START, dtype=dtype), tf.Variable([o["initial_accumulator_value"]] * len(START), dtype=dtype)
            lr, l1, l2 = constants(dtype, o["learning_rate"], o["l1"], o["l2"])
            return w, lambda g: tf.raw_ops.ResourceApplyProximalAdagrad(var=w.handle, accum=a.handle, lr=lr, l1=l1, l2=l2, grad=g)

        return step

    found = {name: entry(name, options, keras_step(kind, options)) for name, (kind, options) in kinds.items()}
    options = {"learning_rate": 0.05, "initial_accumulator_value": 0.1, "l1": 0.01, "l2": 0.02}
    found["proximal_adagrad"] = entry("proximal_adagrad", options, proximal_step(options))
    assert [step[3] == 0 for step in found["proximal_adagrad"]["after_each_step_f64"]] == [True] * 4 + [False]
    without = {**options, "l1": 0.0, "l2": 0.0}
    found["proximal_adagrad_without_penalty"] = entry("proximal_adagrad", without, proximal_step(without))
    return {"start": START, "gradients": GRADIENTS, **found}


def exponential_decay():
    steps, options = [0, 99, 100, 101, 250, 1000], {"initial_learning_rate": 0.00135, "decay_steps": 100, "decay_rate": 0.7}
    found = {}
    for staircase in [True, False]:
        def compute(dtype):
            schedule = keras.optimizers.schedules.ExponentialDecay(**as_given(options, dtype), staircase=staircase)
            return {"learning_rate": [np.asarray(schedule(step)) for step in steps]}

        found["staircase" if staircase else "smooth"] = both(compute)
        power = [step // 100 if staircase else step / 100 for step in steps]
        close(found["staircase" if staircase else "smooth"]["learning_rate_f64"], 0.00135 * 0.7 ** np.array(power), "decay", 1e-15)
    return {**options, "steps": steps, **found}


# ------------------------------------------------------------------ regularisers, buckets
def regularizers():
    kernel = drawer(5)(INPUTS, 3)
    kernel[1, 1] = 0.0
    found = {}
    l1, l2 = 2**-7, 2**-6  # exact in float32, through which Keras casts them
    for name, rates in [("l1", {"l1": l1, "l2": 0.0}), ("l2", {"l1": 0.0, "l2": l2}), ("l1_l2", {"l1": l1, "l2": l2})]:
        def compute(dtype):
            layer = keras.layers.Dense(3, kernel_regularizer=keras.regularizers.L1L2(**rates), dtype=dtype)
            layer.build((None, INPUTS))
            layer.set_weights([kernel, np.zeros(3)])
            with tf.GradientTape() as tape:
                (penalty,) = layer.losses
            return {"penalty": penalty, "gradient": tape.gradient(penalty, layer.kernel.value)}

        found[name] = {**rates, **both(compute)}
        close(found[name]["penalty_f64"], rates["l1"] * np.abs(kernel).sum() + rates["l2"] * (kernel**2).sum(), name)
    return {"formula": "penalty = l1 * sum(|w|) + l2 * sum(w^2); the gradient of |w| at 0 is 0", "kernel": kernel, **found}


def buckets():
    boundaries = [-1.5, 0, 0.5, 10, 100]
    values = [-1e30, -2, -1.5, -1.4375, -0.0, 0, 0.25, 0.5, 0.515625, 9.75, 10, 99.5, 100, 1000, 1e30]
    index = np.asarray(tf.raw_ops.Bucketize(input=tf.constant(values, "float32"), boundaries=boundaries))
    layers = {mode: keras.layers.Discretization(bin_boundaries=boundaries, output_mode=mode) for mode in ["int", "one_hot"]}
    column = np.array(values, np.float32)[:, None]
    assert (np.asarray(layers["int"](column))[:, 0] == index).all()
    one_hot = np.asarray(layers["one_hot"](column))
    draw = drawer(6)
    kernel, bias = draw(len(boundaries) + 1), draw(1)[0]
    linear = keras.layers.Dense(1, dtype="float64")
    linear.build((None, len(kernel)))
    linear.set_weights([kernel[:, None], np.array([bias])])
    close(np.asarray(linear(one_hot))[:, 0], kernel[index] + bias, "wide column")
    return {"rule": "index = how many boundaries are <= value: a value equal to a boundary lies above it", "boundaries": boundaries,
            "values": values, "index": index, "wide": {"kernel": kernel, "bias": bias, "output_f64": linear(one_hot)[:, 0]}}


# ------------------------------------------------------------------ the file
def text(value, indent=1):
    """JSON with an array of numbers, or of rows of numbers, on one line."""
    if isinstance(value, dict) or isinstance(value, list) and value and isinstance(value[0], dict):
        marks = "{}" if isinstance(value, dict) else "[]"
        names = [json.dumps(key) + ": " for key in value] if isinstance(value, dict) else [""] * len(value)
        items = value.values() if isinstance(value, dict) else value
        lines = ",\n".join(" " * indent + name + text(one, indent + 1) for name, one in zip(names, items))
        return f"{marks[0]}\n{lines}\n{' ' * (indent - 1)}{marks[1]}"
    return json.dumps(value, allow_nan=False)


warnings.simplefilter("ignore")
versions = {"python": platform.python_version(), "keras": keras.__version__, "tensorflow": tf.__version__,
            "numpy": np.__version__, "scipy": scipy.__version__, "mpmath": mpmath.__version__}
file = {"schema": 1, "made_by": "keras_layers.py", "versions": versions}
for part in [dense, batch_normalization, activations, dropout, loss_rows, network, ziln, optimizers, exponential_decay, regularizers, buckets]:
    file[part.__name__] = plain(part())
    print(part.__name__, file=sys.stderr)
print(text(file))
