/**
 * The function that fitting maximises, on coordinates without bounds: the logs of the parameters (signed ones as they
 * are), then the coefficients of covariates. It is the log-likelihood and, if asked for, penalties and log priors.
 */
import type { Customers } from '../customers.js';
import { directions, type Effect, effectName, groupsOf, paramsOf } from './covariates.js';
import type { Regularisation } from './fitted-model.js';
import { type Derivatives, type Model, mirror, type Params } from './model.js';

/** Logs of parameters are searched within ±BOX of the first guess: beyond e^±23, about 1e±10, a maximum lies at infinity. */
const BOX = 23;
const PENALTY_AGE = 1;
/** Signed parameters have bounds of their own. */
const SIGNED_BOX = 1e6;

/** A point of the search, read. */
export interface Found {
  readonly parameters: Record<string, number>;
  readonly coefficients: number[];
}

export class Search {
  /** Parameters, then coefficients, by the names of `estimates`. */
  readonly names: readonly string[];
  readonly size: number;
  /** How far each coordinate may go from the first guess. */
  readonly box: Float64Array;
  private readonly groups;
  private readonly people: number;
  private readonly moves: Float64Array[];
  /** Of each parameter in the penalty: that of lifetimes measures time so that the oldest customer has the age 1. */
  private readonly penaltyScale: Float64Array;

  /** @param customers that inform the fit, equal ones merged */
  constructor(
    readonly model: Model,
    readonly customers: Customers,
    readonly effects: readonly Effect[],
    readonly regularisation: Regularisation,
  ) {
    this.names = [...model.parameters, ...effects.map(effectName)];
    this.size = this.names.length;
    this.groups = groupsOf(customers, effects);
    this.people = customers.weight.reduce((sum, w) => sum + w, 0);
    this.moves = effects.map((effect) => directions(model, effect));
    const oldest = customers.age.reduce((most, T) => Math.max(most, T), 0) || PENALTY_AGE;
    this.penaltyScale = Float64Array.from(
      model.parameters,
      (name) => (PENALTY_AGE / oldest) ** (model.timePower?.[name] ?? 0),
    );
    this.box = Float64Array.from({ length: this.size }, (_, i) =>
      model.signed?.includes(model.parameters[i] ?? '') ? SIGNED_BOX : BOX,
    );
  }

  isLog(coordinate: number): boolean {
    const name = this.model.parameters[coordinate];
    return name !== undefined && !this.model.signed?.includes(name);
  }

  place(parameters: Params<string>, coefficients: readonly number[] = []): Float64Array {
    const { model, size } = this;
    const p = model.parameters.length;
    return Float64Array.from({ length: size }, (_, i) => {
      if (i >= p) return coefficients[i - p] ?? 0;
      const value = parameters[model.parameters[i]!]!;
      return this.isLog(i) ? Math.log(value) : value;
    });
  }

  read(point: Float64Array): Found {
    const { parameters } = this.model;
    return {
      parameters: Object.fromEntries(
        parameters.map((name, i) => [name, this.isLog(i) ? Math.exp(point[i]!) : point[i]!]),
      ),
      coefficients: Array.from(point.subarray(parameters.length)),
    };
  }

  /** d(parameter or coefficient) / d(coordinate). */
  scale(point: Float64Array): Float64Array {
    return point.map((coordinate, i) => (this.isLog(i) ? Math.exp(coordinate) : 1));
  }

  /** Log-likelihood and what regularisation adds. */
  objective(point: Float64Array, derivatives?: Derivatives): number {
    const value = this.logLikelihood(point, derivatives);
    return value + this.regularise(point, derivatives);
  }

  logLikelihood(point: Float64Array, derivatives?: Derivatives): number {
    const { model, groups, effects, moves, size } = this;
    const { parameters, coefficients } = this.read(point);
    const p = model.parameters.length;
    const some = derivatives && { gradient: new Float64Array(p), hessian: new Float64Array(p * p) };
    derivatives?.gradient.fill(0);
    derivatives?.hessian.fill(0);
    let total = 0;
    for (const { customers, values } of groups) {
      const params = paramsOf(model, parameters, effects, coefficients, values);
      total += model.logLikelihood(params, customers, some);
      if (!derivatives || !some) continue;
      this.toLogs(params, some);
      const { gradient, hessian } = derivatives;
      // coordinate j moves the logs of the parameters in the direction along(j)
      for (let i = 0; i < p; i++) {
        gradient[i]! += some.gradient[i]!;
        for (let j = i; j < p; j++) hessian[i * size + j]! += some.hessian[i * p + j]!;
      }
      moves.forEach((move, c) => {
        for (let i = 0; i < p; i++) {
          const moved = move[i]! * values[c]!;
          if (moved === 0) continue;
          gradient[p + c]! += moved * some.gradient[i]!;
          for (let j = 0; j < p; j++) {
            hessian[j * size + p + c]! += moved * some.hessian[j * p + i]!;
            for (let d = c; d < moves.length; d++) {
              hessian[(p + c) * size + p + d]! += moved * some.hessian[i * p + j]! * moves[d]![j]! * values[d]!;
            }
          }
        }
      });
    }
    if (derivatives) mirror(derivatives.hessian, size);
    return total;
  }

  /** The chain rule from natural parameters to their logs. */
  private toLogs(params: Params<string>, { gradient, hessian }: Derivatives): void {
    const p = gradient.length;
    const slopes = this.model.parameters.map((name, i) => (this.isLog(i) ? params[name]! : 1));
    for (let i = 0; i < p; i++) {
      gradient[i]! *= slopes[i]!;
      for (let j = 0; j < p; j++) hessian[i * p + j]! *= slopes[i]! * slopes[j]!;
      if (this.isLog(i)) hessian[i * p + i]! += gradient[i]!;
    }
  }

  private regularise(point: Float64Array, derivatives?: Derivatives): number {
    const { penalizer, covariatePenalty, priors } = this.regularisation;
    const { model, size, people } = this;
    const p = model.parameters.length;
    let total = 0;
    const add = (i: number, value: number, first: number, second: number) => {
      total += value;
      if (!derivatives) return;
      derivatives.gradient[i]! += first;
      derivatives.hessian[i * size + i]! += second;
    };
    for (let i = 0; penalizer > 0 && i < p; i++) {
      const weight = penalizer * people * this.penaltyScale[i]! ** 2;
      const square = -weight * (this.isLog(i) ? Math.exp(2 * point[i]!) : point[i]! ** 2);
      if (this.isLog(i)) add(i, square, 2 * square, 4 * square);
      else add(i, square, -2 * weight * point[i]!, -2 * weight);
    }
    for (let i = p; covariatePenalty > 0 && i < size; i++) {
      add(i, -covariatePenalty * point[i]! ** 2, -2 * covariatePenalty * point[i]!, -2 * covariatePenalty);
    }
    for (const { parameter, median, spread } of priors) {
      const i = model.parameters.indexOf(parameter);
      const away = (point[i]! - Math.log(median)) / spread;
      add(i, -0.5 * away ** 2, -away / spread, -1 / spread ** 2);
    }
    return total;
  }
}
