"""Writes ../lifetimes.json: python from_lifetimes.py FOLDER, with lifetimes 0.11.3; a second.

What the Python package lifetimes says of customers at fixed parameters, in doubles: P(alive), conditional and unconditional
expectations, probabilities of counts, spend and customer lifetime value. FOLDER holds cdnow_summary_spend.csv.

Its customer_lifetime_value discounts the purchases of months of 30 days, or 4.345 weeks, from their ends.
"""
import csv, json, sys
from pathlib import Path
import numpy as np
import lifetimes
from lifetimes import BetaGeoBetaBinomFitter, BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
import pandas as pd

CUSTOMERS = [(0, 0.0, 38.86), (1, 1.71, 38.86), (2, 30.43, 38.86), (7, 29.43, 38.86), (12, 35.0, 36.0), (26, 38.0, 38.86), (3, 8.0, 60.0)]
OPPORTUNITIES = [(0, 0, 6), (1, 1, 6), (3, 4, 6), (6, 6, 6), (2, 2, 6), (5, 10, 12)]
WEEKS = [1, 13, 39, 104]
MODELS = {
    'bgnbd_model': (BetaGeoFitter, {'r': 0.243, 'alpha': 4.414, 'a': 0.793, 'b': 2.426}),
    'mbgnbd_model': (ModifiedBetaGeoFitter, {'r': 0.525, 'alpha': 6.183, 'a': 0.891, 'b': 1.614}),
    'paretonbd_model': (ParetoNBDFitter, {'r': 0.553, 'alpha': 10.578, 's': 0.606, 'beta': 11.669}),
}


def fitter(kind, params):
    made = kind()
    made.params_ = pd.Series(params)
    if kind is not GammaGammaFitter:
        made.predict = made.conditional_expected_number_of_purchases_up_to_time  # as fit() would set it
    return made


def numbers(values):
    return [float(v) for v in np.atleast_1d(values)]


x, tx, T = (np.array(column, float) for column in zip(*CUSTOMERS))
out = {'schema': 1, 'lifetimes': lifetimes.__version__, 'weeks': WEEKS, 'customers': CUSTOMERS, 'models': {}}
for name, (kind, params) in MODELS.items():
    f = fitter(kind, params)
    one = {'parameters': params}
    one['p_alive'] = numbers(f.conditional_probability_alive(x, tx, T))
    one['expected_purchases'] = [numbers(f.conditional_expected_number_of_purchases_up_to_time(t, x, tx, T)) for t in WEEKS]
    one['expected_purchases_new'] = [float(np.squeeze(f.expected_number_of_purchases_up_to_time(t))) for t in WEEKS]
    if kind is ParetoNBDFitter:
        one['pmf'] = [[float(np.squeeze(f.conditional_probability_of_n_purchases_up_to_time(n, 13, a, b, c))) for n in range(4)] for a, b, c in CUSTOMERS]
    else:
        one['pmf_new'] = [float(np.squeeze(f.probability_of_n_purchases_up_to_time(13, n))) for n in range(6)]
    out['models'][name] = one

rows = list(csv.DictReader(open(Path(sys.argv[1]) / 'cdnow_summary_spend.csv')))[::150]
column = lambda name: np.array([float(row[name]) for row in rows])
gg = fitter(GammaGammaFitter, {'p': 6.25, 'q': 3.74, 'v': 15.44})
bg = fitter(*MODELS['bgnbd_model'])
fx, fx_tx, fx_T, z = column('x'), column('t_x'), column('T'), column('mean_spend')
out['spend'] = {
    'parameters': {'p': 6.25, 'q': 3.74, 'gamma': 15.44},
    'frequency': numbers(fx), 'recency': numbers(fx_tx), 'age': numbers(fx_T), 'monetary': numbers(z),
    'expected_spend': numbers(gg.conditional_expected_average_profit(fx, z)),
}
series = lambda values: pd.Series(values)
clv = lambda unit, scale, time, rate: numbers(gg.customer_lifetime_value(
    fitter(BetaGeoFitter, {**MODELS['bgnbd_model'][1], 'alpha': MODELS['bgnbd_model'][1]['alpha'] * scale}),
    series(fx), series(fx_tx * scale), series(fx_T * scale), series(z), time=time, discount_rate=rate, freq=unit))
out['clv'] = [
    {'time_unit': 'week', 'scale': 1, 'months': 12, 'rate': 0.01, 'value': clv('W', 1, 12, 0.01)},
    {'time_unit': 'week', 'scale': 1, 'months': 3, 'rate': 0.05, 'value': clv('W', 1, 3, 0.05)},
    {'time_unit': 'day', 'scale': 7, 'months': 12, 'rate': 0.01, 'value': clv('D', 7, 12, 0.01)},
]

nx, ntx, n = (np.array(column) for column in zip(*OPPORTUNITIES))
params = {'alpha': 1.204, 'beta': 0.750, 'gamma': 0.657, 'delta': 2.783}
bb = fitter(BetaGeoBetaBinomFitter, params)
out['opportunities'] = {
    'parameters': params, 'customers': [[int(v) for v in row] for row in OPPORTUNITIES],
    'p_alive': numbers(bb.conditional_probability_alive(0, nx, ntx, n)),
    'horizon': 5, 'expected_purchases': numbers(bb.conditional_expected_number_of_purchases_up_to_time(5, nx, ntx, n)),
}
path = Path(__file__).resolve().parent.parent / 'lifetimes.json'
path.write_text(json.dumps(out, indent=1) + '\n')
