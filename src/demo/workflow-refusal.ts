/** Why a workflow specification was not accepted. Routes turn it into an answer. */
import type { BlockProblem } from './error-answers';

/**
 * `syntax`: something cannot be parsed or is not offered here; `reference`: it parses but does not fit together.
 */
export type RefusalKind = 'syntax' | 'reference';

/** Thrown by the compiler. */
export class WorkflowRefusal extends Error {
  override readonly name = 'WorkflowRefusal';
  readonly kind: RefusalKind;
  readonly blocks: BlockProblem[] | null;

  constructor(kind: RefusalKind, message: string, blocks: BlockProblem[] | null = null) {
    super(message);
    this.kind = kind;
    this.blocks = blocks;
  }
}
