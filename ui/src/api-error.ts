import type { ErrorCode } from '../../protocol/errors.ts';

/** `network`: no answer came. `answer.unreadable`: one came that the protocol does not know. */
export type ApiErrorCode = ErrorCode | 'network' | 'answer.unreadable';

/** What the server, or the way to it, said no with. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** Names the call in the server's log; empty when no answer came. */
  readonly requestId: string;
  readonly fields: readonly string[];
  readonly retryAfterS: number | null;

  constructor(
    code: ApiErrorCode,
    more: { requestId?: string; fields?: readonly string[]; retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(code, { cause: more.cause });
    this.name = 'ApiError';
    this.code = code;
    this.requestId = more.requestId ?? '';
    this.fields = more.fields ?? [];
    this.retryAfterS = more.retryAfterS ?? null;
  }

  /** Whether trying the same again may help. */
  get isPassing(): boolean {
    return this.code === 'network' || this.code === 'internal' || this.code === 'answer.unreadable';
  }
}

/** Any thrown value as an ApiError; a fault of the page itself is thrown on. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  throw thrown;
}
