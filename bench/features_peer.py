"""The core features with pandas, as one would write them for this log alone; its default reader or pyarrow's. Prints one JSON object."""
import json
import resource
import sys
import time

import pandas as pd

log, output, reader = sys.argv[1:4]
threshold, predict_end = pd.Timestamp("2024-06-30"), pd.Timestamp("2024-12-30")

started = time.perf_counter()
columns = ["customer_id", "order_date", "quantity", "unit_price"]
if log.endswith(".parquet"):
    lines = pd.read_parquet(log, columns=columns)
else:
    lines = pd.read_csv(log, usecols=columns, engine=reader, parse_dates=["order_date"])
lines = lines[(lines.quantity > 0) & (lines.unit_price > 0)]
lines["value"] = lines.quantity * lines.unit_price.astype(float)
lines["day"] = lines.order_date.dt.normalize()
days = lines.groupby(["customer_id", "day"], sort=True).value.sum().reset_index()
known = days[days.day <= threshold]
by_customer = known.groupby("customer_id")
features = pd.DataFrame(
    {
        "frequency": by_customer.size() - 1,
        "recency": (by_customer.day.max() - by_customer.day.min()).dt.days,
        "age": (threshold - by_customer.day.min()).dt.days,
        "spent": by_customer.value.sum(),
        "days_since_last": (threshold - by_customer.day.max()).dt.days,
    }
)
features["transactions"] = features.frequency + 1
repeat = features.spent - by_customer.value.first()
features["monetary"] = (repeat / features.frequency.where(features.frequency > 0)).fillna(0)
later = days[(days.day > threshold) & (days.day <= predict_end)].groupby("customer_id")
features["target_purchases"] = later.size().reindex(features.index, fill_value=0)
features["target_value"] = later.value.sum().reindex(features.index, fill_value=0)
features.to_parquet(output)
seconds = time.perf_counter() - started

print(
    json.dumps(
        {
            "seconds": seconds,
            "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
            "customers": len(features),
            "sums": [float(features[name].sum()) for name in ["frequency", "recency", "age", "monetary"]],
        }
    )
)
