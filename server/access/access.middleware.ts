import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Role } from '../../protocol/api/access.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpEnv } from '../platform/http.ts';
import type { SignedInPerson, SignIn, SignIns } from './sign-ins.ts';

/** The environment of every route behind `currentPerson`. */
export interface AccessEnv {
  Bindings: HttpEnv['Bindings'];
  Variables: HttpEnv['Variables'] & {
    /** Whose cookie this is; null for a stranger. */
    signIn: SignIn | null;
    /** Set by `requireSignIn` and `requireRole`; read it only behind them. */
    person: SignedInPerson;
  };
}

/** `__Host-` binds the cookie to this host, to `/` and to TLS (RFC 6265bis §4.1.3.2). */
export const COOKIE_NAME = '__Host-handrail';

/** Reads the cookie once per request. Decides nothing: routes say what they require. */
export function currentPerson(signIns: SignIns): MiddlewareHandler<AccessEnv> {
  return async (c, next) => {
    const secret = getCookie(c, COOKIE_NAME);
    c.set('signIn', secret === undefined ? null : signIns.find(secret));
    await next();
  };
}

/** Only people; a guest is refused, a stranger told to sign in. */
export const requireSignIn: MiddlewareHandler<AccessEnv> = async (c, next) => {
  c.set('person', signedInPerson(c));
  await next();
};

/** Only people with at least one of these roles. */
export function requireRole(...roles: readonly Role[]): MiddlewareHandler<AccessEnv> {
  return async (c, next) => {
    const person = signedInPerson(c);
    if (!person.roles.some((role) => roles.includes(role))) throw new AppError('auth.forbidden');
    c.set('person', person);
    await next();
  };
}

/** People and guests. The handler must look at `signIn.kind` and, for a guest, at the session's id. */
export const requireSignInOrGuest: MiddlewareHandler<AccessEnv> = async (c, next) => {
  if (c.get('signIn') === null) throw new AppError('auth.required');
  await next();
};

function signedInPerson(c: Context<AccessEnv>): SignedInPerson {
  const signIn = c.get('signIn');
  if (signIn === null) throw new AppError('auth.required');
  if (signIn.kind !== 'person') throw new AppError('auth.forbidden');
  return signIn;
}

export function giveCookie(c: Context, cookie: { secret: string; maxAgeS: number }): void {
  setCookie(c, COOKIE_NAME, cookie.secret, {
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'Strict',
    maxAge: cookie.maxAgeS,
  });
}

export function takeCookie(c: Context): void {
  deleteCookie(c, COOKIE_NAME, { path: '/', secure: true });
}
