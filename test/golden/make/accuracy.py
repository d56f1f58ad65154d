"""Writes ../accuracy.json: python accuracy.py FOLDER, where FOLDER holds cdnow_summary.csv and cdnow_summary_spend.csv.

Fixed cases: real customers and hard corners. Inputs are IEEE doubles; results are those of the exact double inputs.
"""
import csv, json, random, signal, sys, time
from pathlib import Path
from models import mp, mpf, ParetoNBD, BGNBD, MBGNBD, GammaGamma, gradient

mp.dps = 60
HERE = Path(__file__).resolve().parent.parent
DATA = Path(sys.argv[1])
TS = [1, 39, 520]
RATE = 0.15 / 52
TOL = mpf(10) ** -20
LIMIT_S = 15  # a case that takes longer is reported and left out


def too_long(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, too_long)


def text(v):
    return mp.nstr(v, 25, min_fixed=-4, max_fixed=7)


def agree(a, b, what):
    assert mp.isfinite(a) and mp.isfinite(b), (what, a, b)
    gap = abs(a - b) / max(abs(a), abs(b)) if a != b else mpf(0)
    assert gap < TOL, (what, mp.nstr(a, 20), mp.nstr(b, 20), mp.nstr(gap, 3))


def put(out, key, value):
    *path, last = key.split(':')
    for p in path:
        out = out.setdefault(p, {})
    out[last] = text(value)


def quantities(model, P, case):
    M = [mpf(v) for v in P]
    c = {k: (v if isinstance(v, int) else mpf(v)) for k, v in case.items()}
    if model in ('bg-nbd', 'mbg-nbd'):
        C = MODELS[model]
        args = (c['x'], c['t_x'], c['T'])
        yield from C.quantities(M, *args, TS)
        g1, g2 = gradient(C.loglik, M, *args), gradient(C.loglik2, M, *args)
    elif model == 'pareto-nbd':
        C, args = ParetoNBD, (c['x'], c['t_x'], c['T'])
        yield from C.quantities(M, *args, TS, mpf(RATE))
        g1, g2 = gradient(C.loglik, M, *args), C.gradient2(M, *args)
    else:
        C, args = GammaGamma, (c['x'], c['mean'])
        yield from C.quantities(M, *args)
        g1, g2 = gradient(C.loglik, M, *args), gradient(C.loglik2, M, *args)
    for name, a, b in zip(C.names, g1, g2):
        if max(abs(a), abs(b)) < mpf(10) ** -30:  # exactly 0 (as d/da when x = 0 in the BG/NBD), left with rounding
            a = b = mpf(0)
        yield f'gradient:{name}', a, b


MODELS = {'pareto-nbd': ParetoNBD, 'bg-nbd': BGNBD, 'mbg-nbd': MBGNBD, 'gamma-gamma': GammaGamma}


def build(model, tag, P, case):
    out = {'tag': tag, 'parameters': dict(zip(MODELS[model].names, P)), **case}
    for key, a, b in quantities(model, P, case):
        agree(a, b, (model, tag, P, case, key))
        put(out, key, a)
    return out


# ---------------------------------------------------------------- cases
def real_customers(n=12):
    rows = [(int(r['x']), float(r['t_x']), float(r['T'])) for r in csv.DictReader(open(DATA / 'cdnow_summary.csv'))]
    rows = sorted(set(rows))
    pick = [(2, 30.43, 38.86), max(rows), min(rows)]
    return pick + rows[60::len(rows) // (n - 4)][:n - 3]


def xtT(x, share, T):
    """x, t_x, T with t_x a share of T (0 when x = 0)."""
    return dict(x=x, t_x=0.0 if x == 0 else float(T) * share, T=float(T))


XS, TGRID = [1, 2, 10, 100, 1000, 10000], [1e-3, 1.0, 40.0, 365.0, 1e4, 1e5]
BASE = dict(x=2, t_x=30.43, T=38.86)


def common_corners(P):
    yield 'x=0', P, xtT(0, 0, 40)
    for x in XS:
        yield f'x={x}', P, xtT(x, 0.75, 365)
    for x in (1, 10, 1000):
        yield f'x={x}, t_x=T', P, xtT(x, 1, 40)
    for T in TGRID:
        yield f'T={T:g}', P, xtT(1, 0.5, T)
        yield f'x=0, T={T:g}', P, xtT(0, 0, T)
    yield 'x=10000, t_x=T=1e5', P, xtT(10000, 1, 1e5)
    yield 'x=100, t_x near 0', P, xtT(100, 1e-6, 1e4)


def pareto_cases(rng):
    P = [0.5533, 10.578, 0.6061, 11.669]
    for x, tx, T in real_customers():
        yield 'cdnow customer', P, dict(x=x, t_x=tx, T=T)
    yield from common_corners(P)
    for name, al, be in [('alpha=beta', 10.0, 10.0), ('alpha=beta+1e-12', 10 + 1e-12, 10.0), ('beta=alpha+1e-12', 10.0, 10 + 1e-12),
                         ('alpha=beta+1e-6', 10 + 1e-6, 10.0), ('beta=alpha+1e-6', 10.0, 10 + 1e-6),
                         ('alpha=1e4 beta', 1e4, 1.0), ('beta=1e4 alpha', 1.0, 1e4), ('alpha=1e4 beta, x=0', 1e4, 1.0)]:
        yield name, [0.55, al, 0.6, be], xtT(0, 0, 40) if 'x=0' in name else BASE
    for s in (1e-3, 0.05, 1.0, 1 + 1e-9, 1 - 1e-9, 5.0, 30.0):
        yield f's={s!r}', [0.55, 10.5, s, 11.5], BASE
    for r in (1e-2, 0.5, 5.0, 50.0):
        yield f'r={r}', [r, 10.5, 0.6, 11.5], BASE
    for i in range(12):
        al = rng.choice([0.1, 1.0, 10.0, 1e3])
        P = [rng.choice([1e-2, 0.5, 5.0, 50.0]), al, rng.choice([1e-3, 0.05, 1.0, 5.0, 30.0]), al * rng.choice([1e-4, 1.0, 1 + 1e-9, 3.0, 1e4])]
        yield 'combined corner', P, xtT(rng.choice([0] + XS), rng.choice([1, 0.99, 0.5, 1e-3]), rng.choice(TGRID))


def geo_cases(P0):
    def cases(rng):
        for x, tx, T in real_customers():
            yield 'cdnow customer', P0, dict(x=x, t_x=tx, T=T)
        yield from common_corners(P0)
        for a in (1e-3, 0.5, 1.0, 1 + 1e-9, 1 - 1e-9, 2.0):
            yield f'a={a!r}', P0[:2] + [a, 2.4], BASE
            yield f'a={a!r}, x=0', P0[:2] + [a, 2.4], xtT(0, 0, 40)
        for b in (1e-2, 1.0, 5.0):
            yield f'b={b}', P0[:3] + [b], BASE
        yield 'a=b=0.01', P0[:2] + [0.01, 0.01], BASE
        yield 'a+b=1', P0[:2] + [0.25, 0.75], BASE
        for r in (1e-2, 0.5, 5.0, 50.0):
            yield f'r={r}', [r] + P0[1:], BASE
        for i in range(12):
            P = [rng.choice([1e-2, 0.5, 5.0, 50.0]), rng.choice([0.1, 1.0, 10.0, 1e3]), rng.choice([1e-3, 0.5, 1.0, 1 + 1e-9, 2.0]), rng.choice([1e-2, 1.0, 5.0])]
            yield 'combined corner', P, xtT(rng.choice([0] + XS), rng.choice([1, 0.99, 0.5, 1e-3]), rng.choice(TGRID))
    return cases


def gamma_gamma_cases(rng):
    P = [6.25, 3.74, 15.44]
    rows = [r for r in csv.DictReader(open(DATA / 'cdnow_summary_spend.csv')) if int(r['x']) > 0 and float(r['mean_spend']) > 0]
    for r in rows[:1] + rows[7::90][:11]:
        yield 'cdnow customer', P, dict(x=int(r['x']), mean=float(r['mean_spend']))
    for x in XS:
        for m in (1e-2, 35.0, 1e6):
            yield f'x={x}, mean={m:g}', P, dict(x=x, mean=m)
    for p in (1e-2, 0.5, 1.0, 50.0, 1e4):
        yield f'p={p:g}', [p, 3.74, 15.44], dict(x=3, mean=35.0)
    for q in (1 + 1e-9, 1.01, 2.0, 50.0, 1e4):
        yield f'q={q!r}', [6.25, q, 15.44], dict(x=3, mean=35.0)
    for g in (1e-3, 1.0, 1e5):
        yield f'gamma={g:g}', [6.25, 3.74, g], dict(x=3, mean=35.0)
    for i in range(17):
        yield 'combined corner', [rng.choice([1e-2, 0.5, 5.0, 1e3]), rng.choice([1.001, 1.5, 4.0, 200.0]), rng.choice([1e-3, 1.0, 100.0, 1e5])], dict(x=rng.choice(XS), mean=rng.choice([1e-2, 1.0, 35.0, 1e4]))


CASES = {'pareto-nbd': pareto_cases, 'bg-nbd': geo_cases([0.243, 4.414, 0.793, 2.426]),
         'mbg-nbd': geo_cases([0.525, 6.183, 0.891, 1.614]), 'gamma-gamma': gamma_gamma_cases}


def main():
    result = {'schema': 1, 'digits': 25, 'cross_check_relative': '1e-20', 'discount_rate_continuous': RATE}
    rows = {}
    for model in CASES:
        rows[model], failed, start = [], 0, time.time()
        for tag, P, case in CASES[model](random.Random(2005)):
            signal.alarm(LIMIT_S)
            try:
                rows[model].append(build(model, tag, P, case))
            except (AssertionError, mp.NoConvergence, ValueError, ZeroDivisionError, OverflowError, TimeoutError) as e:
                failed += 1
                print('FAILED', model, tag, P, case, repr(e)[:300], flush=True)
            signal.alarm(0)
        print(f'{model}: {len(rows[model])} cases, {failed} failed, {time.time() - start:.0f} s', flush=True)
    models = [f'  {json.dumps(m)}: [\n' + ',\n'.join('   ' + json.dumps(r) for r in rows[m]) + '\n  ]' for m in rows]
    text = json.dumps(result)[:-1] + ',\n "models": {\n' + ',\n'.join(models) + '\n }\n}\n'
    (HERE / 'accuracy.json').write_text(text)


main()
