"""What bench/run.ts times, done with lifetimes 0.11.3.

    python lifetimes_peer.py models REQUEST.json       answers and times of models, as JSON
    python lifetimes_peer.py train SUMMARY MODEL LOG THRESHOLD END OUTPUT   one training on UCI Online Retail
    python lifetimes_peer.py compare LOG THRESHOLD END   all its models of a log, on one split

SUMMARY is `utility` (lifetimes' calibration_and_holdout_data) or `own` (the same table with a few lines of pandas).
"""
import json
import platform
import sys
import time
import warnings

warnings.simplefilter("ignore")

import numpy as np
import pandas as pd
import scipy
import lifetimes
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
from lifetimes.utils import ConvergenceError, calibration_and_holdout_data

PURCHASES = {"paretonbd_model": ParetoNBDFitter, "bgnbd_model": BetaGeoFitter}


def spend_data(data):
    informing = (data.frequency > 0) & (data.monetary > 0)
    return data.frequency[informing], data.monetary[informing]


def fit(model, data):
    """A fitted model. The Pareto/NBD starts from random numbers: a seed makes a run repeatable."""
    np.random.seed(1)
    if model == "gammagamma_model":
        return GammaGammaFitter(penalizer_coef=0.0).fit(*spend_data(data))
    return PURCHASES[model](penalizer_coef=0.0).fit(data.frequency, data.recency, data.age)


def predict(purchases, spend, data, horizon):
    history = (data.frequency, data.recency, data.age)
    with np.errstate(all="ignore"):
        alive = purchases.conditional_probability_alive(*history)
        count = purchases.conditional_expected_number_of_purchases_up_to_time(horizon, *history)
        each = spend.conditional_expected_average_profit(data.frequency, data.monetary)
    return {"p_alive": alive, "purchases": count, "spend": each, "value": count * each}


def log_likelihood(model, parameters, data):
    """At given parameters, in the data's own time unit, summed over customers."""
    if model == "gammagamma_model":
        x, z = spend_data(data)
        x, z, ones = x.to_numpy(float), z.to_numpy(float), np.ones(len(x))
        return -GammaGammaFitter._negative_log_likelihood(np.log(parameters), x, z, ones, 0.0) * len(x)
    x, tx, age = data.frequency.to_numpy(float), data.recency.to_numpy(float), data.age.to_numpy(float)
    ones = np.ones(len(x))
    if model == "paretonbd_model":
        return -ParetoNBDFitter._negative_log_likelihood(parameters, x, tx, age, ones, 0.0)
    return -BetaGeoFitter._negative_log_likelihood(np.log(parameters), x, tx, age, ones, 0.0) * len(x)


def timed(call, repetitions, seconds):
    """
    The result, and times in ms: `repetitions` of them after a warm-up, but 3 and no warm-up where one takes `seconds`,
    and only one where it takes 12 times as long.
    """
    times = []
    while len(times) < repetitions + 1 and (len(times) < 3 or sum(times) < 3000 * seconds):
        if times and times[0] > 12000 * seconds:
            break
        started = time.perf_counter()
        result = call()
        times.append(1000 * (time.perf_counter() - started))
    return result, times if times[0] > 1000 * seconds else times[1:]


def with_parameters(model, values):
    """A fitter as if it had found these parameters."""
    fitter = GammaGammaFitter() if model == "gammagamma_model" else PURCHASES[model]()
    fitter.params_ = pd.Series(values, index=PARAMETERS[model])
    return fitter


PARAMETERS = {
    "paretonbd_model": ["r", "alpha", "s", "beta"],
    "bgnbd_model": ["r", "alpha", "a", "b"],
    "gammagamma_model": ["p", "q", "v"],
}


def models(request_file):
    with open(request_file) as file:
        request = json.load(file)
    answers = []
    for task in request["tasks"]:
        data = pd.read_csv(task["sample"])
        model = task["model"]
        try:
            if task["kind"] == "fit":
                fitter, times = timed(lambda: fit(model, data), request["repetitions"], request["seconds"])
                parameters = [float(fitter.params_[name]) for name in PARAMETERS[model]]
                errors = getattr(fitter, "standard_errors_", None)
                answers.append(
                    {
                        "times": times,
                        "parameters": parameters,
                        "standard_errors": None if errors is None else [float(e) for e in errors],
                        "log_likelihood": float(log_likelihood(model, parameters, data)),
                        "log_likelihood_at_ours": float(log_likelihood(model, task["parameters"], data)),
                    }
                )
            else:
                # At the parameters that clv found: predictions then differ by nothing but the computation.
                purchases = with_parameters(model, task["parameters"])
                spend = with_parameters("gammagamma_model", task["spend_parameters"])
                predicted, times = timed(
                    lambda: predict(purchases, spend, data, task["horizon"]), request["repetitions"], request["seconds"]
                )
                for name, values in predicted.items():
                    np.asarray(values, dtype=np.float64).tofile(f"{task['output']}.{name}")
                answers.append({"times": times})
        except ConvergenceError:
            answers.append({"failed": "ConvergenceError"})
    versions = {
        "python": platform.python_version(),
        "lifetimes": lifetimes.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "pandas": pd.__version__,
    }
    print(json.dumps({"versions": versions, "answers": answers}))


def clean(log):
    """Lines with a customer, a positive quantity and price, not cancelled; what clv keeps."""
    lines = pd.read_csv(
        log,
        usecols=["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"],
        dtype={"InvoiceNo": str, "CustomerID": str},
    )
    kept = (
        lines.CustomerID.notna()
        & (lines.Quantity > 0)
        & (lines.UnitPrice > 0)
        & ~lines.InvoiceNo.str.upper().str.startswith("C")
    )
    lines = lines[kept]
    return pd.DataFrame(
        {
            "customer": lines.CustomerID,
            "day": pd.to_datetime(lines.InvoiceDate, format="%m/%d/%Y %H:%M").dt.normalize(),
            "value": lines.Quantity * lines.UnitPrice,
        }
    )


def summary_by_utility(lines, threshold, end):
    table = calibration_and_holdout_data(
        lines, "customer", "day", threshold, observation_period_end=end, freq="D", monetary_value_col="value"
    )
    return pd.DataFrame(
        {
            "frequency": table.frequency_cal,
            "recency": table.recency_cal,
            "age": table.T_cal,
            "monetary": table.monetary_value_cal,
            "holdout": table.frequency_holdout,
        }
    )


def summary_of_our_own(lines, threshold, end):
    threshold, end = pd.Timestamp(threshold), pd.Timestamp(end)
    days = lines.groupby(["customer", "day"], as_index=False)["value"].sum()
    calibration = days[days.day <= threshold].copy()
    calibration["first"] = calibration.groupby("customer").day.transform("min")
    calibration["repeat"] = calibration.value.where(calibration.day > calibration["first"], 0.0)
    table = calibration.groupby("customer").agg(
        first=("day", "min"), last=("day", "max"), count=("day", "size"), repeat=("repeat", "sum")
    )
    holdout = days[(days.day > threshold) & (days.day <= end)].groupby("customer").size()
    frequency = table["count"] - 1
    return pd.DataFrame(
        {
            "frequency": frequency,
            "recency": (table["last"] - table["first"]).dt.days,
            "age": (threshold - table["first"]).dt.days,
            "monetary": (table.repeat / frequency.where(frequency > 0)).fillna(0.0),
            "holdout": holdout.reindex(table.index).fillna(0),
        }
    )


def train(summary, model, log, threshold, end, output):
    lines = clean(log)
    data = (summary_by_utility if summary == "utility" else summary_of_our_own)(lines, threshold, end)
    answer = {"customers": len(data), "actual_purchases": float(data.holdout.sum())}
    horizon = (pd.Timestamp(end) - pd.Timestamp(threshold)).days
    try:
        fitter = fit(model, data)
    except ConvergenceError:
        print(json.dumps({**answer, "failed": "ConvergenceError"}))
        return
    predicted = predict(fitter, fit("gammagamma_model", data), data, horizon)
    table = data.assign(**predicted)
    table.to_csv(output)
    answer["parameters"] = [float(value) for value in fitter.params_]
    answer["purchases"] = float(table.purchases.sum())
    answer["value"] = float(table.value.sum())
    answer["not_finite"] = int((~np.isfinite(table.purchases)).sum())
    error = table.purchases - table.holdout
    answer["mae"], answer["rmse"] = float(error.abs().mean()), float((error**2).mean() ** 0.5)
    print(json.dumps(answer))


def compare(log, threshold, end):
    """Every model of lifetimes that a log can be given to, on one split: what `clv compare` does with its own."""
    lines = clean(log)
    data = summary_of_our_own(lines, threshold, end)
    horizon = (pd.Timestamp(end) - pd.Timestamp(threshold)).days
    spend = fit("gammagamma_model", data)
    totals, failed = {}, []
    for model, fitter in {**PURCHASES, "mbgnbd_model": ModifiedBetaGeoFitter}.items():
        np.random.seed(1)
        try:
            fitted = fitter(penalizer_coef=0.0).fit(data.frequency, data.recency, data.age)
        except ConvergenceError:
            failed.append(model)
            continue
        table = predict(fitted, spend, data, horizon)
        totals[model] = float(np.nansum(table["purchases"]))
    print(json.dumps({"totals": totals, "failed": failed}))


if __name__ == "__main__":
    {"models": models, "train": train, "compare": compare}[sys.argv[1]](*sys.argv[2:])
