/** An HTTP answer as a value, and the error that carries one up to the server loop. Refusals of a request end here. */

/** Status, JSON body and extra headers of an answer. */
export interface HttpAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** Thrown by a route to end the request with `answer`. */
export class HttpAnswerError extends Error {
  override readonly name = 'HttpAnswerError';
  readonly answer: HttpAnswer;

  constructor(answer: HttpAnswer) {
    super(`HTTP ${answer.status}`);
    this.answer = answer;
  }
}
