/** Progress of long work: which step, and how far where that is known (0 to 1). Called a few times a second at most. */
export type OnProgress = (step: string, done?: number) => void;
