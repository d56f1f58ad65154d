"""Seconds per epoch of a small network in Keras, on random data: python dnn_peer.py ROWS FEATURES BATCH EPOCHS

Dense, batch normalisation, ReLU and dropout of 0.1, four times (128, 64, 32, 16 wide), then one output; mean squared error,
Adam, float32, rows shuffled each epoch as Keras does. A first fit of one epoch, which compiles, is not timed. Prints one
JSON object. Needs tensorflow-cpu, keras and numpy.
"""
import json
import platform
import sys
import time

import keras
import numpy as np
import tensorflow as tf

rows, features, batch, epochs = (int(argument) for argument in sys.argv[1:5])


class Clock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.started)


random = np.random.default_rng(1)
x = random.standard_normal((rows, features), dtype=np.float32)
y = (x @ random.standard_normal((features, 1)) + random.standard_normal((rows, 1))).astype(np.float32)

keras.utils.set_random_seed(1)
layers = [keras.Input((features,))]
for width in [128, 64, 32, 16]:
    layers += [keras.layers.Dense(width), keras.layers.BatchNormalization(), keras.layers.ReLU(), keras.layers.Dropout(0.1)]
model = keras.Sequential([*layers, keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")

model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
clock = Clock()
model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0, callbacks=[clock])

versions = {"python": platform.python_version(), "keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__}
print(json.dumps({"seconds_per_epoch": clock.seconds, "versions": versions}))
