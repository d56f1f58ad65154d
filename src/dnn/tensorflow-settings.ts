/**
 * Tells TensorFlow, which reads the environment while it loads, how to run here. What is set already stays.
 *
 * One core a network: to share out a product of this size takes longer than to compute it, and sums that are cut into as many parts
 * as a machine has cores differ from machine to machine.
 */
export function setUpTensorFlow(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // it greets on stderr
  process.env.TF_NUM_INTRAOP_THREADS ??= '1';
}
