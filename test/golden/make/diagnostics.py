"""Reference values for Pareto smoothing and chain diagnostics: python diagnostics.py

Writes ../diagnostics.json. Needs arviz 0.23 (below 1) with numpy and scipy; takes seconds. The inputs are too many to
store, so the file tells how to make them: uniforms of the Lehmer generator x -> 48271 x mod 2^31 - 1, begun at
1234567 seed and divided by the modulus, and normals from pairs of them by Box and Muller, sqrt(-2 ln u) cos(2 pi v).
"""
import json
import math
import warnings
from pathlib import Path

warnings.filterwarnings('ignore')
import arviz
import numpy

MODULUS = 2147483647


def uniforms(seed):
    x = seed * 1234567 % MODULUS
    while True:
        x = 48271 * x % MODULUS
        yield x / MODULUS


def normals(seed):
    u = uniforms(seed)
    while True:
        first, second = next(u), next(u)
        yield math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)


# ------------------------------------------------------------------ log ratios
def log_ratios(kind, size, n, seed):
    u, z = uniforms(seed), normals(seed)
    return [{
        'pareto': lambda: -size * math.log(next(u)),             # a tail of shape k = size
        'normal': lambda: size * next(z),
        'tied': lambda: size * math.floor(next(z) / size),
        'equal': lambda: size,
    }[kind]() for _ in range(n)]


RATIOS = [('pareto', 0.2, 100, 1), ('pareto', 0.2, 4000, 2), ('pareto', 0.5, 100, 3), ('pareto', 0.5, 4000, 4),
          ('pareto', 0.9, 100, 5), ('pareto', 0.9, 4000, 6), ('pareto', 1.7, 1000, 7), ('normal', 0.001, 1000, 8),
          ('normal', 1.0, 1000, 9), ('normal', 300.0, 500, 10), ('tied', 0.25, 400, 11), ('equal', 3.0, 100, 12),
          ('equal', 0.0, 4000, 13), ('normal', 2.0, 5, 14), ('normal', 2.0, 24, 15), ('normal', 2.0, 25, 16)]


def smoothed(kind, size, n, seed):
    ratios = numpy.array(log_ratios(kind, size, n, seed))
    weights, k = arviz.psislw(ratios)
    weights = numpy.asarray(weights)
    order = numpy.argsort(ratios, kind='stable')
    # where ratios tie, which of them gets which weight is not defined
    places = [] if kind == 'tied' else sorted({int(order[i]) for i in (-1, -2, -3, -5, n // 2, 0)})
    return dict(kind=kind, size=size, n=n, seed=seed, kHat=float(k) if math.isfinite(k) else None,
                effectiveSize=float(1 / numpy.sum(numpy.exp(2 * weights))),
                logWeights=[dict(at=i, value=float(weights[i])) for i in places])


# ------------------------------------------------------------------ chains
def chain(kind, size, n, seed, number):
    u, z = uniforms(seed + number), normals(seed + number)
    if kind == 'autoregressive':  # x' = size x + sqrt(1 - size^2) z
        out, x = [], next(z)
        for _ in range(n):
            x = size * x + math.sqrt(1 - size * size) * next(z)
            out.append(x)
        return out
    return [{
        'independent': lambda i: next(z),
        'shifted': lambda i: next(z) + size * number,
        'wider': lambda i: next(z) * (1 + size * number),
        'drifting': lambda i: next(z) + size * i / n,
        'heavy': lambda i: math.tan(math.pi * (next(u) - 0.5)),
        'tied': lambda i: float(math.floor(next(z) / size)),
        'constant': lambda i: size,
    }[kind](i) for i in range(n)]


CHAINS = [('independent', 0, 250, 4, 101), ('independent', 0, 251, 4, 201), ('independent', 0, 8, 2, 301), ('independent', 0, 4, 2, 401),
          ('independent', 0, 1000, 1, 501), ('autoregressive', 0.9, 500, 4, 601), ('autoregressive', 0.99, 1000, 2, 701),
          ('autoregressive', -0.5, 300, 3, 801), ('shifted', 0.5, 200, 4, 901), ('shifted', 20, 100, 2, 1001), ('wider', 1, 200, 4, 1101),
          ('drifting', 3, 300, 4, 1201), ('heavy', 0, 500, 4, 1301), ('tied', 0.5, 200, 4, 1401), ('constant', 2, 50, 3, 1501)]


def diagnosed(kind, size, n, count, seed):
    draws = numpy.array([chain(kind, size, n, seed, number) for number in range(count)])
    rhat = float(arviz.rhat(draws, method='rank')) if count > 1 else math.nan
    return dict(kind=kind, size=size, n=n, chains=count, seed=seed, rHat=rhat if math.isfinite(rhat) else None,
                effectiveSize=float(arviz.ess(draws, method='bulk')))


def main():
    out = {'ratios': [smoothed(*one) for one in RATIOS], 'chains': [diagnosed(*one) for one in CHAINS]}
    lines = ['{', f' "versions": {json.dumps(dict(arviz=arviz.__version__, numpy=numpy.__version__))},', ' "values": {']
    for i, (name, cases) in enumerate(out.items()):
        lines.append(f'  "{name}": [')
        lines.extend('   ' + json.dumps(case) + (',' if j < len(cases) - 1 else '') for j, case in enumerate(cases))
        lines.append('  ]' + (',' if i < len(out) - 1 else ''))
    lines += [' }', '}']
    (Path(__file__).parent.parent / 'diagnostics.json').write_text('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main()
