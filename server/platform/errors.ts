import { ERROR_STATUS, type ErrorCode } from '../../protocol/errors.ts';

export interface ErrorDetail {
  /** For `request.invalid`: dotted paths of the fields that were refused. */
  fields?: string[];
  /** For `auth.too-many-attempts`. */
  retryAfterS?: number;
}

/** Something the caller did or must know. A broken invariant of ours is a plain `Error` and becomes `internal`. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, detail: ErrorDetail = {}, options: { cause?: unknown } = {}) {
    super(code, options);
    this.code = code;
    this.detail = detail;
  }

  get status(): (typeof ERROR_STATUS)[ErrorCode] {
    return ERROR_STATUS[this.code];
  }
}
